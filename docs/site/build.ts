/**
 * The site as static files.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { build } from "vitepress";
import { bundleLibrary } from "./bundle.ts";
import { configOf } from "./config.ts";
import { writtenPages } from "./pages.ts";
import { readModules } from "./reference/deno_doc.ts";
import { namesOf } from "./reference/names.ts";
import { referencePages } from "./reference/page.ts";
import { torchTable } from "./torch/table.ts";

/** What VitePress reads: it wants Markdown, its configuration and the theme in one folder. */
const SOURCE = fileURLToPath(new URL(".pages/", import.meta.url));

/** Where the site is written, unless told otherwise. */
export const OUT: string = fileURLToPath(new URL("dist", import.meta.url));

/** Writes the site to a folder, for an address that ends in `base`. */
export async function writeSite(base: string, out: string): Promise<void> {
  if (!/^\/(.*\/)?$/.test(base)) {
    throw new RangeError(`--base: needs a path that begins and ends with /: it is ${base}`);
  }
  await Deno.remove(SOURCE, { recursive: true }).catch(() => {});
  const modules = await readModules();
  const names = namesOf(modules);
  for (const [path, text] of [...writtenPages(), ...referencePages(modules, names)]) {
    await write(path, text.replace("<!-- names -->", () => torchTable(names)));
  }
  await write(".vitepress/config.json", JSON.stringify(configOf(base, modules, names)));
  await write(".vitepress/config.ts", CONFIG);
  await write(".vitepress/theme/index.ts", `export { default } from "../../../theme/index.ts";\n`);
  for (
    const [name, path] of [["site.css", "theme/site.css"], ["icon.svg", "../../web/page/icon.svg"]]
  ) {
    await write(`public/${name}`, await Deno.readTextFile(new URL(path!, import.meta.url)));
  }
  const imports = await bundleLibrary(`${SOURCE}public/run`);
  await write("public/run/imports.json", JSON.stringify(imports));
  await build(SOURCE, { outDir: out });
}

/** What JSON cannot hold. Search finds words, not code, which would take long to colour twice. */
const CONFIG = `import { markRunnable } from "../../theme/markdown.ts";
import config from "./config.json";
const _render = (source, env, markdown) =>
  markdown.render(source.replace(/^\`\`\`.*\\n[^]*?^\`\`\`$/gm, ""), env);
config.themeConfig.search.options = { _render };
const vite = { logLevel: "error", build: { chunkSizeWarningLimit: 1000 } };
config.markdown.config = markRunnable;
export default { ...config, vite };
`;

async function write(path: string, text: string): Promise<void> {
  const file = SOURCE + path;
  await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(file, text);
}

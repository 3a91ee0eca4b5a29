/**
 * `deno task bench:page`: writes a page that measures the GPU of whoever opens it, as one file.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** The contenders, in the order in which they run. */
const CONTENDERS = { "Glim": "glim.ts", "jax-js": "jax_js.ts", "TensorFlow.js": "tfjs.ts" };

function place(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/**
 * One program and all that it imports, in one text. A copy of it is bundled that imports what it would
 * else load by name: the packages of others.
 */
async function bundle(name: string, folder: string): Promise<string> {
  const text = (await Deno.readTextFile(place(name)))
    .replaceAll(/(?<=await )load(?=\()/g, () => "import")
    .replaceAll(/(?<=from )"(\..+?)"/g, (_, path) => `"${new URL(path, import.meta.url)}"`);
  const copy = `${folder}/${name}`;
  await Deno.writeTextFile(copy, text);
  const { success, errors, outputFiles } = await Deno.bundle({
    entrypoints: [copy],
    platform: "browser",
    format: "esm",
    minify: true,
    write: false,
  });
  // a function, as only a module may wait outside one, and a page that is a file starts no modules
  const [output] = outputFiles ?? [];
  if (success && output !== undefined) {
    return `(async () => {${output.text()}\n})().catch((error) => setTimeout(() => { throw error; }));`;
  }
  throw new Error(`bundle ${name}: ${errors.map(({ text }) => text).join("; ")}`);
}

/** A text as it may stand in a script. */
function quoted(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/** The page, with some of the contenders. */
export async function benchPage(
  contenders: Readonly<Record<string, string>> = CONTENDERS,
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "glim_" });
  const programs: Record<string, string> = {};
  for (const [name, file] of Object.entries(contenders)) {
    programs[name] = await bundle(file, folder);
  }
  const own = (await bundle("page.ts", folder)).replaceAll("</script", "<\\/script");
  await Deno.remove(folder, { recursive: true });
  const html = await Deno.readTextFile(place("page.html"));
  return html.replace(
    "<!-- programs -->",
    () =>
      `<script>globalThis.programs = ${
        quoted(programs)
      };</script>\n<script type="module">${own}</script>`,
  );
}

if (import.meta.main) {
  if (Deno.args.length > 0) {
    console.error(`error: it takes no arguments: there is ${Deno.args[0]}`);
    Deno.exit(2);
  }
  const folder = place("../../dist/");
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}bench.html`, await benchPage());
  console.log(`${folder}bench.html: open it in a browser`);
}

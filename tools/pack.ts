/**
 * Makes the npm package: `dist/package/` and the same as a tarball, `dist/glim.tgz`. What the entry
 * points of deno.json reach is translated, JavaScript and types; nothing else is in it.
 *
 * | file | what |
 * |---|---|
 * | `mod.js`, `src/`, `build/` | the modules, each with its `.d.ts` |
 * | `build/*.page.js` | stand for modules in bundles for pages, which need less of them |
 * | `package.json` | name, version and entry points of deno.json |
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import ts from "typescript";
import config from "../deno.json" with { type: "json" };
import { readArguments } from "./arguments.ts";

const root = new URL("..", import.meta.url);

const DESCRIPTION =
  "A small torch in TypeScript: tensors, gradients, modules, optimizers and a trainer with " +
  "PyTorch's names, on SIMD kernels in WebAssembly";

/** Files that are copied as they are. */
const COPIED = ["README.md", "CHANGELOG.md", "LICENSE", "build/loader.LICENSE"];

/** What bundles for pages have in place of modules: shorter, and all that they need. */
const IN_PAGES: Readonly<Record<string, string>> = {
  // no browser joins neighbouring vectors
  "build/wide.js": 'export const wide = {};\nexport const race = "";\n',
  // so there is nothing to find out either
  "src/wasm/race.js": "export const isOpen = false;\nexport function raceAfter() {}\n",
  // no page is a notebook
  "src/tensor/display.js": 'export const display = (t) => ({ "text/plain": t.toString() });\n',
  // what the loader does more is for strings and arrays, which no kernel takes
  "build/loader.js": `export function instantiateSync(module, imports) {
  return { instance: new WebAssembly.Instance(module, imports) };
}
`,
};

/**
 * Modules that do something for others when they load, such as handing the kernels down. A bundler
 * that follows a name to where it is declared would leave them out.
 */
const SIDE_EFFECTS = ["./src/wasm/*.js", "./src/tensor/tensor.js", "./src/tensor/create.js"];

/** Where that stands. */
function inPages(path: string): string {
  return path.replace(/\.js$/, ".page.js");
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.esnext.d.ts"],
  types: [],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true, // which `renamed` changes
  verbatimModuleSyntax: true,
  declaration: true,
  rootDir: fileURLToPath(root),
};

/** What is newer than ES2022: the library of types that has it. */
const NEWER: readonly (readonly [name: RegExp, library: string])[] = [
  [/\bSymbol\.dispose\b|\bDisposable\b/, "esnext.disposable"],
  [/\bFloat16Array\b/, "esnext.float16"],
];

/** What a module imports: relative paths, and packages as `npm:fflate@^0.8.2`. */
function importsOf(code: string): string[] {
  return ts.preProcessFile(code).importedFiles.map(({ fileName }) => fileName);
}

/** The modules that the entry points reach, by path, and the packages with their versions. */
async function reached(): Promise<{ modules: Map<string, string>; packages: Map<string, string> }> {
  const modules = new Map<string, string>();
  const packages = new Map<string, string>();
  const open = Object.values(config.exports).map((path) => new URL(path, root).href);
  for (let url; (url = open.pop()) !== undefined;) {
    const path = url.slice(root.href.length);
    if (modules.has(path)) continue;
    const code = await Deno.readTextFile(new URL(url));
    modules.set(path, code);
    for (const name of importsOf(code)) {
      const [, bare, version] = name.match(/^npm:(.+)@([^/]+)/) ?? [];
      if (bare !== undefined) packages.set(bare, version!);
      else if (name.startsWith(".")) open.push(new URL(name, url).href);
      else throw new Error(`${path}: "${name}" is neither a file nor a package`);
    }
  }
  return { modules, packages };
}

/** Code with the names that its imports have in the package. */
function renamed(code: string): string {
  return code
    .replaceAll(/(\bfrom\s*|\bimport\s*\(?\s*)"(\.[^"]+)\.ts"/g, '$1"$2.js"')
    .replaceAll(/"npm:(@?[^"@]+)@[^"/]+([^"]*)"/g, '"$1$2"');
}

/** Types that name the libraries which they need: a program may have asked for older ones alone. */
function withLibraries(types: string): string {
  const needed = NEWER.filter(([name]) => name.test(types));
  return needed.map(([_, library]) => `/// <reference lib="${library}" />\n`).join("") + types;
}

/**
 * Code in which nothing outside of functions asks for `this`: a module has none, and some bundlers say
 * so each time. TypeScript's own helpers look whether one of them is there already.
 */
function withoutThis(code: string): string {
  return code.replaceAll(/\(this && this\.__\w+\) \|\| /g, "");
}

/** The modules in TypeScript as JavaScript and types. `deno task check` is who looks for errors. */
function translated(paths: string[]): Map<string, string> {
  const out = new Map<string, string>();
  const program = ts.createProgram(
    paths.map((path) => fileURLToPath(new URL(path, root))),
    OPTIONS,
  );
  program.emit(undefined, (file, text) => {
    const path = file.slice(fileURLToPath(root).length);
    out.set(
      path,
      file.endsWith(".d.ts") ? withLibraries(renamed(text)) : withoutThis(renamed(text)),
    );
  });
  return out;
}

/** `package.json`. */
function manifest(packages: ReadonlyMap<string, string>): string {
  const { name, version, license } = config;
  const entries = Object.entries(config.exports).map(([entry, path]) => {
    const file = path.replace(/\.ts$/, "");
    return [entry, { types: `${file}.d.ts`, default: `${file}.js` }];
  });
  const about = {
    name,
    version,
    description: DESCRIPTION,
    license,
    keywords: ["torch", "pytorch", "tensor", "autograd", "neural-network", "wasm", "training"],
    type: "module",
    // for what does not look into `exports`, such as Parcel unless it is told to
    main: config.exports["."].replace(/\.ts$/, ".js"),
    types: config.exports["."].replace(/\.ts$/, ".d.ts"),
    exports: { ...Object.fromEntries(entries), "./package.json": "./package.json" },
    browser: Object.fromEntries(
      Object.keys(IN_PAGES).map((path) => [`./${path}`, `./${inPages(path)}`]),
    ),
    sideEffects: SIDE_EFFECTS,
    engines: { node: ">=22" },
    dependencies: Object.fromEntries(packages),
  };
  return JSON.stringify(about, null, 2) + "\n";
}

/** All files of the package, by path. */
async function packageFiles(): Promise<Map<string, string>> {
  const { modules, packages } = await reached();
  const isTypeScript = (path: string) => path.endsWith(".ts");
  const files = translated([...modules.keys()].filter(isTypeScript));
  for (const [path, code] of modules) {
    if (isTypeScript(path)) continue;
    files.set(path, code);
    const types = path.replace(/\.js$/, ".d.ts");
    files.set(types, await Deno.readTextFile(new URL(types, root)));
  }
  for (const path of COPIED) files.set(path, await Deno.readTextFile(new URL(path, root)));
  for (const [path, text] of Object.entries(IN_PAGES)) files.set(inPages(path), text);
  files.set("package.json", manifest(packages));
  return files;
}

/** Writes the package into a folder. */
export async function writePackage(folder: URL): Promise<string[]> {
  const files = await packageFiles();
  for (const [path, text] of files) {
    const file = new URL(path, folder);
    await Deno.mkdir(new URL(".", file), { recursive: true });
    await Deno.writeTextFile(file, text);
  }
  return [...files.keys()].sort();
}

if (import.meta.main) {
  readArguments("deno task pack: writes the npm package to dist/package/ and dist/glim.tgz", {});
  const dist = new URL("dist/", root);
  await Deno.remove(dist, { recursive: true }).catch(() => {});
  const files = await writePackage(new URL("package/", dist));
  const args = ["-czf", "glim.tgz", ...files.map((path) => `package/${path}`)];
  const { code, stderr } = await new Deno.Command("tar", { args, cwd: dist }).output();
  if (code !== 0) {
    console.error(`tar: ${new TextDecoder().decode(stderr)}`);
    Deno.exit(1);
  }
  const { size } = await Deno.stat(new URL("glim.tgz", dist));
  console.log(`dist/glim.tgz  ${files.length} files, ${size} bytes`);
}

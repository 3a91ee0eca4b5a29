/**
 * The library is imported by URL too, where no import map and no node_modules apply, and runs in
 * pages, where there is no Node: so it names its files by relative paths, and Node's modules only as
 * types. (At run time `process.getBuiltinModule` gets them.)
 */
import assert from "node:assert/strict";
import { root, testWith } from "./subprocess.ts";

/** The entry point that needs a package, and what only it imports. */
const npz = ["src/io/npz.ts", "src/io/unpack.ts"];

/** mod.ts and all files below src/ and build/. */
function sources(folder: string): string[] {
  return Array.from(Deno.readDirSync(root + folder)).flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return sources(path);
    return /\.[jt]s$/.test(name) ? [path] : [];
  });
}

/** What a file imports or exports from: whether as a type only, and the specifier. */
function specifiersOf(text: string): { type: boolean; specifier: string }[] {
  const code = text.replace(/^\s*\/?\*.*$/gm, ""); // doc comments hold examples
  const from = code.matchAll(/^(?:import|export)\b([^;'"]*?)\bfrom\s*["']([^"']+)["']/gm);
  const bare = code.matchAll(/(?:^import\s*|\bimport\s*\(\s*)["']([^"']+)["']/gm);
  return [
    ...Array.from(from, ([_, what, specifier]) => ({
      type: /^\s*type\b/.test(what!),
      specifier: specifier!,
    })),
    ...Array.from(bare, ([_, specifier]) => ({ type: false, specifier: specifier! })),
  ];
}

function isAllowed({ type, specifier }: { type: boolean; specifier: string }): boolean {
  return /^\.\.?\//.test(specifier) || (type && specifier.startsWith("node:"));
}

testWith(
  ["read"],
  "the library imports relative files only, Node's types, and for npz a package",
  () => {
    const files = ["mod.ts", ...sources("src"), ...sources("build")];
    const all = files.flatMap((file) =>
      specifiersOf(Deno.readTextFileSync(root + file)).map((found) => ({ file, ...found }))
    );
    const foreign = all.filter((found) => !isAllowed(found));
    assert.deepEqual(
      foreign.map(({ file, specifier }) => [file, specifier]).sort(),
      npz.map((file) => [file, "npm:fflate@0.8.2"]),
    );
    const users = all.filter(({ specifier }) => /\/(npz|unpack)\.ts$/.test(specifier));
    assert.deepEqual(users.filter(({ file }) => !npz.includes(file)), []);
    assert(all.length > 100, "the imports are found");
  },
);

Deno.test("each form of import is found", () => {
  const found = specifiersOf(`
import a from "a";
import { b,
  c } from "b";
import type { D } from "node:d";
export * as e from "./e.ts";
import "f";
const g = await import("g");
/** import x from "comment"; */
`);
  assert.deepEqual(found.map(({ specifier }) => specifier), [
    "a",
    "b",
    "node:d",
    "./e.ts",
    "f",
    "g",
  ]);
  assert.deepEqual(found.filter(isAllowed).map(({ specifier }) => specifier), ["node:d", "./e.ts"]);
});

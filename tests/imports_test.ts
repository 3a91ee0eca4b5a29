/** Imports run one way only, in the order of the list in docs/architecture.md. */
import assert from "node:assert/strict";
import { root, testWith } from "./subprocess.ts";

/** The files of `src/`, and `mod.ts`. */
function sources(folder = "src/"): string[] {
  const files: string[] = folder === "src/" ? ["mod.ts"] : [];
  for (const { name, isDirectory } of Deno.readDirSync(root + folder)) {
    const path = folder + name;
    if (isDirectory) files.push(...sources(`${path}/`));
    else if (name.endsWith(".ts")) files.push(path);
  }
  return files;
}

/** The files below `src/` that a file imports or exports values from. */
function importsOf(file: string): string[] {
  const text = Deno.readTextFileSync(root + file);
  const statements = text.matchAll(
    /^(?:import|export) (?!type\b)(\{[^}]*\}|\*(?: as \w+)?|\w+) from "(\.[^"]+)"/gm,
  );
  const found: string[] = [];
  for (const [_, names, target] of statements) {
    const items = names!.replace(/[{}]/g, "").split(",").map((name) => name.trim());
    if (items.every((name) => name === "" || name.startsWith("type "))) continue;
    const path = new URL(target!, `file:///${file}`).pathname.slice(1);
    if (path.startsWith("src/")) found.push(path);
  }
  return found;
}

/** The list: files and folders of `src/` from the bottom up. */
function listed(): string[] {
  const page = Deno.readTextFileSync(`${root}docs/architecture.md`);
  const [, list] = page.match(/^```text\n(.*?)^```/ms)!;
  return Array.from(list!.matchAll(/^ {2}((?:\S+(?: |$))+)/gm), ([_, names]) => names!.trim())
    .flatMap((names) => names.split(" ")).map((name) => `src/${name}`);
}

testWith(["read"], "each file imports values only from those above it in the list", () => {
  const order = [...listed(), "mod.ts"];
  const rank = (file: string) =>
    order.findIndex((entry) => entry.endsWith("/") ? file.startsWith(entry) : file === entry);
  const files = sources();
  assert.deepEqual(files.filter((file) => rank(file) < 0), [], "not in the list");
  assert.deepEqual(
    order.filter((entry) => !files.some((file) => file.startsWith(entry))),
    [],
    "in the list, but not there",
  );
  const upward = files.flatMap((file) =>
    importsOf(file).filter((other) => rank(other) > rank(file)).map((other) => `${file}: ${other}`)
  );
  assert.deepEqual(upward, []);
});

testWith(["read"], "no file imports itself by a detour", () => {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), [...path, file].join(" → "));
    if (done.has(file)) return;
    for (const other of importsOf(file)) visit(other, [...path, file]);
    done.add(file);
  };
  for (const file of sources()) visit(file, []);
  assert.ok(done.has("src/wasm/memory.ts"));
});

/** Every public name has a test that calls it by its name. */
import assert from "node:assert/strict";
import * as glim from "../mod.ts";
import { asked } from "./options/entry_points.ts";
import { root, testWith } from "./subprocess.ts";

/** The names of values that `mod.ts` exports, those of its namespaces included, and who exports them. */
function publicNames(): Map<string, string> {
  const names = new Map<string, string>();
  for (const [name, value] of Object.entries(glim)) {
    const isNamespace = Object.prototype.toString.call(value) === "[object Module]";
    if (!isNamespace) names.set(name, name);
    else {
      for (const inner of Object.keys(value as object)) names.set(inner, `${name}.${inner}`);
    }
  }
  return names;
}

/** The text of all tests, without imports: to import a name tests nothing. */
function testsText(folder = "tests"): string {
  return Array.from(Deno.readDirSync(root + folder), ({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return name === "node_modules" ? "" : testsText(path);
    if (!name.endsWith(".ts") || name === "public_names_test.ts") return "";
    return Deno.readTextFileSync(root + path).replace(/^import [^;]*;$/gm, "");
  }).join("\n");
}

testWith(
  ["read"],
  "each public name is used in a test, layers and optimizers in those of all",
  () => {
    const words = new Set([...testsText().match(/\w+/g)!, ...asked]);
    const names = publicNames();
    assert.ok(names.size > 180, `${names.size} names`);
    assert.deepEqual([...names].filter(([name]) => !words.has(name)).map(([_, path]) => path), []);
  },
);

/** What a program can import, and that `deno doc` tells of all of it. */
import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import * as glim from "../mod.ts";
import { deno, root, testWith } from "./subprocess.ts";

/** The files behind the entry points. */
const FILES = Object.values(config.exports).map((path) => path.replace("./", ""));

/** The namespaces that a module exports, those inside them included: `nn`, `nn.init`, `optim` … */
function namespacesOf(module: object, path: string[] = []): [name: string, namespace: object][] {
  return Object.entries(module).flatMap(([name, value]) => {
    if (Object.prototype.toString.call(value) !== "[object Module]") return [];
    const inside = [...path, name];
    return [[inside.join("."), value as object] as const, ...namespacesOf(value, inside)]
      .map(([name, namespace]) => [name, namespace] as [string, object]);
  });
}

/** The entry point of a namespace: `nn.init` is `@glim/glim/nn/init`. */
function entryOf(namespace: string): string {
  const snake = namespace.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return `./${snake.replaceAll(".", "/")}`;
}

Deno.test("each namespace is an entry point too, of the same classes", async () => {
  const namespaces = namespacesOf(glim);
  assert.deepEqual(
    Object.keys(config.exports).sort(),
    [
      ".",
      "./arrow",
      "./jpeg",
      "./npz",
      "./parquet",
      "./webgpu",
      "./worker",
      ...namespaces.map(([name]) => entryOf(name)),
    ]
      .sort(),
  );
  for (const [name, namespace] of namespaces) {
    const entry = await import(entryOf(name).replace(".", config.name));
    assert.equal(entry, namespace, name);
  }
});

/** What `deno doc --json` has of a file: its names, and whether each is described. */
async function documented(file: string): Promise<Map<string, boolean>> {
  const { code, stdout, stderr } = await deno(["doc", "--json", file]);
  assert.equal(code, 0, stderr);
  const [{ symbols }] = Object.values(JSON.parse(stdout).nodes) as [{
    symbols: { name: string; declarations: { jsDoc?: { doc?: string } }[] }[];
  }];
  return new Map(
    symbols.map(({ name, declarations }) => [
      name,
      declarations.some(({ jsDoc }) => (jsDoc?.doc ?? "") !== ""),
    ]),
  );
}

testWith(["run"], "deno doc describes every name that an entry point exports", async () => {
  await Promise.all(
    Object.entries(config.exports).map(async ([entry, path]) => {
      const doc = await documented(path);
      const module = await import(entry.replace(".", config.name));
      const names = Object.keys(module);
      assert.ok(names.length > 0, entry);
      assert.deepEqual(names.filter((name) => doc.get(name) !== true), [], entry);
      assert.deepEqual([...doc].filter(([_, told]) => !told), [], `types of ${entry}`);
    }),
  );
});

testWith(["read"], "the task that checks the documentation names every entry point", () => {
  const [_, files] = config.tasks.ok.command.match(/deno doc (?:--\S+ )+((?:\S+\.ts ?)+)/)!;
  assert.deepEqual(files!.trim().split(" ").sort(), [...FILES].sort());
  for (const file of FILES) assert.ok(Deno.statSync(root + file).isFile, file);
});

testWith(["run"], "what is made are tensors, whichever files a program has loaded", async () => {
  const program = `
    import { relu } from "./src/ops/mod.ts";
    import { tensor } from "./src/tensor/create.ts";
    const x = relu(tensor([1, -2]));
    console.log(x.device, x.add(1).toArray());
  `;
  const { stdout, stderr } = await deno(["eval", "--no-config", program]);
  assert.equal(stdout, "cpu [ 2, 1 ]\n", stderr);
});

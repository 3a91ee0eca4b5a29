/** What depends on a dtype stands in the table of src/core/dtype.ts, and nowhere else. */
import assert from "node:assert/strict";
import { NAMES } from "../src/core/dtype.ts";
import { applyDiffs } from "./extending/diffs.ts";
import { deno, root, temporaryFolder, testWith } from "./subprocess.ts";

/** The files below a folder. */
function filesOf(folder: string): string[] {
  return Array.from(Deno.readDirSync(root + folder), ({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return isDirectory ? filesOf(path) : [path];
  }).flat();
}

const DTYPE = `(?:${NAMES.join("|")})`;

/** Switches, ladders and tables over dtypes. */
const SECOND_TABLES: Record<string, RegExp> = {
  "a switch": new RegExp(`\\bcase "${DTYPE}"`),
  "a ladder": new RegExp(`=== "(${DTYPE})"[^;{}]*\\?[^;{}]*: [^;{}]*=== "(?!\\1")${DTYPE}"`),
  "a choice of two": new RegExp(
    `[!=]== "(${DTYPE})"\\)? (?:&&|\\|\\|)[^;{}]*[!=]== "(?!\\1")${DTYPE}"`,
  ),
  "a table": new RegExp(`^\\s*${DTYPE}: [^;\\n]+,\\n\\s*${DTYPE}: [^;\\n]+,$`, "m"),
};

testWith(
  ["read"],
  "no file of the library has a switch, a ladder or a table over dtypes of its own",
  () => {
    const found = filesOf("src").filter((path) => path.endsWith(".ts")).flatMap((path) => {
      if (path === "src/core/dtype.ts") return [];
      const text = Deno.readTextFileSync(root + path);
      return Object.entries(SECOND_TABLES).filter(([_, form]) => form.test(text))
        .map(([what]) => `${path}: ${what}`);
    });
    assert.deepEqual(found, []);
  },
);

Deno.test("what such a test looks for is found where it is", () => {
  const second: Record<string, string> = {
    "a switch": `switch (dtype) {\n  case "int8":`,
    "a ladder": `const a = x.dtype === "float32" ? f32 : x.dtype === "int32" ? i32 : u8;`,
    "a choice of two": `if (x.dtype !== "int32" && x.dtype !== "uint8") throw 1;`,
    "a table": `const BYTES = {\n  float32: 4,\n  bool: 1,\n};`,
  };
  for (const [what, text] of Object.entries(second)) assert.match(text, SECOND_TABLES[what]!);
});

const PROGRAM = `
import { fromTypedArray, functional, io, tensor } from "./mod.ts";
const x = tensor([[1, -2.5], [32767, 0]], { dtype: "int16" });
const told = (fn) => { try { return fn(); } catch (error) { return error.message; } };
console.log(JSON.stringify([
  String(x), x.toTypedArray().constructor.name, x.float().sum().item(), x.to("float16").toArray(),
  functional.cat([x, x]).t().contiguous().toArray(), fromTypedArray(new Int16Array(1), [1]).dtype,
  tensor([70000]).to("int16").item(), io.decodeNpy(io.encodeNpy(x)).dtype,
  io.decodeSafetensors(io.encodeSafetensors(new Map([["x", x]]))).get("x").dtype,
  told(() => x.add(1)), told(() => tensor([40000], { dtype: "int16" })),
]));
`;

testWith(["read", "write", "run"], "one more row is one more dtype, everywhere", async () => {
  using folder = temporaryFolder();
  for (const path of ["mod.ts", ...filesOf("src"), ...filesOf("build")]) {
    Deno.mkdirSync(`${folder.path}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.copyFileSync(root + path, `${folder.path}/${path}`);
  }
  assert.deepEqual(await applyDiffs("A type of stored elements", folder.path), [
    "src/core/dtype.ts",
  ]);
  Deno.writeTextFileSync(`${folder.path}/main.js`, PROGRAM);
  const { stdout, stderr, code } = await deno(["run", "--no-prompt", "main.js"], {
    cwd: folder.path,
  });
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), [
    "tensor([[    1,    -2],\n        [32767,     0]], dtype: int16)",
    "Int16Array",
    32766,
    [[1, -2], [32768, 0]],
    [[1, 32767, 1, 32767], [-2, 0, -2, 0]],
    "int16",
    4464,
    "int16",
    "int16",
    'add: int16 is only stored, not computed with: convert by to("int32") or to("float32")',
    "tensor: int16 holds whole numbers from -32768 to 32767: one is 40000",
  ]);
});

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { bytesOf } from "../../src/wasm/builds.ts";
import { deno, root, temporaryFolder, testWith } from "../subprocess.ts";
import { FAMILIES } from "./families.ts";

/** Sections of a WebAssembly module by number. */
const SECTIONS = [
  "custom",
  "type",
  "import",
  "function",
  "table",
  "memory",
  "global",
  "export",
  "start",
  "element",
  "code",
  "data",
  "data count",
];

/** Names of the sections of a module, in its order. */
function sections(bytes: Uint8Array): string[] {
  const names: string[] = [];
  let at = 8; // behind the magic word and the version
  while (at < bytes.length) {
    names.push(SECTIONS[bytes[at++]!]!);
    let size = 0;
    for (let shift = 0;; shift += 7) {
      const byte = bytes[at++]!;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at += size;
  }
  return names;
}

const [core] = FAMILIES;

for (const build of ["fast", "strict", "wide"] as const) {
  Deno.test(`the ${build} build holds no state: no data, element, table, global or start`, () => {
    for (const family of FAMILIES) {
      const found = sections(bytesOf(build, family)!);
      assert.deepEqual(found, ["type", "import", "function", "export", "code"], family.name);
    }
  });

  Deno.test(`the ${build} build imports memory and functions of the core, and exports the kernels in order`, () => {
    const modules = FAMILIES.map((family) => new WebAssembly.Module(bytesOf(build, family)!));
    const exported = modules.map((module) => WebAssembly.Module.exports(module).map((e) => e.name));
    const imported = modules.map((module) =>
      WebAssembly.Module.imports(module).map((i) => `${i.module}.${i.name}`)
    );
    const shared = exported[0]!.filter((name) => name.startsWith("_"));
    FAMILIES.forEach((family, i) => {
      const names = [...Object.keys(family.places), ...family.sizes];
      assert.deepEqual(exported[i], family === core ? [...names, ...shared] : names);
      const others = imported[i]!.filter((name) => name !== "env.memory");
      assert.equal(others.length, imported[i]!.length - 1, "the memory");
      if (family === core) assert.deepEqual(others, []);
      for (const name of others) assert.ok(shared.includes(name.replace(/^core\./, "")), name);
    });
  });
}

Deno.test("the strict build has no relaxed instruction: it compiles where they are unknown", () => {
  // A relaxed instruction is 0xfd with a number from 0x100 up, that is 0xfd 0x8x-0x9x 0x02. The
  // strict build is made of the fast one, which must show what the strict one must not.
  const madd = (bytes: Uint8Array) => {
    return bytes.findIndex((b, i) => b === 0xfd && bytes[i + 1] === 0x85 && bytes[i + 2] === 0x02);
  };
  assert.ok(madd(bytesOf("fast", core!)!) >= 0);
  assert.equal(madd(bytesOf("strict", core!)!), -1);
});

/** Calls of a kernel: the first is right, and what is wrong with the others. */
const CALLS = [
  "launch.clamp(6, x, x, 0, 1, 6)",
  "launch.clamp(6, 4096, x, 0, 1, 6)", // a number is no address
  "launch.clamp(6, x, x, 0, 1, x)", // an address is no count
  "launch.nllRows(6, x, x, x, x, 3, 6)", // an address and a count have changed places
  "launch.clamp(6, x, x, 0, 6)", // an argument is missing
  "launch.clamp(6, x, x, 0, 1, 6, ROWS, 0)", // one is too many
  "launch.clamb(6, x, x, 0, 1, 6)", // there is no such kernel
  "launch.clamp(6, x + 4, x, 0, 1, 6)", // nor are addresses reckoned with
];

testWith(["read", "write", "run"], "a call with a wrong argument does not compile", async () => {
  using folder = temporaryFolder();
  const program = [
    `import type { Address } from "${root}src/wasm/address.ts";`,
    `import { launch, ROWS } from "${root}src/wasm/launch.ts";`,
    "declare const x: Address;",
    ...CALLS,
    "ROWS;",
  ];
  const file = `${folder.path}/program.ts`;
  await Deno.writeTextFile(file, program.join("\n"));
  const { stderr } = await deno(["check", "--no-config", file]);
  const lines = Array.from(stderr.matchAll(/program\.ts:(\d+):/g), ([_, line]) => Number(line) - 4);
  assert.deepEqual([...new Set(lines)], CALLS.map((_, i) => i).slice(1), stderr);
});

Deno.test("no kernel takes f32.sqrt, which waits for half a register after instructions of 256 bits", () => {
  const folder = `${root}/assembly`;
  const files = readdirSync(folder, { recursive: true }).map(String).filter((f) =>
    f.endsWith(".ts")
  );
  assert.ok(files.length > 40);
  for (const file of files) {
    const found = readFileSync(`${folder}/${file}`, "utf8").match(/\bsqrt<f32>\(|\bMathf\.sqrt\(/);
    assert.equal(found, null, `${file}: take root() of assembly/simd.ts`);
  }
});

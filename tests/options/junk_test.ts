/**
 * Every public function, constructor and method of tensors, called with junk in the place of its
 * arguments: it returns a value or throws an error of its own, and the memory of others stays as it
 * was.
 */
import assert from "node:assert/strict";
import {
  DataError,
  ones,
  OutOfMemoryError,
  ReleasedError,
  scope,
  tensor,
  zeros,
} from "../../mod.ts";
import { Buffer } from "../../src/device/buffer.ts";
import { describe } from "../../src/core/options.ts";
import { mix } from "../prng.ts";
import { type EntryPoint, entryPoints } from "./entry_points.ts";

/** Not called with junk, and why. */
const LEFT_OUT: Record<string, string> = {
  "arrow.arrow": "looks for files",
  "data.arrow": "looks for files",
  "data.csv": "looks for files",
  "data.json": "looks for files",
  "data.parquet": "looks for files",
  "data.mnist": "looks for files",
  "data.readMnist": "looks for files",
  "parquet.parquet": "looks for files",
  "train.CheckpointFolder": "is a path, whatever it is called",
  "scope": "opens a scope that nobody would end",
  "setDefaultDevice": "changes where all others compute",
  "setKernelBuild": "changes how all others compute",
  "setNumThreads": "changes how all others compute",
};

/** Values that are a tensor, and are none. */
function proxies(): unknown[] {
  return [
    new Proxy({}, {}),
    new Proxy([1, 2], {}),
    new Proxy(ones([2, 3]), {}),
    new Proxy(() => 1, {}),
    Object.create(ones([2, 3])),
    { shape: [2, 3], dtype: "float32", storage: { ptr: 64 }, strides: [3, 1], ndim: 2 },
  ];
}

/** All kinds of values. Sizes are none, or none that memory has. */
function junk(): unknown[] {
  const released = scope(() => ones([2, 3]).keep());
  released[Symbol.dispose]();
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  // deno-fmt-ignore
  return [
    undefined, null, true, false, "", "2", "mean", "toString", "__proto__", NaN, Infinity, -Infinity,
    0, -0, 1, -1, 2, 3, 0.5, -1.5, 2 ** 31, -(2 ** 31), 2 ** 32 + 1, 2 ** 53, 2 ** 60, 1e308, 5e-324,
    1n, 2n ** 64n, Symbol("junk"), Symbol.iterator, {}, [], [1], [2, 3], [-1], [0.5], ["1"], [NaN],
    [undefined], [null], [[1, 2], [3]], [2 ** 53, 2 ** 53], [2 ** 60, 0], [1, 2, 3, 4, 5, 6, 7, 8, 9],
    cyclic, new Array(2), new Array(3), new Array(4), () => 1, () => { throw new Error("mine"); }, new Map(),
    new Set([1]), new Date(0), /a/, Promise.resolve(1), new Float32Array(6), new Uint8Array(4),
    new BigInt64Array(2), new ArrayBuffer(8), new DataView(new ArrayBuffer(8)), JSON, Math,
    { min: 0 }, { length: 3 }, { dim: 0 }, { toString: () => "float32", valueOf: () => 1 },
    { [Symbol.iterator]: 1 }, { then: 1 }, globalThis,
    ones([2, 3]), ones([3]), tensor(2), zeros([0]), zeros([0, 3]), ones([1, 2, 5, 5]),
    ones([2, 2, 3]), tensor([1, 2], { dtype: "int32" }), zeros([2, 3], { dtype: "uint8" }),
    tensor([true, false]), ones([2, 3]).expand(2, 2, 3), ones([3, 2]).t(), ones([1]).expand(2 ** 40),
    tensor([1, 2], { requiresGrad: true }), released, ones([2, 3]).narrow(1, 1, 1),
    ...proxies(),
  ];
}

/** The error of a call, or null; a promise is waited for. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    const value = call();
    // what a caller's own function promised is the caller's
    if (value instanceof Promise) await value;
    return null;
  } catch (error) {
    return error;
  }
}

/** An argument in a message, unprinted: it may be huge, or answer no questions. */
function shown(value: unknown): string {
  if (Buffer.is(value)) return `${value.dtype} tensor [${value.shape}]`;
  return describe(value);
}

/** Ops that others are made of, in whose name they may speak; of methods too. */
const SPEAKS_FOR: Record<string, readonly string[]> = {
  "slice": ["narrow"],
  "saveOnnx": ["exportOnnx"],
  "parseCsv": ["csv"],
  "parseJson": ["json", "table"],
  "learn": ["table"],
  "decodeNpz": ["readZip"],
  "decodeSafetensorsFile": ["decodeSafetensors"],
  ...Object.fromEntries(
    ["zeros_", "ones_", "constant_", "uniform_", "normal_", "xavierUniform_", "xavierNormal_"]
      .concat("kaimingUniform_", "kaimingNormal_").map((name) => [name, ["fill_", "copy_"]]),
  ),
};

/** Whether an error is one that a person can do something with: it says whose it is. */
function isClear(error: unknown, { path }: EntryPoint): boolean {
  if (!(error instanceof Error)) return false;
  if (/^\w+ \(Linear\(/.test(error.message)) return true; // of the layer that was called
  if (path.endsWith(".forward") && /^(0 )?\(?\w+(\.forward)?[:(]/.test(error.message)) return true; // or of its op
  if (error.message === "mine") return true; // of a function that was handed over
  if (error instanceof DataError && /\.(save|load|open)/.test(path)) return true; // names the file
  if (error instanceof ReleasedError || error instanceof OutOfMemoryError) return true;
  const name = path.split(".").at(-1)!;
  return [name, ...SPEAKS_FOR[name] ?? []].some((begin) => error.message.startsWith(`${begin}:`));
}

/** Tensors among which junk would write, and what is in them. */
class Guards {
  readonly #tensors = Array.from({ length: 40 }, (_, i) => {
    return zeros([4 + i * 37]).fill_(i + 0.5).keep();
  });

  check(what: string): void {
    this.#tensors.forEach((guard, i) => {
      const isIntact = guard.toTypedArray().every((value) => value === i + 0.5);
      assert.ok(isIntact, `${what} has written into another tensor`);
    });
  }

  [Symbol.dispose](): void {
    for (const guard of this.#tensors) guard[Symbol.dispose]();
  }
}

Deno.test("junk in any place is refused in the function's own words, and writes nowhere", async () => {
  const seed = Number(Deno.args[0] ?? 1);
  console.log(`seed ${seed}`);
  using guards = new Guards();
  const unclear: string[] = [];
  let calls = 0;
  for (const [row, entry] of entryPoints.entries()) {
    if (entry.path in LEFT_OUT) continue;
    using _s = scope();
    const values = junk();
    const pick = (k: number) => mix(seed + row, k);
    const places = entry.args().length + (entry.options === null ? 0 : 1);
    // each value in each place, the others being right; then several places at once
    const rounds = places * values.length;
    for (let k = 0; k < rounds + (places > 1 ? 40 : 0); k++) {
      using _s = scope();
      const args = [...entry.args(), ...entry.options === null ? [] : [{}]];
      if (k < rounds) args[Math.floor(k / values.length)] = values[k % values.length];
      else args.forEach((_, i) => args[i] = values[pick(100 * k + i) % values.length]);
      // a path that is right writes a file: here to a folder that is not there
      if (/\.save/.test(entry.path) && typeof args[0] === "string") args[0] = `nowhere/${args[0]}`;
      const call = entry.bind();
      const error = await errorOf(() => call(...args));
      calls++;
      if (error !== null && !isClear(error, entry)) {
        unclear.push(
          `${entry.path}(${args.map(shown).join(", ")}): ${(error as Error)?.stack ?? error}`,
        );
      }
    }
    guards.check(entry.path);
  }
  console.log(`${calls} calls`);
  assert.equal(
    unclear.length,
    0,
    `${unclear.length} unclear:\n${unclear.slice(0, 400).join("\n")}`,
  );
});

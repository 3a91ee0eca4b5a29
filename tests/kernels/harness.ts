/**
 * Runs the compiled kernels by themselves: all builds, one shared memory, and blocks that stand
 * between guard words.
 *
 * @module
 */
import assert from "node:assert/strict";
import { bytesOf, type KernelBuild } from "../../src/wasm/builds.ts";
import { FAMILIES } from "./families.ts";

/** The exports of a build; arguments are addresses, counts and plain numbers. */
export type Kernels = Record<string, (...args: number[]) => number>;

const memory = new WebAssembly.Memory({ initial: 1024, maximum: 65536, shared: true });

/** The functions of all families in a build, on a memory. */
export function instantiate(build: KernelBuild, on: WebAssembly.Memory = memory): Kernels {
  const functions: Kernels = {};
  for (const family of FAMILIES) {
    const module = new WebAssembly.Module(bytesOf(build, family)!);
    const imports = { env: { memory: on }, core: { ...functions } };
    Object.assign(functions, new WebAssembly.Instance(module, imports).exports);
  }
  return functions;
}

/** All builds by name. */
export const builds: Record<"fast" | "strict" | "wide", Kernels> = {
  fast: instantiate("fast"),
  strict: instantiate("strict"),
  wide: instantiate("wide"),
};

/** Registers one test for each build. */
export function testBuilds(name: string, run: (kernels: Kernels) => void): void {
  for (const [build, kernels] of Object.entries(builds)) {
    Deno.test(`${name} (${build} build)`, () => {
      arena.clear();
      run(kernels);
      arena.check();
    });
  }
}

/** The arrays that a block can hold. */
export type Numbers = Float32Array | Float64Array | Int32Array | Uint16Array | Uint8Array;

/** Arrays of numbers by the bytes of an element. */
export const ARRAYS = [Uint8Array, Uint16Array, Int32Array, Float64Array] as const;

const GUARD_BYTES = 64;
const GUARD = 0xa5;

/** Blocks of memory, one behind the other, each between guards that nobody may write to. */
class Arena {
  #top = 1024;
  #blocks: [begin: number, end: number][] = [];

  /** Forgets all blocks. */
  clear(): void {
    this.#top = 1024;
    this.#blocks = [];
  }

  /**
   * Copies `values` to memory, `shift` elements behind a 64-byte boundary. Returns the view; its
   * address is its `byteOffset`.
   */
  put<T extends Numbers>(values: T, shift = 0): T {
    const size = values.BYTES_PER_ELEMENT;
    const begin = (this.#top + GUARD_BYTES + 63 & ~63) + shift * size;
    const end = begin + values.length * size;
    this.#top = end + GUARD_BYTES;
    if (this.#top > memory.buffer.byteLength) throw new RangeError("arena: the memory is full");
    const bytes = new Uint8Array(memory.buffer);
    bytes.fill(GUARD, begin - GUARD_BYTES, this.#top);
    this.#blocks.push([begin, end]);
    const view = new (values.constructor as new (b: ArrayBufferLike, o: number, n: number) => T)(
      memory.buffer,
      begin,
      values.length,
    );
    view.set(values);
    return view;
  }

  /** Copies `values` to the very end of memory: reading or writing past them traps. */
  last<T extends Numbers>(values: T): T {
    const begin = memory.buffer.byteLength - values.byteLength;
    const view = new (values.constructor as new (b: ArrayBufferLike, o: number, n: number) => T)(
      memory.buffer,
      begin,
      values.length,
    );
    view.set(values);
    return view;
  }

  /** Fails where a guard has changed. */
  check(): void {
    const bytes = new Uint8Array(memory.buffer);
    for (const [begin, end] of this.#blocks) {
      const guards = [
        ...bytes.subarray(begin - GUARD_BYTES, begin),
        ...bytes.subarray(end, end + GUARD_BYTES),
      ];
      assert.ok(guards.every((b) => b === GUARD), `written outside the block at ${begin}`);
    }
  }
}

/** The one arena of this memory. */
export const arena: Arena = new Arena();

/** Lengths around the widths of vectors and unrolled loops. */
export const SIZES: readonly number[] = [0, 1, 3, 4, 5, 7, 16, 17, 1000, 1003];

/**
 * Calls `run(begin, end)` for all of [0, n), then again in three uneven parts, and fails unless the
 * outputs have the same bits. Where `out` has n elements, also fails if the middle part alone
 * touches an element of another. Returns with `out` as the whole call left it.
 */
export function inParts(n: number, out: Numbers, run: (begin: number, end: number) => void): void {
  const before = out.slice();
  run(0, n);
  const whole = out.slice();
  const a = Math.floor(n / 3), b = Math.min(n, a + Math.ceil(n / 2));
  if (out.length === n) {
    out.set(before);
    run(a, b);
    const expected = before.slice();
    expected.set(whole.subarray(a, b), a);
    assert.deepEqual(bits(out), bits(expected), `elements ${a} to ${b} alone`);
  }
  out.set(before);
  run(0, a);
  run(a, b);
  run(b, n);
  assert.deepEqual(bits(out), bits(whole), "parts differ from the whole");
}

/** A copy of the bits of an array. */
export function bits(values: Numbers): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
}

/** Numbers in [-scale, scale), the same on every run. */
export function numbers(n: number, scale = 4, seed = 1): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => (noise(i, seed) / 2 ** 31 - 1) * scale);
}

/** Integers in [low, high), the same on every run. */
export function integers(n: number, low: number, high: number, seed = 1): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => low + noise(i, seed) % (high - low));
}

/** A 32-bit word for i: a multiply and xor hash. */
function noise(i: number, seed: number): number {
  let h = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b);
  h = Math.imul(h ^ h >>> 15, 0x2c1b3c6d);
  h = Math.imul(h ^ h >>> 12, 0x297a2d39);
  return (h ^ h >>> 15) >>> 0;
}

/** The numbers where something special may happen. */
export const SPECIAL: readonly number[] = [
  NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  2,
  3,
  -2,
  -3,
  1e-45,
  -1e-45,
  1e-39,
  3.4e38,
  -3.4e38,
];

const scratch = new Float32Array(1);
const scratchBits = new Int32Array(scratch.buffer);

/** The distance from one float32 to the next, at |x|. */
function ulp(x: number): number {
  scratch[0] = Math.abs(x);
  if (scratch[0] >= 2 ** 127) return 2 ** 104;
  scratchBits[0]! += 1;
  const above = scratch[0]!;
  scratchBits[0]! -= 1;
  return above - scratch[0]!;
}

/** Error of float32 `actual` against float64 `expected` in units in the last place. */
export function ulps(actual: number, expected: number): number {
  if (Number.isNaN(expected) || Number.isNaN(actual)) {
    return Number.isNaN(expected) && Number.isNaN(actual) ? 0 : Infinity;
  }
  const rounded = Math.fround(expected);
  if (actual === rounded) return 0;
  if (!Number.isFinite(actual) && !Number.isFinite(rounded)) return Infinity;
  // An infinity one step above the largest number counts as 2^128.
  const given = Number.isFinite(actual) ? actual : Math.sign(actual) * 2 ** 128;
  return Math.abs(given - expected) / ulp(expected);
}

/** Fails unless each `actual` is within `limit` ulp (or within `floor`) of the expected number. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  limit: number,
  what: string,
  floor = 0,
): void {
  assert.equal(actual.length, expected.length, what);
  for (let i = 0; i < actual.length; i++) {
    const a = actual[i]!, e = expected[i]!;
    const near = ulps(a, e) <= limit || Math.abs(a - e) <= floor;
    assert.ok(near, `${what}: [${i}] is ${a}, expected ${e} (${ulps(a, e)} ulp)`);
  }
}

/** A parameter of a list: n, its arrays (w, g and what the rule keeps), and what differs between rows. */
export interface Row<A extends { byteOffset: number } = Float32Array> {
  n: number;
  arrays: readonly (A | null)[];
  flags?: number;
  columns?: number;
  corrections?: readonly number[];
}

/** A table as `assembly/optim/list.ts` describes it. Returns its address. */
export function tableOf<A extends { byteOffset: number }>(...rows: Row<A>[]): number {
  const words = arena.put(new Int32Array(12 * rows.length));
  const numbers = new Float64Array(words.buffer, words.byteOffset, 6 * rows.length);
  rows.forEach(({ n, arrays, flags = 0, columns = 0, corrections = [] }, i) => {
    words.set([n, flags], 12 * i);
    words.set(arrays.map((array) => array?.byteOffset ?? 0), 12 * i + 2);
    words[12 * i + 7] = columns;
    numbers.set(corrections, 6 * i + 4);
  });
  return words.byteOffset;
}

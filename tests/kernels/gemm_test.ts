import assert from "node:assert/strict";
import fc from "fast-check";
import { NAMES } from "../../src/wasm/builds.ts";
import { instantiate } from "./harness.ts";

/** One build of the kernels on a memory of its own. */
interface Build {
  name: string;
  memory: WebAssembly.Memory;
  gemm: (...args: number[]) => void;
  gemmScratchOf: (...args: number[]) => number;
}

const PAGES = 160;
const END = PAGES * 65536;
/** What every byte outside the operands holds: a NaN with a payload of its own. */
const GUARD = 0x7fc0beef;

const builds = NAMES.map((name): Build => {
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: 65536, shared: true });
  const { gemm, gemmScratchOf } = instantiate(name, memory);
  return { name, memory, gemm: gemm!, gemmScratchOf: gemmScratchOf! };
});

/** Strides of an operand with this many rows and columns. */
const layouts: Record<string, (rows: number, cols: number) => [number, number]> = {
  rows: (_rows, cols) => [cols, 1],
  "rows, padded": (_rows, cols) => [cols + 5, 1],
  columns: (rows) => [1, rows],
  "columns, padded": (rows) => [1, rows + 3],
  "every other element": (_rows, cols) => [2 * cols + 1, 2],
  "one row, expanded": () => [0, 1],
  "one column, expanded": () => [1, 0],
};
const layoutNames = Object.keys(layouts);

interface Case {
  m: number;
  n: number;
  k: number;
  layoutA: string;
  layoutB: string;
  bias: boolean;
  add: boolean;
  relu: boolean;
  /** Extra elements between rows of C. */
  gap: number;
  /** Which operand ends where memory ends, so that reading past it traps. */
  last: "a" | "b";
  seed: number;
  /** A[0, 0] is NaN. */
  poison?: boolean;
}

const plain: Omit<Case, "m" | "n" | "k"> = {
  layoutA: "rows",
  layoutB: "rows",
  bias: false,
  add: false,
  relu: false,
  gap: 0,
  last: "a",
  seed: 1,
};

/** mulberry32, as a value in [-1, 1). */
function generator(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

/** A rectangle of C: [rowBegin, rowEnd, colBegin, colEnd]. */
type Range = [number, number, number, number];

/**
 * Runs a case, one call for each range, and returns C's bits and what float64 makes of the same
 * sum, with the sum of the absolute products beside it. Fails if a word outside C's elements has
 * changed.
 */
function run(build: Build, spec: Case, ranges?: Range[]) {
  const { m, n, k } = spec;
  const words = new Uint32Array(build.memory.buffer);
  const values = new Float32Array(build.memory.buffer);
  const random = generator(spec.seed);
  const extent = (rows: number, cols: number, [rs, cs]: [number, number]) =>
    rows * cols === 0 ? 0 : (rows - 1) * rs + (cols - 1) * cs + 1;
  const stridesA = layouts[spec.layoutA]!(m, k), stridesB = layouts[spec.layoutB]!(k, n);
  const sizeA = extent(m, k, stridesA), sizeB = extent(k, n, stridesB);
  const crs = n + spec.gap, sizeC = extent(m, n, [crs, 1]);

  // 64 guard words around everything; the operand named by `last` goes to the end of memory.
  let top = 64;
  const place = (size: number): number => {
    const at = top;
    top += size + 64;
    return at;
  };
  const c = place(sizeC), bias = place(n);
  const a = spec.last === "a" ? END / 4 - sizeA : place(sizeA);
  const b = spec.last === "b" ? END / 4 - sizeB : place(sizeB);
  top = Math.ceil(top / 16) * 16;
  const scratchBytes = build.gemmScratchOf(m, n, k, ...stridesA, ...stridesB);
  const scratch = top, scratchEnd = scratch + Math.ceil(scratchBytes / 4);
  words.fill(GUARD, 0, scratchEnd + 64);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) values[a + i * stridesA[0] + p * stridesA[1]] = random();
  }
  for (let p = 0; p < k; p++) {
    for (let j = 0; j < n; j++) values[b + p * stridesB[0] + j * stridesB[1]] = random();
  }
  for (let j = 0; j < n; j++) values[bias + j] = random();
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) values[c + i * crs + j] = random();

  if (spec.poison) values[a] = NaN;

  const want = new Float64Array(m * n), scale = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const start = [spec.bias ? values[bias + j]! : 0, spec.add ? values[c + i * crs + j]! : 0];
      let sum = start[0]! + start[1]!;
      let size = Math.abs(start[0]!) + Math.abs(start[1]!);
      for (let p = 0; p < k; p++) {
        const product = values[a + i * stridesA[0] + p * stridesA[1]]! *
          values[b + p * stridesB[0] + j * stridesB[1]]!;
        sum += product;
        size += Math.abs(product);
      }
      want[i * n + j] = spec.relu ? Math.max(sum, 0) : sum;
      scale[i * n + j] = size;
    }
  }
  const before = words.slice(0, scratchEnd + 64);

  // deno-fmt-ignore
  for (const range of ranges ?? [[0, m, 0, n]]) {
    build.gemm(
      4 * a, ...stridesA, 4 * b, ...stridesB, 4 * c, crs, m, n, k, spec.bias ? 4 * bias : 0,
      (spec.add ? 1 : 0) | (spec.relu ? 2 : 0), 4 * scratch, ...range,
    );
  }

  const bits = new Uint32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const at = c + i * crs + j;
      bits[i * n + j] = words[at]!;
      before[at] = words[at]!;
    }
  }
  for (let i = 0; i < before.length; i++) {
    if (i >= scratch && i < scratchEnd) continue;
    assert.equal(words[i], before[i], `word ${i} (C at ${c}, scratch at ${scratch}) was written`);
  }
  return { bits, want, scale };
}

/** Runs a case in all builds and compares it with float64. */
function check(spec: Case): void {
  for (const build of builds) {
    const { bits, want, scale } = run(build, spec);
    const got = new Float32Array(bits.buffer);
    for (let i = 0; i < want.length; i++) {
      const error = Math.abs(got[i]! - want[i]!);
      const bound = 1.2e-7 * (spec.k + 3) * scale[i]! + 1e-37;
      assert.ok(
        error <= bound,
        `${build.name} ${JSON.stringify(spec)}: element ${i} is ${got[i]}, not ${want[i]}`,
      );
    }
  }
}

const layoutName = fc.constantFrom(...layoutNames);

function cases(size: fc.Arbitrary<number>, depth: fc.Arbitrary<number>): fc.Arbitrary<Case> {
  return fc.record({
    m: size,
    n: size,
    k: depth,
    layoutA: layoutName,
    layoutB: layoutName,
    bias: fc.boolean(),
    add: fc.boolean(),
    relu: fc.boolean(),
    gap: fc.constantFrom(0, 1, 7),
    last: fc.constantFrom("a" as const, "b" as const),
    seed: fc.nat(),
  });
}

Deno.test("gemm agrees with a float64 sum in every pair of layouts", () => {
  for (const layoutA of layoutNames) {
    for (const layoutB of layoutNames) {
      for (const [m, n, k] of [[13, 21, 17], [1, 37, 50], [37, 1, 50], [4, 9, 300], [33, 31, 3]]) {
        for (const last of ["a", "b"] as const) {
          check({ ...plain, m: m!, n: n!, k: k!, layoutA, layoutB, last });
        }
      }
    }
  }
});

Deno.test("gemm agrees with a float64 sum for any small size, layout, bias and flags", () => {
  const small = fc.integer({ min: 0, max: 20 });
  fc.assert(fc.property(cases(small, small), check), { numRuns: 2000 });
});

Deno.test("gemm agrees with a float64 sum for larger odd sizes, deeper than one block", () => {
  const size = fc.integer({ min: 1, max: 90 });
  fc.assert(fc.property(cases(size, fc.integer({ min: 1, max: 700 })), check), { numRuns: 60 });
  const large: [number, number, number, Partial<Case>][] = [
    [67, 1101, 530, { layoutA: "columns", bias: true, relu: true }],
    [5, 1101, 530, { layoutB: "columns", add: true, last: "b" }],
    [1101, 67, 530, { layoutB: "columns", bias: true, add: true }],
    [400, 40, 900, { layoutA: "every other element", relu: true }],
    // Operands that go through scratch whole:
    [20, 30, 2000, { layoutA: "columns", layoutB: "columns", bias: true }],
    [30, 20, 2000, { layoutA: "rows", layoutB: "rows", add: true }],
  ];
  for (const [m, n, k, rest] of large) check({ ...plain, m, n, k, ...rest });
});

Deno.test("gemm gives an element the same bits in whatever range it is computed", () => {
  const cut = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 });
  const pieces = (size: number, cuts: number[]): [number, number][] => {
    const at = [0, ...cuts.map((x) => Math.round(x * size)).sort((x, y) => x - y), size];
    return at.slice(1).map((end, i) => [at[i]!, end]);
  };
  const size = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 80 }));
  const property = fc.property(
    cases(size, fc.integer({ min: 0, max: 600 })),
    cut,
    cut,
    (spec, rows, cols) => {
      const ranges: Range[] = [];
      for (const row of pieces(spec.m, rows)) {
        for (const col of pieces(spec.n, cols)) ranges.push([...row, ...col]);
      }
      for (const build of builds) {
        assert.deepEqual(run(build, spec, ranges).bits, run(build, spec).bits);
      }
    },
  );
  fc.assert(property, { numRuns: 300 });
});

Deno.test("gemm computes the given range of C and nothing else", () => {
  for (const build of builds) {
    for (const m of [1, 3, 30]) {
      const spec: Case = { ...plain, m, n: 40, k: 24 };
      const whole = run(build, spec).bits;
      const before = run(build, spec, []).bits;
      const [i0, i1, j0, j1] = [m >> 1, m, 3, 22];
      const part = run(build, spec, [[i0, i1, j0, j1]]).bits;
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < 40; j++) {
          const inside = i >= i0 && i < i1 && j >= j0 && j < j1;
          assert.equal(part[i * 40 + j], (inside ? whole : before)[i * 40 + j]);
        }
      }
    }
  }
});

Deno.test("gemm with nothing to sum writes the bias, or zero", () => {
  for (const build of builds) {
    for (const bias of [false, true]) {
      const spec: Case = { ...plain, m: 3, n: 11, k: 0, bias };
      const { bits, want } = run(build, spec);
      assert.deepEqual(Array.from(new Float32Array(bits.buffer)), Array.from(want));
    }
  }
});

Deno.test("gemm keeps a NaN of A in its row of C, through relu, and out of the others", () => {
  const sizes = [[1, 9, 12], [9, 1, 12], [2, 40, 12], [9, 9, 2], [33, 17, 40]];
  for (const build of builds) {
    for (const [m, n, k] of sizes as [number, number, number][]) {
      for (const layoutB of ["rows", "columns"]) {
        const spec: Case = { ...plain, m, n, k, layoutB, relu: true, poison: true };
        const got = new Float32Array(run(build, spec).bits.buffer);
        got.forEach((x, i) => assert.equal(Number.isNaN(x), i < n, `${m} × ${n} × ${k}, ${i}`));
      }
    }
  }
});

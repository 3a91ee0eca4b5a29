/** Products of a batch: each is the product that `gemm` makes of its two matrices. */
import assert from "node:assert/strict";
import { arena, bits, type Kernels, numbers, testBuilds } from "./harness.ts";

interface Batch {
  lead: readonly [n0: number, n1: number, n2: number];
  /** Steps along the leading dimensions, counted in matrices. */
  a: readonly [number, number, number];
  b: readonly [number, number, number];
  size: readonly [m: number, n: number, k: number];
  bias?: boolean;
  add?: boolean;
}

const BATCHES: readonly Batch[] = [
  { lead: [1, 1, 5], a: [0, 0, 1], b: [0, 0, 1], size: [3, 5, 4] },
  { lead: [1, 1, 3], a: [0, 0, 1], b: [0, 0, 0], size: [16, 16, 16], bias: true, add: true },
  { lead: [2, 1, 4], a: [0, 0, 0], b: [4, 0, 1], size: [1, 9, 70] },
  { lead: [2, 3, 2], a: [6, 1, 3], b: [0, 2, 1], size: [7, 2, 33], add: true },
  { lead: [3, 2, 1], a: [1, 3, 0], b: [2, 1, 0], size: [33, 17, 20], bias: true },
];

/** C after `step`, which gets a call for a range of rows, and one for a single product. */
function run(
  kernels: Kernels,
  { lead: [n0, n1, n2], a: as, b: bs, size: [m, n, k], bias = false, add = false }: Batch,
  step: (range: (begin: number, end: number) => void, one: (i: number) => void) => void,
): Uint8Array {
  arena.clear();
  const count = n0 * n1 * n2;
  const matrices = (steps: readonly number[]) =>
    1 + (n0 - 1) * steps[0]! + (n1 - 1) * steps[1]! + (n2 - 1) * steps[2]!;
  const a = arena.put(numbers(matrices(as) * m * k, 1, 1)).byteOffset;
  const b = arena.put(numbers(matrices(bs) * k * n, 1, 2)).byteOffset;
  const c = arena.put(numbers(count * m * n, 1, 3));
  const biasAt = bias ? arena.put(numbers(n, 1, 4)).byteOffset : 0;
  const scratch = arena.put(new Uint8Array(kernels.gemmScratchOf!(m, n, k, k, 1, n, 1)));
  const rest = [m, n, k, biasAt, add ? 1 : 0, scratch.byteOffset];
  const [a0, a1, a2] = as.map((s) => s * m * k) as [number, number, number];
  const [b0, b1, b2] = bs.map((s) => s * k * n) as [number, number, number];
  step(
    (begin, end) => {
      const left = [a, a0, a1, a2, k, 1], right = [b, b0, b1, b2, n, 1];
      kernels.gemmBatch!(n1, n2, ...left, ...right, c.byteOffset, ...rest, begin, end);
    },
    (i) => {
      const [i0, i1, i2] = [Math.floor(i / n1 / n2), Math.floor(i / n2) % n1, i % n2];
      const aAt = a + 4 * (i0 * a0 + i1 * a1 + i2 * a2);
      const bAt = b + 4 * (i0 * b0 + i1 * b1 + i2 * b2);
      const cAt = c.byteOffset + 4 * i * m * n;
      kernels.gemm!(aAt, k, 1, bAt, n, 1, cAt, n, ...rest, 0, m, 0, n);
    },
  );
  arena.check();
  return bits(c);
}

testBuilds(
  "gemmBatch: the bits of its products one by one, wherever its rows are cut",
  (kernels) => {
    for (const batch of BATCHES) {
      const { lead: [n0, n1, n2], size: [m] } = batch;
      const count = n0 * n1 * n2;
      const alone = run(kernels, batch, (_, one) => {
        for (let i = 0; i < count; i++) one(i);
      });
      for (let cut = 0; cut <= count * m; cut++) {
        const parts = run(kernels, batch, (range) => {
          range(cut, count * m);
          range(0, cut);
        });
        assert.deepEqual(parts, alone, `${JSON.stringify(batch)}, cut at ${cut}`);
      }
    }
  },
);

/**
 * Picking by index.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Blame, Picked, ScatterOp, Selection } from "../device/kernels.ts";
import { type Numbers, numbers, store, tabulate } from "./memory.ts";

/** Where in [outer, n, inner] the elements of [outer, k, inner] are picked. */
function picks([, n, k, inner]: Picked, indexOf: (i: number) => number): (i: number) => number {
  return (i) => (Math.floor(i / (k * inner)) * n + indexOf(i)) * inner + i % inner;
}

/** The same by an index [k]. */
function byIndex(index: Numbers, dims: Picked): (i: number) => number {
  const [, , k, inner] = dims;
  return picks(dims, (i) => index[Math.floor(i / inner) % k]!);
}

/** The same by an index [outer, k, inner]. */
function byElement(index: Numbers, dims: Picked): (i: number) => number {
  return picks(dims, (i) => index[i]!);
}

function checkIndex(index: Buffer, [, n]: Picked, blame: Blame): Numbers {
  const list = numbers(index);
  for (let i = 0; i < index.numel; i++) if (list[i]! < 0 || list[i]! >= n) throw blame(i, list[i]!);
  return list;
}

/** out at each pick += x. */
function addAt(x: Buffer, out: Buffer, pick: (i: number) => number): void {
  const [from, sums] = [numbers(x), new Float64Array(out.numel)];
  const before = numbers(out);
  for (let i = 0; i < sums.length; i++) sums[i] = before[i]!;
  for (let i = 0; i < x.numel; i++) sums[pick(i)]! += from[i]!;
  store(out, sums);
}

const SCATTERED: Readonly<Record<ScatterOp, (old: number, x: number) => number>> = {
  set: (_, x) => x,
  add: (old, x) => old + x,
  mul: (old, x) => old * x,
  max: Math.max,
  min: Math.min,
};

/** Picking by index. */
export const selection: Selection = {
  indexSelect(x, index, out, dims, blame) {
    const [from, pick] = [numbers(x), byIndex(checkIndex(index, dims, blame), dims)];
    tabulate(out, (i) => from[pick(i)]!);
  },
  indexAdd(x, index, out, dims) {
    addAt(x, out, byIndex(numbers(index), dims));
  },
  gather(x, index, out, dims, blame) {
    const [from, pick] = [numbers(x), byElement(checkIndex(index, dims, blame), dims)];
    tabulate(out, (i) => from[pick(i)]!);
  },
  scatterAdd(x, index, out, dims) {
    addAt(x, out, byElement(numbers(index), dims));
  },
  scatter(op, x, index, out, dims, blame) {
    const [from, pick] = [numbers(x), byElement(checkIndex(index, dims, blame), dims)];
    const before = numbers(out);
    const values = Array.from({ length: out.numel }, (_, i) => before[i]!);
    for (let i = 0; i < x.numel; i++) {
      values[pick(i)] = SCATTERED[op](values[pick(i)]!, from[i]!);
    }
    store(out, values);
  },
};

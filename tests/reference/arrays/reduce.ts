/** Reductions along dimensions. */
import {
  array,
  axesOf,
  axisOf,
  count,
  type Dims,
  iota,
  type NDArray,
  need,
  reducedPositions,
  reducedShape,
} from "./array.ts";
import { permute, reshape } from "./views.ts";

/** Folds dimensions, from a first value on. */
function folded(
  x: NDArray,
  dims: Dims,
  keepdim: boolean,
  first: number,
  f: (a: number, b: number) => number,
): NDArray {
  const axes = axesOf(x.shape, dims);
  const shape = reducedShape(x.shape, axes, keepdim);
  const data = new Float64Array(count(shape)).fill(first);
  const at = reducedPositions(x.shape, axes);
  for (let i = 0; i < at.length; i++) data[at[i]!] = f(data[at[i]!]!, x.data[i]!);
  return array(shape, data, x.dtype);
}

/** The sum; of integers as int32. */
export function sum(x: NDArray, dims?: Dims, keepdim = false): NDArray {
  const total = folded(x, dims, keepdim, 0, (a, b) => a + b);
  return x.dtype === "float32" ? total : array(total.shape, total.data.map((v) => v | 0), "int32");
}

/** The mean. */
export function mean(x: NDArray, dims?: Dims, keepdim = false): NDArray {
  need(x.dtype === "float32", `mean of ${x.dtype}`);
  const total = sum(x, dims, keepdim);
  const n = count(axesOf(x.shape, dims).map((axis) => x.shape[axis]!));
  return array(total.shape, total.data.map((v) => v / n));
}

/** The largest element. */
export function amax(x: NDArray, dims?: Dims, keepdim = false): NDArray {
  need(axesOf(x.shape, dims).every((axis) => x.shape[axis]! > 0), "the largest of none");
  return folded(x, dims, keepdim, -Infinity, Math.max);
}

/** The smallest element. */
export function amin(x: NDArray, dims?: Dims, keepdim = false): NDArray {
  need(axesOf(x.shape, dims).every((axis) => x.shape[axis]! > 0), "the smallest of none");
  return folded(x, dims, keepdim, Infinity, Math.min);
}

/** For each row along a dimension where its first extreme stands, in the row and in x. */
export function extremes(
  x: NDArray,
  dim: number,
  isBetter: (a: number, b: number) => boolean,
): { inRow: Float64Array; inX: Float64Array } {
  const axis = axisOf(dim, x.shape.length), n = x.shape[axis]!;
  need(n > 0, "the extreme of none");
  const order = [...x.shape.keys()].filter((i) => i !== axis).concat(axis);
  const at = permute(iota(x.shape), order).data;
  const inRow = new Float64Array(at.length / n);
  const inX = inRow.map((_, row) => {
    let best = 0;
    const value = (i: number) => x.data[at[row * n + i]!]!;
    for (let i = 1; i < n; i++) if (isBetter(value(i), value(best))) best = i;
    inRow[row] = best;
    return at[row * n + best]!;
  });
  return { inRow, inX };
}

/** Where something stands: in the flattened array, or along a dimension. */
export type Argument = (x: NDArray, dim?: number, keepdim?: boolean) => NDArray;

function argument(isBetter: (a: number, b: number) => boolean): Argument {
  return (x, dim, keepdim = false) => {
    const from = dim === undefined || x.shape.length === 0 ? reshape(x, [-1]) : x;
    const { inRow } = extremes(from, dim ?? 0, isBetter);
    const axes = axesOf(x.shape, dim);
    return array(reducedShape(x.shape, axes, keepdim), inRow, "int32");
  };
}

/** Where the first largest element stands. */
export const argmax: Argument = argument((a, b) => a > b);

/** Where the first smallest element stands. */
export const argmin: Argument = argument((a, b) => a < b);

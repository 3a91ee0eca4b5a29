/** Reductions and softmax. */
import { array, axesOf, type Dims, type NDArray, reducedPositions } from "../arrays/array.ts";
import * as arrays from "../arrays/mod.ts";
import { div } from "./elementwise.ts";
import { record, rounded, scattered, type Value } from "./value.ts";

export function sum(x: Value, dims?: Dims, keepdim = false): Value {
  const at = reducedPositions(x.shape, axesOf(x.shape, dims));
  const spread = (dy: NDArray) => array(x.shape, Float64Array.from(at, (i) => dy.data[i]!));
  return record(arrays.sum(x.array, dims, keepdim), [[x, spread]], { saved: [] });
}

export function mean(x: Value, dims?: Dims, keepdim = false): Value {
  const n = axesOf(x.shape, dims).reduce((n, axis) => n * x.shape[axis]!, 1);
  return div(sum(x, dims, keepdim), n);
}

/** Equal ones share the gradient. */
function shared(x: Value, fold: (x: NDArray) => NDArray, dims: Dims): Value {
  const from = x.array, out = fold(from), at = reducedPositions(x.shape, axesOf(x.shape, dims));
  return record(out, [[x, (dy) => {
    const counts = new Float64Array(out.data.length);
    const isBest = (i: number) => from.data[i] === out.data[at[i]!];
    at.forEach((to, i) => counts[to]! += isBest(i) ? 1 : 0);
    return array(
      x.shape,
      Float64Array.from(at, (to, i) => isBest(i) ? dy.data[to]! / counts[to]! : 0),
    );
  }]]);
}

export function amax(x: Value, dims?: Dims, keepdim?: boolean): Value {
  return shared(x, (x) => arrays.amax(x, dims, keepdim), dims);
}

export function amin(x: Value, dims?: Dims, keepdim?: boolean): Value {
  return shared(x, (x) => arrays.amin(x, dims, keepdim), dims);
}

/** Values along a dimension and where they stand. */
export interface ValuesAndIndices {
  values: Value;
  indices: Value;
}

function extreme(
  x: Value,
  dim: number,
  indices: NDArray,
  isBetter: (a: number, b: number) => boolean,
): ValuesAndIndices {
  const { inX } = arrays.extremes(x.array, dim, isBetter);
  const out = array(indices.shape, inX.map((at) => x.array.data[at]!));
  const values = record(out, [[x, (dy) => scattered(x.shape, inX, dy.data)]], { saved: [] });
  return { values, indices: record(indices, []) };
}

export function max(x: Value, dim: number, keepdim?: boolean): ValuesAndIndices {
  return extreme(x, dim, arrays.argmax(x.array, dim, keepdim), (a, b) => a > b);
}

export function min(x: Value, dim: number, keepdim?: boolean): ValuesAndIndices {
  return extreme(x, dim, arrays.argmin(x.array, dim, keepdim), (a, b) => a < b);
}

export function argmax(x: Value, dim?: number, keepdim?: boolean): Value {
  return record(arrays.argmax(x.array, dim, keepdim), []);
}

export function argmin(x: Value, dim?: number, keepdim?: boolean): Value {
  return record(arrays.argmin(x.array, dim, keepdim), []);
}

export function softmax(x: Value, dim: number): Value {
  const made: Value = record(arrays.softmax(x.array, dim), [[x, (dy) => {
    const y = made.array; // as it was rounded: its sum is not quite 1
    const weighed = rounded(arrays.mul(y, dy));
    return arrays.sub(weighed, rounded(arrays.mul(y, rounded(arrays.sum(weighed, dim, true)))));
  }]]);
  return made;
}

export function logSoftmax(x: Value, dim: number): Value {
  const made: Value = record(arrays.logSoftmax(x.array, dim), [[x, (dy) => {
    const shares = rounded(arrays.exp(made.array));
    return arrays.sub(dy, rounded(arrays.mul(shares, rounded(arrays.sum(dy, dim, true)))));
  }]]);
  return made;
}

/** Elements picked by index. */
import { array, axisOf, count, type NDArray, need, picked, positions, stepsOf } from "./array.ts";
import { reshape } from "./views.ts";

function checkIndex(index: NDArray, n: number): void {
  need(index.dtype === "int32" || index.dtype === "uint8", `an index of ${index.dtype}`);
  need(index.data.every((i) => i >= 0 && i < n), `indices from 0 to ${n - 1}`);
}

/** The positions along one dimension that a vector names. */
export function indexSelect(x: NDArray, dim: number, index: NDArray): NDArray {
  const axis = axisOf(dim, x.shape.length);
  checkIndex(index, x.shape[axis]!);
  need(index.shape.length === 1, "an index that is a vector");
  const shape = x.shape.with(axis, index.data.length), steps = stepsOf(x.shape);
  const rest = positions(shape, steps.with(axis, 0));
  const along = positions(shape, shape.map((_, i) => i === axis ? 1 : 0));
  return picked(x, shape, rest.map((at, i) => at + index.data[along[i]!]! * steps[axis]!));
}

/** One element for each of the index, along one dimension. */
export function gather(x: NDArray, dim: number, index: NDArray): NDArray {
  const axis = axisOf(dim, x.shape.length), { shape } = index;
  checkIndex(index, x.shape[axis]!);
  need(shape.length === x.shape.length, `[${shape}] of [${x.shape}]`);
  need(shape.every((n, i) => i === axis || n <= x.shape[i]!), `[${shape}] of [${x.shape}]`);
  const steps = stepsOf(x.shape);
  const rest = positions(shape, steps.with(axis, 0));
  return picked(x, shape, rest.map((at, i) => at + index.data[i]! * steps[axis]!));
}

/** Rows of a table. */
export function embedding(indices: NDArray, weight: NDArray): NDArray {
  need(weight.shape.length === 2, `a table [${weight.shape}]`);
  const flat = array([count(indices.shape)], indices.data, indices.dtype);
  const rows = indexSelect(weight, 0, flat);
  return reshape(rows, [...indices.shape, weight.shape[1]!]);
}

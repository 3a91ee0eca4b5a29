/** The same elements in other shapes: each element of the result is one of x. */
import {
  array,
  axisOf,
  broadcastPositions,
  count,
  type NDArray,
  need,
  picked,
  positions,
  type Shape,
  stepsOf,
} from "./array.ts";

/** The same elements in the same order; one length may be −1. */
export function reshape(x: NDArray, shape: Shape): NDArray {
  const known = count(shape.filter((n) => n !== -1));
  const to = shape.map((n) => n === -1 ? x.data.length / known : n);
  need(to.every((n) => Number.isInteger(n) && n >= 0), `[${x.shape}] as [${shape}]`);
  return array(to, x.data, x.dtype);
}

/** Dimensions from one to another merged. */
export function flatten(x: NDArray, startDim = 0, endDim = -1): NDArray {
  if (x.shape.length === 0) return reshape(x, [1]);
  const from = axisOf(startDim, x.shape.length), to = axisOf(endDim, x.shape.length);
  need(from <= to, `dimensions ${from} to ${to}`);
  const merged = count(x.shape.slice(from, to + 1));
  return reshape(x, [...x.shape.slice(0, from), merged, ...x.shape.slice(to + 1)]);
}

/** Dimensions reordered. */
export function permute(x: NDArray, dims: readonly number[]): NDArray {
  const axes = dims.map((dim) => axisOf(dim, x.shape.length));
  need(new Set(axes).size === x.shape.length, `dimensions ${dims} of [${x.shape}]`);
  const steps = stepsOf(x.shape);
  const shape = axes.map((axis) => x.shape[axis]!);
  return picked(x, shape, positions(shape, axes.map((axis) => steps[axis]!)));
}

/** Two dimensions swapped. */
export function transpose(x: NDArray, dim0: number, dim1: number): NDArray {
  const a = axisOf(dim0, x.shape.length), b = axisOf(dim1, x.shape.length);
  return permute(x, x.shape.map((_, i) => i === a ? b : i === b ? a : i));
}

/** A matrix turned; a vector or a scalar stays. */
export function t(x: NDArray): NDArray {
  need(x.shape.length <= 2, `t of [${x.shape}]`);
  return x.shape.length < 2 ? x : transpose(x, 0, 1);
}

/** Without one dimension if its length is 1, or without all of length 1. */
export function squeeze(x: NDArray, dim?: number): NDArray {
  const axis = dim === undefined ? -1 : axisOf(dim, x.shape.length);
  return reshape(x, x.shape.filter((n, i) => n !== 1 || (dim !== undefined && i !== axis)));
}

/** With a dimension of length 1 more. */
export function unsqueeze(x: NDArray, dim: number): NDArray {
  return reshape(x, x.shape.toSpliced(axisOf(dim, x.shape.length + 1), 0, 1));
}

/** A part along one dimension. */
export function narrow(x: NDArray, dim: number, start: number, length: number): NDArray {
  const axis = axisOf(dim, x.shape.length), n = x.shape[axis]!;
  const from = start < 0 ? start + n : start;
  need(from >= 0 && length >= 0 && from + length <= n, `${start} + ${length} of ${n}`);
  const steps = stepsOf(x.shape), shape = x.shape.with(axis, length);
  return picked(x, shape, positions(shape, steps, from * steps[axis]!));
}

/** One position along one dimension. */
export function select(x: NDArray, dim: number, index: number): NDArray {
  const axis = axisOf(dim, x.shape.length), n = x.shape[axis]!;
  need(index >= -n && index < n, `position ${index} of ${n}`);
  return reshape(narrow(x, axis, index, 1), x.shape.toSpliced(axis, 1));
}

/** Dimensions of length 1 repeated. */
export function expand(x: NDArray, shape: Shape): NDArray {
  const lead = shape.length - x.shape.length;
  need(lead >= 0, `[${x.shape}] to [${shape}]`);
  const to = shape.map((n, i) => n === -1 && i >= lead ? x.shape[i - lead]! : n);
  need(
    x.shape.every((n, i) => n === 1 || n === to[i + lead]) && to.every((n) => n >= 0),
    `[${x.shape}] to [${shape}]`,
  );
  return picked(x, to, broadcastPositions(x.shape, to));
}

/**
 * Views: other shapes and strides over the same memory. Nothing is copied but by `contiguous`, and by
 * `reshape` and `flatten` where no strides can express the new shape.
 *
 * @module
 */
import { isTracked, LINEAR, type Pair, record } from "../autograd/autograd.ts";
import { isIndex } from "../core/dtype.ts";
import { look } from "../device/transfer.ts";
import { alloc, Buffer, kernelsOf, pickDims, viewOf } from "../device/buffer.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, describe } from "../core/options.ts";
import {
  axisOf,
  axisOrFirst,
  checkList,
  inferShape,
  sameShape,
  type Shape,
  viewStrides,
} from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "./check.ts";

/** x with its elements row-major in memory: x itself where they are, else a copy. */
export function contiguous(x: Tensor): Tensor {
  atMost(1, arguments.length, "contiguous(x)");
  checkTensor("contiguous", x);
  if (x.isContiguous) return x;
  const out = alloc(x, x.shape, x.dtype);
  kernelsOf(out).copy(x, out);
  return record("contiguous", out, [[x, (dy) => dy]], LINEAR);
}

/**
 * x in another shape with the same elements in the same order; one length may be −1. A view where
 * the memory allows it, else a copy. ShapeError where the number of elements differs.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  atMost(2, arguments.length, "reshape(x, shape)");
  checkTensor("reshape", x);
  const to = inferShape("reshape", x.shape, shape);
  const strides = viewStrides(x.shape, x.strides, to);
  if (strides === null) return reshape(contiguous(x), to);
  return record("reshape", viewOf(x, to, strides), [[x, (dy) => reshape(dy, x.shape)]], LINEAR);
}

/** Merges the dimensions from `startDim` to `endDim`, both included, into one. */
export function flatten(x: Tensor, startDim = 0, endDim = -1): Tensor {
  atMost(3, arguments.length, "flatten(x, startDim, endDim)");
  checkTensor("flatten", x);
  if (x.ndim === 0) return reshape(x, [1]);
  const from = axisOf("flatten", startDim, x.ndim);
  const to = axisOf("flatten", endDim, x.ndim);
  if (from > to) {
    throw new ShapeError(`flatten: startDim must not come after endDim: ${startDim}, ${endDim}`);
  }
  let merged = 1;
  for (let i = from; i <= to; i++) merged *= x.shape[i]!;
  return reshape(x, [...x.shape.slice(0, from), merged, ...x.shape.slice(to + 1)]);
}

/** Reorders dimensions: dimension i of the result is dimension dims[i] of x. */
export function permute(x: Tensor, dims: readonly number[]): Tensor {
  atMost(2, arguments.length, "permute(x, dims)");
  checkTensor("permute", x);
  checkList("permute", "the dimensions", dims);
  const axes = dims.map((d) => axisOf("permute", d, x.ndim));
  if (axes.length !== x.ndim || new Set(axes).size !== x.ndim) {
    throw new ShapeError(
      `permute: each of the ${x.ndim} dimensions must be named once: they are ${show(dims)}`,
    );
  }
  const out = pickDims(x, axes);
  const back = axes.map((_, i) => axes.indexOf(i));
  return record("permute", out, [[x, (dy) => permute(dy, back)]], LINEAR);
}

/** Swaps two dimensions. */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  atMost(3, arguments.length, "transpose(x, dim0, dim1)");
  checkTensor("transpose", x);
  const a = axisOrFirst("transpose", dim0, x.ndim);
  const b = axisOrFirst("transpose", dim1, x.ndim);
  const dims = x.shape.map((_, i) => i === a ? b : i === b ? a : i);
  return permute(x, dims);
}

/** The transpose of a matrix; a vector or a scalar is returned as it is. */
export function t(x: Tensor): Tensor {
  atMost(1, arguments.length, "t(x)");
  checkTensor("t", x);
  if (x.ndim > 2) {
    throw new ShapeError(`t: at most 2 dimensions are needed: it is ${show(x.shape)}`);
  }
  return x.ndim < 2 ? x : transpose(x, 0, 1);
}

/** Removes dimensions of length 1 (other lengths are left as they are): one, those of a list, or all. */
export function squeeze(x: Tensor, dim?: number | readonly number[]): Tensor {
  atMost(2, arguments.length, "squeeze(x, dim)");
  checkTensor("squeeze", x);
  const axes = dim === undefined
    ? null
    : Array.isArray(dim)
    ? dim.map((d) => axisOrFirst("squeeze", d, x.ndim))
    : [axisOrFirst("squeeze", dim as number, x.ndim)];
  const kept = x.shape.map((_, i) => i).filter((i) =>
    x.shape[i] !== 1 || (axes !== null && !axes.includes(i))
  );
  const out = pickDims(x, kept);
  return record("squeeze", out, [[x, (dy) => reshape(dy, x.shape)]], LINEAR);
}

/** Adds a dimension of length 1 before position `dim` of the result. */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  atMost(2, arguments.length, "unsqueeze(x, dim)");
  checkTensor("unsqueeze", x);
  const axis = axisOf("unsqueeze", dim, x.ndim + 1);
  const out = viewOf(x, x.shape.toSpliced(axis, 0, 1), x.strides.toSpliced(axis, 0, 1));
  return record("unsqueeze", out, [[x, (dy) => reshape(dy, x.shape)]], LINEAR);
}

/** The part of x from `start`, `length` long, along one dimension. */
export function narrow(x: Tensor, dim: number, start: number | Tensor, length: number): Tensor {
  atMost(4, arguments.length, "narrow(x, dim, start, length)");
  checkTensor("narrow", x);
  if (typeof start !== "number") start = wholeOf(start);
  const axis = axisOf("narrow", dim, x.ndim);
  const n = x.shape[axis]!;
  const whole = Number.isInteger(start) && Number.isInteger(length);
  const from = whole && start < 0 ? start + n : start;
  if (!whole || from < 0 || length < 0 || from + length > n) {
    throw new ShapeError(
      `narrow: the part must lie within dimension ${dim} of ${show(x.shape)}: it starts at ` +
        `${describe(start)} and is ${describe(length)} long`,
    );
  }
  const shape = x.shape.with(axis, length);
  const out = viewOf(x, shape, x.strides, x.offset + from * x.strides[axis]!);
  return record("narrow", out, [[x, (dy) => widen(dy, x.shape, axis, from)]], LINEAR);
}

/** The whole number that a tensor of one holds; what is none as it is, to be refused. */
function wholeOf(start: Tensor): number {
  if (!Buffer.is(start) || start.numel !== 1 || !isIndex(start.dtype)) return start as never;
  return look("narrow", contiguous(start))[0] as number;
}

/** One position along one dimension, which is dropped. */
export function select(x: Tensor, dim: number, index: number): Tensor {
  atMost(3, arguments.length, "select(x, dim, index)");
  checkTensor("select", x);
  const axis = axisOf("select", dim, x.ndim);
  const n = x.shape[axis]!;
  if (!Number.isInteger(index) || index < -n || index >= n) {
    throw new RangeError(
      `select: the index must be from ${-n} to ${n - 1} in dimension ${dim} of ` +
        `${show(x.shape)}: it is ${describe(index)}`,
    );
  }
  return squeeze(narrow(x, axis, index, 1), axis);
}

/** Zeros of a shape with x put in from `start` on along one axis: the gradient of `narrow`. */
function widen(x: Tensor, shape: Shape, axis: number, start: number): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const out = alloc(x, shape);
  kernelsOf(out).fill(out, 0);
  kernelsOf(x).copy(x, viewOf(out, x.shape, out.strides, start * out.strides[axis]!));
  const back = (dy: Tensor) => narrow(dy, axis, start, x.shape[axis]!);
  const pairs: Pair[] = isTracked(x) ? [[x, back]] : [];
  return record("narrow", out, pairs, LINEAR);
}

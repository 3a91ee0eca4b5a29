/**
 * Picking elements by index.
 *
 * @module
 */
import { isTracked, type Pair, record } from "../autograd/autograd.ts";
import { alloc, type Buffer, kernelsOf } from "../device/buffer.ts";
import { isIndex } from "../core/dtype.ts";
import { DTypeError, ShapeError, show } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import { axisOf, numelOf, type Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cast } from "./cast.ts";
import { checkTensor } from "./check.ts";
import { contiguous, narrow } from "./view.ts";

/** Indices, or what else they are called, as the kernels take them: int32, contiguous. */
export function indices(op: string, index: Tensor, what = "indices"): Tensor {
  if (!isIndex(index.dtype)) {
    throw new DTypeError(
      `${op}: ${what} must be int32 or uint8: they are ${index.dtype}: convert by to("int32")`,
    );
  }
  return contiguous(cast(index, "int32"));
}

/** A shape around one axis: [outer, n, inner], with k positions to pick. */
function around(shape: Shape, axis: number, k: number): [number, number, number, number] {
  return [numelOf(shape.slice(0, axis)), shape[axis]!, k, numelOf(shape.slice(axis + 1))];
}

function badIndex(op: string, index: Buffer, at: number, n: number): RangeError {
  return new RangeError(
    `${op}: indices must be from 0 to ${n - 1}: one of the ${index.numel} is not (position ${at})`,
  );
}

/** Zeros of x's shape, to add gradients to. */
function zerosLike(x: Buffer): Buffer {
  const out = alloc(x, x.shape);
  kernelsOf(out).fill(out, 0);
  return out;
}

/**
 * The positions along one dimension that `index`, a vector, names; a position may be named often.
 * RangeError where an index is outside.
 */
export function indexSelect(x: Tensor, dim: number, index: Tensor): Tensor {
  atMost(3, arguments.length, "indexSelect(x, dim, index)");
  return pick("indexSelect", x, dim, index);
}

/** `indexSelect` in the name of the op that it is a part of. */
export function pick(op: string, x: Tensor, dim: number, index: Tensor): Tensor {
  checkTensor(op, x);
  checkTensor(op, index, "the index");
  const axis = axisOf(op, dim, x.ndim);
  if (index.ndim !== 1) {
    throw new ShapeError(`${op}: the index must be a vector: it is ${show(index.shape)}`);
  }
  const at = indices(op, index);
  const k = at.numel;
  const dims = around(x.shape, axis, k);
  if (dims[0] * k >= 2 ** 31) { // kernels count them in 32 bits
    throw new ShapeError(
      `${op}: fewer than 2³¹ parts can be picked: x is ${show(x.shape)}, of which ` +
        `${k} are to be picked in dimension ${dim}`,
    );
  }
  const out = alloc(x, x.shape.with(axis, k), x.dtype);
  if (k > 0) {
    kernelsOf(out).indexSelect(
      contiguous(x),
      at,
      out,
      dims,
      (row) => badIndex(op, at, row % k, dims[1]),
    );
  }
  return record("indexSelect", out, [[x, (dy) => {
    const dx = zerosLike(x);
    if (k > 0) kernelsOf(dx).indexAdd(contiguous(dy), at, dx, dims);
    const pairs: Pair[] = isTracked(dy) ? [[dy, (ddx) => pick(op, ddx, axis, at)]] : [];
    return record("indexSelect", dx, pairs, { saved: [at], differentiable: true });
  }]], { saved: [at], differentiable: true });
}

/**
 * out[i][j][k] = x[index[i][j][k]][j][k] for dimension 0, and likewise for the others. Along the other
 * dimensions the index may be shorter than x. RangeError where an index is outside.
 */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  atMost(3, arguments.length, "gather(x, dim, index)");
  checkTensor("gather", x);
  checkTensor("gather", index, "the index");
  const axis = axisOf("gather", dim, x.ndim);
  if (index.ndim !== x.ndim || index.shape.some((n, i) => i !== axis && n > x.shape[i]!)) {
    throw new ShapeError(
      `gather: the index must not be longer than x except along dimension ${dim}: x is ` +
        `${show(x.shape)}, the index is ${show(index.shape)}`,
    );
  }
  index.shape.forEach((n, i) => {
    if (i !== axis && n < x.shape[i]!) x = narrow(x, i, 0, n);
  });
  const at = indices("gather", index);
  const dims = around(x.shape, axis, index.shape[axis]!);
  const out = alloc(x, index.shape, x.dtype);
  kernelsOf(out).gather(
    contiguous(x),
    at,
    out,
    dims,
    (row) => badIndex("gather", at, row, dims[1]),
  );
  return record("gather", out, [[x, (dy) => {
    const dx = zerosLike(x);
    kernelsOf(dx).scatterAdd(contiguous(dy), at, dx, dims);
    const pairs: Pair[] = isTracked(dy) ? [[dy, (ddx) => gather(ddx, axis, at)]] : [];
    return record("gather", dx, pairs, { saved: [at], differentiable: true });
  }]], { saved: [at], differentiable: true });
}

/**
 * Picking elements by index.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import type { Blame, ScatterOp } from "../device/kernels.ts";
import { canLook, look } from "../device/transfer.ts";
import { isIndex } from "../core/dtype.ts";
import { DTypeError, ShapeError, show } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import { axisOrFirst, numelOf, type Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cast } from "./cast.ts";
import { checkTensor } from "./check.ts";
import { expand } from "./sum.ts";
import { contiguous, reshape } from "./view.ts";

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
function around(
  shape: Shape,
  axis: number,
  k: number,
  n: number = shape[axis]!,
): [number, number, number, number] {
  return [numelOf(shape.slice(0, axis)), n, k, numelOf(shape.slice(axis + 1))];
}

function badIndex(op: string, index: Buffer, at: number, n: number): RangeError {
  return new RangeError(
    `${op}: indices must be from 0 to ${n - 1}: one of the ${index.numel} is not (position ${at})`,
  );
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
  const axis = axisOrFirst(op, dim, x.ndim);
  if (index.ndim > 1) {
    throw new ShapeError(`${op}: the index must be a vector: it is ${show(index.shape)}`);
  }
  const at = indices(op, index);
  if (x.ndim > 0) return pickAt(op, x, axis, at);
  if (at.numel !== 1) {
    throw new ShapeError(`${op}: a scalar has one position: the index is ${show(index.shape)}`);
  }
  return reshape(pickAt(op, reshape(x, [1]), 0, at), []);
}

/** Refuses indices outside [0, n), where the host can look at them: for kernels that pass over these. */
export function checkInside(op: string, at: Buffer, n: number): void {
  if (!canLook(at)) return;
  const list = look(op, at);
  for (let i = 0; i < list.length; i++) {
    const index = list[i] as number;
    if (index < 0 || index >= n) throw badIndex(op, at, i, n);
  }
}

/** The positions along an axis of x that `at`, int32 and row-major, names; `blame`: what a bad one means. */
export function pickAt(op: string, x: Tensor, axis: number, at: Buffer, blame?: Blame): Tensor {
  const k = at.numel;
  const dims = around(x.shape, axis, k);
  if (dims[0] * k >= 2 ** 31) { // kernels count them in 32 bits
    throw new ShapeError(
      `${op}: fewer than 2³¹ parts can be picked: x is ${show(x.shape)}, of which ` +
        `${k} are to be picked in dimension ${axis}`,
    );
  }
  const out = alloc(x, x.shape.with(axis, k), x.dtype);
  const isOfElements = dims[0] === 1 && dims[3] === 1; // one index an element
  const kernel = isOfElements ? "gather" : "indexSelect";
  if (out.numel > 0) {
    blame ??= (row) => badIndex(op, at, row % k, dims[1]);
    kernelsOf(out)[kernel](contiguous(x), at, out, dims, blame);
  }
  return record("indexSelect", out, [[x, (dy) => addedAt(dy, x.shape, axis, at)]], {
    saved: [at],
    differentiable: true,
  });
}

/** Zeros of a shape to which x was added along an axis, where `at` says: the gradient of picking. */
export function addedAt(x: Tensor, shape: Shape, axis: number, at: Buffer): Tensor {
  const out = alloc(x, shape);
  kernelsOf(out).fill(out, 0);
  addAt(out, axis, at, x);
  return record("indexSelect", out, [[x, (dy) => pickAt("indexSelect", dy, axis, at)]], {
    saved: [at],
    differentiable: true,
  });
}

/** out, float32 and row-major, += x along an axis, where `at` says. */
export function addAt(out: Buffer, axis: number, at: Buffer, x: Tensor): void {
  const dims = around(out.shape, axis, at.numel);
  if (x.numel === 0) return;
  const kernel = dims[0] === 1 && dims[3] === 1 ? "scatterAdd" : "indexAdd";
  kernelsOf(out)[kernel](contiguous(x), at, out, dims);
}

/**
 * out[i][j][k] = x[index[i][j][k]][j][k] for dimension 0, and likewise for the others. Along the other
 * dimensions the index may be shorter than x. RangeError where an index is outside.
 */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  atMost(3, arguments.length, "gather(x, dim, index)");
  checkTensor("gather", x);
  checkTensor("gather", index, "the index");
  const axis = axisOrFirst("gather", dim, x.ndim);
  checkElementIndex("gather", x, dim, index);
  return gatherAt("gather", x, axis, indices("gather", index));
}

/** Refuses an index that is longer than x except along a dimension; scalars count as vectors of one. */
export function checkElementIndex(op: string, x: Tensor, dim: number, index: Tensor): void {
  if (index.numel === 0) return; // nothing is asked of x
  const axis = axisOrFirst(op, dim, x.ndim);
  if (
    Math.max(1, index.ndim) !== Math.max(1, x.ndim) ||
    index.shape.some((n, i) => i !== axis && n > x.shape[i]!)
  ) {
    throw new ShapeError(
      `${op}: the index must not be longer than x except along dimension ${dim}: x is ` +
        `${show(x.shape)}, the index is ${show(index.shape)}`,
    );
  }
}

/** `gather` by an index, int32 and row-major, that was checked. */
export function gatherAt(op: string, x: Tensor, axis: number, at: Tensor): Tensor {
  const out = alloc(x, at.shape, x.dtype);
  const from = cornerOf(x, at.shape, axis);
  const dims = around(at.shape, axis, at.shape[axis] ?? 1, from.shape[axis] ?? 1);
  if (out.numel > 0) {
    const source = from.isContiguous ? from : copied(from);
    kernelsOf(out).gather(source, at, out, dims, (row) => badIndex(op, at, row, dims[1]));
  }
  return record("gather", out, [[x, (dy) => spreadAt(dy, x.shape, axis, at)]], {
    saved: [at],
    differentiable: true,
  });
}

/** Zeros of a shape to which x was added where an index, as of `gatherAt`, says. */
export function spreadAt(x: Tensor, shape: Shape, axis: number, at: Tensor): Tensor {
  const out = alloc(x, shape);
  kernelsOf(out).fill(out, 0);
  scatterInto("add", out, axis, at, x);
  return record("gather", out, [[x, (dy) => gatherAt("gather", dy, axis, at)]], {
    saved: [at],
    differentiable: true,
  });
}

function copied(x: Buffer): Buffer {
  const out = alloc(x, x.shape, x.dtype);
  kernelsOf(x).copy(x, out);
  return out;
}

/** What lies first in x, as much of each dimension as `shape` has, but all along an axis. */
function cornerOf(x: Buffer, shape: Shape, axis: number): Buffer {
  if (shape.length !== x.ndim || shape.includes(0)) return x;
  if (shape.every((n, i) => i === axis || n === x.shape[i])) return x;
  return viewOf(x, x.shape.map((n, i) => i === axis ? n : shape[i]!), x.strides);
}

/**
 * out[index] = op(what is there, x) along an axis, element by element: `at`, int32 and row-major, and x
 * have one shape, and out, row-major and of x's dtype, is at least as long but along the axis.
 */
export function scatterInto(
  op: ScatterOp,
  out: Buffer,
  axis: number,
  at: Buffer,
  x: Tensor,
  name = "scatter",
): void {
  if (at.numel === 0) return;
  const corner = cornerOf(out, at.shape, axis);
  const into = corner.isContiguous ? corner : copied(corner);
  const dims = around(at.shape, axis, at.shape[axis] ?? 1, into.shape[axis] ?? 1);
  const kernels = kernelsOf(out);
  if (op === "add" && x.dtype === "float32" && name === "scatter") {
    kernels.scatterAdd(contiguous(x), at, into, dims);
  } else {
    const blame = (row: number) => badIndex(name, at, row, dims[1]);
    kernels.scatter(op, contiguous(x), at, into, dims, blame);
  }
  if (into !== corner) kernels.copy(into, corner);
}

/** out, row-major, = x at the positions along an axis that `at`, a vector, names. */
export function putInto(op: string, out: Buffer, axis: number, at: Tensor, x: Tensor): void {
  if (x.numel === 0) return;
  const kernels = kernelsOf(out);
  const dims = around(out.shape, axis, at.numel);
  if (kernels.indexCopy !== undefined) {
    const blame = (row: number) => badIndex(op, at, row, dims[1]);
    return kernels.indexCopy(contiguous(x), at, out, dims, blame);
  }
  const apart = x.shape.map((n, i) => i === axis ? n : 1);
  scatterInto("set", out, axis, contiguous(expand(reshape(at, apart), x.shape)), x, op);
}

/**
 * Joining tensors.
 *
 * @module
 */
import { LINEAR, type Pair, record } from "../autograd/autograd.ts";
import { alloc, kernelsOf, viewOf } from "../device/buffer.ts";
import { promote } from "../core/dtype.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import { axisOf, sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cast } from "./cast.ts";
import { checkSameDevice, checkTensors } from "./check.ts";
import { atleast1d, atleast2d, atleast3d } from "./reshaping.ts";
import { narrow, reshape, unsqueeze } from "./view.ts";

/**
 * Joins tensors along a dimension that they have; all other lengths must agree, and an empty vector
 * goes with any. Of several dtypes the result has the one that holds them all.
 */
export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  atMost(2, arguments.length, "cat(tensors, dim)");
  return joined("cat", tensors, dim);
}

function joined(op: string, tensors: readonly Tensor[], dim: number): Tensor {
  checkTensors(op, tensors);
  const some = tensors.filter((x) => x.ndim !== 1 || x.numel > 0);
  const parts = some.length > 0 ? some : tensors;
  const first = parts[0];
  if (first === undefined) {
    throw new ShapeError(`${op}: at least one tensor is needed: there is none`);
  }
  const dtype = tensors.reduce((dtype, x) => promote(dtype, x.dtype), first.dtype);
  const axis = axisOf(op, dim, first.ndim);
  let length = 0;
  for (const x of parts) {
    checkSameDevice(op, x, first, "one");
    if (x.ndim !== first.ndim || x.shape.some((n, i) => i !== axis && n !== first.shape[i])) {
      throw new ShapeError(
        `${op}: shapes must agree except in dimension ${dim}: one is ${show(first.shape)}, ` +
          `another ${show(x.shape)}`,
      );
    }
    length += x.shape[axis]!;
  }
  const alike = parts.map((x) => cast(x, dtype));
  const out = alloc(first, first.shape.with(axis, length), dtype);
  let at = 0;
  const starts = alike.map((x) => {
    const start = at;
    kernelsOf(out).copy(x, viewOf(out, x.shape, out.strides, start * out.strides[axis]!));
    at += x.shape[axis]!;
    return start;
  });
  const pairs: Pair[] = alike.map((x, i) => [
    x,
    (dy) => narrow(dy, axis, starts[i]!, x.shape[axis]!),
  ]);
  const joining = new Set(parts);
  for (const x of tensors) { // those that went with any have gradients, too
    if (!joining.has(x)) pairs.push([x, (dy) => narrow(reshape(dy, [-1]), 0, 0, 0)]);
  }
  return record("cat", out, pairs, LINEAR);
}

/** {@link cat}, by NumPy's name. */
export function concat(tensors: readonly Tensor[], dim = 0): Tensor {
  atMost(2, arguments.length, "concat(tensors, dim)");
  return joined("concat", tensors, dim);
}

/** Joins tensors as columns: along dimension 1, vectors and scalars along their only one. */
export function hstack(tensors: readonly Tensor[]): Tensor {
  atMost(1, arguments.length, "hstack(tensors)");
  checkTensors("hstack", tensors);
  const all = tensors.map((x) => atleast1d(x));
  return joined("hstack", all, all[0]?.ndim === 1 ? 0 : 1);
}

/** Joins tensors as rows: along dimension 0, where vectors count as rows. */
export function vstack(tensors: readonly Tensor[]): Tensor {
  atMost(1, arguments.length, "vstack(tensors)");
  checkTensors("vstack", tensors);
  return joined("vstack", tensors.map((x) => atleast2d(x)), 0);
}

/** Joins tensors along dimension 2, where a matrix [n, m] counts as [n, m, 1] and a vector as [1, n, 1]. */
export function dstack(tensors: readonly Tensor[]): Tensor {
  atMost(1, arguments.length, "dstack(tensors)");
  checkTensors("dstack", tensors);
  return joined("dstack", tensors.map((x) => atleast3d(x)), 2);
}

/** Joins tensors along dimension 1, where a vector counts as a column. */
export function columnStack(tensors: readonly Tensor[]): Tensor {
  atMost(1, arguments.length, "columnStack(tensors)");
  checkTensors("columnStack", tensors);
  return joined("columnStack", tensors.map((x) => x.ndim < 2 ? reshape(x, [-1, 1]) : x), 1);
}

/** Joins tensors of one shape along a new dimension. */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  atMost(2, arguments.length, "stack(tensors, dim)");
  checkTensors("stack", tensors);
  const first = tensors[0];
  if (first === undefined) {
    throw new ShapeError("stack: at least one tensor is needed: there is none");
  }
  const axis = axisOf("stack", dim, first.ndim + 1);
  for (const x of tensors) {
    if (sameShape(x.shape, first.shape)) continue;
    throw new ShapeError(
      `stack: shapes must agree: one is ${show(first.shape)}, another ${show(x.shape)}`,
    );
  }
  return joined("stack", tensors.map((x) => unsqueeze(x, axis)), axis);
}

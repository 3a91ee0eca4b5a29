/**
 * Joining tensors.
 *
 * @module
 */
import { LINEAR, record } from "../autograd/autograd.ts";
import { alloc, kernelsOf, viewOf } from "../device/buffer.ts";
import { DTypeError, ShapeError, show } from "../core/errors.ts";
import { atMost, describe } from "../core/options.ts";
import { axisOf } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "./check.ts";
import { narrow, unsqueeze } from "./view.ts";

function checkTensors(op: string, tensors: readonly Tensor[]): void {
  if (!Array.isArray(tensors)) {
    throw new TypeError(`${op}: an array of tensors is needed: it is ${describe(tensors)}`);
  }
  for (let i = 0; i < tensors.length; i++) checkTensor(op, tensors[i]!, `number ${i}`);
}

/** Joins tensors along a dimension that they have; all other lengths must agree. */
export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  atMost(2, arguments.length, "cat(tensors, dim)");
  checkTensors("cat", tensors);
  const first = tensors[0];
  if (first === undefined) {
    throw new ShapeError("cat: at least one tensor is needed: there is none");
  }
  const axis = axisOf("cat", dim, first.ndim);
  let length = 0;
  for (const x of tensors) {
    if (x.ndim !== first.ndim || x.shape.some((n, i) => i !== axis && n !== first.shape[i])) {
      throw new ShapeError(
        `cat: shapes must agree except in dimension ${dim}: one is ${show(first.shape)}, ` +
          `another ${show(x.shape)}`,
      );
    }
    if (x.dtype !== first.dtype) {
      throw new DTypeError(`cat: dtypes must agree: one is ${first.dtype}, another ${x.dtype}`);
    }
    length += x.shape[axis]!;
  }
  const out = alloc(first, first.shape.with(axis, length), first.dtype);
  let at = 0;
  const starts = tensors.map((x) => {
    const start = at;
    kernelsOf(out).copy(x, viewOf(out, x.shape, out.strides, start * out.strides[axis]!));
    at += x.shape[axis]!;
    return start;
  });
  return record(
    "cat",
    out,
    tensors.map((x, i) => [x, (dy) => narrow(dy, axis, starts[i]!, x.shape[axis]!)]),
    LINEAR,
  );
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
  return cat(tensors.map((x) => unsqueeze(x, axis)), axis);
}

/**
 * Views that look at some elements of a tensor, and what is their gradient: zeros with these elements
 * put in. Each is the other's gradient.
 *
 * @module
 */
import { LINEAR, record } from "../autograd/autograd.ts";
import { alloc, type Buffer, kernelsOf } from "../device/buffer.ts";
import type { Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A view of a buffer of some shape, whatever its strides: no element of it twice. */
export type Look = (from: Buffer) => Buffer;

/** What a look shows of x. */
export function looked(op: string, x: Tensor, look: Look): Tensor {
  return record(op, look(x), [[x, (dy) => putIn(op, dy, x.shape, look)]], LINEAR);
}

/** Zeros of a shape where a look shows `part`. */
export function putIn(op: string, part: Tensor, shape: Shape, look: Look): Tensor {
  const out = alloc(part, shape, part.dtype);
  kernelsOf(out).fill(out, 0);
  kernelsOf(out).copy(part, look(out));
  return record(op, out, [[part, (dy) => looked(op, dy, look)]], LINEAR);
}

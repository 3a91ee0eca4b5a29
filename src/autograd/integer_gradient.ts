/**
 * Gradients of whole numbers: `tensor([1, 2])` is int32, since JavaScript writes 1.0 and 1 alike, and
 * serves as a gradient as if it were float32.
 *
 * @module
 */
import { isComputedIn } from "../core/dtype.ts";
import { alloc, Buffer, kernelsOf } from "../device/buffer.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { tensorOf } from "./autograd.ts";

/** Whether a gradient is float32 or can be made that. */
export function isGradientType({ dtype }: Tensor): boolean {
  return isComputedIn(dtype);
}

/** A gradient as float32. */
export function asGradient(gradient: Tensor): Tensor {
  if (gradient.dtype !== "int32" || !Buffer.is(gradient)) return gradient;
  const from = alloc(gradient, gradient.shape, "int32");
  kernelsOf(from).copy(gradient, from);
  const out = alloc(from, from.shape);
  kernelsOf(out).cast(from, out);
  return tensorOf(out, null);
}

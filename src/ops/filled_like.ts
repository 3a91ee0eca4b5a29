/**
 * Tensors of one value.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import type { DType } from "../core/dtype.ts";
import type { Shape } from "../core/shape.ts";
import { alloc, type Buffer, kernelsOf, releasedError } from "../device/buffer.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * One value everywhere, on the device of another tensor. What that holds does not matter: where it is NaN,
 * x · 0 + 1 is NaN too.
 */
export function filledLike(
  like: Buffer,
  value: number,
  shape: Shape = like.shape,
  dtype: DType = "float32",
): Tensor {
  if (like.storage.block === null) throw releasedError(like);
  const out = alloc(like, shape, dtype);
  kernelsOf(out).fill(out, value);
  return record("fill", out, []);
}

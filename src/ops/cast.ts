/**
 * Element types and copies.
 *
 * @module
 */
import { record } from "../autograd.ts";
import { alloc, BYTES, type DType, viewOf } from "../buffer.ts";
import { DTypeError } from "../errors.ts";
import { kernels } from "../kernels.ts";
import type { Tensor } from "../tensor.ts";
import { contiguous } from "./view.ts";

/**
 * x in another dtype. Towards integers fractions are cut off, towards bool all but 0 is true. Only
 * float32 has gradients, so only float32 → float32 (which returns x itself) passes them.
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  if (!(dtype in BYTES)) {
    throw new DTypeError(
      `to: dtype must be one of ${Object.keys(BYTES).join(", ")}: it is ${String(dtype)}`,
    );
  }
  if (x.dtype === dtype) return x;
  const out = alloc(x.shape, dtype);
  kernels.cast(contiguous(x), out);
  return record("to", out, []);
}

/** A copy of x with memory of its own; gradients pass to x. */
export function clone(x: Tensor): Tensor {
  const out = alloc(x.shape, x.dtype);
  kernels.copy(x, out);
  return record("clone", out, [[x, (dy) => dy]], { saved: [] });
}

/** x without its graph: a view of the same memory that requires no gradient. */
export function detach(x: Tensor): Tensor {
  return record("detach", viewOf(x, x.shape, x.strides), []);
}

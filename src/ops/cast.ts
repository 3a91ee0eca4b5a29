/**
 * Element types and copies.
 *
 * @module
 */
import { LINEAR, record } from "../autograd/autograd.ts";
import { alloc, kernelsOf, viewOf } from "../device/buffer.ts";
import { checkDType, type DType, DTYPES } from "../core/dtype.ts";
import { atMost } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkComputes, checkTensor } from "./check.ts";
import { contiguous } from "./view.ts";

/**
 * x in another dtype; x itself where it has that. Floats round to the nearest, a tie to the even one;
 * towards integers fractions are cut off, towards bool all but 0 is true. int64 towards narrower
 * integers, and any towards uint8 and int8, keep the low bits. From float to float gradients pass
 * through unrounded, as float32.
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  atMost(2, arguments.length, "to(x, dtype)");
  checkTensor("to", x);
  if (x.dtype === dtype) return x;
  checkDType("to", dtype);
  const out = alloc(x, x.shape, dtype);
  kernelsOf(out).cast(contiguous(x), out);
  const isFloat = DTYPES[x.dtype].kind === "float" && DTYPES[dtype].kind === "float";
  return record("to", out, isFloat ? [[x, (dy) => dy]] : [], LINEAR);
}

/**
 * x where float32 is needed: integers and bools become float32, since JavaScript writes 1.0 and 1
 * alike. DTypeError of what is only stored.
 */
export function asFloat(op: string, x: Tensor, what = "x"): Tensor {
  checkComputes(op, x, what);
  return x.dtype === "float32" ? x : cast(x, "float32");
}

/** A copy of x with memory of its own; gradients pass to x. */
export function clone(x: Tensor): Tensor {
  atMost(1, arguments.length, "clone(x)");
  checkTensor("clone", x);
  const out = alloc(x, x.shape, x.dtype);
  kernelsOf(out).copy(x, out);
  return record("clone", out, [[x, (dy) => dy]], LINEAR);
}

/** What was made of x, in memory of its own: where there was nothing to do, it may be a view of x. */
export function owned(made: Tensor, x: Tensor): Tensor {
  return made.storage === x.storage ? clone(made) : made;
}

/** x without its graph: a view of the same memory that requires no gradient. */
export function detach(x: Tensor): Tensor {
  atMost(1, arguments.length, "detach(x)");
  checkTensor("detach", x);
  return record("detach", viewOf(x, x.shape, x.strides), []);
}

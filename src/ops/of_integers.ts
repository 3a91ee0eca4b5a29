/**
 * Ops that kernels compute in float32, of integers.
 *
 * @module
 */
import type { Tensor } from "../tensor/tensor.ts";
import { cast } from "./cast.ts";

/** A result as int32 where all that it was made of are integers; exact up to 2²⁴. */
export function ofIntegers(y: Tensor, ...inputs: Tensor[]): Tensor {
  return inputs.every((x) => x.dtype !== "float32") ? cast(y, "int32") : y;
}

/**
 * Which dtype comes of two.
 *
 * @module
 */
import { checkDType, type DType, promote } from "../core/dtype.ts";
import { atMost } from "../core/options.ts";

/**
 * The dtype that holds what two dtypes hold, by PyTorch's table; where that has int16, for uint8 and
 * int8, this gives int32. DTypeError where one is no dtype.
 *
 * @example
 * ```ts
 * import { promoteTypes } from "@glim/glim";
 * console.log(promoteTypes("int32", "float16")); // float16
 * ```
 */
export function promoteTypes(a: DType, b: DType): DType {
  atMost(2, arguments.length, "promoteTypes(a, b)");
  return promote(checkDType("promoteTypes", a), checkDType("promoteTypes", b));
}

/**
 * All functions of two elements that rows declare.
 *
 * @module
 */
import type { Tensor } from "../tensor/tensor.ts";
import type * as binary from "./binary.ts";
import type * as more from "./binary_more.ts";
import type { Operand } from "./operand.ts";
import type * as remainders from "./remainder.ts";

export * from "./binary.ts";
export * from "./binary_more.ts";
export * from "./remainder.ts";

/** The methods of a file of functions. */
type Of<Functions> = { [Name in keyof Functions]: (other: Operand) => Tensor };

/** The methods that tensors have of them, each of its function's name. */
export interface MethodsOfTwo
  extends binary.BinaryMethods, Of<typeof more>, Of<typeof remainders> {}

/**
 * All functions of two elements that rows declare.
 *
 * @module
 */
import type { MethodsOf } from "./methods_of.ts";
import type * as binary from "./binary.ts";
import type * as more from "./binary_more.ts";
import type * as remainders from "./remainder.ts";

export * from "./binary.ts";
export * from "./binary_more.ts";
export * from "./remainder.ts";

/** The methods that tensors have of them, each of its function's name. */
export interface MethodsOfTwo
  extends binary.BinaryMethods, MethodsOf<typeof more>, MethodsOf<typeof remainders> {}

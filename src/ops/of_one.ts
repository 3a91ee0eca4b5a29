/**
 * All functions of one element that PyTorch has as functions of `torch` and as methods of tensors.
 *
 * @module
 */
import type { MethodsOf } from "./methods_of.ts";
import type * as exponential from "./exponential.ts";
import type * as rounding from "./rounding.ts";
import type * as trigonometry from "./trigonometry.ts";
import type * as unary from "./unary.ts";

export * from "./exponential.ts";
export * from "./rounding.ts";
export * from "./trigonometry.ts";
export * from "./unary.ts";

/** The methods that tensors have of them, each of its function's name. */
export interface MethodsOfOne
  extends
    unary.UnaryMethods,
    MethodsOf<typeof exponential>,
    MethodsOf<typeof rounding>,
    MethodsOf<typeof trigonometry> {}

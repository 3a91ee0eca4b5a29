/**
 * Ops as pure functions over arrays in float64, by the names and arguments of `functional`: what a
 * result is, in the plainest loops. Nothing here knows of strides, threads, memory or gradients.
 *
 * @module
 */
export * from "./attention.ts";
export * from "./conv.ts";
export * from "./elementwise.ts";
export * from "./join.ts";
export * from "./loss.ts";
export * from "./norm.ts";
export * from "./pool.ts";
export * from "./products.ts";
export * from "./reduce.ts";
export * from "./rows.ts";
export * from "./select.ts";
export * from "./views.ts";

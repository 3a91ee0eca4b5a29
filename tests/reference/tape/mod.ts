/**
 * Ops that record, by the names and arguments of `functional`: forwards are those of `../arrays`,
 * gradients are written here, independently of the library's. Where a gradient takes more than a line
 * the op is made of simpler ones.
 *
 * @module
 */
export * from "./composed.ts";
export * from "./elementwise.ts";
export * from "./indexed.ts";
export * from "./layers.ts";
export * from "./lines.ts";
export * from "./products.ts";
export * from "./reduce.ts";
export * from "./views.ts";

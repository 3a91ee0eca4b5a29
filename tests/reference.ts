/**
 * What each kernel computes, in plain loops over float64: the tests compare the compiled kernels
 * with these functions, a family a file in `reference/`. Matrices are flat arrays, row by row. Names,
 * order of operations and layouts are those of the kernels in `assembly/`.
 *
 * @module
 */
export * from "./reference/conv.ts";
export * from "./reference/elementwise.ts";
export * from "./reference/norm.ts";
export * from "./reference/optim.ts";
export * from "./reference/pool.ts";
export * from "./reference/random.ts";
export * from "./reference/rows.ts";
export * from "./reference/select.ts";
export type { Values } from "./reference/values.ts";

/**
 * Comparisons, which give bools and have no gradient: each a row. Its kernel is the case of the same
 * name in `assembly/elementwise/compare.ts`.
 *
 * @module
 */
import type { Tensor } from "../tensor/tensor.ts";
import { type Binary, comparison } from "./binary_op.ts";
import type { Operand } from "./operand.ts";

/** The methods that tensors have of them, each of its function's name. */
export interface CompareMethods {
  /** this = other, as bool. */
  eq(other: Operand): Tensor;
  /** this ≠ other, as bool. */
  ne(other: Operand): Tensor;
  /** this > other, as bool. */
  gt(other: Operand): Tensor;
  /** this < other, as bool. */
  lt(other: Operand): Tensor;
  /** this ≥ other, as bool. */
  ge(other: Operand): Tensor;
  /** this ≤ other, as bool. */
  le(other: Operand): Tensor;
}

/** a = b, as bool. Shapes broadcast. */
export const eq: Binary = comparison({ name: "eq", f: (a, b) => a === b });

/** a ≠ b, as bool. Shapes broadcast. */
export const ne: Binary = comparison({
  name: "ne",
  f: (a, b) => a !== b,
});

/** a > b, as bool. Shapes broadcast. */
export const gt: Binary = comparison({ name: "gt", f: (a, b) => a > b });

/** a < b, as bool. Shapes broadcast. */
export const lt: Binary = comparison({ name: "lt", f: (a, b) => a < b });

/** a ≥ b, as bool. Shapes broadcast. */
export const ge: Binary = comparison({ name: "ge", f: (a, b) => a >= b });

/** a ≤ b, as bool. Shapes broadcast. */
export const le: Binary = comparison({ name: "le", f: (a, b) => a <= b });

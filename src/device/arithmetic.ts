/**
 * Arithmetic that is done below the ops and around them, too: gradients are summed, losses divided.
 *
 * @module
 */
import type { BinaryOp } from "./kernels.ts";

/** a + b. */
export const ADD: BinaryOp = {
  name: "add",
  cost: 0,
  f: (a, b) => a + b,
  ofIntegers: (a, b) => (a + b) | 0,
};

/** a − b. */
export const SUB: BinaryOp = {
  name: "sub",
  cost: 0,
  f: (a, b) => a - b,
  ofIntegers: (a, b) => (a - b) | 0,
};

/** a · b. */
export const MUL: BinaryOp = { name: "mul", cost: 0, f: (a, b) => a * b, ofIntegers: Math.imul };

/** a / b; integers are divided as floats. */
export const DIV: BinaryOp = { name: "div", cost: 0, f: (a, b) => a / b, ofIntegers: null };

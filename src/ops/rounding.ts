/**
 * Whole numbers near floats, which integers are already: rows as in `unary.ts`.
 *
 * @module
 */
import { clone } from "./cast.ts";
import { mul } from "./binary.ts";
import { type Unary, unary } from "./unary_op.ts";

/** The least whole number that is at least x. */
export const ceil: Unary = unary({
  name: "ceil",
  f: Math.ceil,
  saves: "nothing",
  grad: () => 0,
  gradOps: (dy) => mul(dy, 0),
  ofIntegers: (x) => clone(x),
});

/** The largest whole number that is at most x. */
export const floor: Unary = unary({
  name: "floor",
  f: Math.floor,
  saves: "nothing",
  grad: () => 0,
  gradOps: (dy) => mul(dy, 0),
  ofIntegers: (x) => clone(x),
});

/** What `trunc` cuts off: x − trunc x. */
export const frac: Unary = unary({
  name: "frac",
  f: (x) => x - Math.trunc(x),
  saves: "nothing",
  grad: (_, dy) => dy,
  gradOps: (dy) => dy,
  ofIntegers: (x) => mul(x, 0),
});

/** x without its fraction. */
export const trunc: Unary = unary({
  name: "trunc",
  f: Math.trunc,
  saves: "nothing",
  grad: () => 0,
  gradOps: (dy) => mul(dy, 0),
  ofIntegers: (x) => clone(x),
});

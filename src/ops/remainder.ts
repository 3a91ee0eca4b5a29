/**
 * Division with a whole quotient, and what it leaves: rows as in `binary.ts`. Integers divided by 0 are a
 * RangeError; floats give what IEEE 754 says.
 *
 * @module
 */
import { div, mul } from "./binary.ts";
import { type Binary, binary } from "./binary_op.ts";
import { negative } from "./negative.ts";
import { floor, trunc } from "./rounding.ts";
import { modulo, nonZero } from "./whole_quotient.ts";

/** a − b trunc(a / b), of a's sign. Shapes broadcast. */
export const fmod: Binary = binary({
  name: "fmod",
  f: (a, b) => a % b,
  ofIntegers: nonZero("fmod", (a, b) => a % b),
  da: (dc) => dc,
  db: (dc, a, b) => negative(mul(dc, trunc(div(a, b)))),
  reads: ["", "ab"],
});

/** a − b floor(a / b), of b's sign. Shapes broadcast. */
export const remainder: Binary = binary({
  name: "remainder",
  f: modulo,
  ofIntegers: nonZero("remainder", modulo),
  da: (dc) => dc,
  db: (dc, a, b) => negative(mul(dc, floor(div(a, b)))),
  reads: ["", "ab"],
});

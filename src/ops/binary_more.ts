/**
 * More functions of two elements, rows as in `binary.ts`.
 *
 * @module
 */
import type { Tensor } from "../tensor/tensor.ts";
import { add, div, mul, sub } from "./binary.ts";
import { type Binary, binary } from "./binary_op.ts";
import { eq, ge, le, ne } from "./compare.ts";
import { logicalAnd, logicalOr } from "./logical.ts";
import { neg } from "./elementwise.ts";
import type { Operand } from "./operand.ts";
import { exp2 } from "./exponential.ts";
import { sigmoid } from "./unary.ts";
import { where } from "./where.ts";

/** The angle of the point (b, a), from −π to π. Shapes broadcast. */
export const atan2: Binary = binary({
  name: "atan2",
  cost: 2,
  f: Math.atan2,
  da: (dc, a, b) => mul(dc, overSquares(b, a, b)),
  db: (dc, a, b) => mul(dc, overSquares(neg1(a), a, b)),
  reads: ["ab", "ab"],
});

/** x / (a² + b²), and 0 where both are 0. */
function overSquares(x: Operand, a: Operand, b: Operand): Tensor {
  const sum = add(mul(a, a), mul(b, b));
  return where(eq(sum, 0), 0, div(x, sum));
}

function neg1(x: Operand): Operand {
  return typeof x === "number" ? -x : neg(x);
}

/** The size of a with the sign of b. Shapes broadcast; integers give float32. */
export const copysign: Binary = binary({
  name: "copysign",
  f: (a, b) => b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a),
  da: (dc, a, _b, c) => mul(dc, where(eq(a, 0), 0, div(c, a))),
  db: (dc) => mul(dc, 0),
  reads: ["ac", ""],
});

/** The larger of a and b, the other one where one is NaN; where they are equal a gets the gradient. */
export const fmax: Binary = binary({
  name: "fmax",
  f: (a, b) => a >= b || Number.isNaN(b) ? a : b,
  ofIntegers: Math.max,
  da: (dc, a, b) => where(logicalOr(ge(a, b), ne(b, b)), dc, 0),
  db: (dc, a, b) => where(logicalOr(ge(a, b), ne(b, b)), 0, dc),
  reads: ["ab", "ab"],
});

/** The smaller of a and b, the other one where one is NaN; where they are equal a gets the gradient. */
export const fmin: Binary = binary({
  name: "fmin",
  f: (a, b) => a <= b || Number.isNaN(b) ? a : b,
  ofIntegers: Math.min,
  da: (dc, a, b) => where(logicalOr(le(a, b), ne(b, b)), dc, 0),
  db: (dc, a, b) => where(logicalOr(le(a, b), ne(b, b)), 0, dc),
  reads: ["ab", "ab"],
});

/** √(a² + b²), without overflow on the way. Shapes broadcast. */
export const hypot: Binary = binary({
  name: "hypot",
  f: Math.hypot,
  da: (dc, a, _b, c) => mul(dc, div(a, c)),
  db: (dc, _a, b, c) => mul(dc, div(b, c)),
  reads: ["ac", "bc"],
});

/** log(eᵃ + eᵇ), computed so that nothing overflows. Shapes broadcast. */
export const logaddexp: Binary = binary({
  name: "logaddexp",
  cost: 2,
  f: (a, b) => a === b ? a + Math.LN2 : Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b))),
  da: (dc, a, b) => mul(dc, sigmoid(sub(a, b))),
  db: (dc, a, b) => mul(dc, sigmoid(sub(b, a))),
  reads: ["ab", "ab"],
});

/** log₂(2ᵃ + 2ᵇ), computed so that nothing overflows. Shapes broadcast. */
export const logaddexp2: Binary = binary({
  name: "logaddexp2",
  cost: 2,
  f: (a, b) => a === b ? a + 1 : Math.max(a, b) + Math.log1p(2 ** -Math.abs(a - b)) * Math.LOG2E,
  da: (dc, a, b) => div(dc, add(exp2(sub(b, a)), 1)),
  db: (dc, a, b) => div(dc, add(exp2(sub(a, b)), 1)),
  reads: ["ab", "ab"],
});

/** a log b, and 0 where a is 0 and b no NaN. Shapes broadcast. */
export const xlogy: Binary = binary({
  name: "xlogy",
  cost: 2,
  f: (a, b) => Number.isNaN(b) ? NaN : a === 0 ? 0 : a * Math.log(b),
  da: (dc, a, b) => where(logicalAnd(eq(a, 0), le(b, 0)), 0, xlogy(dc, b)),
  db: (dc, a, b) => mul(dc, div(a, b)),
  reads: ["ab", "ab"],
});

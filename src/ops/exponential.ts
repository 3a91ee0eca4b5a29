/**
 * Exponentials, logarithms and what is made of them: rows as in `unary.ts`.
 *
 * @module
 */
import { digamma as digammaOf, erf as erfOf, erfc as erfcOf } from "../core/special_functions.ts";
import { erfinv as erfinvOf, lgamma as lgammaOf } from "../core/special_functions.ts";
import { trigamma } from "../core/special_functions.ts";
import { add, div, mul } from "./binary.ts";
import { negative } from "./negative.ts";
import { polygamma } from "./polygamma.ts";
import { type Unary, unary } from "./unary_op.ts";
import { exp, square } from "./unary.ts";

/** The derivative of `lgamma`; −∞ at 0, NaN at the whole numbers below. */
export const digamma: Unary = unary({
  name: "digamma",
  cost: 20,
  f: digammaOf,
  saves: "input",
  grad: (x, dy) => dy * trigamma(x),
  gradOps: (dy, x) => mul(dy, polygamma(1, x)),
});

/** The error function, 2/√π ∫₀ˣ e⁻ᵗ² dt. */
export const erf: Unary = unary({
  name: "erf",
  cost: 2,
  f: erfOf,
  saves: "input",
  grad: (x, dy) => dy * 2 / Math.sqrt(Math.PI) * Math.exp(-x * x),
  gradOps: (dy, x) => mul(dy, mul(exp(negative(square(x))), 2 / Math.sqrt(Math.PI))),
});

/** 1 − erf x; its tail keeps its digits. */
export const erfc: Unary = unary({
  name: "erfc",
  cost: 2,
  f: erfcOf,
  saves: "input",
  grad: (x, dy) => -dy * 2 / Math.sqrt(Math.PI) * Math.exp(-x * x),
  gradOps: (dy, x) => mul(dy, mul(exp(negative(square(x))), -2 / Math.sqrt(Math.PI))),
});

/** The inverse of `erf`; ±∞ at ±1, NaN beyond. */
export const erfinv: Unary = unary({
  name: "erfinv",
  cost: 3,
  f: erfinvOf,
  saves: "output",
  grad: (y, dy) => dy * Math.sqrt(Math.PI) / 2 * Math.exp(y * y),
  gradOps: (dy, _x, y) => mul(dy, mul(exp(square(y)), Math.sqrt(Math.PI) / 2)),
});

/** 2ˣ. */
export const exp2: Unary = unary({
  name: "exp2",
  cost: 1,
  f: (x) => 2 ** x,
  saves: "output",
  grad: (y, dy) => dy * y * Math.LN2,
  gradOps: (dy, _x, y) => mul(dy, mul(y, Math.LN2)),
});

/** eˣ − 1, which keeps its digits near 0. */
export const expm1: Unary = unary({
  name: "expm1",
  cost: 1,
  f: Math.expm1,
  saves: "output",
  grad: (y, dy) => dy * (y + 1),
  gradOps: (dy, _x, y) => mul(dy, add(y, 1)),
});

/** The logarithm of Γ; of its size, where Γ is negative. */
export const lgamma: Unary = unary({
  name: "lgamma",
  cost: 20,
  f: lgammaOf,
  saves: "input",
  grad: (x, dy) => dy * digammaOf(x),
  gradOps: (dy, x) => mul(dy, digamma(x)),
});

/** The logarithm to the base 10. */
export const log10: Unary = unary({
  name: "log10",
  cost: 1,
  f: Math.log10,
  saves: "input",
  grad: (x, dy) => dy / (x * Math.LN10),
  gradOps: (dy, x) => div(dy, mul(x, Math.LN10)),
});

/** log(1 + x), which keeps its digits near 0. */
export const log1p: Unary = unary({
  name: "log1p",
  cost: 1,
  f: Math.log1p,
  saves: "input",
  grad: (x, dy) => dy / (x + 1),
  gradOps: (dy, x) => div(dy, add(x, 1)),
});

/** The logarithm to the base 2. */
export const log2: Unary = unary({
  name: "log2",
  cost: 1,
  f: Math.log2,
  saves: "input",
  grad: (x, dy) => dy / (x * Math.LN2),
  gradOps: (dy, x) => div(dy, mul(x, Math.LN2)),
});

/** 1 / √x; ∞ at 0, NaN below. */
export const rsqrt: Unary = unary({
  name: "rsqrt",
  f: (x) => 1 / Math.sqrt(x),
  saves: "output",
  grad: (y, dy) => -0.5 * dy * y * y * y,
  gradOps: (dy, _x, y) => mul(dy, mul(mul(square(y), y), -0.5)),
});

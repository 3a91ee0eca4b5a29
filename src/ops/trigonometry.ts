/**
 * Angles, circular and hyperbolic functions: rows as in `unary.ts`.
 *
 * @module
 */
import { add, div, mul, sub } from "./binary.ts";
import { eq } from "./compare.ts";
import { rsqrt } from "./exponential.ts";
import { negative } from "./negative.ts";
import { type Unary, unary } from "./unary_op.ts";
import { square } from "./unary.ts";
import { where } from "./where.ts";

/** The angle whose cosine is x; NaN beyond ±1. */
export const acos: Unary = unary({
  name: "acos",
  cost: 1,
  f: Math.acos,
  saves: "input",
  grad: (x, dy) => -dy / Math.sqrt(1 - x * x),
  gradOps: (dy, x) => negative(mul(dy, rsqrt(sub(1, square(x))))),
});

/** The hyperbolic functions' area whose cosh is x; NaN below 1. */
export const acosh: Unary = unary({
  name: "acosh",
  cost: 2,
  f: Math.acosh,
  saves: "input",
  grad: (x, dy) => dy / Math.sqrt(x * x - 1),
  gradOps: (dy, x) => mul(dy, rsqrt(sub(square(x), 1))),
});

/** The angle whose sine is x; NaN beyond ±1. */
export const asin: Unary = unary({
  name: "asin",
  cost: 1,
  f: Math.asin,
  saves: "input",
  grad: (x, dy) => dy / Math.sqrt(1 - x * x),
  gradOps: (dy, x) => mul(dy, rsqrt(sub(1, square(x)))),
});

/** The hyperbolic functions' area whose sinh is x. */
export const asinh: Unary = unary({
  name: "asinh",
  cost: 2,
  f: Math.asinh,
  saves: "input",
  grad: (x, dy) => dy / Math.sqrt(x * x + 1),
  gradOps: (dy, x) => mul(dy, rsqrt(add(square(x), 1))),
});

/** The angle whose tangent is x, from −π/2 to π/2. */
export const atan: Unary = unary({
  name: "atan",
  cost: 1,
  f: Math.atan,
  saves: "input",
  grad: (x, dy) => dy / (x * x + 1),
  gradOps: (dy, x) => div(dy, add(square(x), 1)),
});

/** The hyperbolic functions' area whose tanh is x; NaN beyond ±1. */
export const atanh: Unary = unary({
  name: "atanh",
  cost: 2,
  f: Math.atanh,
  saves: "input",
  grad: (x, dy) => dy / (1 - x * x),
  gradOps: (dy, x) => div(dy, sub(1, square(x))),
});

/** The cosine of x radians: right to 1e-6 up to 10⁹. */
export const cos: Unary = unary({
  name: "cos",
  cost: 1,
  f: Math.cos,
  saves: "input",
  grad: (x, dy) => -dy * Math.sin(x),
  gradOps: (dy, x) => negative(mul(dy, sin(x))),
});

/** (eˣ + e⁻ˣ) / 2. */
export const cosh: Unary = unary({
  name: "cosh",
  cost: 1.5,
  f: Math.cosh,
  saves: "input",
  grad: (x, dy) => dy * Math.sinh(x),
  gradOps: (dy, x) => mul(dy, sinh(x)),
});

/** Degrees as radians: x π / 180. */
export const deg2rad: Unary = unary({
  name: "deg2rad",
  f: (x) => x * Math.fround(Math.PI / 180),
  saves: "nothing",
  grad: (_, dy) => dy * Math.fround(Math.PI / 180),
  gradOps: (dy) => mul(dy, Math.fround(Math.PI / 180)),
});

/** Radians as degrees: x 180 / π. */
export const rad2deg: Unary = unary({
  name: "rad2deg",
  f: (x) => x * Math.fround(180 / Math.PI),
  saves: "nothing",
  grad: (_, dy) => dy * Math.fround(180 / Math.PI),
  gradOps: (dy) => mul(dy, Math.fround(180 / Math.PI)),
});

/** The sine of x radians: right to 1e-6 up to 10⁹. */
export const sin: Unary = unary({
  name: "sin",
  cost: 1,
  f: Math.sin,
  saves: "input",
  grad: (x, dy) => dy * Math.cos(x),
  gradOps: (dy, x) => mul(dy, cos(x)),
});

/** sin(πx) / (πx), and 1 at 0. */
export const sinc: Unary = unary({
  name: "sinc",
  cost: 1,
  f: (x) => {
    const t = Math.fround(Math.fround(Math.PI) * x); // in float32 as PyTorch: at whole numbers it tells
    return x === 0 ? 1 : Math.sin(t) / t;
  },
  saves: "input",
  grad: (x, dy) => {
    const t = Math.PI * x;
    return x === 0 ? dy * 0 : dy * (Math.cos(t) * t - Math.sin(t)) / (t * x);
  },
  gradOps: (dy, x) => {
    const isZero = eq(x, 0); // near it the slope is −π²x/3
    const slope = div(sub(cos(mul(x, Math.PI)), sinc(x)), where(isZero, 1, x));
    return mul(dy, where(isZero, mul(x, -Math.PI * Math.PI / 3), slope));
  },
});

/** (eˣ − e⁻ˣ) / 2. */
export const sinh: Unary = unary({
  name: "sinh",
  cost: 1.5,
  f: Math.sinh,
  saves: "input",
  grad: (x, dy) => dy * Math.cosh(x),
  gradOps: (dy, x) => mul(dy, cosh(x)),
});

/** The tangent of x radians: right to 1e-6 up to 10⁹, but for its poles. */
export const tan: Unary = unary({
  name: "tan",
  cost: 1.5,
  f: Math.tan,
  saves: "output",
  grad: (y, dy) => dy * (y * y + 1),
  gradOps: (dy, _x, y) => mul(dy, add(square(y), 1)),
});

/**
 * Functions of one element that PyTorch has as functions of `torch` and as methods of tensors. Each
 * stands here once, in a row: its name, the function, its gradient. All else follows from the row;
 * `docs/extending.md` adds one.
 *
 * @module
 */
import type { Tensor } from "../tensor/tensor.ts";
import { cast, clone } from "./cast.ts";
import { combined } from "./combined.ts";
import { gt, lt } from "./compare.ts";
import { div, maximum, mul, sub } from "./binary.ts";
import { negative } from "./negative.ts";
import { RELU } from "./relu.ts";
import { type Unary, unary, unaryOf } from "./unary_op.ts";

/** The methods that tensors have of them, each of its function's name. */
export interface UnaryMethods {
  /** The absolute value. */
  abs(): Tensor;
  /** e to the power of this. */
  exp(): Tensor;
  /** The natural logarithm. */
  log(): Tensor;
  /** 1 / this. */
  reciprocal(): Tensor;
  /** `max(this, 0)`. */
  relu(): Tensor;
  /** `1 / (1 + e⁻ˣ)`. */
  sigmoid(): Tensor;
  /** 1, 0 or −1. */
  sign(): Tensor;
  /** The square root. */
  sqrt(): Tensor;
  /** this · this. */
  square(): Tensor;
  /** The hyperbolic tangent. */
  tanh(): Tensor;
}

/** |x|; its gradient at 0 is 0. */
export const abs: Unary = unary({
  name: "abs",
  f: Math.abs,
  saves: "input",
  grad: (x, dy) => x > 0 ? dy : x < 0 ? -dy : dy * 0,
  gradOps: (dy, x) => mul(dy, sign(x)),
  ofIntegers: (x) => combined("abs", "int32Abs", [x]) ?? maximum(x, mul(x, -1)),
});

/** eˣ, at most 2 ulp off. */
export const exp: Unary = unary({
  name: "exp",
  cost: 1,
  f: Math.exp,
  saves: "output",
  grad: (y, dy) => dy * y,
  gradOps: (dy, _x, y) => mul(dy, y),
});

/** The natural logarithm; −∞ at 0, NaN below. */
export const log: Unary = unary({
  name: "log",
  cost: 1,
  f: Math.log,
  saves: "input",
  grad: (x, dy) => dy / x,
  gradOps: (dy, x) => div(dy, x),
});

/** 1 / x. */
export const reciprocal: Unary = unary({
  name: "reciprocal",
  f: (x) => 1 / x,
  saves: "output",
  grad: (y, dy) => -dy * y * y,
  gradOps: (dy, _x, y) => negative(mul(dy, mul(y, y))),
});

/** `max(x, 0)`; its gradient at 0 is 0. */
export const relu: Unary = unaryOf(RELU);

/** `1 / (1 + e⁻ˣ)`. */
export const sigmoid: Unary = unary({
  name: "sigmoid",
  cost: 1.5,
  f: (x) => 1 / (1 + Math.exp(-x)),
  saves: "output",
  grad: (y, dy) => dy * y * (1 - y),
  gradOps: (dy, _x, y) => mul(dy, mul(y, sub(1, y))),
});

/** 1, 0 or −1; NaN gives 0. Its gradient is 0. */
export const sign: Unary = unary({
  name: "sign",
  f: (x) => x > 0 ? 1 : x < 0 ? -1 : 0,
  saves: "nothing",
  grad: () => 0,
  gradOps: (dy) => mul(dy, 0),
  ofIntegers: (x) => {
    if (x.dtype === "bool") return clone(x);
    return combined("sign", "int32Sign", [x]) ?? sub(cast(gt(x, 0), "int32"), lt(x, 0));
  },
});

/** The square root; NaN below 0. */
export const sqrt: Unary = unary({
  name: "sqrt",
  f: Math.sqrt,
  saves: "output",
  grad: (y, dy) => dy / (2 * y),
  gradOps: (dy, _x, y) => div(dy, mul(y, 2)),
});

/** x · x. */
export const square: Unary = unary({
  name: "square",
  f: (x) => x * x,
  saves: "input",
  grad: (x, dy) => 2 * x * dy,
  gradOps: (dy, x) => mul(dy, mul(x, 2)),
  ofIntegers: (x) => mul(x, x.dtype === "bool" ? cast(x, "int32") : x),
});

/** The hyperbolic tangent; its gradient is `1 − tanh²`. */
export const tanh: Unary = unary({
  name: "tanh",
  cost: 1.5,
  f: Math.tanh,
  saves: "output",
  grad: (y, dy) => dy * (1 - y * y),
  gradOps: (dy, _x, y) => mul(dy, sub(1, mul(y, y))),
});

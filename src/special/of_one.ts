/**
 * Functions of one element that only `torch.special` has. The CPU computes them in float64, one after the
 * other.
 *
 * @module
 */
import { besselI, besselJ, besselY, type Order, scaledI } from "../core/bessel.ts";
import { atMost } from "../core/options.ts";
import { erfcx as scaledErfc, ndtri as quantile } from "../core/special_functions.ts";
import { add, div, mul, sub } from "../ops/binary.ts";
import { checkComputes } from "../ops/check.ts";
import { eq } from "../ops/compare.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { neg } from "../ops/elementwise.ts";
import { exp, sign, square } from "../ops/unary.ts";
import { apply, type Unary, type UnaryRow } from "../ops/unary_op.ts";
import { where } from "../ops/where.ts";
import type { Tensor } from "../tensor/tensor.ts";

type Row = Pick<UnaryRow, "name" | "f" | "grad" | "gradOps" | "saves">;

/** The function of a row. A call is marked as pure, so that a bundle has only those that it names. */
function made(row: Row): Unary {
  const { name } = row;
  const whole: UnaryRow = { kernel: name, cost: 20, ofIntegers: null, ...row };
  const op = function (x: Tensor): Tensor {
    atMost(1, arguments.length, `${name}(x)`);
    checkComputes(name, x);
    return inNameOf(name, () => apply(whole, x));
  };
  Object.defineProperty(op, "name", { value: name });
  return op;
}

/** I₁(x) / x, which is ½ at 0. */
function slopeAt0(ratio: number, x: number): number {
  return x === 0 ? 0.5 : ratio / x;
}

/** The modified Bessel function of the first kind and order 0. */
export const i0: Unary = /* @__PURE__ */ made({
  name: "i0",
  f: (x) => besselI(0, x),
  saves: "input",
  grad: (x, dy) => dy * besselI(1, x),
  gradOps: (dy, x) => mul(dy, i1(x)),
});

/** e⁻|ˣ| `i0(x)`, which does not overflow. */
export const i0e: Unary = /* @__PURE__ */ made({
  name: "i0e",
  f: (x) => scaledI(0, x),
  saves: "input",
  grad: (x, dy) => dy * (scaledI(1, x) - Math.sign(x) * scaledI(0, x)),
  gradOps: (dy, x) => mul(dy, sub(i1e(x), mul(sign(x), i0e(x)))),
});

/** The modified Bessel function of the first kind and order 1. */
export const i1: Unary = /* @__PURE__ */ made({
  name: "i1",
  f: (x) => besselI(1, x),
  saves: "input",
  grad: (x, dy) => dy * (besselI(0, x) - slopeAt0(besselI(1, x), x)),
  gradOps: (dy, x) => mul(dy, sub(i0(x), ratio(i1(x), x))),
});

/** e⁻|ˣ| `i1(x)`, which does not overflow. */
export const i1e: Unary = /* @__PURE__ */ made({
  name: "i1e",
  f: (x) => scaledI(1, x),
  saves: "input",
  grad: (x, dy) => {
    const y = scaledI(1, x);
    return dy * (scaledI(0, x) - Math.sign(x) * y - slopeAt0(y, x));
  },
  gradOps: (dy, x) => {
    const y = i1e(x);
    return mul(dy, sub(sub(i0e(x), mul(sign(x), y)), ratio(y, x)));
  },
});

/** y / x; ½ at 0, where the gradients of both are 0. */
function ratio(y: Tensor, x: Tensor): Tensor {
  const isNone = eq(x, 0);
  return where(isNone, 0.5, div(where(isNone, 0, y), where(isNone, 1, x)));
}

/** The value below which a share x of the normal distribution lies: NaN but from 0 to 1. */
export const ndtri: Unary = /* @__PURE__ */ made({
  name: "ndtri",
  f: quantile,
  saves: "output",
  grad: (y, dy) => dy * Math.sqrt(2 * Math.PI) * Math.exp(y * y / 2),
  gradOps: (dy, _x, y) => mul(dy, mul(exp(mul(square(y), 0.5)), Math.sqrt(2 * Math.PI))),
});

/** e^(x²) `erfc(x)`, which does not vanish far to the right. */
export const erfcx: Unary = /* @__PURE__ */ made({
  name: "erfcx",
  f: scaledErfc,
  saves: "input",
  grad: (x, dy) => dy * (2 * x * scaledErfc(x) - 2 / Math.sqrt(Math.PI)),
  gradOps: (dy, x) => mul(dy, sub(mul(mul(x, 2), erfcx(x)), 2 / Math.sqrt(Math.PI))),
});

/** The Bessel function of the first kind and order 0. */
export const besselJ0: Unary = /* @__PURE__ */ made({
  name: "besselJ0",
  f: (x) => besselJ(0, x),
  saves: "input",
  grad: (x, dy) => -dy * besselJ(1, x),
  gradOps: (dy, x) => neg(mul(dy, besselJ1(x))),
});

/** The Bessel function of the first kind and order 1. */
export const besselJ1: Unary = /* @__PURE__ */ made({
  name: "besselJ1",
  f: (x) => besselJ(1, x),
  saves: "input",
  grad: (x, dy) => dy * (besselJ(0, x) - slopeAt0(besselJ(1, x), x)),
  gradOps: (dy, x) => mul(dy, sub(besselJ0(x), ratio(besselJ1(x), x))),
});

/** The row of a Bessel function of the second kind, whose gradient at 0 is infinite. */
function secondKind(n: Order): Row {
  return {
    name: `besselY${n}`,
    f: (x) => besselY(n, x),
    saves: "input",
    grad: (x, dy) => dy * (n === 0 ? -besselY(1, x) : besselY(0, x) - besselY(1, x) / x),
    gradOps: (dy, x) =>
      mul(dy, n === 0 ? neg(besselY1(x)) : add(besselY0(x), neg(div(besselY1(x), x)))),
  };
}

/** The Bessel function of the second kind and order 0: −∞ at 0, NaN below. */
export const besselY0: Unary = /* @__PURE__ */ made(/* @__PURE__ */ secondKind(0));

/** The Bessel function of the second kind and order 1: −∞ at 0, NaN below. */
export const besselY1: Unary = /* @__PURE__ */ made(/* @__PURE__ */ secondKind(1));

/**
 * Functions of statistics, made of others; see `torch.special`.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { atMost, check, whole } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, div, mul, sub } from "./binary.ts";
import { xlogy } from "./binary_more.ts";
import { asFloat } from "./cast.ts";
import { checkSameDevice } from "./check.ts";
import { eq, gt, le, lt } from "./compare.ts";
import { neg } from "./elementwise.ts";
import { erfc, lgamma, log1p } from "./exponential.ts";
import { inNameOf } from "./in_name_of.ts";
import { logicalAnd } from "./logical.ts";
import { sumTo } from "./sum.ts";
import { log } from "./unary.ts";
import { where } from "./where.ts";

/** −x ln x, the share of a probability in the entropy: 0 at 0, −∞ below. */
export function entr(x: Tensor): Tensor {
  atMost(1, arguments.length, "entr(x)");
  return inNameOf("entr", () => {
    x = asFloat("entr", x);
    const value = x.detach();
    const y = where(lt(value, 0), -Infinity, neg(xlogy(value, value)));
    const slope = (dy: Tensor) => neg(mul(dy, add(log(x), 1)));
    return record("entr", y, [[x, slope]], { saved: [x], differentiable: true });
  });
}

/** The normal distribution function Φ(x), right far to the left, too. */
export function ndtr(x: Tensor): Tensor {
  atMost(1, arguments.length, "ndtr(x)");
  return inNameOf("ndtr", () => mul(erfc(mul(asFloat("ndtr", x), -Math.SQRT1_2)), 0.5));
}

/** Left of this Φ is so small that its logarithm is a series in 1 / x². */
const FAR = -8;

/** Coefficients of x⁻², x⁻⁴ … in Φ(x) |x| / φ(x) far to the left: Abramowitz and Stegun, 26.2.12. */
const TAIL = [-1, 3, -15, 105];

/** ln Φ(x), where Φ itself is 0 in float32, too. */
export function logNdtr(x: Tensor): Tensor {
  atMost(1, arguments.length, "logNdtr(x)");
  return inNameOf("logNdtr", () => {
    x = asFloat("logNdtr", x);
    const isFar = lt(x, FAR);
    // each on its own side, so that what is not taken has a finite gradient
    const near = where(isFar, 0, x), far = where(isFar, x, FAR);
    const inverse = div(1, mul(far, far));
    let series: Tensor | number = 0;
    for (const c of TAIL.toReversed()) series = mul(inverse, add(series as Tensor, c));
    const half = sub(mul(mul(far, far), -0.5), log(neg(far)));
    const tail = add(sub(half, 0.5 * Math.log(2 * Math.PI)), log1p(series as Tensor));
    // to the right Φ is 1 less what is left of it
    const isRight = gt(near, 0);
    const right = log1p(mul(erfc(mul(where(isRight, near, 0), Math.SQRT1_2)), -0.5));
    const left = log(mul(erfc(mul(where(isRight, 0, near), -Math.SQRT1_2)), 0.5));
    return where(isFar, tail, where(isRight, right, left));
  });
}

/** x ln(1 + y), which is 0 where x is, unless y is NaN. Shapes broadcast. */
export function xlog1py(x: Tensor, y: Tensor): Tensor {
  atMost(2, arguments.length, "xlog1py(x, y)");
  return inNameOf("xlog1py", () => {
    x = asFloat("xlog1py", x);
    y = asFloat("xlog1py", y, "y");
    checkSameDevice("xlog1py", y, x, "y");
    const [u, v] = [x.detach(), y.detach()];
    const isNone = logicalAnd(eq(u, 0), eq(v, v));
    const out = where(isNone, 0, mul(u, log1p(v)));
    return record("xlog1py", out, [
      [x, (dy) => {
        const isEdge = logicalAnd(eq(x, 0), le(y, -1));
        return sumTo(mul(dy, where(isEdge, 0, log1p(y))), x.shape);
      }],
      [y, (dy) => sumTo(mul(dy, div(x, add(y, 1))), y.shape)],
    ], { saved: [x, y], differentiable: true });
  });
}

/**
 * The logarithm of the multivariate gamma function of p dimensions, 1 to 1000, of x above (p − 1) / 2.
 */
export function mvlgamma(x: Tensor, p: number): Tensor {
  atMost(2, arguments.length, "mvlgamma(x, p)");
  return inNameOf("mvlgamma", () => {
    check("mvlgamma", "p", p, whole(1));
    // each is an op: more would take minutes
    if (p > 1000) throw new RangeError(`mvlgamma: p must be at most 1000: it is ${p}`);
    x = asFloat("mvlgamma", x);
    let y = lgamma(x);
    for (let i = 1; i < p; i++) y = add(y, lgamma(sub(x, i / 2)));
    return add(y, 0.25 * p * (p - 1) * Math.log(Math.PI));
  });
}

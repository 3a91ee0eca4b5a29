/**
 * Functions in place, by which optimizers are composed under `noGrad`: each is its function's result, put
 * where its first argument was. Integers keep their dtype: DTypeError where the function gives float32.
 *
 * @module
 */
import { anyNumber, atMost, check, fraction, number, numberThat } from "../core/options.ts";
import { generator } from "../core/random.ts";
import { Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import type { BinaryOp } from "../device/kernels.ts";
import { DIV } from "../device/arithmetic.ts";
import { wantsParts } from "../device/watch.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { inNameOf } from "./in_name_of.ts";
import { div, mul, sub } from "./binary.ts";
import { type Binary, binaryRows } from "./binary_op.ts";
import { asFloat, cast } from "./cast.ts";
import { checkComputes, checkFloat, checkOperands } from "./check.ts";
import { clamp, type ClampOptions, neg } from "./elementwise.ts";
import { checkChange, inPlace, put } from "./inplace.ts";
import { isDense } from "./layout.ts";
import { log } from "./unary.ts";
import * as of from "./of_two.ts";
import * as f from "./pointwise.ts";
import type { Operand } from "./operand.ts";
import { pow } from "./pow.ts";
import * as unary from "./of_one.ts";
import { former, isRewritten, rewrite, rewritten } from "./rewrite.ts";
import { recorded, type Unary, unaryRows } from "./unary_op.ts";

/** x ← the function of x. */
function ofOne(name: string, op: Unary): Unary {
  const [row] = unaryRows.filter((row) => row.kernel === name);
  const own = `${name}_`;
  const run = function (x: Tensor): Tensor {
    atMost(1, arguments.length, `${own}(x)`);
    checkComputes(own, x);
    if (x.dtype !== "float32" || !isDense(x)) return put(own, x, [], op);
    const isRecorded = isRewritten(own, x);
    if (isRecorded && (row!.saves === "input" || wantsParts)) return rewrite(own, x, op);
    checkChange(own, x);
    kernelsOf(x).unary(row!, x, x);
    return isRecorded
      ? rewritten(own, x, recorded(row!, former(x), x, viewOf(x, x.shape, x.strides)))
      : x;
  };
  Object.defineProperty(run, "name", { value: own });
  return run;
}

/** x ← the function of x and other. */
function ofTwo(fn: Binary): Binary {
  const row = binaryRows.find((row) => row.name === fn.name) as BinaryOp;
  const own = `${fn.name}_`;
  const run = function (x: Operand, other: Operand): Tensor {
    atMost(2, arguments.length, `${own}(x, other)`);
    return inNameOf(own, () => inPlace(own, row, x as Tensor, other, fn));
  };
  Object.defineProperty(run, "name", { value: own });
  return run;
}

/** x ← abs(x). */
export const abs_: Unary = ofOne("abs", unary.abs);
/** x ← acos(x). */
export const acos_: Unary = ofOne("acos", unary.acos);
/** x ← acosh(x). */
export const acosh_: Unary = ofOne("acosh", unary.acosh);
/** x ← asin(x). */
export const asin_: Unary = ofOne("asin", unary.asin);
/** x ← asinh(x). */
export const asinh_: Unary = ofOne("asinh", unary.asinh);
/** x ← atan(x). */
export const atan_: Unary = ofOne("atan", unary.atan);
/** x ← atanh(x). */
export const atanh_: Unary = ofOne("atanh", unary.atanh);
/** x ← ceil(x). */
export const ceil_: Unary = ofOne("ceil", unary.ceil);
/** x ← cos(x). */
export const cos_: Unary = ofOne("cos", unary.cos);
/** x ← cosh(x). */
export const cosh_: Unary = ofOne("cosh", unary.cosh);
/** x ← deg2rad(x). */
export const deg2rad_: Unary = ofOne("deg2rad", unary.deg2rad);
/** x ← digamma(x). */
export const digamma_: Unary = ofOne("digamma", unary.digamma);
/** x ← erf(x). */
export const erf_: Unary = ofOne("erf", unary.erf);
/** x ← erfc(x). */
export const erfc_: Unary = ofOne("erfc", unary.erfc);
/** x ← erfinv(x). */
export const erfinv_: Unary = ofOne("erfinv", unary.erfinv);
/** x ← exp(x). */
export const exp_: Unary = ofOne("exp", unary.exp);
/** x ← exp2(x). */
export const exp2_: Unary = ofOne("exp2", unary.exp2);
/** x ← expm1(x). */
export const expm1_: Unary = ofOne("expm1", unary.expm1);
/** x ← floor(x). */
export const floor_: Unary = ofOne("floor", unary.floor);
/** x ← frac(x). */
export const frac_: Unary = ofOne("frac", unary.frac);
/** x ← lgamma(x). */
export const lgamma_: Unary = ofOne("lgamma", unary.lgamma);
/** x ← log(x). */
export const log_: Unary = ofOne("log", unary.log);
/** x ← log10(x). */
export const log10_: Unary = ofOne("log10", unary.log10);
/** x ← log1p(x). */
export const log1p_: Unary = ofOne("log1p", unary.log1p);
/** x ← log2(x). */
export const log2_: Unary = ofOne("log2", unary.log2);
/** x ← neg(x). */
export const neg_: Unary = ofOne("neg", neg);
/** x ← rad2deg(x). */
export const rad2deg_: Unary = ofOne("rad2deg", unary.rad2deg);
/** x ← reciprocal(x). */
export const reciprocal_: Unary = ofOne("reciprocal", unary.reciprocal);
/** x ← relu(x). */
export const relu_: Unary = ofOne("relu", unary.relu);
/** x ← round(x). */
export const round_: Unary = ofOne("round", f.round);
/** x ← rsqrt(x). */
export const rsqrt_: Unary = ofOne("rsqrt", unary.rsqrt);
/** x ← sigmoid(x). */
export const sigmoid_: Unary = ofOne("sigmoid", unary.sigmoid);
/** x ← sign(x). */
export const sign_: Unary = ofOne("sign", unary.sign);
/** x ← sin(x). */
export const sin_: Unary = ofOne("sin", unary.sin);
/** x ← sinc(x). */
export const sinc_: Unary = ofOne("sinc", unary.sinc);
/** x ← sinh(x). */
export const sinh_: Unary = ofOne("sinh", unary.sinh);
/** x ← sqrt(x). */
export const sqrt_: Unary = ofOne("sqrt", unary.sqrt);
/** x ← square(x). */
export const square_: Unary = ofOne("square", unary.square);
/** x ← tan(x). */
export const tan_: Unary = ofOne("tan", unary.tan);
/** x ← tanh(x). */
export const tanh_: Unary = ofOne("tanh", unary.tanh);
/** x ← trunc(x). */
export const trunc_: Unary = ofOne("trunc", unary.trunc);

/** x ← atan2(x, other). */
export const atan2_: Binary = ofTwo(of.atan2);
/** x ← copysign(x, other). */
export const copysign_: Binary = ofTwo(of.copysign);
/** x ← floorDivide(x, other). */
export const floorDivide_: Binary = ofTwo(of.floorDivide);
/** x ← fmod(x, other). */
export const fmod_: Binary = ofTwo(of.fmod);
/** x ← hypot(x, other). */
export const hypot_: Binary = ofTwo(of.hypot);
/** x ← remainder(x, other). */
export const remainder_: Binary = ofTwo(of.remainder);
/** x ← xlogy(x, other). */
export const xlogy_: Binary = ofTwo(of.xlogy);

/** x ← x / other. */
export function div_(x: Tensor, other: Operand): Tensor {
  atMost(2, arguments.length, "div_(x, other)");
  return inNameOf("div_", () => {
    checkFloat("div_", x);
    return inPlace("div_", DIV, x, other, div);
  });
}

/** x ← x to the power of the exponent. */
export function pow_(x: Tensor, exponent: Operand): Tensor {
  atMost(2, arguments.length, "pow_(x, exponent)");
  return inNameOf("pow_", () => {
    checkComputes("pow_", x);
    checkOperands("pow_", x, exponent);
    return put("pow_", x, [exponent], (x) => pow(x, exponent));
  });
}

/** x ← x between bounds. */
export function clamp_(
  x: Tensor,
  min?: Operand | ClampOptions | null,
  max?: Operand | null,
): Tensor {
  atMost(3, arguments.length, "clamp_(x, min, max)");
  return inNameOf("clamp_", () => {
    checkComputes("clamp_", x);
    const bounds = isOptions(min) ? [min.min, min.max] : [min, max];
    return put("clamp_", x, bounds.filter(isOperand), (x) => clamp(x, min, max));
  });
}

function isOptions(min: Operand | ClampOptions | null | undefined): min is ClampOptions {
  return typeof min === "object" && min !== null && !Buffer.is(min);
}

function isOperand(x: unknown): x is Operand {
  return typeof x === "number" || Buffer.is(x);
}

/** x ← x, but at least `min`. */
export function clampMin_(x: Tensor, min: Operand): Tensor {
  atMost(2, arguments.length, "clampMin_(x, min)");
  return inNameOf("clampMin_", () => {
    return clamp_(x, { min });
  });
}

/** x ← x, but at most `max`. */
export function clampMax_(x: Tensor, max: Operand): Tensor {
  atMost(2, arguments.length, "clampMax_(x, max)");
  return inNameOf("clampMax_", () => {
    return clamp_(x, { max });
  });
}

/** x ← x + weight (end − x). */
export function lerp_(x: Tensor, end: Tensor, weight: Operand): Tensor {
  atMost(3, arguments.length, "lerp_(x, end, weight)");
  return inNameOf("lerp_", () => {
    checkFloat("lerp_", x);
    checkOperands("lerp_", end, weight);
    const to = asFloat("lerp_", end);
    return put("lerp_", x, [end, weight], (x) => f.lerp(x, to, weight));
  });
}

/** x ← x + value · a · b. */
export function addcmul_(x: Tensor, a: Operand, b: Operand, value = 1): Tensor {
  atMost(4, arguments.length, "addcmul_(x, a, b, value)");
  return inNameOf("addcmul_", () => {
    checkComputes("addcmul_", x);
    checkOperands("addcmul_", a, b);
    check("addcmul_", "the value", value, number);
    return put("addcmul_", x, [a, b], (x) => f.addcmul(x, a, b, value));
  });
}

/** x ← x + value · a / b. */
export function addcdiv_(x: Tensor, a: Operand, b: Operand, value = 1): Tensor {
  atMost(4, arguments.length, "addcdiv_(x, a, b, value)");
  return inNameOf("addcdiv_", () => {
    checkFloat("addcdiv_", x);
    checkOperands("addcdiv_", a, b);
    check("addcdiv_", "the value", value, number);
    return put("addcdiv_", x, [a, b], (x) => f.addcdiv(x, a, b, value));
  });
}

/** x ← x with numbers in the place of NaN and infinities. */
export function nanToNum_(x: Tensor, options: f.NanToNumOptions = {}): Tensor {
  atMost(2, arguments.length, "nanToNum_(x, { nan, posinf, neginf })");
  return inNameOf("nanToNum_", () => {
    checkComputes("nanToNum_", x);
    return put("nanToNum_", x, [], (x) => f.nanToNum(x, options));
  });
}

const positive = numberThat("a number above 0", (value) => value > 0);

/** A tensor of x's shape with random numbers. */
function uniform(x: Tensor, low: number, high: number): Tensor {
  const u = x.dtype === "float32" ? mul(x.detach(), 0) : cast(x, "float32");
  const out = u.isContiguous ? u : u.contiguous();
  kernelsOf(out).uniform(out, generator().next(), low, high);
  return out;
}

/** x ← random numbers, uniform from `from` to below `to`. */
export function uniform_(x: Tensor, from = 0, to = 1): Tensor {
  atMost(3, arguments.length, "uniform_(x, from, to)");
  return inNameOf("uniform_", () => {
    checkFloat("uniform_", x);
    check("uniform_", "from", from, number);
    check("uniform_", "to", to, number);
    return put("uniform_", x, [], (x) => uniform(x, from, to));
  });
}

/** x ← random numbers, normal. */
export function normal_(x: Tensor, mean = 0, std = 1): Tensor {
  atMost(3, arguments.length, "normal_(x, mean, std)");
  return inNameOf("normal_", () => {
    checkFloat("normal_", x);
    check("normal_", "the mean", mean, anyNumber);
    check(
      "normal_",
      "the standard deviation",
      std,
      numberThat("a number of at least 0", (v) => v >= 0),
    );
    return put("normal_", x, [], (x) => {
      const out = uniform(x, 0, 1);
      kernelsOf(out).normal(out, generator().next(), mean, std);
      return out;
    });
  });
}

/** x ← 1 with probability p, else 0. */
export function bernoulli_(x: Tensor, p: Operand = 0.5): Tensor {
  atMost(2, arguments.length, "bernoulli_(x, p)");
  return inNameOf("bernoulli_", () => {
    checkComputes("bernoulli_", x);
    if (typeof p === "number") check("bernoulli_", "p", p, fraction);
    else asFloat("bernoulli_", p, "p");
    return put("bernoulli_", x, [], (x) => cast(uniform(x, 0, 1).lt(p), x.dtype));
  });
}

/** x ← random numbers whose density is lambd · e^(−lambd x). */
export function exponential_(x: Tensor, lambd = 1): Tensor {
  atMost(2, arguments.length, "exponential_(x, lambd)");
  return inNameOf("exponential_", () => {
    checkFloat("exponential_", x);
    check("exponential_", "lambd", lambd, positive);
    return put("exponential_", x, [], (x) => mul(log(sub(1, uniform(x, 0, 1))), -1 / lambd));
  });
}

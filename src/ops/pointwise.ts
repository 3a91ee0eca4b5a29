/**
 * Functions of elements that are made of others, each with its gradient by theirs.
 *
 * @module
 */
import { type Pair, record } from "../autograd/autograd.ts";
import { computedIn } from "../core/dtype.ts";
import {
  anyNumber,
  atMost,
  check,
  checkOptions,
  flag,
  integer,
  type Kinds,
  notNegative,
  number,
} from "../core/options.ts";
import { sameShape } from "../core/shape.ts";
import { alloc, kernelsOf, releasedError } from "../device/buffer.ts";
import { readFirst } from "../device/transfer.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { inNameOf } from "./in_name_of.ts";
import { add, div, mul, sub } from "./binary.ts";
import { asFloat, cast, clone } from "./cast.ts";
import { checkComputes, checkOperand, checkOperands, checkTensor } from "./check.ts";
import { copysign } from "./binary_more.ts";
import { eq, le, lt, ne } from "./compare.ts";
import { clamp } from "./elementwise.ts";
import { combined } from "./combined.ts";
import { logicalAnd, logicalOr } from "./logical.ts";
import type { Operand } from "./operand.ts";
import { pow } from "./pow.ts";
import { fold } from "./sum.ts";
import { abs, sign } from "./unary.ts";
import { exp2 } from "./exponential.ts";
import { unary } from "./unary_op.ts";
import { where } from "./where.ts";

const ROUND = unary({
  name: "round",
  f: roundHalfToEven,
  saves: "nothing",
  grad: () => 0,
  gradOps: (dy) => mul(dy, 0),
  ofIntegers: (x) => clone(x),
});

function roundHalfToEven(x: number): number {
  const r = Math.round(x);
  return r - x === 0.5 && r % 2 !== 0 ? r - 1 : r === 0 && x < 0 ? -0 : r;
}

/** The nearest whole number, a tie to the even one; with decimals, the nearest multiple of 10^−decimals. */
export function round(x: Tensor, decimals = 0): Tensor {
  atMost(2, arguments.length, "round(x, decimals)");
  return inNameOf("round", () => {
    check("round", "decimals", decimals, integer);
    if (decimals === 0) return ROUND(x);
    x = asFloat("round", x);
    const scale = 10 ** Math.abs(decimals);
    return decimals > 0 ? div(ROUND(mul(x, scale)), scale) : mul(ROUND(div(x, scale)), scale);
  });
}

/** 1, 0 or −1, as `sign`. */
export function sgn(x: Tensor): Tensor {
  atMost(1, arguments.length, "sgn(x)");
  return inNameOf("sgn", () => {
    return sign(x);
  });
}

/** x itself. */
export function positive(x: Tensor): Tensor {
  atMost(1, arguments.length, "positive(x)");
  return inNameOf("positive", () => {
    checkComputes("positive", x);
    return x;
  });
}

/** Bools of x's shape that are all alike: what integers give where floats are asked about. */
function everywhere(x: Tensor, value: boolean): Tensor {
  if (x.storage.block === null) throw releasedError(x);
  const out = alloc(x, x.shape, "bool");
  kernelsOf(out).fill(out, value ? 1 : 0);
  return record("fill", out, []);
}

function isInteger(op: string, x: Tensor): boolean {
  checkComputes(op, x);
  return computedIn(x.dtype) === "int32";
}

/** Whether it is NaN. */
export function isnan(x: Tensor): Tensor {
  atMost(1, arguments.length, "isnan(x)");
  return inNameOf("isnan", () => {
    return isInteger("isnan", x) ? everywhere(x, false) : ne(x, x);
  });
}

/** Whether it is ∞ or −∞. */
export function isinf(x: Tensor): Tensor {
  atMost(1, arguments.length, "isinf(x)");
  return inNameOf("isinf", () => {
    return isInteger("isinf", x) ? everywhere(x, false) : eq(abs(x.detach()), Infinity);
  });
}

/** Whether it is neither infinite nor NaN. */
export function isfinite(x: Tensor): Tensor {
  atMost(1, arguments.length, "isfinite(x)");
  return inNameOf("isfinite", () => {
    return isInteger("isfinite", x) ? everywhere(x, true) : lt(abs(x.detach()), Infinity);
  });
}

/** Whether it is below 0, −0 and NaN with their sign. */
export function signbit(x: Tensor): Tensor {
  atMost(1, arguments.length, "signbit(x)");
  return inNameOf("signbit", () => {
    if (isInteger("signbit", x)) return lt(x, 0);
    const from = x.detach();
    const signs = combined("signbit", "signs", [from]);
    return signs === null ? lt(copysign(1, from), 0) : cast(signs, "bool");
  });
}

/** What {@link nanToNum} puts in place. */
export interface NanToNumOptions {
  /** Of NaN. Default: 0. */
  nan?: number;
  /** Of ∞. Default: the largest float32. */
  posinf?: number;
  /** Of −∞. Default: the least float32. */
  neginf?: number;
}

const NAN_TO_NUM: Kinds<NanToNumOptions> = { nan: anyNumber, posinf: anyNumber, neginf: anyNumber };

/** x with numbers in the place of NaN and infinities, which get no gradient. */
export function nanToNum(x: Tensor, options: NanToNumOptions = {}): Tensor {
  atMost(2, arguments.length, "nanToNum(x, { nan, posinf, neginf })");
  return inNameOf("nanToNum", () => {
    const most = (2 - 2 ** -23) * 2 ** 127;
    const { nan = 0, posinf = most, neginf = -most } = checkOptions(
      "nanToNum",
      options,
      NAN_TO_NUM,
    );
    if (isInteger("nanToNum", x)) return clone(x);
    const isUsual = nan === 0 && posinf === most && neginf === -most;
    const whole = isUsual
      ? combined("nanToNum", "nanToNum", [x], [[x, (dy) => where(isfinite(x), dy, 0)]], {
        saved: [x],
        differentiable: true,
      })
      : null;
    if (whole !== null) return whole;
    const bounded = where(eq(x, Infinity), posinf, where(eq(x, -Infinity), neginf, x));
    return where(ne(x, x), nan, bounded);
  });
}

/** log(x / (1 − x)); with an eps, of x brought between eps and 1 − eps. */
export function logit(x: Tensor, eps?: number): Tensor {
  atMost(2, arguments.length, "logit(x, eps)");
  return inNameOf("logit", () => {
    if (eps === undefined || eps === null) return LOGIT(x);
    check("logit", "eps", eps, number);
    checkComputes("logit", x);
    const floats = cast(x, "float32");
    return LOGIT(clamp(floats, { min: Math.fround(eps), max: Math.fround(1 - Math.fround(eps)) }));
  });
}

const LOGIT = unary({
  name: "logit",
  cost: 2,
  f: (x) => Math.log(x / (1 - x)),
  saves: "input",
  grad: (x, dy) => x < 0 || x > 1 ? NaN : dy / (x * (1 - x)),
  gradOps: (dy, x) => div(dy, mul(x, sub(1, x))),
});

/** a + weight (b − a): from a at 0 to b at 1. The weight is a number or a tensor; shapes broadcast. */
export function lerp(a: Tensor, b: Tensor, weight: Operand): Tensor {
  atMost(3, arguments.length, "lerp(a, b, weight)");
  return inNameOf("lerp", () => {
    a = asFloat("lerp", a, "a");
    b = asFloat("lerp", b, "b");
    checkOperand("lerp", weight, "the weight");
    const gradients: Pair[] = typeof weight !== "number"
      ? []
      : [[a, (dy) => mul(dy, 1 - weight)], [b, (dy) => mul(dy, weight)]];
    const whole = combined("lerp", "lerp", [a, b, weight], gradients);
    if (whole !== null) return whole;
    // Each is exact near its end only.
    const fromA = () => add(a, mul(sub(b, a), weight));
    const fromB = (left: Operand) => add(b, mul(sub(a, b), left));
    if (typeof weight !== "number") {
      return where(lt(abs(weight), 0.5), fromA(), fromB(sub(1, weight)));
    }
    return Math.abs(weight) < 0.5 ? fromA() : fromB(1 - Math.fround(weight));
  });
}

function inOneWalk(
  op: "addcmul" | "addcdiv",
  x: Tensor,
  a: Operand,
  b: Operand,
  value: number,
): Tensor | null {
  if (typeof a === "number" || typeof b === "number") return null;
  return combined(op, op, value === 1 ? [x, a, b] : [x, a, b, value]);
}

/** x + value · a · b; shapes broadcast. */
export function addcmul(x: Tensor, a: Operand, b: Operand, value = 1): Tensor {
  atMost(4, arguments.length, "addcmul(x, a, b, value)");
  return inNameOf("addcmul", () => {
    checkTensor("addcmul", x);
    checkOperands("addcmul", a, b);
    check("addcmul", "the value", value, number);
    const whole = inOneWalk("addcmul", x, a, b, value);
    if (whole !== null) return whole;
    const product = mul(a, b);
    return add(x, value === 1 ? product : mul(product, value));
  });
}

/** x + value · a / b of floats; shapes broadcast. */
export function addcdiv(x: Tensor, a: Operand, b: Operand, value = 1): Tensor {
  atMost(4, arguments.length, "addcdiv(x, a, b, value)");
  return inNameOf("addcdiv", () => {
    x = asFloat("addcdiv", x);
    checkOperands("addcdiv", a, b);
    check("addcdiv", "the value", value, number);
    const whole = inOneWalk("addcdiv", x, a, b, value);
    if (whole !== null) return whole;
    const quotient = div(a, b);
    return add(x, value === 1 ? quotient : mul(quotient, value));
  });
}

/** x, but at least `min`, a number or a tensor. */
export function clampMin(x: Tensor, min: Operand): Tensor {
  atMost(2, arguments.length, "clampMin(x, min)");
  return inNameOf("clampMin", () => {
    return clamp(x, { min });
  });
}

/** x, but at most `max`, a number or a tensor. */
export function clampMax(x: Tensor, max: Operand): Tensor {
  atMost(2, arguments.length, "clampMax(x, max)");
  return inNameOf("clampMax", () => {
    return clamp(x, { max });
  });
}

/** b − alpha · a: `sub` the other way round. */
export function rsub(a: Operand, b: Operand, alpha = 1): Tensor {
  atMost(3, arguments.length, "rsub(a, b, alpha)");
  return inNameOf("rsub", () => {
    checkOperands("rsub", a, b);
    return sub(b, a, alpha);
  });
}

/** Options of {@link isclose} and {@link allclose}. */
export interface IscloseOptions {
  /** How far off it may be, relative to b. Default: 1e-5. */
  rtol?: number;
  /** How far off it may be besides. Default: 1e-8. */
  atol?: number;
  /** Whether NaN is close to NaN. Default: false. */
  equalNan?: boolean;
}

const ISCLOSE: Kinds<IscloseOptions> = { rtol: notNegative, atol: notNegative, equalNan: flag };

/** Whether |a − b| ≤ atol + rtol |b|, or a = b, as infinities are. Shapes broadcast. */
export function isclose(a: Tensor, b: Tensor, options: IscloseOptions = {}): Tensor {
  atMost(3, arguments.length, "isclose(a, b, { rtol, atol, equalNan })");
  return inNameOf("isclose", () => {
    checkComputes("isclose", a, "a");
    checkComputes("isclose", b, "b");
    const { rtol = 1e-5, atol = 1e-8, equalNan = false } = checkOptions(
      "isclose",
      options,
      ISCLOSE,
    );
    const [x, y] = [a.detach(), b.detach()];
    let close = eq(x, y);
    if (rtol > 0 || atol > 0) {
      const distance = abs(sub(cast(x, "float32"), y));
      const allowed = add(mul(abs(cast(y, "float32")), rtol), atol);
      close = logicalOr(close, logicalAnd(le(distance, allowed), lt(distance, Infinity)));
    }
    return equalNan ? logicalOr(close, logicalAnd(ne(x, x), ne(y, y))) : close;
  });
}

/** Whether all elements are close: see {@link isclose}. It reads the result, so it needs the CPU. */
export function allclose(a: Tensor, b: Tensor, options: IscloseOptions = {}): boolean {
  atMost(3, arguments.length, "allclose(a, b, { rtol, atol, equalNan })");
  return inNameOf("allclose", () => {
    const instead = "write (await a.isclose(b).all().data())[0] !== 0";
    return isAll("allclose", isclose(a, b, options), instead);
  });
}

/** Whether two tensors have one shape and the same elements, NaN being like nothing. */
export function equal(a: Tensor, b: Tensor): boolean {
  atMost(2, arguments.length, "equal(a, b)");
  return inNameOf("equal", () => {
    checkTensor("equal", a, "a");
    checkTensor("equal", b, "b");
    const instead = "write (await a.eq(b).all().data())[0] !== 0";
    return sameShape(a.shape, b.shape) && isAll("equal", eq(a, b), instead);
  });
}

function isAll(op: string, x: Tensor, instead: string): boolean {
  if (x.numel === 0) return true;
  return readFirst(op, fold("min", x, x.shape.map((_, i) => i)), instead) !== 0;
}

/** x · 2^exponent. */
export function ldexp(x: Tensor, exponent: Operand): Tensor {
  atMost(2, arguments.length, "ldexp(x, exponent)");
  return inNameOf("ldexp", () => {
    checkComputes("ldexp", x);
    checkOperand("ldexp", exponent, "the exponent");
    return mul(x, typeof exponent === "number" ? 2 ** exponent : exp2(exponent));
  });
}

/** aᵇ of floats: integers count as float32. */
export function floatPower(a: Operand, b: Operand): Tensor {
  atMost(2, arguments.length, "floatPower(a, b)");
  return inNameOf("floatPower", () => {
    checkOperands("floatPower", a, b);
    const floats = (x: Operand) => typeof x === "number" ? x : cast(x, "float32");
    return pow(floats(a), floats(b));
  });
}

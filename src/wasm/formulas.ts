/**
 * Functions of elements as formulas for the kernel of steps: those of one array and up to two settings,
 * those of two arrays, and gradients, which take what was saved, dy and the settings. Each is known by
 * its row's kernel.
 *
 * @module
 */
import type { Combination } from "../device/kernels.ts";
import { type Formula, steps, type Value } from "./fused.ts";

const {
  add,
  and,
  andNot,
  atan,
  div,
  eq,
  exp,
  exp2,
  expm1,
  floor,
  fma,
  le,
  lerp,
  log,
  log1p,
  lt,
  ltI,
  max,
  maxI,
  min,
  mul,
  mulI,
  neg,
  or,
  quotientI,
  rem,
  round,
  select,
  shiftI,
  sigmoid,
  sin,
  cos,
  sqrt,
  sub,
  subI,
  tan,
  trunc,
  xor,
} = steps;

const PI = Math.PI;

/** The smallest float32 above 0, whose bits are those of the integer 1. */
const LEAST = 2 ** -149;

/** The largest float32. */
const MOST = (2 - 2 ** -23) * 2 ** 127;

/** The sign's bit by itself, and all others. */
const sign = (x: Value) => and(x, -0);
const size = (x: Value) => andNot(x, -0);

/** −|x|. */
const minus = (x: Value) => or(x, -0);

/** y ≥ 0 with the sign of x. */
const signed = (y: Value, x: Value) => or(y, sign(x));

/** What eˣ of up to 88 lacks of it, as a factor. */
const excess = (x: Value) => exp(max(sub(x, 88), 0));

const sinh: Formula = (x) => {
  const a = size(x);
  const e = expm1(min(a, 88));
  return signed(mul(mul(add(e, div(e, add(e, 1))), 0.5), excess(a)), x);
};

const cosh: Formula = (x) => {
  const a = size(x);
  const e = exp(min(a, 88));
  return mul(mul(add(e, div(1, e)), 0.5), excess(a));
};

/** log(1 + eˣ) of a negative x. */
const softly = (x: Value) => log1p(exp(x));

/** The remainder's neighbour of b's sign. */
const modulo: Formula = (a, b) => {
  const rest = rem(a, b);
  return select(isOver(rest, b), add(rest, b), rest);
};

/** All bits where a rest has not the sign of b. */
const isOver: Formula = (rest, b) => andNot(lt(mul(rest, copysign(1, b)), 0), eq(rest, 0));

const copysign: Formula = (a, b) => signed(size(a), b);

/** e^x of at most 20, n of tanh(log(1 + eˣ)) = n / (n + 2). */
const mishParts = (x: Value): [w: Value, n: Value] => {
  const w = exp(min(x, 20));
  return [w, mul(w, add(w, 2))];
};

/** The polynomial of x with these coefficients, the highest first. */
const polynomial = (x: Value, [first, ...rest]: readonly number[]) =>
  rest.reduce((sum: Value, c) => fma(sum, x, c), first!);

// erf⁻¹(x) / x of log(1 − x²), a quotient right to 1.3e-8: the result is to 2.4e-7, strictly to 3.5e-7.
const ERFINV_P = [
  -2.435111309750937e-5,
  0.0006437161355279386,
  -0.007762859109789133,
  0.05956892669200897,
  -0.30646294355392456,
  0.8862269520759583,
];
const ERFINV_Q = [
  -1.2937483688801876e-6,
  0.00017968055908568203,
  -0.001874975161626935,
  0.032189611345529556,
  -0.0840073898434639,
  1,
];

const digamma: Formula = (x) => {
  // Of a positive number from that of 6 more, where its series holds; of a negative one from 1 less it.
  const isLeft = lt(x, 0), a = select(isLeft, sub(1, x), x);
  const u = mul(a, add(a, 5)); // 1 / (a + k) + 1 / (a + 5 - k) = (2a + 5) / (u + k (5 - k))
  const sum = add(div(1, u), add(div(1, add(u, 4)), div(1, add(u, 6))));
  const b = add(a, 6), z = div(1, mul(b, b));
  const series = mul(z, polynomial(z, [1 / 252, -1 / 120, 1 / 12]));
  const right = sub(sub(log(b), div(0.5, b)), fma(add(a, 2.5), add(sum, sum), series));
  const turn = sub(x, round(x));
  const left = sub(right, div(PI, tan(mul(turn, PI))));
  const whole = select(eq(turn, 0), NaN, left);
  return select(isLeft, whole, select(eq(x, Infinity), x, right));
};

// log Γ(u + 1) / (u (u − 1)) of u to 7, a quotient right to 3e-8; and ½ log 2π − ½ of Stirling's series.
const GAMMA_P = [
  5.437840065304928e-05,
  0.014535152541635779,
  0.20983124006482165,
  0.6891463516419057,
  0.5772156479138698,
];
const GAMMA_Q = [
  0.004305003270392061,
  0.12093070744140642,
  0.7820715991361166,
  1.6187996104862548,
  1,
];
const GAMMA_FAR = 0.5 * Math.log(2 * PI) - 0.5;

/** Functions of one array, x, and settings a and b. */
export const OF_ONE: Readonly<Record<string, Formula>> = {
  acosh: (x) => {
    const low = sub(min(x, 2 ** 60), 1);
    const far = log(max(mul(x, 2 ** -60), 1));
    return add(log1p(add(low, mul(sqrt(low), sqrt(add(low, 2))))), far);
  },
  asinh: (x) => {
    const a = size(x), low = min(a, 2 ** 30), square = mul(low, low);
    const near = log1p(add(low, div(square, add(sqrt(add(square, 1)), 1))));
    return signed(add(near, log(max(mul(a, 2 ** -30), 1))), x);
  },
  atanh: (x) => {
    const a = size(x);
    return signed(mul(log1p(div(add(a, a), sub(1, a))), 0.5), x);
  },
  cosh,
  deg2rad: (x) => mul(x, PI / 180),
  digamma,
  elu: (x, a, b) => select(le(x, 0), mul(a, expm1(mul(x, b))), x),
  erfinv: (x) => {
    const w = log(mul(sub(1, x), add(1, x)));
    const y = mul(x, div(polynomial(w, ERFINV_P), polynomial(w, ERFINV_Q)));
    return select(eq(size(x), 1), mul(x, Infinity), y);
  },
  lgamma: (x) => {
    // Below 1.5 from that of 1 more; of negative numbers from that of 1 less them.
    const isLeft = lt(x, 0), a = select(isLeft, sub(1, x), x);
    const isSmall = lt(a, 1.5), u = select(isSmall, a, sub(a, 1));
    const near = div(mul(mul(u, sub(u, 1)), polynomial(u, GAMMA_P)), polynomial(u, GAMMA_Q));
    const l = log(a), r = div(1, a), series = mul(r, fma(mul(r, r), -1 / 360, 1 / 12));
    const far = add(fma(sub(a, 0.5), sub(l, 1), GAMMA_FAR), series);
    const right = select(lt(8, a), far, sub(near, and(l, isSmall)));
    const turn = sub(x, round(x));
    const left = sub(neg(log(size(mul(sin(mul(turn, PI)), 1 / PI)))), right);
    const y = select(isLeft, select(eq(turn, 0), Infinity, left), right);
    return select(eq(size(x), Infinity), Infinity, y);
  },
  logit: (x) => log(div(x, sub(1, x))),
  logsigmoid: (x) => sub(min(x, 0), softly(minus(x))),
  mish: (x) => {
    const [_, n] = mishParts(x);
    return mul(x, div(n, add(n, 2)));
  },
  rad2deg: (x) => mul(x, 180 / PI),
  sinc: (x) => {
    const t = mul(x, PI);
    return select(eq(x, 0), 1, div(sin(t), t));
  },
  sinh,
  softplus: (x, a, b) => {
    const z = mul(x, a);
    return select(lt(b, z), x, div(add(max(z, 0), softly(minus(z))), a));
  },
};

/** Gradients, from what was saved, dy and the settings. */
export const GRADIENTS: Readonly<Record<string, Formula>> = {
  acos: (x, dy) => neg(div(dy, sqrt(mul(sub(1, x), add(1, x))))),
  acosh: (x, dy) => {
    const a = size(x);
    return div(dy, sqrt(mul(sub(a, 1), add(a, 1))));
  },
  asin: (x, dy) => div(dy, sqrt(mul(sub(1, x), add(1, x)))),
  asinh: (x, dy) => div(dy, sqrt(fma(x, x, 1))),
  atan: (x, dy) => div(dy, fma(x, x, 1)),
  atanh: (x, dy) => div(dy, mul(sub(1, x), add(1, x))),
  cos: (x, dy) => neg(mul(dy, sin(x))),
  cosh: (x, dy) => mul(dy, sinh(x)),
  deg2rad: (_, dy) => mul(dy, PI / 180),
  elu: (x, dy, a, b) => mul(dy, select(le(x, 0), mul(mul(a, b), exp(mul(x, b))), 1)),
  erfinv: (y, dy) => mul(dy, mul(exp(mul(y, y)), Math.sqrt(PI) / 2)),
  lgamma: (x, dy) => mul(dy, digamma(x)),
  logit: (x, dy) => {
    const slope = div(dy, mul(x, sub(1, x)));
    return select(and(le(0, x), le(x, 1)), slope, NaN);
  },
  logsigmoid: (x, dy) => mul(dy, sigmoid(neg(x))),
  mish: (x, dy) => {
    const [w, n] = mishParts(x), d = add(n, 2);
    const bend = div(mul(mul(w, add(w, 1)), 4), mul(d, d));
    return mul(dy, fma(x, and(bend, lt(x, 20)), div(n, d)));
  },
  rad2deg: (_, dy) => mul(dy, 180 / PI),
  sin: (x, dy) => mul(dy, cos(x)),
  sinc: (x, dy) => {
    const t = mul(x, PI), z = mul(t, t);
    const near = fma(fma(fma(z, -1 / 15120, 1 / 280), z, -1 / 10), z, 1); // of 3 (sin t - t cos t) / t³
    const slope = div(sub(mul(cos(t), t), sin(t)), mul(t, x));
    return mul(dy, select(lt(z, 0.25), mul(mul(near, t), -PI / 3), slope));
  },
  sinh: (x, dy) => mul(dy, cosh(x)),
  softplus: (x, dy, a, b) => {
    const z = mul(x, a);
    return mul(dy, select(lt(b, z), 1, sigmoid(z)));
  },
  tan: (y, dy) => mul(dy, fma(y, y, 1)),
};

/** Functions of two arrays or numbers. */
export const OF_TWO: Readonly<Record<string, Formula>> = {
  atan2: (a, b) => {
    const u = size(a), v = size(b);
    const quotient = select(eq(u, v), and(lt(0, u), 1), div(u, v)); // of 0 / 0 and ∞ / ∞, too
    const angle = atan(quotient);
    const isLeft = lt(or(sign(b), 1), 0);
    return signed(select(isLeft, sub(PI, angle), angle), a);
  },
  copysign,
  floorDivide: (a, b) => {
    const rest = rem(a, b); // not modulo's, which is ∞ beside an infinite b
    const exact = div(sub(a, rest), b),
      whole = sub(floor(add(exact, 0.5)), and(isOver(rest, b), 1));
    const zero = signed(0, div(a, b));
    return select(eq(b, 0), div(a, b), select(eq(whole, 0), zero, whole));
  },
  fmax: (a, b) => select(eq(a, a), max(a, b), b),
  fmin: (a, b) => select(eq(a, a), min(a, b), b),
  fmod: (a, b) => rem(a, b),
  heaviside: (a, b) => select(eq(a, 0), b, and(lt(0, a), 1)),
  hypot: (a, b) => {
    const u = size(a), v = size(b), high = max(u, v);
    const t = div(min(v, u), max(high, 2 ** -149)); // NaN if either is
    const isInfinite = or(eq(u, Infinity), eq(v, Infinity));
    return select(isInfinite, Infinity, mul(high, sqrt(fma(t, t, 1))));
  },
  logaddexp: (a, b) => {
    const sum = add(max(a, b), softly(minus(sub(a, b))));
    return select(eq(a, b), add(a, Math.LN2), sum);
  },
  logaddexp2: (a, b) => {
    const far = mul(log1p(exp2(minus(sub(a, b)))), Math.LOG2E);
    return select(eq(a, b), add(a, 1), add(max(a, b), far));
  },
  nextafter: (a, b) => {
    const isFrom0 = xor(lt(b, a), lt(0, a)); // −1: the size has 1 more
    const step = andNot(or(isFrom0, LEAST), eq(a, b));
    const next = select(eq(a, 0), max(min(b, LEAST), -LEAST), subI(a, step));
    return select(eq(b, b), next, b);
  },
  remainder: modulo,
  truncDivide: (a, b) => trunc(div(a, b)),
  xlogy: (a, b) => select(and(eq(a, 0), eq(b, b)), 0, mul(a, log(b))),
};

/** a − b trunc(a / b) of int32. */
const restI = (a: Value, b: Value) => subI(a, mulI(quotientI(a, b), b));

/** The same of integers. */
const isAcross = (rest: Value, b: Value) => andNot(ltI(xor(rest, b), 0), eq(rest, 0));

/** Functions of two arrays of int32, of which b is nowhere 0. */
export const OF_TWO_INT32: Readonly<Record<string, Formula>> = {
  floorDivide: (a, b) => {
    const quotient = quotientI(a, b);
    return subI(quotient, and(isAcross(subI(a, mulI(quotient, b)), b), LEAST));
  },
  fmod: restI,
  remainder: (a, b) => {
    const rest = restI(a, b);
    return subI(rest, subI(0, and(isAcross(rest, b), b)));
  },
  truncDivide: quotientI,
};

/** What ops of several operands, or of int32, are in one walk: see `Elementwise.combine`. */
export const COMBINED: Readonly<Record<Exclude<Combination, "boolNot">, Formula>> = {
  addcdiv: (x, a, b, value) => add(x, value === undefined ? div(a, b) : mul(div(a, b), value)),
  addcmul: (x, a, b, value) => add(x, value === undefined ? mul(a, b) : mul(mul(a, b), value)),
  cube: (x) => mul(mul(x, x), x),
  fourth: (x) => {
    const square = mul(x, x);
    return mul(square, square);
  },
  inverse: (x) => div(1, x),
  glu: (x, gate) => mul(x, sigmoid(gate)),
  gluGate: (dy, x, gate) => {
    const s = sigmoid(gate);
    return mul(mul(dy, x), mul(s, sub(1, s)));
  },
  lerp,
  nanToNum: (x) => and(min(max(x, -MOST), MOST), eq(x, x)),
  root: (x) => sqrt(add(x, 0)),
  rootOfPositive: (x) => sqrt(max(x, 0)),
  signs: (x) => ltI(x, 0), // NaN of what has a sign
  int32Abs: (x) => maxI(x, subI(0, x)),
  int32Neg: (x) => subI(0, x),
  int32Not: (x) => xor(x, eq(0, 0)),
  int32Shift: (x, by) => shiftI(x, by),
  int32Sign: (x) => subI(ltI(x, 0), ltI(0, x)),
};

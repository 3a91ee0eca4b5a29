/**
 * What the kernels on elements compute, as expressions in WGSL.
 *
 * @module
 */
import { lgamma } from "../core/special_functions.ts";
import { EXP, LOG, NORMAL, NUMBERS, RELU_OF } from "./functions.ts";

/** A function of one element and its gradient, as expressions: of `x`, and of `s`aved and `dy`. */
export interface Unary {
  /** The function. */
  f: string;
  /** Its gradient. */
  grad: string;
}

/** What the kernels of one element compute, by their names. */
export const UNARY: Readonly<Record<string, Unary>> = {
  neg: { f: "-x", grad: "-dy" },
  abs: { f: "abs(x)", grad: "select(select(dy * 0.0, -dy, s < 0.0), dy, s > 0.0)" },
  exp: { f: "exp_of(x)", grad: "dy * s" },
  log: { f: "log_of(x)", grad: "dy / s" },
  sqrt: { f: "root(x)", grad: "dy / (s + s)" },
  // by the bits: a GPU may take numbers below 2⁻¹²⁶ for 0
  relu: {
    f: "relu_of(x)",
    grad: "select(0.0, dy, bitcast<i32>(s) > 0 || is_nan(s))",
  },
  tanh: { f: "tanh_of(x)", grad: "dy * (1.0 - s * s)" },
  sigmoid: { f: "sigmoid_of(x)", grad: "dy * (s * (1.0 - s))" },
  reciprocal: { f: "1.0 / x", grad: "-(dy * (s * s))" },
  square: { f: "x * x", grad: "dy * (s + s)" },
  sign: { f: "select(select(0.0, -1.0, x < 0.0), 1.0, x > 0.0)", grad: "0.0" },
  gelu: {
    f: "x * normal_of(x, exp_of(-0.5 * x * x))",
    grad: "gelu_grad(s, dy)",
  },
  geluTanh: { f: "x * sigmoid_of(twice_inner(x))", grad: "gelu_tanh_grad(s, dy)" },
  silu: { f: "x * sigmoid_of(x)", grad: "silu_grad(s, dy)" },
  ceil: { f: "ceil(x)", grad: "0.0" },
  floor: { f: "floor(x)", grad: "0.0" },
  trunc: { f: "trunc(x)", grad: "0.0" },
  round: { f: "round(x)", grad: "0.0" },
  frac: { f: "x - trunc(x)", grad: "dy" },
  deg2rad: { f: "x * 0.017453292519943295", grad: "dy * 0.017453292519943295" },
  rad2deg: { f: "x * 57.29577951308232", grad: "dy * 57.29577951308232" },
  rsqrt: { f: "1.0 / root(x)", grad: "-0.5 * dy * s * s * s" },
  expm1: { f: "expm1_of(x)", grad: "dy * (s + 1.0)" },
  log1p: { f: "log1p_of(x)", grad: "dy / (s + 1.0)" },
  log2: { f: "log_of(x) * 1.4426950408889634", grad: "dy / (s * 0.6931471805599453)" },
  log10: { f: "log_of(x) * 0.4342944819032518", grad: "dy / (s * 2.302585092994046)" },
};

/** The same, which call those of `curves.ts`. */
export const CURVED: Readonly<Record<string, Unary>> = {
  acos: { f: "acos_of(x)", grad: "-(dy / root((1.0 - s) * (1.0 + s)))" },
  acosh: { f: "acosh_of(x)", grad: "dy / root((abs(s) - 1.0) * (abs(s) + 1.0))" },
  asin: { f: "asin_of(x)", grad: "dy / root((1.0 - s) * (1.0 + s))" },
  asinh: { f: "asinh_of(x)", grad: "dy / sqrt(s * s + 1.0)" },
  atan: { f: "atan_of(x)", grad: "dy / (s * s + 1.0)" },
  atanh: { f: "atanh_of(x)", grad: "dy / ((1.0 - s) * (1.0 + s))" },
  cos: { f: "cos_of(x)", grad: "-(dy * sin_of(s))" },
  cosh: { f: "cosh_of(x)", grad: "dy * sinh_of(s)" },
  digamma: { f: "digamma_of(x)", grad: "dy * trigamma_of(s)" },
  erf: { f: "erf_of(x)", grad: "dy * 1.1283791670955126 * bell(s)" },
  erfc: { f: "erfc_of(x)", grad: "dy * -1.1283791670955126 * bell(s)" },
  erfinv: { f: "erfinv_of(x)", grad: "dy * 0.886226925452758 * exp_of(s * s)" },
  exp2: { f: "exp2_of(x)", grad: "dy * s * 0.6931471805599453" },
  lgamma: { f: "lgamma_of(x)", grad: "dy * digamma_of(s)" },
  logit: {
    f: "log_of(x / (1.0 - x))",
    grad: "select(nan(), dy / (s * (1.0 - s)), s >= 0.0 && s <= 1.0)",
  },
  sin: { f: "sin_of(x)", grad: "dy * cos_of(s)" },
  sinc: { f: "sinc_of(x)", grad: "sinc_grad(s, dy)" },
  sinh: { f: "sinh_of(x)", grad: "dy * cosh_of(s)" },
  tan: { f: "tan_of(x)", grad: "dy * (s * s + 1.0)" },
};

/** What there is a kernel of for each n: of `polygamma3` the third derivative of digamma. */
export function polygammaOf(name: string): Unary | undefined {
  const found = /^polygamma(\d+)$/.exec(name);
  if (found === null) return undefined;
  const derivative = (n: number, x: string) => {
    const scale = Math.exp(lgamma(n + 1) / (n + 1));
    return `polygamma_of(${x}, f32(${n}), f32(${scale}), ${n % 2 === 0 ? "-" : ""}1.0)`;
  };
  const n = Number(found[1]);
  return { f: derivative(n, "x"), grad: `dy * ${derivative(n + 1, "s")}` };
}

/** Activations of `x`, with the settings `p.a` and `p.b`; their gradients also of `dy`. */
export const ACTIVATION: Readonly<Record<string, Unary>> = {
  elu: {
    f: "select(x, p.a * expm1_of(p.b * x), x <= 0.0)",
    grad: "select(dy, dy * p.a * p.b * exp_of(p.b * x), x <= 0.0)",
  },
  hardshrink: {
    f: "select(x, 0.0, x >= -p.a && x <= p.a)",
    grad: "select(dy, 0.0, x >= -p.a && x <= p.a)",
  },
  hardsigmoid: {
    f: "smaller(larger(x + 3.0, 0.0), 6.0) / 6.0",
    grad: "select(0.0, dy / 6.0, x > -3.0 && x < 3.0)",
  },
  hardswish: {
    f: "x * smaller(larger(x + 3.0, 0.0), 6.0) / 6.0",
    grad: "select(select(dy, dy * (x / 3.0 + 0.5), x < 3.0), 0.0, x <= -3.0)",
  },
  hardtanh: {
    f: "smaller(larger(x, p.a), p.b)",
    grad: "select(dy, 0.0, x <= p.a || x >= p.b)",
  },
  logsigmoid: {
    f: "smaller(x, 0.0) - log1p_of(exp_of(-abs(x)))",
    grad: "dy * sigmoid_of(-x)",
  },
  mish: { f: "x * tanh_of(softplus_of(x))", grad: "mish_grad(x, dy)" },
  softplus: {
    f: "select(softplus_of(p.a * x) / p.a, x, p.a * x > p.b)",
    grad: "select(dy * sigmoid_of(p.a * x), dy, p.a * x > p.b)",
  },
  softshrink: {
    f: "select(select(x * 0.0, x + p.a, x < -p.a), x - p.a, x > p.a)",
    grad: "select(dy, 0.0, x >= -p.a && x <= p.a)",
  },
  softsign: {
    f: "x / (1.0 + abs(x))",
    grad: "dy / ((1.0 + abs(x)) * (1.0 + abs(x)))",
  },
  threshold: { f: "select(x, p.b, x <= p.a)", grad: "select(dy, 0.0, x <= p.a)" },
};

/** The functions that these call. */
export const FUNCTIONS: string = `${NUMBERS}${RELU_OF}${EXP}${LOG}${NORMAL}
fn root(x: f32) -> f32 { if (x < 0.0) { return nan(); } return sqrt(x); }
fn twice_inner(x: f32) -> f32 { return 2.0 * x * (0.7978845608028654 + 0.035677408136300125 * x * x); }
fn gelu_grad(x: f32, dy: f32) -> f32 {
  let e = exp_of(-0.5 * x * x);
  return dy * (normal_of(x, e) + x * 0.3989422804014327 * e);
}
fn gelu_tanh_grad(x: f32, dy: f32) -> f32 {
  let s = sigmoid_of(twice_inner(x));
  let square = x * x;
  if (square == infinity()) { return nan(); } // as in PyTorch
  let slope = sigmoid_of(-twice_inner(x)) * s;
  return dy * (s + x * slope * (1.5957691216057308 + 0.21406444881780075 * square));
}
fn expm1_of(x: f32) -> f32 {
  if (is_nan(x) || abs(x) > 80.0) { return exp_of(x) - 1.0; }
  let n = round(x * 1.4426950408889634);
  let power = power_of_two(i32(n));
  let m = expm1_near_0((x - n * 0.693359375) + n * 0.00021219444170128554);
  return power * m + (power - 1.0);
}
// 1 + x loses what a small x has behind its last place
fn log1p_of(x: f32) -> f32 {
  if (x < -0.29 || x > 0.41 || is_nan(x)) { return log_of(1.0 + x); }
  return select(x + (-0.5 * x * x + log1p_tail(x)), x, x == 0.0);
}
fn softplus_of(x: f32) -> f32 { return larger(x, 0.0) + log1p_of(exp_of(-abs(x))); }
fn mish_grad(x: f32, dy: f32) -> f32 {
  let t = tanh_of(softplus_of(x));
  return dy * (t + x * (1.0 - t * t) * sigmoid_of(x));
}
fn silu_grad(x: f32, dy: f32) -> f32 {
  let s = sigmoid_of(x);
  return dy * (s + x * s * sigmoid_of(-x));
}
`;

/** Functions of the float32 `a` and `b`. */
export const BINARY: Readonly<Record<string, string>> = {
  add: "a + b",
  sub: "a - b",
  mul: "a * b",
  div: "a / b",
  maximum: "larger(a, b)",
  minimum: "smaller(a, b)",
  pow: "pow_of(a, b)",
  share: "select(select(1.0, 0.5, a == b), 0.0, a < b)",
};

/** The same, which call those of `curves.ts`. */
export const BINARY_CURVED: Readonly<Record<string, string>> = {
  atan2: "atan2_of(a, b)",
  copysign: "signed(a, b)",
  floorDivide: "floor_divide(a, b)",
  fmax: "select(select(b, a, a >= b), select(a, b, is_nan(a)), is_nan(a) || is_nan(b))",
  fmin: "select(select(b, a, a <= b), select(a, b, is_nan(a)), is_nan(a) || is_nan(b))",
  fmod: "rest_of(a, b)",
  heaviside: "select(select(0.0, 1.0, a > 0.0), b, a == 0.0)",
  hypot: "hypot_of(a, b)",
  logaddexp: "logaddexp_of(a, b)",
  logaddexp2: "logaddexp2_of(a, b)",
  nextafter: "nextafter_of(a, b)",
  remainder: "remainder_of(a, b)",
  truncDivide: "trunc(a / b)",
  xlogy: "xlogy_of(a, b)",
};

/** Functions of the int32 `a` and `b`. */
export const BINARY_INT: Readonly<Record<string, string>> = {
  add: "a + b",
  sub: "a - b",
  mul: "a * b",
  maximum: "max(a, b)",
  minimum: "min(a, b)",
  pow: "pow_of(a, b)",
  fmax: "max(a, b)",
  fmin: "min(a, b)",
  heaviside: "select(select(0, 1, a > 0), b, a == 0)",
  bitwiseLeftShift: "select(0, a << (u32(b) & 31u), b >= 0 && b <= 31)",
  bitwiseRightShift: "select(a >> 31u, a >> (u32(b) & 31u), b >= 0 && b <= 31)",
  gcd: "gcd_of(a, b)",
  lcm: "lcm_of(a, b)",
};

/** Functions of the int32 `a` and `b`, which is not 0. */
export const QUOTIENTS: Readonly<Record<string, string>> = {
  floorDivide: "a / b - select(0, 1, a % b != 0 && ((a % b) ^ b) < 0)",
  fmod: "a % b",
  remainder: "a % b + select(0, b, a % b != 0 && ((a % b) ^ b) < 0)",
  truncDivide: "a / b",
};

/** The divisor of integers. */
export const GCD = `
fn gcd_of(x: i32, y: i32) -> i32 {
  var a = x;
  var b = y;
  while (b != 0) {
    let rest = a % b;
    a = b;
    b = rest;
  }
  return abs(a);
}
fn lcm_of(a: i32, b: i32) -> i32 {
  if (a == 0 || b == 0) { return 0; }
  return abs((a / gcd_of(a, b)) * b);
}
`;

/** aᵇ modulo 2³² by squaring; a negative power of an integer is cut off to an integer. */
export const POW_INT: string = `
fn pow_of(a: i32, b: i32) -> i32 {
  if (b < 0) { return select(select(0, select(1, -1, (b & 1) != 0), a == -1), 1, a == 1); }
  var power = 1;
  var base = a;
  for (var n = u32(b); n > 0u; n >>= 1u) {
    if ((n & 1u) != 0u) { power *= base; }
    base *= base;
  }
  return power;
}
`;

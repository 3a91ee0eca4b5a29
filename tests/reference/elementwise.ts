/** Functions of single elements, and of pairs of them. */
import { larger, smaller } from "./values.ts";

/** The normal distribution function: its series where that converges fast, else a fraction. */
export function normalCdf(x: number): number {
  const a = Math.abs(x), density = Math.exp(-a * a / 2) / Math.sqrt(2 * Math.PI);
  let tail: number;
  if (a < 3) {
    let term = a, sum = a;
    for (let k = 3; k < 80; k += 2) sum += term *= a * a / k;
    tail = 0.5 - density * sum;
  } else {
    let fraction = 0;
    for (let k = 100; k > 0; k--) fraction = k / (a + fraction);
    tail = density / (a + fraction);
  }
  return x < 0 ? tail : 1 - tail;
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** 2 √(2/π) (x + 0.044715 x³), of which GELU's approximation takes the logistic function. */
function inner(x: number): number {
  return 2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
}

/** y = f(x), in the order of the kernels' codes. */
export const unary: Record<string, (x: number) => number> = {
  neg: (x) => -x,
  abs: Math.abs,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  relu: (x) => x < 0 ? 0 : x,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  reciprocal: (x) => 1 / x,
  square: (x) => x * x,
  sign: (x) => x > 0 ? 1 : x < 0 ? -1 : 0,
  gelu: (x) => x * normalCdf(x),
  geluTanh: (x) => x * logistic(inner(x)),
  silu: (x) => x * logistic(x),
};

/** dx from what the op saved (its output or input, as the kernel says) and dy. */
export const unaryGrad: Record<string, (saved: number, dy: number) => number> = {
  neg: (_, dy) => -dy,
  abs: (x, dy) => dy * (x > 0 ? 1 : x < 0 ? -1 : 0),
  exp: (y, dy) => dy * y,
  log: (x, dy) => dy / x,
  sqrt: (y, dy) => dy / (2 * y),
  relu: (y, dy) => y <= 0 ? 0 : dy,
  tanh: (y, dy) => dy * (1 - y * y),
  sigmoid: (y, dy) => dy * y * (1 - y),
  reciprocal: (y, dy) => -dy * y * y,
  square: (x, dy) => 2 * x * dy,
  sign: () => 0,
  gelu: (x, dy) => dy * (normalCdf(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI)),
  geluTanh: (x, dy) => {
    const s = logistic(inner(x));
    const square = Math.fround(x * x); // where it overflows there is no gradient, as in PyTorch
    const slope = 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * square);
    return dy * (s + x * s * (1 - s) * slope);
  },
  silu: (x, dy) => dy * logistic(x) * (1 + x * (1 - logistic(x))),
};

/** Math.pow, but with IEEE 754's two values that JavaScript has its own mind about. */
function pow(x: number, y: number): number {
  if (x === 1 || x === -1 && Math.abs(y) === Infinity) return 1;
  return Math.pow(x, y);
}

/** c = f(a, b), in the order of the kernels' codes. */
export const binary: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: larger,
  minimum: smaller,
  pow,
  share: (a, b) => a < b ? 0 : a === b ? 0.5 : 1,
};

/** c = f(a, b) on int32, wrapping; the codes are those of `binary`. */
export const binaryI32: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => a + b | 0,
  sub: (a, b) => a - b | 0,
  mul: Math.imul,
  maximum: larger,
  minimum: smaller,
};

/** a ? b, in the order of the kernels' codes. */
export const compare: Record<string, (a: number, b: number) => boolean> = {
  eq: (a, b) => a === b,
  gt: (a, b) => a > b,
  lt: (a, b) => a < b,
  ge: (a, b) => a >= b,
  le: (a, b) => a <= b,
  ne: (a, b) => a !== b,
};

/** min(max(x, low), high); NaN stays. */
export function clamp(x: number, low: number, high: number): number {
  return smaller(larger(x, low), high);
}

/** dy where low <= x <= high, else 0. */
export function clampGrad(x: number, dy: number, low: number, high: number): number {
  return x >= low && x <= high ? dy : 0;
}

/** The element types, in the order of the kernels' codes. */
export type Dtype = "float32" | "int32" | "uint8" | "bool";

/** x as another type. */
export function cast(x: number, to: Dtype): number {
  if (to === "bool") return x === 0 ? 0 : 1;
  if (to === "float32") return Math.fround(x);
  if (Number.isNaN(x)) return 0;
  if (to === "int32") return Math.min(Math.max(Math.trunc(x), -(2 ** 31)), 2 ** 31 - 1);
  return Number(BigInt.asUintN(8, BigInt.asIntN(64, saturate64(x))));
}

function saturate64(x: number): bigint {
  if (x >= 2 ** 63) return 2n ** 63n - 1n;
  return x < -(2 ** 63) ? -(2n ** 63n) : BigInt(Math.trunc(x));
}

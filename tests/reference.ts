/**
 * What each kernel computes, in plain loops over float64: the tests compare the compiled kernels
 * with these functions. Matrices are flat arrays, row by row. Names, order of operations and
 * layouts are those of the kernels in `assembly/`.
 *
 * @module
 */

/** Any flat array of numbers. */
export type Values = ArrayLike<number>;

function tabulate(n: number, f: (i: number) => number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => f(i));
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
};

/** Math.pow, but with IEEE 754's two values that JavaScript has its own mind about. */
function pow(x: number, y: number): number {
  if (x === 1 || x === -1 && Math.abs(y) === Infinity) return 1;
  return Math.pow(x, y);
}

function larger(a: number, b: number): number {
  return a !== a || b !== b ? NaN : a < b ? b : a;
}

function smaller(a: number, b: number): number {
  return a !== a || b !== b ? NaN : b < a ? b : a;
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

/** What the reductions do with a running value and the next one. */
const fold: Record<string, [start: number, f: (a: number, b: number) => number]> = {
  sum: [0, (a, b) => a + b],
  max: [-Infinity, larger],
  min: [Infinity, smaller],
};

/** y [outer, inner] = op over the middle of x [outer, n, inner]; `sum`, `max` or `min`. */
export function reduce(
  op: string,
  x: Values,
  outer: number,
  n: number,
  inner: number,
): Float64Array {
  const [start, f] = fold[op]!;
  return tabulate(outer * inner, (i) => {
    const o = Math.floor(i / inner), column = i % inner;
    let y = start;
    for (let j = 0; j < n; j++) y = f(y, x[(o * n + j) * inner + column]!);
    return y;
  });
}

/** First index of the largest (`max`) or smallest (`min`) of each row of n; of NaN, if any. */
export function argReduce(op: string, x: Values, rows: number, n: number): Float64Array {
  const best = reduce(op, x, rows, n, 1);
  return tabulate(rows, (i) => {
    for (let j = 0; j < n; j++) if (Object.is(x[i * n + j]! + 0, best[i]! + 0)) return j;
    return 0;
  });
}

/** log of the sum of exp of each row of n. */
export function logSumExp(x: Values, rows: number, n: number): Float64Array {
  const top = reduce("max", x, rows, n, 1);
  return tabulate(rows, (i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += Math.exp(x[i * n + j]! - top[i]!);
    return top[i]! + Math.log(sum);
  });
}

/** Log-softmax (log) or softmax of each row of n. */
export function softmax(log: boolean, x: Values, rows: number, n: number): Float64Array {
  const lse = logSumExp(x, rows, n);
  return tabulate(rows * n, (i) => {
    const y = x[i]! - lse[Math.floor(i / n)]!;
    return log ? y : Math.exp(y);
  });
}

/** dx of `softmax` from its output y and dy. */
export function softmaxGrad(
  log: boolean,
  y: Values,
  dy: Values,
  rows: number,
  n: number,
): Float64Array {
  const weighted = log ? dy : tabulate(rows * n, (i) => dy[i]! * y[i]!);
  const sums = reduce("sum", weighted, rows, n, 1);
  return tabulate(rows * n, (i) => {
    const sum = sums[Math.floor(i / n)]!;
    return log ? dy[i]! - Math.exp(y[i]!) * sum : (dy[i]! - sum) * y[i]!;
  });
}

/** losses[i] = -logp[i, labels[i]]; NaN for a label outside [0, c). */
export function nll(logp: Values, labels: Values, c: number): Float64Array {
  return tabulate(labels.length, (i) => {
    const label = labels[i]!;
    return label >= 0 && label < c ? -logp[i * c + label]! : NaN;
  });
}

/** dlogp of `nll`; one dloss for each row. */
export function nllGrad(labels: Values, dloss: Values, scale: number, c: number): Float64Array {
  return tabulate(labels.length * c, (i) => {
    const row = Math.floor(i / c);
    return labels[row] === i % c ? -dloss[row]! * scale : 0;
  });
}

/** losses[i] = -log softmax(x[i, :])[labels[i]]. */
export function crossEntropy(x: Values, labels: Values, c: number): Float64Array {
  return nll(softmax(true, x, labels.length, c), labels, c);
}

/** dx of `crossEntropy`; one dloss for each row. */
export function crossEntropyGrad(
  x: Values,
  labels: Values,
  dloss: Values,
  scale: number,
  c: number,
): Float64Array {
  const p = softmax(false, x, labels.length, c);
  return tabulate(p.length, (i) => {
    const row = Math.floor(i / c);
    return (p[i]! - (labels[row] === i % c ? 1 : 0)) * dloss[row]! * scale;
  });
}

/** The rule of one step of stochastic gradient descent. */
export interface SgdRule {
  lr: number;
  momentum: number;
  dampening: number;
  weightDecay: number;
  nesterov: boolean;
  ema: boolean;
  first: boolean;
}

/** One step on one weight: the new weight and the new momentum. `m` is null without momentum. */
export function sgd(
  w: number,
  gradient: number,
  m: number | null,
  rule: SgdRule,
): [w: number, m: number | null] {
  const g = gradient + rule.weightDecay * w;
  if (m === null) return [w - rule.lr * g, null];
  const share = rule.ema ? 1 - rule.momentum : 1 - rule.dampening;
  const next = rule.first ? g : rule.momentum * m + share * g;
  const step = rule.nesterov ? rule.momentum * next + (rule.ema ? share : 1) * g : next;
  return [w - rule.lr * step, next];
}

/** out [outer, k, inner] = src [outer, n, inner] at index [k] of its middle dimension. */
export function indexSelect(
  src: Values,
  index: Values,
  outer: number,
  n: number,
  inner: number,
): Float64Array {
  const k = index.length;
  return tabulate(outer * k * inner, (i) => {
    const o = Math.floor(i / (k * inner)), j = Math.floor(i / inner) % k;
    return src[(o * n + index[j]!) * inner + i % inner]!;
  });
}

/** out + src [outer, k, inner] added at index [k] of the middle of out [outer, n, inner]. */
export function indexAdd(
  out: Values,
  src: Values,
  index: Values,
  outer: number,
  n: number,
  inner: number,
): Float64Array {
  const sum = Float64Array.from(out), k = index.length;
  for (let i = 0; i < outer * k * inner; i++) {
    const o = Math.floor(i / (k * inner)), j = Math.floor(i / inner) % k;
    sum[(o * n + index[j]!) * inner + i % inner]! += src[i]!;
  }
  return sum;
}

/** out[o, j, i] = src[o, index[o, j, i], i]; src [outer, n, inner], index [outer, k, inner]. */
export function gather(
  src: Values,
  index: Values,
  n: number,
  k: number,
  inner: number,
): Float64Array {
  return tabulate(index.length, (i) => {
    const o = Math.floor(i / (k * inner));
    return src[(o * n + index[i]!) * inner + i % inner]!;
  });
}

/** out with src added where `gather` would have read. */
export function scatterAdd(
  out: Values,
  src: Values,
  index: Values,
  n: number,
  k: number,
  inner: number,
): Float64Array {
  const sum = Float64Array.from(out);
  for (let i = 0; i < index.length; i++) {
    const o = Math.floor(i / (k * inner));
    sum[(o * n + index[i]!) * inner + i % inner]! += src[i]!;
  }
  return sum;
}

/** The four words of Philox4x32-10 for a counter of four words and a key of two. */
export function philox(counter: readonly number[], key: readonly number[]): number[] {
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const p = c0 * 0xd2511f53n, q = c2 * 0xcd9e8d57n;
    [c0, c1, c2, c3] = [
      q >> 32n ^ c1 ^ k0,
      q & 0xffffffffn,
      p >> 32n ^ c3 ^ k1,
      p & 0xffffffffn,
    ];
    k0 = k0 + 0x9e3779b9n & 0xffffffffn;
    k1 = k1 + 0xbb67ae85n & 0xffffffffn;
  }
  return [c0, c1, c2, c3].map(Number);
}

/** The seed and stream of random numbers: two words each. */
export type RandomKey = readonly [
  seedLo: number,
  seedHi: number,
  streamLo: number,
  streamHi: number,
];

function word(i: number, [seedLo, seedHi, streamLo, streamHi]: RandomKey): number {
  return philox([i >>> 2, 0, streamLo, streamHi], [seedLo, seedHi])[i & 3]!;
}

/** Element i of the uniform numbers in [0, 1), 24 bits. */
export function uniform(i: number, key: RandomKey): number {
  return (word(i, key) >>> 8) / 2 ** 24;
}

/** Element i of the standard normal numbers: Box and Muller's transform of a pair of words. */
export function normal(i: number, key: RandomKey): number {
  const radius = Math.sqrt(-2 * Math.log(uniform(i & ~1, key) + 2 ** -24));
  const angle = 2 * Math.PI * uniform(i | 1, key);
  return radius * (i & 1 ? Math.sin(angle) : Math.cos(angle));
}

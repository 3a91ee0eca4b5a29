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
    const slope = 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
    return dy * (s + x * s * (1 - s) * slope);
  },
  silu: (x, dy) => dy * logistic(x) * (1 + x * (1 - logistic(x))),
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

/** The rule of one step of Adam; `step` counts from 1. */
export interface AdamRule {
  lr: number;
  betas: readonly [number, number];
  eps: number;
  weightDecay: number;
  decoupled: boolean;
  step: number;
}

/** One step on one weight: the new weight, averages and, unless null, largest average square. */
export function adam(
  w: number,
  gradient: number,
  m: number,
  v: number,
  top: number | null,
  { lr, betas: [beta1, beta2], eps, weightDecay, decoupled, step }: AdamRule,
): [w: number, m: number, v: number, top: number | null] {
  const g = decoupled ? gradient : gradient + weightDecay * w;
  const mean = beta1 * m + (1 - beta1) * g;
  const square = beta2 * v + (1 - beta2) * g * g;
  const bound = top === null ? square : larger(top, square);
  const size = Math.sqrt(bound / (1 - beta2 ** step)) + eps;
  const kept = decoupled ? w - lr * weightDecay * w : w;
  return [kept - lr * mean / (1 - beta1 ** step) / size, mean, square, top === null ? null : bound];
}

/** The rule of one step of RMSprop. */
export interface RmspropRule {
  lr: number;
  alpha: number;
  eps: number;
  weightDecay: number;
  momentum: number;
}

/** One step on one weight: the new weight and memory; what is null is not kept. */
export function rmsprop(
  w: number,
  gradient: number,
  v: number,
  mean: number | null,
  m: number | null,
  { lr, alpha, eps, weightDecay, momentum }: RmspropRule,
): [w: number, v: number, mean: number | null, m: number | null] {
  const g = gradient + weightDecay * w;
  const square = alpha * v + (1 - alpha) * g * g;
  const average = mean === null ? null : alpha * mean + (1 - alpha) * g;
  const variance = average === null ? square : Math.max(square - average * average, 0);
  const move = g / (Math.sqrt(variance) + eps);
  const next = m === null ? move : momentum * m + move;
  return [w - lr * next, square, average, m === null ? null : next];
}

/** x + weight (y - x). */
export function lerp(x: number, y: number, weight: number): number {
  return x + weight * (y - x);
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

/** The sizes of a convolution, in the order in which kernels read them. */
export interface Conv {
  n: number;
  c: number;
  h: number;
  w: number;
  o: number;
  oh: number;
  ow: number;
  kh: number;
  kw: number;
  sh: number;
  sw: number;
  ph: number;
  pw: number;
  dh: number;
  dw: number;
  groups: number;
  chunk: number;
}

/**
 * Calls `visit` with the positions of y, x and weight in each product of a convolution: x [n, h, w,
 * c], y [n, oh, ow, o], weight [o, kh, kw, c / groups].
 */
export function eachConvProduct(
  s: Conv,
  visit: (y: number, x: number, weight: number) => void,
): void {
  const [cg, og] = [s.c / s.groups, s.o / s.groups];
  for (let y = 0; y < s.n * s.oh * s.ow * s.o; y++) {
    const o = y % s.o;
    const pixel = Math.floor(y / s.o);
    const ox = pixel % s.ow;
    const oy = Math.floor(pixel / s.ow) % s.oh;
    const sample = Math.floor(pixel / s.ow / s.oh);
    for (let k = 0; k < s.kh * s.kw * cg; k++) {
      const channel = Math.floor(o / og) * cg + k % cg;
      const tap = Math.floor(k / cg);
      const ix = ox * s.sw - s.pw + tap % s.kw * s.dw;
      const iy = oy * s.sh - s.ph + Math.floor(tap / s.kw) * s.dh;
      if (ix < 0 || ix >= s.w || iy < 0 || iy >= s.h) continue;
      visit(y, ((sample * s.h + iy) * s.w + ix) * s.c + channel, o * s.kh * s.kw * cg + k);
    }
  }
}

/** A window of pooling: where it begins and ends, and its share of the divisor of a mean. */
export type Window = readonly [begin: number, end: number, divisor: number];

/** What pooling walks: images [outer, h, w, inner]. */
export type ImageSize = readonly [outer: number, h: number, w: number, inner: number];

/** Calls `visit` for each output of pooling, with its place and the places of its window's inputs. */
function eachWindow(
  [outer, h, w, inner]: ImageSize,
  rows: readonly Window[],
  cols: readonly Window[],
  visit: (out: number, inputs: number[], divisor: number) => void,
): void {
  let out = 0;
  for (let o = 0; o < outer; o++) {
    for (const [top, bottom, dr] of rows) {
      for (const [left, right, dc] of cols) {
        for (let c = 0; c < inner; c++) {
          const inputs: number[] = [];
          for (let i = top; i < bottom; i++) {
            for (let j = left; j < right; j++) inputs.push(((o * h + i) * w + j) * inner + c);
          }
          visit(out++, inputs, dr * dc);
        }
      }
    }
  }
}

/** y and index (row · w + column) of max pooling; the first of equal elements, the last NaN. */
export function maxPool(
  x: Values,
  size: ImageSize,
  rows: readonly Window[],
  cols: readonly Window[],
): [y: number[], index: number[]] {
  const [, h, w, inner] = size;
  const y: number[] = [], index: number[] = [];
  eachWindow(size, rows, cols, (_, inputs) => {
    let best = inputs[0]!;
    for (const i of inputs) if (x[i]! > x[best]! || Number.isNaN(x[i]!)) best = i;
    y.push(x[best]!);
    index.push(Math.floor(best / inner) % (h * w));
  });
  return [y, index];
}

/** dx of max pooling from the places it chose. */
export function maxPoolGrad(dy: Values, index: Values, size: ImageSize): Float64Array {
  const [outer, h, w, inner] = size;
  const dx = new Float64Array(outer * h * w * inner);
  const each = dy.length / outer;
  for (let i = 0; i < dy.length; i++) {
    dx[(Math.floor(i / each) * h * w + index[i]!) * inner + i % inner]! += dy[i]!;
  }
  return dx;
}

/** y of average pooling. */
export function avgPool(
  x: Values,
  size: ImageSize,
  rows: readonly Window[],
  cols: readonly Window[],
): number[] {
  const y: number[] = [];
  eachWindow(size, rows, cols, (_, inputs, divisor) => {
    y.push(inputs.reduce((sum, i) => sum + x[i]!, 0) / divisor);
  });
  return y;
}

/** dx of average pooling. */
export function avgPoolGrad(
  dy: Values,
  size: ImageSize,
  rows: readonly Window[],
  cols: readonly Window[],
): Float64Array {
  const dx = new Float64Array(size.reduce((n, length) => n * length, 1));
  eachWindow(size, rows, cols, (out, inputs, divisor) => {
    for (const i of inputs) dx[i]! += dy[out]! / divisor;
  });
  return dx;
}

/** For each channel of x [outer, c, inner] the sum of f over its elements. */
export function sumChannels(
  outer: number,
  c: number,
  inner: number,
  f: (i: number, channel: number) => number,
): Float64Array {
  const sums = new Float64Array(c);
  for (let i = 0; i < outer * c * inner; i++) {
    const channel = Math.floor(i / inner) % c;
    sums[channel]! += f(i, channel);
  }
  return sums;
}

/** y, mean and 1 / √(variance + eps) of layer normalisation along rows of n. */
export function layerNorm(
  x: Values,
  w: Values,
  b: Values,
  rows: number,
  n: number,
  eps: number,
): { y: Float64Array; mean: Float64Array; inverse: Float64Array } {
  const mean = reduce("sum", x, rows, n, 1).map((sum) => sum / n);
  const squares = tabulate(rows * n, (i) => (x[i]! - mean[Math.floor(i / n)]!) ** 2);
  const inverse = reduce("sum", squares, rows, n, 1).map((sum) => 1 / Math.sqrt(sum / n + eps));
  const y = tabulate(rows * n, (i) => {
    const row = Math.floor(i / n);
    return (x[i]! - mean[row]!) * inverse[row]! * w[i % n]! + b[i % n]!;
  });
  return { y, mean, inverse };
}

/** Reductions, softmax and losses of labels. */
import { larger, smaller, tabulate, type Values } from "./values.ts";

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

/**
 * Reductions, softmax, and losses by labels.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Blame, Losses, ReduceOp, Reductions } from "../device/kernels.ts";
import { sumChannels } from "./channels.ts";
import { type Numbers, numbers, store, tabulate } from "./memory.ts";

/** What a reduction begins with, and what it makes of that and an element. */
const REDUCE: Record<ReduceOp, [start: number, f: (a: number, b: number) => number]> = {
  sum: [0, (a, b) => a + b],
  mean: [0, (a, b) => a + b],
  prod: [1, (a, b) => a * b],
  sumSquares: [0, (a, b) => a + b * b],
  max: [-Infinity, Math.max],
  min: [Infinity, Math.min],
};

/** The result of a reduction for each of some rows of n. */
function eachRow(op: ReduceOp, rows: number, n: number, at: (i: number) => number): Float64Array {
  const [start, f] = REDUCE[op];
  return Float64Array.from({ length: rows }, (_, row) => {
    let y = start;
    for (let j = 0; j < n; j++) y = f(y, at(row * n + j));
    return y;
  });
}

/** For rows of n: the largest element of each, and Σ exp(x − largest). */
function rowStats(x: Numbers, rows: number, n: number): [top: Float64Array, sum: Float64Array] {
  const top = eachRow("max", rows, n, (i) => x[i]!);
  return [top, eachRow("sum", rows, n, (i) => Math.exp(x[i]! - top[Math.floor(i / n)]!))];
}

/** Reductions, and softmax along rows. */
export const reductions: Reductions = {
  reduce(op, x, y, _outer, n, inner) {
    const [start, f] = op === "prod" && x.dtype === "int32" ? [1, Math.imul] : REDUCE[op];
    const from = numbers(x);
    tabulate(y, (i) => {
      const first = Math.floor(i / inner) * n * inner + i % inner;
      let value = start;
      for (let j = 0; j < n; j++) value = f(value, from[first + j * inner]!);
      if (op === "mean") return value / n;
      return x.dtype === "int32" ? value | 0 : value;
    });
  },
  argReduce(op, x, y, rows, n) {
    const from = numbers(x);
    const best = eachRow(op, rows, n, (i) => from[i]!);
    tabulate(y, (row) => {
      for (let j = 0; j < n; j++) {
        const value = from[row * n + j]!;
        if (value === best[row] || Number.isNaN(value)) return j;
      }
      return 0;
    });
  },
  channelMoments(x, mean, variance, channels) {
    const [from, count] = [numbers(x), channels[0] * channels[2]];
    const means = sumChannels(channels, (i) => from[i]!).map((sum) => sum / count);
    const squares = sumChannels(channels, (i, channel) => (from[i]! - means[channel]!) ** 2);
    store(mean, means);
    store(variance, squares.map((sum) => sum / count));
  },
  softmax(op, x, y, rows, n) {
    const from = numbers(x);
    const [top, sum] = rowStats(from, rows, n);
    tabulate(y, (i) => {
      const row = Math.floor(i / n);
      if (op === "maskedSoftmax" && top[row] === -Infinity) return 0;
      const z = from[i]! - top[row]!;
      return op === "logSoftmax" ? z - Math.log(sum[row]!) : Math.exp(z) / sum[row]!;
    });
  },
  softmaxGrad(op, y, dy, dx, rows, n) {
    const [out, d] = [numbers(y), numbers(dy)];
    const isLog = op === "logSoftmax";
    const sum = eachRow("sum", rows, n, (i) => isLog ? d[i]! : d[i]! * out[i]!);
    tabulate(dx, (i) => {
      const total = sum[Math.floor(i / n)]!;
      return isLog ? d[i]! - Math.exp(out[i]!) * total : (d[i]! - total) * out[i]!;
    });
  },
};

/** The labels of rows. Throws where one is not in [0, c). */
function labelsOf(labels: Buffer, rows: number, c: number, blame: Blame): Numbers {
  const list = numbers(labels);
  for (let row = 0; row < rows; row++) {
    if (list[row]! < 0 || list[row]! >= c) throw blame(row, list[row]!);
  }
  return list;
}

/** Losses by labels. */
export const losses: Losses = {
  nll(logp, labels, losses, rows, c, blame) {
    const [from, at] = [numbers(logp), labelsOf(labels, rows, c, blame)];
    tabulate(losses, (row) => -from[row * c + at[row]!]!);
  },
  nllGrad(labels, dloss, scale, dlogp, _rows, c) {
    const [at, d] = [numbers(labels), numbers(dloss)];
    tabulate(dlogp, (i) => {
      const row = Math.floor(i / c);
      return i % c === at[row] ? -scale * d[dloss.numel === 1 ? 0 : row]! : 0;
    });
  },
  crossEntropy(x, labels, losses, stats, rows, c, blame) {
    const [from, at] = [numbers(x), labelsOf(labels, rows, c, blame)];
    const [top, sum] = rowStats(from, rows, c);
    tabulate(losses, (row) => Math.log(sum[row]!) - (from[row * c + at[row]!]! - top[row]!));
    tabulate(stats, (i) => i % 2 === 0 ? top[i >> 1]! : 1 / sum[i >> 1]!);
  },
  crossEntropyGrad(x, labels, stats, dloss, scale, dx, _rows, c) {
    const [from, at, s, d] = [numbers(x), numbers(labels), numbers(stats), numbers(dloss)];
    tabulate(dx, (i) => {
      const row = Math.floor(i / c);
      const p = Math.exp(from[i]! - s[2 * row]!) * s[2 * row + 1]!;
      return (p - (i % c === at[row] ? 1 : 0)) * scale * d[dloss.numel === 1 ? 0 : row]!;
    });
  },
};

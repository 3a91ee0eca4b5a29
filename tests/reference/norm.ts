/** Normalisation. */
import { reduce } from "./rows.ts";
import { tabulate, type Values } from "./values.ts";

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

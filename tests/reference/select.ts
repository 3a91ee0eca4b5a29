/** Picking by index, and adding back. */
import { tabulate, type Values } from "./values.ts";

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

/** Attention. */
import { array, type NDArray, need } from "./array.ts";
import { add, mul, where } from "./elementwise.ts";
import { matmul } from "./products.ts";
import { amax } from "./reduce.ts";
import { softmax } from "./rows.ts";
import { transpose } from "./views.ts";

/** Options of {@link scaledDotProductAttention}. */
export interface AttentionOptions {
  attnMask?: NDArray | null;
  isCausal?: boolean;
  scale?: number;
}

/** [l, s] of bool: whether key j is not after query i. */
export function causal(l: number, s: number): NDArray {
  const seen = Float64Array.from({ length: l * s }, (_, i) => i % s <= Math.floor(i / s) ? 1 : 0);
  return array([l, s], seen, "bool");
}

/** softmax(q·kᵀ / √d)·v. Each query must see a key. */
export function scaledDotProductAttention(
  q: NDArray,
  k: NDArray,
  v: NDArray,
  { attnMask = null, isCausal = false, scale = 1 / Math.sqrt(q.shape.at(-1)!) }: AttentionOptions =
    {},
): NDArray {
  let scores = mul(matmul(q, transpose(k, -2, -1)), scale);
  const [l, s] = scores.shape.slice(-2) as [number, number];
  if (isCausal) scores = where(causal(l, s), scores, -Infinity);
  if (attnMask?.dtype === "bool") scores = where(attnMask, scores, -Infinity);
  else if (attnMask) scores = add(scores, attnMask);
  need(amax(scores, -1).data.every((x) => x > -Infinity), "a query that sees nothing");
  return matmul(softmax(scores, -1), v);
}

/**
 * Matrix products of integers: of products and sums, which wrap around at 32 bits as all integer
 * arithmetic does.
 *
 * @module
 */
import { numelOf } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, mul } from "./binary.ts";
import { sum } from "./sum.ts";
import { narrow, unsqueeze } from "./view.ts";

/** Products that are written before they are added up, at most. */
const BLOCK = 2 ** 20;

/** a·b of [..., m, k] and [..., k, n], whose leading dimensions broadcast: int32. */
export function integerProduct(a: Tensor, b: Tensor): Tensor {
  const k = a.shape[a.ndim - 1]!;
  const lead = numelOf(a.ndim > b.ndim ? a.shape.slice(0, -2) : b.shape.slice(0, -2));
  const rows = lead * a.shape[a.ndim - 2]! * b.shape[b.ndim - 1]!;
  const step = Math.max(1, Math.floor(BLOCK / Math.max(1, rows)));
  const part = (from: number): Tensor => {
    const n = Math.min(step, k - from);
    const left = unsqueeze(narrow(a, -1, from, n), -1); // [..., m, n, 1]
    const right = unsqueeze(narrow(b, -2, from, n), -3); // [..., 1, n, n']
    return sum(mul(left, right), -2);
  };
  let c = part(0);
  for (let from = step; from < k; from += step) c = add(c, part(from));
  return c;
}

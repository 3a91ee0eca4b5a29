/**
 * Terms that many rules have.
 *
 * @module
 */
import type { Tensor } from "../tensor/tensor.ts";

/** g + λw: a penalty in the gradient. */
export function penalized(g: Tensor, w: Tensor, weightDecay: number): Tensor {
  return weightDecay === 0 ? g : g.add(w.mul(weightDecay));
}

/** average ← (1 − fraction) · average + fraction · value. */
export function average_(average: Tensor, value: Tensor, fraction: number): Tensor {
  return average.mul_(1 - fraction).add_(value, fraction);
}

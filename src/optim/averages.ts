/**
 * Terms that many rules have.
 *
 * @module
 */
import { kernelsOf } from "../device/buffer.ts";
import { training } from "../families/training.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** g + λw: a penalty in the gradient. */
export function penalized(g: Tensor, w: Tensor, weightDecay: number): Tensor {
  return weightDecay === 0 ? g : g.add(w.mul(weightDecay));
}

/**
 * average ← average + fraction · (value − average), of each pair. What has decayed to a denormal number
 * becomes 0.
 */
export function averageAll(
  averages: readonly Tensor[],
  values: readonly Tensor[],
  fraction: number,
): void {
  if (averages.length === 0) return;
  kernelsOf(averages[0]!, training).lerp(
    averages,
    values.map((value) => value.contiguous()),
    fraction,
  );
  for (const average of averages) average.storage.version++;
}

/** That of one pair; returns the average. */
export function average_(average: Tensor, value: Tensor, fraction: number): Tensor {
  averageAll([average], [value], fraction);
  return average;
}

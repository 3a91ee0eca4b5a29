/**
 * Dropout.
 *
 * @module
 */
import { record } from "../autograd.ts";
import { alloc } from "../buffer.ts";
import { kernels } from "../kernels.ts";
import { generator } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { cast } from "./cast.ts";
import { ge } from "./compare.ts";
import { mul } from "./elementwise.ts";
import { checkFloat } from "./operand.ts";

/**
 * In training, sets each element to 0 with probability p and scales the others by 1 / (1 − p), so
 * that the mean stays; else returns x. The mask follows `manualSeed`. RangeError unless 0 ≤ p ≤ 1.
 */
export function dropout(x: Tensor, p = 0.5, training = true): Tensor {
  checkFloat("dropout", x);
  if (!(p >= 0 && p <= 1)) {
    throw new RangeError(`dropout: the probability must be from 0 to 1: it is ${p}`);
  }
  if (!training || p === 0) return x;
  if (p === 1) return mul(x, 0);
  const draws = alloc(x.shape);
  kernels.uniform(draws, generator().next(), 0, 1);
  const mask = cast(ge(record("dropout", draws, []), p), "float32");
  return mul(x, mul(mask, 1 / (1 - p)));
}

/**
 * Dropout.
 *
 * @module
 */
import { isTracked, LINEAR, type Pair, record } from "../autograd/autograd.ts";
import { type Buffer, kernelsOf } from "../device/buffer.ts";
import { training } from "../families/training.ts";
import { atMost, check, flag, fraction } from "../core/options.ts";
import { generator, type RandomKey } from "../core/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mul } from "./binary.ts";
import { allocLike, dense, inLayoutOf } from "./layout.ts";
import { asFloat } from "./cast.ts";

/** What dropouts do where they are not told. */
export const DROPOUT = { p: 0.5, training: true } as const;

/**
 * In training, sets each element to 0 with probability p and scales the others by 1 / (1 − p), so
 * that the mean stays; else returns x. The mask follows `manualSeed`. RangeError unless 0 ≤ p ≤ 1.
 */
export function dropout(
  x: Tensor,
  p: number = DROPOUT.p,
  training: boolean = DROPOUT.training,
): Tensor {
  atMost(3, arguments.length, "dropout(x, p, training)");
  check("dropout", "the probability", p, fraction);
  check("dropout", "training", training, flag);
  x = asFloat("dropout", x);
  if (!training || p === 0) return x;
  if (p === 1) return mul(x, 0);
  return dropoutBy(x, p, generator().next());
}

/** The same with a key's mask, 0 < p < 1. */
export function dropoutBy(x: Tensor, p: number, key: RandomKey): Tensor {
  const input = dense(x);
  // the mask is a function of the key and the position, so the gradient makes it again
  const masked = (from: Buffer): Buffer => {
    const out = allocLike(input);
    kernelsOf(out, training).dropout(from, out, key, p);
    return out;
  };
  const dx = (dy: Tensor): Tensor => {
    const pairs: Pair[] = isTracked(dy) ? [[dy, dx]] : [];
    return record("dropout", masked(inLayoutOf(input, dy)), pairs, LINEAR);
  };
  return record("dropout", masked(input), [[x, dx]], LINEAR);
}

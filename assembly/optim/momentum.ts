// What gradient descent does to four elements before they change a weight.

import { flushDenormal, fma } from "../simd";

export const enum Flag {
  Nesterov = 1,
  /** m = momentum m + (1 - momentum) g: an exponential moving average. */
  Ema = 2,
  /** m = g: PyTorch's first step. */
  First = 4,
}

/** The new momentum: keep m + take g, where `takes` says that take is not 1; nothing denormal. */
// @ts-ignore: decorator
@inline
export function mean(
  takes: bool, keep: v128, m: v128, take: v128, g: v128, bits: v128,
): v128 {
  return flushDenormal(fma(keep, m, takes ? f32x4.mul(take, g) : g), bits);
}

/** g + decay w, or g where nothing decays: 0 times an infinite weight would be NaN. */
// @ts-ignore: decorator
@inline
export function decayed(decays: bool, decay: v128, w: v128, g: v128): v128 {
  return decays ? fma(decay, w, g) : g;
}

// How elements of C begin and end, whichever path computes them:
//
//   start = bias + C       (each only where asked for, in this order)
//   stop  = relu           (where asked for), then the store

import { loadPart, storePart, zeros } from "../simd";

/** Flags of the matrix product. */
export const enum Flag {
  /** Add to C instead of overwriting it. */
  Add = 1,
  /** max(x, 0) at the store. */
  Relu = 2,
}

/** The first n elements (all four where n ≥ 4), `step` bytes apart; zero in the other lanes. */
export function gather(p: usize, step: usize, n: i32): v128 {
  if (step == 4) return n >= 4 ? v128.load(p) : loadPart(p, n, zeros());
  let v = v128.load32_zero(p);
  if (n > 1) v = v128.load_lane<f32>(p + step, v, 1);
  if (n > 2) v = v128.load_lane<f32>(p + 2 * step, v, 2);
  if (n > 3) v = v128.load_lane<f32>(p + 3 * step, v, 3);
  return v;
}

/** The reverse of gather. */
export function scatter(p: usize, step: usize, v: v128, n: i32): void {
  if (step == 4) {
    if (n >= 4) v128.store(p, v);
    else storePart(p, v, n);
    return;
  }
  v128.store_lane<f32>(p, v, 0);
  if (n > 1) v128.store_lane<f32>(p + step, v, 1);
  if (n > 2) v128.store_lane<f32>(p + 2 * step, v, 2);
  if (n > 3) v128.store_lane<f32>(p + 3 * step, v, 3);
}

/** What up to four elements of C start from. bias 0: none; its step may be 0. */
// @ts-ignore: decorator
@inline
export function start(
  c: usize, step: usize, bias: usize, biasStep: usize, n: i32, flags: i32,
): v128 {
  let v = bias ? gather(bias, biasStep, n) : zeros();
  if (flags & Flag.Add) v = f32x4.add(v, gather(c, step, n));
  return v;
}

/** Stores up to four elements of C. */
// @ts-ignore: decorator
@inline
export function stop(c: usize, step: usize, v: v128, n: i32, flags: i32): void {
  if (flags & Flag.Relu) v = f32x4.pmax(v, zeros()); // in this order NaN stays NaN
  scatter(c, step, v, n);
}

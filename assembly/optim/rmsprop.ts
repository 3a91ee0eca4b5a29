// RMSprop's step in one pass over memory.

import { rowOf } from "./list";
import { at, exponentBits, flushDenormal, fma, loadUpTo, maxNaN, storeUpTo, zeros } from "../simd";

/** The new average of the squares. */
// @ts-ignore: decorator
@inline
function squares(keep: v128, v: v128, take: v128, d: v128, bits: v128): v128 {
  return flushDenormal(fma(keep, v, f32x4.mul(f32x4.mul(take, d), d)), bits);
}

/** A variance: below 0 only by rounding, where its root would be NaN. */
// @ts-ignore: decorator
@inline
function variance(square: v128, average: v128): v128 {
  return maxNaN(f32x4.sub(square, f32x4.mul(average, average)), zeros());
}

/** d / (√u + eps), which becomes the new momentum of beta m more. */
// @ts-ignore: decorator
@inline
function scaled(d: v128, u: v128, eps: v128): v128 {
  return f32x4.div(d, f32x4.add(f32x4.sqrt(u), eps));
}

// @ts-ignore: decorator
@inline
function all(
  centered: bool, momentum: bool, w: usize, g: usize, v: usize, mean: usize, m: usize, n: i32,
  decay: v128, keep: v128, take: v128, beta: v128, eps: v128, rate: v128,
): void {
  const bits = exponentBits(n);
  for (; n >= 8; n -= 8, w += 32, g += 32, v += 32) {
    const x0 = v128.load(w), x1 = v128.load(w, 16);
    const d0 = fma(decay, x0, v128.load(g)), d1 = fma(decay, x1, v128.load(g, 16));
    let u0 = squares(keep, v128.load(v), take, d0, bits);
    let u1 = squares(keep, v128.load(v, 16), take, d1, bits);
    v128.store(v, u1, 16);
    v128.store(v, u0);
    if (centered) {
      const old0 = v128.load(mean), old1 = v128.load(mean, 16);
      const average0 = flushDenormal(fma(take, f32x4.sub(d0, old0), old0), bits);
      const average1 = flushDenormal(fma(take, f32x4.sub(d1, old1), old1), bits);
      v128.store(mean, average1, 16);
      v128.store(mean, average0);
      u0 = variance(u0, average0), u1 = variance(u1, average1);
      mean += 32;
    }
    let move0 = scaled(d0, u0, eps), move1 = scaled(d1, u1, eps);
    if (momentum) {
      move0 = flushDenormal(fma(beta, v128.load(m), move0), bits);
      move1 = flushDenormal(fma(beta, v128.load(m, 16), move1), bits);
      v128.store(m, move1, 16);
      v128.store(m, move0);
      m += 32;
    }
    v128.store(w, fma(rate, move1, x1), 16);
    v128.store(w, fma(rate, move0, x0));
  }
  for (; n > 0; n -= 4, w += 16, g += 16, v += 16) {
    const part = min(n, 4), x = loadUpTo(w, part), d = fma(decay, x, loadUpTo(g, part));
    let u = squares(keep, loadUpTo(v, part), take, d, bits);
    storeUpTo(v, u, part);
    if (centered) {
      const old = loadUpTo(mean, part);
      const average = flushDenormal(fma(take, f32x4.sub(d, old), old), bits);
      storeUpTo(mean, average, part);
      u = variance(u, average);
      mean += 16;
    }
    let move = scaled(d, u, eps);
    if (momentum) {
      move = flushDenormal(fma(beta, loadUpTo(m, part), move), bits);
      storeUpTo(m, move, part);
      m += 16;
    }
    storeUpTo(w, fma(rate, move, x), part);
  }
}

/** `rmsprop` on the elements begin to end of one parameter. */
function rmspropOne(
  w: usize,
  g: usize,
  v: usize,
  mean: usize,
  m: usize,
  lr: f64,
  alpha: f64,
  eps: f64,
  weightDecay: f64,
  momentum: f64,
  begin: i32,
  end: i32,
): void {
  const decay = f32x4.splat(<f32>weightDecay);
  const keep = f32x4.splat(<f32>alpha), take = f32x4.splat(<f32>(1 - alpha));
  const beta = f32x4.splat(<f32>momentum), small = f32x4.splat(<f32>eps);
  const rate = f32x4.splat(<f32>-lr);
  const n = end - begin;
  w = at(w, begin);
  g = at(g, begin);
  v = at(v, begin);
  if (mean) mean = at(mean, begin);
  if (m) m = at(m, begin);
  if (mean) {
    if (m) all(true, true, w, g, v, mean, m, n, decay, keep, take, beta, small, rate);
    else all(true, false, w, g, v, mean, 0, n, decay, keep, take, beta, small, rate);
  } else if (m) all(false, true, w, g, v, 0, m, n, decay, keep, take, beta, small, rate);
  else all(false, false, w, g, v, 0, 0, n, decay, keep, take, beta, small, rate);
}

/**
 * One step of RMSprop (Tieleman and Hinton, 2012) on `count` parameters: w, g, v (`kept0`), `mean`
 * (`kept1`) and m (`kept2`) stand in the rows of a table. PyTorch's rule:
 *
 *   g ← g + weightDecay w
 *   v ← alpha v + (1 - alpha) g²
 *   u = v                              with `mean`: mean ← mean + (1 - alpha) (g - mean),
 *                                      u = max(v - mean², 0)
 *   d = g / (√u + eps)                 with `m`: m ← momentum m + d, d = m
 *   w ← w - lr d
 *
 * mean = 0, m = 0: none. g itself is left as it is. The numbers come in float64.
 */
export function rmsprop(
  table: usize,
  count: i32,
  lr: f64,
  alpha: f64,
  eps: f64,
  weightDecay: f64,
  momentum: f64,
  begin: i32,
  end: i32,
): void {
  for (let i = 0; i < count && end > 0; i++) {
    const row = rowOf(table, i), n = row.n;
    const from = max(begin, 0), to = min(end, n);
    // deno-fmt-ignore
    if (from < to) {
      rmspropOne(
        row.w, row.g, row.kept0, row.kept1, row.kept2,
        lr, alpha, eps, weightDecay, momentum, from, to,
      );
    }
    begin -= n;
    end -= n;
  }
}

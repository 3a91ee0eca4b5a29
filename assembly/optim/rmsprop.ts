// RMSprop's step in one pass over memory.

import { get, put } from "./adam";
import { rowOf } from "./list";
import { at, fma, maxNaN, zeros } from "../simd";

// @ts-ignore: decorator
@inline
function step(
  part: bool,
  centered: bool,
  momentum: bool,
  w: usize,
  g: usize,
  v: usize,
  mean: usize,
  m: usize,
  n: i32,
  decay: v128,
  keep: v128,
  take: v128,
  beta: v128,
  eps: v128,
  rate: v128,
): void {
  const x = get(part, w, n);
  const d = fma(decay, x, get(part, g, n));
  let square = fma(keep, get(part, v, n), f32x4.mul(f32x4.mul(take, d), d));
  put(part, v, square, n);
  if (centered) {
    const old = get(part, mean, n);
    const average = fma(take, f32x4.sub(d, old), old);
    put(part, mean, average, n);
    // a variance: below 0 only by rounding, where its root would be NaN
    square = maxNaN(f32x4.sub(square, f32x4.mul(average, average)), zeros());
  }
  let move = f32x4.div(d, f32x4.add(f32x4.sqrt(square), eps));
  if (momentum) {
    move = fma(beta, get(part, m, n), move);
    put(part, m, move, n);
  }
  put(part, w, fma(rate, move, x), n);
}

// @ts-ignore: decorator
@inline
function all(
  centered: bool,
  momentum: bool,
  w: usize,
  g: usize,
  v: usize,
  mean: usize,
  m: usize,
  n: i32,
  decay: v128,
  keep: v128,
  take: v128,
  beta: v128,
  eps: v128,
  rate: v128,
): void {
  while (n >= 4) {
    step(false, centered, momentum, w, g, v, mean, m, 4, decay, keep, take, beta, eps, rate);
    w += 16;
    g += 16;
    v += 16;
    if (centered) mean += 16;
    if (momentum) m += 16;
    n -= 4;
  }
  if (n) step(true, centered, momentum, w, g, v, mean, m, n, decay, keep, take, beta, eps, rate);
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

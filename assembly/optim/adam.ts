// Adam's step in one pass over memory: four arrays read, three written.

import { rowOf } from "./list";
import { at, exponentBits, flushDenormal, fma, loadUpTo, maxNaN, storeUpTo } from "../simd";

export const enum Adam {
  /** Weight decay shrinks the weight and stays out of the gradient: AdamW. */
  Decoupled = 1,
}

/** The new w of four elements, from their new averages. */
// @ts-ignore: decorator
@inline
function moved(
  x: v128, mean: v128, bound: v128, shrink: v128, scale: v128, eps: v128, rate: v128,
): v128 {
  const size = fma(f32x4.sqrt(bound), scale, eps);
  return fma(rate, f32x4.div(mean, size), f32x4.mul(x, shrink));
}

/** The new average of the gradient. */
// @ts-ignore: decorator
@inline
function average(keep: v128, m: v128, take: v128, d: v128, bits: v128): v128 {
  return flushDenormal(fma(keep, m, f32x4.mul(take, d)), bits);
}

/** The new average of the squares. */
// @ts-ignore: decorator
@inline
function squares(keep: v128, v: v128, take: v128, d: v128, bits: v128): v128 {
  return flushDenormal(fma(keep, v, f32x4.mul(f32x4.mul(take, d), d)), bits);
}

// @ts-ignore: decorator
@inline
function all(
  amsgrad: bool, w: usize, g: usize, m: usize, v: usize, top: usize, n: i32,
  shrink: v128, decay: v128, keepM: v128, takeM: v128, keepV: v128, takeV: v128,
  scale: v128, eps: v128, rate: v128,
): void {
  const bits = exponentBits(n);
  for (; n >= 8; n -= 8, w += 32, g += 32, m += 32, v += 32) {
    const x0 = v128.load(w), x1 = v128.load(w, 16);
    const d0 = fma(decay, x0, v128.load(g)), d1 = fma(decay, x1, v128.load(g, 16));
    const mean0 = average(keepM, v128.load(m), takeM, d0, bits);
    const mean1 = average(keepM, v128.load(m, 16), takeM, d1, bits);
    let u0 = squares(keepV, v128.load(v), takeV, d0, bits);
    let u1 = squares(keepV, v128.load(v, 16), takeV, d1, bits);
    v128.store(m, mean1, 16);
    v128.store(m, mean0);
    v128.store(v, u1, 16);
    v128.store(v, u0);
    if (amsgrad) {
      u0 = maxNaN(v128.load(top), u0), u1 = maxNaN(v128.load(top, 16), u1);
      v128.store(top, u1, 16);
      v128.store(top, u0);
      top += 32;
    }
    v128.store(w, moved(x1, mean1, u1, shrink, scale, eps, rate), 16);
    v128.store(w, moved(x0, mean0, u0, shrink, scale, eps, rate));
  }
  for (; n > 0; n -= 4, w += 16, g += 16, m += 16, v += 16) {
    const part = min(n, 4), x = loadUpTo(w, part), d = fma(decay, x, loadUpTo(g, part));
    const mean = average(keepM, loadUpTo(m, part), takeM, d, bits);
    let u = squares(keepV, loadUpTo(v, part), takeV, d, bits);
    storeUpTo(m, mean, part);
    storeUpTo(v, u, part);
    if (amsgrad) {
      u = maxNaN(loadUpTo(top, part), u);
      storeUpTo(top, u, part);
      top += 16;
    }
    storeUpTo(w, moved(x, mean, u, shrink, scale, eps, rate), part);
  }
}

/** `adam` on the elements begin to end of one parameter. */
function adamOne(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  top: usize,
  lr: f64,
  beta1: f64,
  beta2: f64,
  eps: f64,
  weightDecay: f64,
  correction1: f64,
  correction2: f64,
  flags: i32,
  begin: i32,
  end: i32,
): void {
  const decoupled = (flags & Adam.Decoupled) != 0;
  const shrink = f32x4.splat(decoupled ? <f32>(1 - lr * weightDecay) : 1);
  const decay = f32x4.splat(decoupled ? 0 : <f32>weightDecay);
  const keepM = f32x4.splat(<f32>beta1), takeM = f32x4.splat(<f32>(1 - beta1));
  const keepV = f32x4.splat(<f32>beta2), takeV = f32x4.splat(<f32>(1 - beta2));
  const scale = f32x4.splat(<f32>(1 / sqrt<f64>(correction2)));
  const small = f32x4.splat(<f32>eps), rate = f32x4.splat(<f32>(-lr / correction1));
  const n = end - begin;
  w = at(w, begin);
  g = at(g, begin);
  m = at(m, begin);
  v = at(v, begin);
  if (top) {
    top = at(top, begin);
    all(true, w, g, m, v, top, n, shrink, decay, keepM, takeM, keepV, takeV, scale, small, rate);
  } else all(false, w, g, m, v, 0, n, shrink, decay, keepM, takeM, keepV, takeV, scale, small, rate);
}

/**
 * One step of Adam (Kingma and Ba, 2015, algorithm 1) on `count` parameters: w, g, m (`kept0`), v
 * (`kept1`) and `top` (`kept2`) stand in the rows of a table. PyTorch's rule:
 *
 *   g ← g + weightDecay w              flag 1 (AdamW): w ← w - lr weightDecay w instead
 *   m ← beta1 m + (1 - beta1) g
 *   v ← beta2 v + (1 - beta2) g²
 *   u = v                              with `top` (AMSGrad): top ← max(top, v), u = top
 *   w ← w - lr / correction1 · m / (√u / √correction2 + eps)
 *
 * The corrections stand in the row too: 1 - beta1ᵗ and 1 - beta2ᵗ at the parameter's step t, counted
 * from 1. top = 0: none. g itself is left as it is. The numbers come in float64 and are rounded once
 * what they are needed for is formed.
 */
export function adam(
  table: usize,
  count: i32,
  lr: f64,
  beta1: f64,
  beta2: f64,
  eps: f64,
  weightDecay: f64,
  flags: i32,
  begin: i32,
  end: i32,
): void {
  for (let i = 0; i < count && end > 0; i++) {
    const row = rowOf(table, i), n = row.n;
    const from = max(begin, 0), to = min(end, n);
    // deno-fmt-ignore
    if (from < to) {
      adamOne(
        row.w, row.g, row.kept0, row.kept1, row.kept2,
        lr, beta1, beta2, eps, weightDecay, row.correction1, row.correction2, flags, from, to,
      );
    }
    begin -= n;
    end -= n;
  }
}

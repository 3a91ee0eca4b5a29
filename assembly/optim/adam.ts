// Adam's step in one pass over memory: four arrays read, three written.

import { rowOf } from "./list";
import { at, fma, loadPart, maxNaN, storePart, zeros } from "../simd";

export const enum Adam {
  /** Weight decay shrinks the weight and stays out of the gradient: AdamW. */
  Decoupled = 1,
}

/** Four elements, or (part) the last 1 to 3. */
// @ts-ignore: decorator
@inline
export function get(part: bool, p: usize, n: i32): v128 {
  return part ? loadPart(p, n, zeros()) : v128.load(p);
}

// @ts-ignore: decorator
@inline
export function put(part: bool, p: usize, x: v128, n: i32): void {
  if (part) storePart(p, x, n);
  else v128.store(p, x);
}

// @ts-ignore: decorator
@inline
function step(
  part: bool,
  amsgrad: bool,
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  top: usize,
  n: i32,
  shrink: v128,
  decay: v128,
  keepM: v128,
  takeM: v128,
  keepV: v128,
  takeV: v128,
  scale: v128,
  eps: v128,
  rate: v128,
): void {
  const x = get(part, w, n);
  const d = fma(decay, x, get(part, g, n));
  const mean = fma(keepM, get(part, m, n), f32x4.mul(takeM, d));
  const square = fma(keepV, get(part, v, n), f32x4.mul(f32x4.mul(takeV, d), d));
  put(part, m, mean, n);
  put(part, v, square, n);
  let bound = square;
  if (amsgrad) {
    bound = maxNaN(get(part, top, n), square);
    put(part, top, bound, n);
  }
  const size = fma(f32x4.sqrt(bound), scale, eps);
  put(part, w, fma(rate, f32x4.div(mean, size), f32x4.mul(x, shrink)), n);
}

// @ts-ignore: decorator
@inline
function all(
  amsgrad: bool,
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  top: usize,
  n: i32,
  shrink: v128,
  decay: v128,
  keepM: v128,
  takeM: v128,
  keepV: v128,
  takeV: v128,
  scale: v128,
  eps: v128,
  rate: v128,
): void {
  // deno-fmt-ignore
  while (n >= 4) {
    step(false, amsgrad, w, g, m, v, top, 4, shrink, decay, keepM, takeM, keepV, takeV, scale, eps, rate);
    w += 16;
    g += 16;
    m += 16;
    v += 16;
    if (amsgrad) top += 16;
    n -= 4;
  }
  // deno-fmt-ignore
  if (n) step(true, amsgrad, w, g, m, v, top, n, shrink, decay, keepM, takeM, keepV, takeV, scale, eps, rate);
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

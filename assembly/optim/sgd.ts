// Gradient descent's step, with and without momentum, in one pass over memory.

import { rowOf } from "./list";
import { decayed, Flag, mean } from "./momentum";
import { sgdOuter } from "./sgd_outer";
import {
  at, exponentBits, fma, fnma, loadPart, loadUpTo, storePart, storeUpTo, zeros,
} from "../simd";

/** w -= rate (g + decay w), n elements. */
// @ts-ignore: decorator
@inline
function plain(decays: bool, w: usize, g: usize, rate: v128, decay: v128, n: i32): void {
  while (n >= 8) {
    const a = v128.load(w), b = v128.load(w, 16);
    const c = decayed(decays, decay, a, v128.load(g));
    const d = decayed(decays, decay, b, v128.load(g, 16));
    v128.store(w, fnma(rate, d, b), 16);
    v128.store(w, fnma(rate, c, a));
    w += 32;
    g += 32;
    n -= 8;
  }
  if (n >= 4) {
    const a = v128.load(w);
    v128.store(w, fnma(rate, decayed(decays, decay, a, v128.load(g)), a));
    w += 16;
    g += 16;
    n -= 4;
  }
  if (n) {
    const a = loadPart(w, n, zeros());
    storePart(w, fnma(rate, decayed(decays, decay, a, loadPart(g, n, zeros())), a), n);
  }
}

/** m = keep m + take g, w -= rate m, n elements: momentum with nothing else. */
// @ts-ignore: decorator
@inline
function moving(
  takes: bool, w: usize, g: usize, m: usize, keep: v128, take: v128, rate: v128, n: i32,
): void {
  const bits = exponentBits(n);
  // Two a turn, loads before stores: V8 looks up the memory's size again after each store.
  while (n >= 8) {
    const a = v128.load(w), b = v128.load(w, 16);
    const c = mean(takes, keep, v128.load(m), take, v128.load(g), bits);
    const d = mean(takes, keep, v128.load(m, 16), take, v128.load(g, 16), bits);
    v128.store(m, d, 16);
    v128.store(m, c);
    v128.store(w, fnma(rate, d, b), 16);
    v128.store(w, fnma(rate, c, a));
    w += 32;
    g += 32;
    m += 32;
    n -= 8;
  }
  for (; n > 0; n -= 4) {
    const part = min(n, 4);
    const c = mean(takes, keep, loadUpTo(m, part), take, loadUpTo(g, part), bits);
    const a = loadUpTo(w, part);
    storeUpTo(m, c, part);
    storeUpTo(w, fnma(rate, c, a), part);
    w += 16;
    g += 16;
    m += 16;
  }
}

/** What `general` stores of four elements of w, from their new momentum v and their gradient d. */
// @ts-ignore: decorator
@inline
function moved(nesterov: bool, x: v128, v: v128, d: v128, keep: v128, now: v128, rate: v128): v128 {
  return fnma(rate, nesterov ? fma(keep, v, f32x4.mul(now, d)) : v, x);
}

/** Momentum with all else there is. */
// @ts-ignore: decorator
@inline
function general(
  nesterov: bool, w: usize, g: usize, m: usize, keep: v128, take: v128, now: v128, rate: v128,
  decay: v128, used: v128, decays: bool, n: i32,
): void {
  const bits = exponentBits(n);
  for (; n >= 8; n -= 8, w += 32, g += 32, m += 32) {
    const x0 = v128.load(w), x1 = v128.load(w, 16);
    let d0 = v128.load(g), d1 = v128.load(g, 16);
    if (decays) d0 = fma(decay, x0, d0), d1 = fma(decay, x1, d1);
    const v0 = mean(true, keep, v128.and(v128.load(m), used), take, d0, bits);
    const v1 = mean(true, keep, v128.and(v128.load(m, 16), used), take, d1, bits);
    v128.store(m, v1, 16);
    v128.store(m, v0);
    v128.store(w, moved(nesterov, x1, v1, d1, keep, now, rate), 16);
    v128.store(w, moved(nesterov, x0, v0, d0, keep, now, rate));
  }
  for (; n > 0; n -= 4, w += 16, g += 16, m += 16) {
    const part = min(n, 4), x = loadUpTo(w, part);
    const d = decayed(decays, decay, x, loadUpTo(g, part));
    const v = mean(true, keep, v128.and(loadUpTo(m, part), used), take, d, bits);
    storeUpTo(m, v, part);
    storeUpTo(w, moved(nesterov, x, v, d, keep, now, rate), part);
  }
}

/** `sgd` on the elements begin to end of one parameter. */
function sgdOne(
  w: usize,
  g: usize,
  m: usize,
  lr: f64,
  momentum: f64,
  dampening: f64,
  weightDecay: f64,
  flags: i32,
  begin: i32,
  end: i32,
): void {
  let n = end - begin;
  w = at(w, begin);
  g = at(g, begin);
  const rate = f32x4.splat(<f32>lr), decay = f32x4.splat(<f32>weightDecay);
  if (!m) {
    if (weightDecay == 0) return plain(false, w, g, rate, decay, n);
    return plain(true, w, g, rate, decay, n);
  }
  m = at(m, begin);
  const share = flags & Flag.Ema ? 1 - momentum : 1 - dampening;
  const first = (flags & Flag.First) != 0, nesterov = (flags & Flag.Nesterov) != 0;
  const keep = f32x4.splat(<f32>momentum), take = f32x4.splat(first ? 1 : <f32>share);
  if (!first && !nesterov && weightDecay == 0) {
    if (share == 1) return moving(false, w, g, m, keep, take, rate, n);
    return moving(true, w, g, m, keep, take, rate, n);
  }
  const used = i32x4.splat(first ? 0 : -1); // a first step must not look at what m holds
  const now = f32x4.splat(flags & Flag.Ema ? <f32>share : 1);
  if (nesterov) general(true, w, g, m, keep, take, now, rate, decay, used, weightDecay != 0, n);
  else general(false, w, g, m, keep, take, now, rate, decay, used, weightDecay != 0, n);
}

/**
 * One step of stochastic gradient descent on `count` parameters: w, g and m (`kept0`) stand in the
 * rows of a table. PyTorch's rule:
 *
 *   g ← g + weightDecay w
 *   m ← momentum m + (1 - dampening) g     flag 4 (first step) of the row: m ← g
 *                                          flag 2: m ← momentum m + (1 - momentum) g
 *   w ← w - lr m                           flag 1 (Nesterov): w ← w - lr (k g + momentum m),
 *                                          k = 1, or 1 - momentum with flag 2
 *
 * m = 0 (no buffer): w ← w - lr g. g itself is left as it is. The numbers come in float64 and are
 * rounded only after 1 - dampening has been formed. `scratch` holds an int32 for each four
 * columns of the widest gradient that is an outer product: see {@link sgdOuter}.
 */
export function sgd(
  table: usize,
  count: i32,
  lr: f64,
  momentum: f64,
  dampening: f64,
  weightDecay: f64,
  flags: i32,
  scratch: usize,
  begin: i32,
  end: i32,
): void {
  for (let i = 0; i < count && end > 0; i++) {
    const row = rowOf(table, i), n = row.n, columns = row.columns;
    const from = max(begin, 0), to = min(end, n), all = flags | row.flags;
    if (from < to) {
      if (!columns) {
        sgdOne(row.w, row.g, row.kept0, lr, momentum, dampening, weightDecay, all, from, to);
      } else { // a row of w goes where its first element goes
        const first = (from + columns - 1) / columns, last = (to + columns - 1) / columns;
        // deno-fmt-ignore
        sgdOuter(
          row.w, row.g, at(row.g, n / columns), row.kept0, columns,
          lr, momentum, dampening, weightDecay, all, scratch, first, last,
        );
      }
    }
    begin -= n;
    end -= n;
  }
}

// Gradient descent with a gradient that is an outer product, g = u vᵀ, as one sample makes it: each
// element of g is computed where it is used and never stored. The arithmetic is that of the product
// and then of `sgd`, so both ways give the same bits.

import { descend, Flag, mulAdd } from "./optim";
import { at, loadPart, storePart, zeros } from "./simd";

/** x - x is 0 for every number, and NaN for NaN and infinities. */
// @ts-ignore: decorator
@inline
function isFinite4(x: v128): bool {
  return !v128.any_true(f32x4.ne(f32x4.sub(x, x), zeros()));
}

/**
 * Lists where among n columns v has anything but zeros: an int32 for each group of four, the position
 * of its first. Returns how many groups there are, or -1 where a number is not finite, so that its
 * product with 0 is not 0 and nothing may be left out.
 */
function listColumns(v: usize, n: i32, list: usize): i32 {
  let count = 0;
  for (let i = 0; i < n; i += 4) {
    const x = i + 4 <= n ? v128.load(at(v, i)) : loadPart(at(v, i), n - i, zeros());
    if (!isFinite4(x)) return -1;
    if (v128.any_true(f32x4.ne(x, zeros()))) store<i32>(at(list, count++), i);
  }
  return count;
}

/** w -= lr g, but only where neither u nor v is 0. */
function sparse(
  w: usize,
  u: usize,
  v: usize,
  n: i32,
  lr: f64,
  list: usize,
  count: i32,
  begin: i32,
  end: i32,
): void {
  const rate = f32x4.splat(<f32>lr);
  // the last group may be the row's tail, of fewer than four
  const tail = count && load<i32>(at(list, count - 1)) + 4 > n ? 1 : 0;
  const whole = at(list, count - tail);
  for (let o = begin; o < end; o++) {
    const s = load<f32>(at(u, o));
    if (s == 0) continue;
    const scale = f32x4.splat(s), row = at(w, o * n);
    for (let p = list; p < whole; p += 4) {
      const i = load<i32>(p);
      const q = at(row, i);
      v128.store(q, descend(v128.load(q), f32x4.mul(scale, v128.load(at(v, i))), rate));
    }
    if (tail) {
      const i = load<i32>(whole);
      const q = at(row, i), part = n - i;
      const g = f32x4.mul(scale, loadPart(at(v, i), part, zeros()));
      storePart(q, descend(loadPart(q, part, zeros()), g, rate), part);
    }
  }
}

/** Four weights: stores their momentum and returns them stepped. */
// @ts-ignore: decorator
@inline
function step(
  hasMomentum: bool,
  nesterov: bool,
  x: v128,
  g: v128,
  old: v128,
  keep: v128,
  take: v128,
  now: v128,
  rate: v128,
  decay: v128,
): v128 {
  const d = mulAdd(decay, x, g);
  if (!hasMomentum) return descend(x, d, rate);
  return descend(x, nesterov ? mulAdd(keep, old, f32x4.mul(now, d)) : old, rate);
}

// @ts-ignore: decorator
@inline
function dense(
  hasMomentum: bool,
  nesterov: bool,
  w: usize,
  u: usize,
  v: usize,
  m: usize,
  n: i32,
  keep: v128,
  take: v128,
  now: v128,
  rate: v128,
  decay: v128,
  begin: i32,
  end: i32,
): void {
  let p = at(w, begin * n), q = at(m, begin * n);
  for (let o = begin; o < end; o++) {
    const scale = v128.load32_splat(at(u, o));
    let column = v;
    for (const whole = at(v, n & ~3); column < whole; column += 16, p += 16, q += 16) {
      const x = v128.load(p), g = f32x4.mul(scale, v128.load(column));
      let mean = x;
      if (hasMomentum) {
        mean = mulAdd(keep, v128.load(q), f32x4.mul(take, mulAdd(decay, x, g)));
        v128.store(q, mean);
      }
      v128.store(p, step(hasMomentum, nesterov, x, g, mean, keep, take, now, rate, decay));
    }
    const part = n & 3;
    if (part) {
      const x = loadPart(p, part, zeros());
      const g = f32x4.mul(scale, loadPart(column, part, zeros()));
      let mean = x;
      if (hasMomentum) {
        mean = loadPart(q, part, zeros());
        mean = mulAdd(keep, mean, f32x4.mul(take, mulAdd(decay, x, g)));
        storePart(q, mean, part);
      }
      storePart(p, step(hasMomentum, nesterov, x, g, mean, keep, take, now, rate, decay), part);
      p = at(p, part);
      q = at(q, part);
    }
  }
}

/**
 * `sgd` on the rows begin to end of w [rows, n] with g = u vᵀ, u [rows] and v [n]. m, if there is one,
 * holds zeros at the first step. `list` is scratch space of an int32 for each four columns, one a
 * thread. Without momentum and weight decay, weights whose gradient is 0 are not touched.
 */
export function sgdOuter(
  w: usize,
  u: usize,
  v: usize,
  m: usize,
  n: i32,
  lr: f64,
  momentum: f64,
  dampening: f64,
  weightDecay: f64,
  flags: i32,
  list: usize,
  begin: i32,
  end: i32,
): void {
  if (!m && weightDecay == 0) {
    const count = listColumns(v, n, list);
    if (count >= 0) return sparse(w, u, v, n, lr, list, count, begin, end);
  }
  const share = flags & Flag.Ema ? 1 - momentum : 1 - dampening;
  const keep = f32x4.splat(<f32>momentum), rate = f32x4.splat(<f32>lr);
  const take = f32x4.splat(flags & Flag.First ? 1 : <f32>share);
  const now = f32x4.splat(flags & Flag.Ema ? <f32>share : 1);
  const decay = f32x4.splat(<f32>weightDecay);
  if (!m) dense(false, false, w, u, v, m, n, keep, take, now, rate, decay, begin, end);
  else if (flags & Flag.Nesterov) {
    dense(true, true, w, u, v, m, n, keep, take, now, rate, decay, begin, end);
  } else dense(true, false, w, u, v, m, n, keep, take, now, rate, decay, begin, end);
}

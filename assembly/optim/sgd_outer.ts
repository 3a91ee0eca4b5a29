// Gradient descent with a gradient that is an outer product, g = u vᵀ, as one sample makes it: each
// element of g is computed where it is used and never stored. The arithmetic is that of `outerProduct`
// and then of `sgd`, so both ways give the same bits.

import { decayed, Flag, mean } from "./momentum";
import { at, exponentBits, fma, fnma, loadPart, loadUpTo, storePart, storeUpTo, zeros } from "../simd";

/** x - x is 0 for every number, and NaN for NaN and infinities. */
// @ts-ignore: decorator
@inline
function isFinite4(x: v128): bool {
  return !v128.any_true(f32x4.ne(f32x4.sub(x, x), zeros()));
}

/** u v, of which -0 becomes 0: what is 0 can then be left out, for it changes no weight, -0 neither. */
// @ts-ignore: decorator
@inline
function product(u: v128, v: v128): v128 {
  return fma(u, v, zeros());
}

/** y = u vᵀ, u [rows], v [n] and y [rows, n]; rows begin to end. */
export function outerProduct(
  u: usize, v: usize, y: usize, n: i32, begin: i32, end: i32,
): void {
  y = at(y, begin * n);
  for (let o = begin; o < end; o++) {
    const scale = v128.load32_splat(at(u, o));
    let p = v, left = n;
    for (; left >= 8; left -= 8) {
      const a = product(scale, v128.load(p)), b = product(scale, v128.load(p, 16));
      v128.store(y, b, 16);
      v128.store(y, a);
      p += 32;
      y += 32;
    }
    for (; left > 0; left -= 4) {
      const part = min(left, 4);
      storeUpTo(y, product(scale, loadUpTo(p, part)), part);
      p += 16;
      y += part << 2;
    }
  }
}

/** Whether none of n numbers is infinite or NaN. */
function isFinite(x: usize, n: i32): bool {
  for (let i = 0; i < n; i += 4) if (!isFinite4(loadUpTo(at(x, i), min(n - i, 4)))) return false;
  return true;
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

/** w -= lr g, but only where neither u nor v is 0: two rows at a time, which share what is read of v. */
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
  const tail = count && load<i32>(at(list, count - 1)) + 4 > n ? n - load<i32>(at(list, count - 1)) : 0;
  const whole = at(list, tail ? count - 1 : count);
  let waiting = -1;
  for (let o = begin; o < end; o++) {
    if (load<f32>(at(u, o)) == 0) continue;
    if (waiting < 0) {
      waiting = o;
      continue;
    }
    const s = v128.load32_splat(at(u, waiting)), t = v128.load32_splat(at(u, o));
    sparseRows(true, at(w, waiting * n), at(w, o * n), s, t, v, rate, list, whole, tail);
    waiting = -1;
  }
  if (waiting < 0) return;
  const s = v128.load32_splat(at(u, waiting)), row = at(w, waiting * n);
  sparseRows(false, row, row, s, s, v, rate, list, whole, tail);
}

/** One row or two. */
// @ts-ignore: decorator
@inline
function sparseRows(
  two: bool, w: usize, x: usize, s: v128, t: v128, v: usize, rate: v128,
  list: usize, whole: usize, tail: i32,
): void {
  for (; list < whole; list += 4) {
    const i = load<i32>(list), b = v128.load(at(v, i));
    const p = at(w, i), q = at(x, i);
    const c = v128.load(p), d = two ? v128.load(q) : c;
    v128.store(p, fnma(rate, product(s, b), c));
    if (two) v128.store(q, fnma(rate, product(t, b), d));
  }
  if (tail) {
    const i = load<i32>(whole), b = loadPart(at(v, i), tail, zeros());
    const p = at(w, i), q = at(x, i);
    storePart(p, fnma(rate, product(s, b), loadPart(p, tail, zeros())), tail);
    if (two) storePart(q, fnma(rate, product(t, b), loadPart(q, tail, zeros())), tail);
  }
}

/** m = keep m + take g, w -= rate m of eight elements. */
// @ts-ignore: decorator
@inline
function move8(
  takes: bool, w: usize, m: usize, scale: v128, x: v128, y: v128, keep: v128, take: v128, rate: v128,
  bits: v128,
): void {
  const a = v128.load(w), b = v128.load(w, 16);
  const c = mean(takes, keep, v128.load(m), take, product(scale, x), bits);
  const d = mean(takes, keep, v128.load(m, 16), take, product(scale, y), bits);
  v128.store(m, d, 16);
  v128.store(m, c);
  v128.store(w, fnma(rate, d, b), 16);
  v128.store(w, fnma(rate, c, a));
}

/** The same of the last 1 to 4. */
// @ts-ignore: decorator
@inline
function movePart(
  takes: bool, w: usize, m: usize, scale: v128, x: v128, part: i32, keep: v128, take: v128, rate: v128,
  bits: v128,
): void {
  const a = loadUpTo(w, part);
  const c = mean(takes, keep, loadUpTo(m, part), take, product(scale, x), bits);
  storeUpTo(m, c, part);
  storeUpTo(w, fnma(rate, c, a), part);
}

/**
 * Rows of `moving` in sgd.ts: m = keep m + take g, w -= rate m with g = scale v; two at a time, which
 * share what is read of v. step: bytes between them.
 */
// @ts-ignore: decorator
@inline
function movingRows(
  takes: bool, two: bool, w: usize, v: usize, m: usize, step: usize, n: i32,
  s: v128, t: v128, keep: v128, take: v128, rate: v128,
): void {
  const bits = exponentBits(n);
  while (n >= 8) {
    const x = v128.load(v), y = v128.load(v, 16);
    move8(takes, w, m, s, x, y, keep, take, rate, bits);
    if (two) move8(takes, w + step, m + step, t, x, y, keep, take, rate, bits);
    w += 32;
    v += 32;
    m += 32;
    n -= 8;
  }
  for (; n > 0; n -= 4) {
    const part = min(n, 4);
    const x = loadUpTo(v, part);
    movePart(takes, w, m, s, x, part, keep, take, rate, bits);
    if (two) movePart(takes, w + step, m + step, t, x, part, keep, take, rate, bits);
    w += 16;
    v += 16;
    m += 16;
  }
}

/** All rows of `moving`. */
// @ts-ignore: decorator
@inline
function movingAll(
  takes: bool, w: usize, u: usize, v: usize, m: usize, n: i32,
  keep: v128, take: v128, rate: v128, begin: i32, end: i32,
): void {
  const step = <usize>n << 2;
  for (; begin + 2 <= end; begin += 2) {
    const s = v128.load32_splat(at(u, begin)), t = v128.load32_splat(at(u, begin), 4);
    const p = at(w, begin * n), q = at(m, begin * n);
    movingRows(takes, true, p, v, q, step, n, s, t, keep, take, rate);
  }
  if (begin == end) return;
  const s = v128.load32_splat(at(u, begin));
  movingRows(takes, false, at(w, begin * n), v, at(m, begin * n), step, n, s, s, keep, take, rate);
}

/** A row of the general case. */
// @ts-ignore: decorator
@inline
function row(
  w: usize, v: usize, m: usize, n: i32, nesterov: bool, decays: bool,
  scale: v128, keep: v128, take: v128, now: v128, rate: v128, decay: v128,
): void {
  const bits = exponentBits(n);
  for (; n > 0; n -= 4) {
    const part = min(n, 4);
    const x = loadUpTo(w, part);
    const d = decayed(decays, decay, x, product(scale, loadUpTo(v, part)));
    let step = d;
    if (m) {
      step = mean(true, keep, loadUpTo(m, part), take, d, bits);
      storeUpTo(m, step, part);
      if (nesterov) step = fma(keep, step, f32x4.mul(now, d));
      m += 16;
    }
    storeUpTo(w, fnma(rate, step, x), part);
    w += 16;
    v += 16;
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
  if (!m && weightDecay == 0 && isFinite(at(u, begin), end - begin)) {
    const count = listColumns(v, n, list);
    if (count >= 0) return sparse(w, u, v, n, lr, list, count, begin, end);
  }
  const share = flags & Flag.Ema ? 1 - momentum : 1 - dampening;
  const first = (flags & Flag.First) != 0, nesterov = (flags & Flag.Nesterov) != 0;
  const keep = f32x4.splat(<f32>momentum), rate = f32x4.splat(<f32>lr);
  const take = f32x4.splat(first ? 1 : <f32>share), decay = f32x4.splat(<f32>weightDecay);
  const now = f32x4.splat(flags & Flag.Ema ? <f32>share : 1);
  if (m && !first && !nesterov && weightDecay == 0) {
    if (share == 1) return movingAll(false, w, u, v, m, n, keep, take, rate, begin, end);
    return movingAll(true, w, u, v, m, n, keep, take, rate, begin, end);
  }
  for (let o = begin; o < end; o++) {
    const scale = v128.load32_splat(at(u, o));
    const p = at(w, o * n), q = m ? at(m, o * n) : 0;
    row(p, v, q, n, nesterov, weightDecay != 0, scale, keep, take, now, rate, decay);
  }
}

// Sums for normalisation: over spans of neighbours and down columns, of x, of its squared distance
// from a mean, or of its product with a gradient. In float32 within blocks, the blocks in float64.

import { at, fma, loadPart, loadUpTo, storeUpTo, sumLanes, zeros } from "../simd";

/** Σ x. */
@unmanaged
export class Values {
  @inline
  readsGradient(): bool {
    return false;
  }
  /** What stands for an element that is not there: it adds 0. */
  @inline
  none(_mean: v128): v128 {
    return zeros();
  }
  @inline
  add(sum: v128, x: v128, _dy: v128, _mean: v128): v128 {
    return f32x4.add(sum, x);
  }
}

/** Σ (x - mean)². */
@unmanaged
export class Squares {
  @inline
  readsGradient(): bool {
    return false;
  }
  @inline
  none(mean: v128): v128 {
    return mean;
  }
  @inline
  add(sum: v128, x: v128, _dy: v128, mean: v128): v128 {
    const d = f32x4.sub(x, mean);
    return fma(d, d, sum);
  }
}

/** Σ dy (x - mean). */
@unmanaged
export class Products {
  @inline
  readsGradient(): bool {
    return true;
  }
  @inline
  none(mean: v128): v128 {
    return mean;
  }
  @inline
  add(sum: v128, x: v128, dy: v128, mean: v128): v128 {
    return fma(dy, f32x4.sub(x, mean), sum);
  }
}

/** T over n elements that are neighbours. */
export function sumOver<T>(x: usize, dy: usize, n: i32, mean: f32): f64 {
  const op = changetype<T>(0);
  const reads = op.readsGradient();
  const m = f32x4.splat(mean);
  let total: f64 = 0;
  while (n >= 16) {
    let a = zeros(), b = zeros(), c = zeros(), d = zeros();
    let left = min(n >> 4, 16);
    n -= left << 4;
    do {
      a = op.add(a, v128.load(x), reads ? v128.load(dy) : m, m);
      b = op.add(b, v128.load(x, 16), reads ? v128.load(dy, 16) : m, m);
      c = op.add(c, v128.load(x, 32), reads ? v128.load(dy, 32) : m, m);
      d = op.add(d, v128.load(x, 48), reads ? v128.load(dy, 48) : m, m);
      x += 64;
      dy += 64;
    } while (--left);
    total += sumLanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  }
  if (n) {
    let a = zeros();
    while (n >= 4) {
      a = op.add(a, v128.load(x), reads ? v128.load(dy) : m, m);
      x += 16;
      dy += 16;
      n -= 4;
    }
    if (n) a = op.add(a, loadPart(x, n, op.none(m)), reads ? loadPart(dy, n, zeros()) : m, m);
    total += sumLanes(a);
  }
  return total;
}

/** Rows that a column adds in float32 before it goes over to float64. */
export const enum Block {
  Rows = 16,
}

/** t plus two of v's lanes, as float64. */
// @ts-ignore: decorator
@inline
export function addLow(t: v128, v: v128): v128 {
  return f64x2.add(t, f64x2.promote_low_f32x4(v));
}

/** t plus two of v's lanes, as float64. */
// @ts-ignore: decorator
@inline
export function addHigh(t: v128, v: v128): v128 {
  return f64x2.add(t, f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0)));
}

/** Both pairs of float64 times f, as float32. */
// @ts-ignore: decorator
@inline
export function demote(low: v128, high: v128, f: v128): v128 {
  const a = f32x4.demote_f64x2_zero(f64x2.mul(low, f));
  const b = f32x4.demote_f64x2_zero(f64x2.mul(high, f));
  return v128.shuffle<i64>(a, b, 0, 2);
}

/** out = f T down 16 columns of `rows` rows, `stride` bytes apart; means [16]. */
function down16<T>(
  x: usize,
  rows: i32,
  stride: usize,
  mean: usize,
  out: usize,
  f: f64,
): void {
  const op = changetype<T>(0);
  const m0 = v128.load(mean), m1 = v128.load(mean, 16);
  const m2 = v128.load(mean, 32), m3 = v128.load(mean, 48);
  let a0 = zeros(), a1 = zeros(), b0 = zeros(), b1 = zeros();
  let c0 = zeros(), c1 = zeros(), d0 = zeros(), d1 = zeros();
  while (rows > 0) {
    let a = zeros(), b = zeros(), c = zeros(), d = zeros();
    let left = min(rows, <i32> Block.Rows);
    rows -= left;
    do {
      a = op.add(a, v128.load(x), m0, m0);
      b = op.add(b, v128.load(x, 16), m1, m1);
      c = op.add(c, v128.load(x, 32), m2, m2);
      d = op.add(d, v128.load(x, 48), m3, m3);
      x += stride;
    } while (--left);
    a0 = addLow(a0, a);
    a1 = addHigh(a1, a);
    b0 = addLow(b0, b);
    b1 = addHigh(b1, b);
    c0 = addLow(c0, c);
    c1 = addHigh(c1, c);
    d0 = addLow(d0, d);
    d1 = addHigh(d1, d);
  }
  const g = f64x2.splat(f);
  v128.store(out, demote(b0, b1, g), 16);
  v128.store(out, demote(a0, a1, g));
  v128.store(out, demote(d0, d1, g), 48);
  v128.store(out, demote(c0, c1, g), 32);
}

/** The same down n columns, 1 to 4. */
function down4<T>(
  x: usize,
  rows: i32,
  stride: usize,
  mean: usize,
  out: usize,
  f: f64,
  n: i32,
): void {
  const op = changetype<T>(0);
  const m = loadUpTo(mean, n);
  let low = zeros(), high = zeros();
  while (rows > 0) {
    let a = zeros();
    let left = min(rows, <i32> Block.Rows);
    rows -= left;
    do {
      a = op.add(a, loadUpTo(x, n), m, m);
      x += stride;
    } while (--left);
    low = addLow(low, a);
    high = addHigh(high, a);
  }
  storeUpTo(out, demote(low, high, f64x2.splat(f)), n);
}

/**
 * out [c] = f T down the columns of x [rows, c], for a T that reads no gradient; columns begin to
 * end. means [c] is read where T has none, too: any numbers will do.
 */
export function columnsOver<T>(
  x: usize,
  rows: i32,
  c: i32,
  mean: usize,
  out: usize,
  f: f64,
  begin: i32,
  end: i32,
): void {
  const stride = <usize>c << 2;
  let j = begin;
  for (; j + 16 <= end; j += 16) {
    down16<T>(at(x, j), rows, stride, at(mean, j), at(out, j), f);
  }
  for (; j < end; j += 4) {
    down4<T>(at(x, j), rows, stride, at(mean, j), at(out, j), f, min(end - j, 4));
  }
}

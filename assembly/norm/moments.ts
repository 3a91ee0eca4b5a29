// Sums for normalisation, of x, of its squared distance from a mean, or of its product with a gradient:
// over spans of neighbours here, down columns in columns.ts. In float32 within blocks, the blocks in float64.

import { fma, loadPart, sumLanes, zeros } from "../simd";

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

// Limits to a range, and their gradient.

import { at, loadPart, storePart } from "../simd";

// @ts-ignore: decorator
@inline
function clamp4(x: v128, lo: v128, hi: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, lo), hi); // in this order NaN stays NaN
}

/** y = min(max(x, lo), hi), elements begin to end; NaN stays. y may be x. */
export function clamp(x: usize, y: usize, lo: f32, hi: f32, begin: i32, end: i32): void {
  x = at(x, begin);
  y = at(y, begin);
  let n = end - begin;
  const l = f32x4.splat(lo), h = f32x4.splat(hi);
  for (; n >= 8; n -= 8, x += 32, y += 32) {
    const a = clamp4(v128.load(x), l, h), b = clamp4(v128.load(x, 16), l, h);
    v128.store(y, b, 16);
    v128.store(y, a);
  }
  if (n >= 4) {
    v128.store(y, clamp4(v128.load(x), l, h));
    x += 16;
    y += 16;
    n -= 4;
  }
  if (n) storePart(y, clamp4(loadPart(x, n, l), l, h), n);
}

// @ts-ignore: decorator
@inline
function clampGrad4(x: v128, dy: v128, lo: v128, hi: v128): v128 {
  return v128.and(dy, v128.and(f32x4.ge(x, lo), f32x4.le(x, hi)));
}

/** dx = dy where lo <= x <= hi, else 0; elements begin to end. dx may be dy. */
export function clampGrad(
  x: usize,
  dy: usize,
  dx: usize,
  lo: f32,
  hi: f32,
  begin: i32,
  end: i32,
): void {
  x = at(x, begin);
  dy = at(dy, begin);
  dx = at(dx, begin);
  let n = end - begin;
  const l = f32x4.splat(lo), h = f32x4.splat(hi);
  for (; n >= 8; n -= 8, x += 32, dy += 32, dx += 32) {
    const a = clampGrad4(v128.load(x), v128.load(dy), l, h);
    const b = clampGrad4(v128.load(x, 16), v128.load(dy, 16), l, h);
    v128.store(dx, b, 16);
    v128.store(dx, a);
  }
  if (n >= 4) {
    v128.store(dx, clampGrad4(v128.load(x), v128.load(dy), l, h));
    x += 16;
    dy += 16;
    dx += 16;
    n -= 4;
  }
  if (n) storePart(dx, clampGrad4(loadPart(x, n, l), loadPart(dy, n, l), l, h), n);
}

// Sine and cosine.
//
//   x = q π/2 + r, q an integer, |r| <= π/4
//
// The reduction is made in float64, where r keeps float32's digits up to LIMIT; beyond it x comes
// as its rest of 2π first, made of as many digits of 1/2π as that takes. The polynomials are minimax
// fits, right to 4e-9.

import { fma, swapHalves } from "../simd";

/** 2^23, from which on all numbers are whole. */
// @ts-ignore: decorator
@inline
const LIMIT: f32 = 8388608.0;
/** 1.5 * 2^52: adding it rounds to an integer, which then stands in the low word. */
// @ts-ignore: decorator
@inline
const ROUND: f64 = 6755399441055744.0;

// Digits of 1/2π, 64 bits each.
// @ts-ignore: decorator
@inline
const FIRST: u64 = 0x28be60db9391054a;
// @ts-ignore: decorator
@inline
const SECOND: u64 = 0x7f09d5f47d4d3770;
// @ts-ignore: decorator
@inline
const THIRD: u64 = 0x36d8a5664f10e410;

/** x less a multiple of 2π, where |x| is at least LIMIT and finite; else x. */
function rest(x: f64): f64 {
  const bits = reinterpret<i32>(<f32>x);
  const exponent = (bits >> 23 & 255) - 150; // x = ±m 2^exponent, m an integer of 24 bits
  if (exponent < 0 || exponent == 105) return x;
  const far = exponent >= 64;
  const shift: u64 = exponent & 63;
  const first: u64 = far ? SECOND : FIRST;
  const second: u64 = far ? THIRD : SECOND;
  // Turns of the circle in units of 2^-64: whole turns are cut off by the multiplication.
  const digits = first << shift | second >> 1 >> (63 - shift);
  const turns = <i64>(digits * <u64>(bits & 0x7fffff | 0x800000));
  return copysign<f64>(1, x) * (<f64>turns * 3.4061215800304646e-19);
}

/** Both lanes. */
function rests(x: v128): v128 {
  const first = f64x2.splat(rest(f64x2.extract_lane(x, 0)));
  return f64x2.replace_lane(first, 1, rest(f64x2.extract_lane(x, 1)));
}

/** sin(x + quarters π/2). */
// @ts-ignore: decorator
@inline
export function sine(x: v128, quarters: i32): v128 {
  let x0 = f64x2.promote_low_f32x4(x);
  let x1 = f64x2.promote_low_f32x4(swapHalves(x));
  if (v128.any_true(f32x4.ge(f32x4.abs(x), f32x4.splat(LIMIT)))) {
    x0 = rests(x0), x1 = rests(x1);
  }
  const round = f64x2.splat(ROUND);
  const t0 = f64x2.add(f64x2.mul(x0, f64x2.splat(2 / Math.PI)), round);
  const t1 = f64x2.add(f64x2.mul(x1, f64x2.splat(2 / Math.PI)), round);
  const half = f64x2.splat(Math.PI / 2);
  const r0 = f64x2.sub(x0, f64x2.mul(f64x2.sub(t0, round), half));
  const r1 = f64x2.sub(x1, f64x2.mul(f64x2.sub(t1, round), half));
  const r = v128.shuffle<i32>(
    f32x4.demote_f64x2_zero(r0),
    f32x4.demote_f64x2_zero(r1),
    0,
    1,
    4,
    5,
  );
  const q = i32x4.add(v128.shuffle<i32>(t0, t1, 0, 2, 4, 6), i32x4.splat(quarters));
  const z = f32x4.mul(r, r);
  let s = fma(f32x4.splat(-0.00019515), z, f32x4.splat(0.00833216));
  s = fma(s, z, f32x4.splat(-0.16666655));
  s = fma(f32x4.mul(r, z), s, r);
  let c = fma(f32x4.splat(2.44324257e-5), z, f32x4.splat(-1.388731e-3));
  c = fma(c, z, f32x4.splat(4.16666456e-2));
  c = fma(c, z, f32x4.splat(-0.5));
  c = fma(c, z, f32x4.splat(1));
  const isOdd = i32x4.neg(v128.and(q, i32x4.splat(1)));
  const sign = i32x4.shl(v128.and(q, i32x4.splat(2)), 30);
  return v128.xor(v128.bitselect(c, s, isOdd), sign);
}

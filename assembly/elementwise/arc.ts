// Arc tangent, arc sine and arc cosine: x + x³ P(x²) on [0, 1] and [0, ½], minimax fits right to 2e-8.
//
//   atan a = π/2 - atan(1 / a)                 where a > 1
//   asin a = π/2 - 2 asin √((1 - a) / 2)       where a > ½

import { curve, Everywhere } from "./curve";
import { fma } from "../simd";

/** The sign of x alone. */
// @ts-ignore: decorator
@inline
function sign(x: v128): v128 {
  return v128.and(x, i32x4.splat(0x80000000));
}

@unmanaged
class Arctangent extends Everywhere {
  @inline
  k(i: i32): f32 {
    if (i == 0) return -0.33333152532577515;
    if (i == 1) return 0.19993773102760315;
    if (i == 2) return -0.14211055636405945;
    if (i == 3) return 0.10666003823280334;
    if (i == 4) return -0.07552211731672287;
    if (i == 5) return 0.04321182519197464;
    if (i == 6) return -0.016367904841899872;
    if (i == 7) return 0.0029206860344856977;
    if (i == 8) return 1.0;
    if (i == 9) return 1.5707963267948966;
    return -0.0;
  }
  @inline
  f(
    x: v128,
    p0: v128,
    p1: v128,
    p2: v128,
    p3: v128,
    p4: v128,
    p5: v128,
    p6: v128,
    p7: v128,
    one: v128,
    quarter: v128,
    bit: v128,
    _k11: v128,
    _k12: v128,
    _k13: v128,
  ): v128 {
    const a = f32x4.abs(x), isLarge = f32x4.gt(a, one);
    const t = f32x4.div(f32x4.pmin(a, one), f32x4.pmax(a, one)); // NaN stays
    const z = f32x4.mul(t, t);
    let p = fma(p7, z, p6);
    p = fma(p, z, p5);
    p = fma(p, z, p4);
    p = fma(p, z, p3);
    p = fma(p, z, p2);
    p = fma(p, z, p1);
    p = fma(p, z, p0);
    const y = fma(f32x4.mul(t, z), p, t);
    const other = v128.bitselect(f32x4.sub(quarter, y), y, isLarge);
    return v128.or(other, v128.and(x, bit));
  }
}

/** The numbers of arc sine and arc cosine. */
// @ts-ignore: decorator
@inline
function number(i: i32): f32 {
  if (i == 0) return 0.16666752099990845;
  if (i == 1) return 0.07495297491550446;
  if (i == 2) return 0.045470379292964935;
  if (i == 3) return 0.024179501459002495;
  if (i == 4) return 0.0421663336455822;
  if (i == 5) return 0.5;
  if (i == 6) return 1.5707963267948966;
  return -2.0;
}

@unmanaged
class Arcsine extends Everywhere {
  @inline
  k(i: i32): f32 {
    return number(i);
  }
  @inline
  f(
    x: v128,
    p0: v128,
    p1: v128,
    p2: v128,
    p3: v128,
    p4: v128,
    half: v128,
    quarter: v128,
    minusTwo: v128,
    _k8: v128,
    _k9: v128,
    _k10: v128,
    _k11: v128,
    _k12: v128,
    _k13: v128,
  ): v128 {
    const a = f32x4.abs(x), isLarge = f32x4.gt(a, half);
    const y = arc(a, isLarge, p0, p1, p2, p3, p4, half);
    return v128.or(v128.bitselect(fma(y, minusTwo, quarter), y, isLarge), sign(x));
  }
}

/** asin a, or asin √((1 - a) / 2). */
// @ts-ignore: decorator
@inline
function arc(
  a: v128,
  isLarge: v128,
  p0: v128,
  p1: v128,
  p2: v128,
  p3: v128,
  p4: v128,
  half: v128,
): v128 {
  const z = v128.bitselect(f32x4.sub(half, f32x4.mul(a, half)), f32x4.mul(a, a), isLarge);
  const t = v128.bitselect(f32x4.sqrt(z), a, isLarge);
  let p = fma(p4, z, p3);
  p = fma(p, z, p2);
  p = fma(p, z, p1);
  p = fma(p, z, p0);
  return fma(f32x4.mul(t, z), p, t);
}

/** π/2 less the arc sine; near 1, where that leaves no digits, 2 asin √((1 - x) / 2), near -1 π less it. */
@unmanaged
class Arccosine extends Everywhere {
  @inline
  k(i: i32): f32 {
    return number(i);
  }
  @inline
  f(
    x: v128,
    p0: v128,
    p1: v128,
    p2: v128,
    p3: v128,
    p4: v128,
    half: v128,
    quarter: v128,
    minusTwo: v128,
    _k8: v128,
    _k9: v128,
    _k10: v128,
    _k11: v128,
    _k12: v128,
    _k13: v128,
  ): v128 {
    const a = f32x4.abs(x), isLarge = f32x4.gt(a, half);
    const y = arc(a, isLarge, p0, p1, p2, p3, p4, half);
    const left = v128.and(i32x4.shr_s(x, 31), f32x4.add(quarter, quarter));
    const from = v128.bitselect(left, quarter, isLarge);
    const step = v128.bitselect(f32x4.mul(y, minusTwo), y, isLarge);
    return f32x4.sub(from, v128.xor(step, sign(x)));
  }
}

/** y = atan(x), n elements. y may be x. */
export function atanSpan(x: usize, y: usize, n: i32): void {
  curve<Arctangent>(x, y, n);
}

/** y = asin(x), n elements; NaN beyond ±1. */
export function asinSpan(x: usize, y: usize, n: i32): void {
  curve<Arcsine>(x, y, n);
}

/** y = acos(x), n elements; NaN beyond ±1. */
export function acosSpan(x: usize, y: usize, n: i32): void {
  curve<Arccosine>(x, y, n);
}

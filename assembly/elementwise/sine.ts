// Sine, cosine and tangent.
//
//   x = q π + r, q an integer, |r| <= π/2; of the cosine an integer and a half; π/2 of the tangent
//
// Up to NEAR, π comes in four parts, of which q times each of the first three is exact. Beyond, the
// reduction is made in float64, where r keeps float32's digits up to LIMIT; from there on x comes as its
// rest of 2π first, made of as many digits of 1/2π as that takes. The polynomials are minimax fits,
// right to 6e-9.

import { curve } from "./curve";
import { fma, swapHalves } from "../simd";

/** 2^13, up to which q has at most 13 bits. */
// @ts-ignore: decorator
@inline
const NEAR: f32 = 8192.0;

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

/** x less a multiple of 2π, where |x| is at least 2^23, from which on all are whole, and finite; else x. */
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
  const turns = <i64> (digits * <u64> (bits & 0x7fffff | 0x800000));
  return copysign<f64>(1, x) * (<f64>turns * 3.4061215800304646e-19);
}

/** T's r of the two low lanes as the two low lanes, and q as the two high ones. */
function farQuotient<T>(x: v128): v128 {
  const op = changetype<T>(0);
  const round = f64x2.splat(ROUND), shift = f64x2.splat(<f64>op.shift());
  const first = f64x2.splat(rest(<f64>f32x4.extract_lane(x, 0)));
  const y = f64x2.replace_lane(first, 1, rest(<f64>f32x4.extract_lane(x, 1)));
  const turns = f64x2.mul(y, f64x2.splat(2 / Math.PI / <f64>op.period()));
  const t = f64x2.add(f64x2.sub(turns, shift), round);
  const n = f64x2.add(f64x2.sub(t, round), shift);
  const r = f64x2.sub(y, f64x2.mul(n, f64x2.splat(Math.PI / 2 * <f64>op.period())));
  return v128.shuffle<i32>(f32x4.demote_f64x2_zero(r), t, 0, 1, 4, 6);
}

/** x + x³ P(x²), the sine to π/4 or, of a longer P, to π/2. */
// @ts-ignore: decorator
@inline
function cubic(r: v128, z: v128, p: v128): v128 {
  return fma(f32x4.mul(r, z), p, r);
}

/** sin r where q is even, else -sin r. */
@unmanaged
class Sine {
  /** Of which r is a rest, in quarters of the circle. */
  @inline
  period(): f32 {
    return 2;
  }
  /** What r's quotient is more than a whole number. */
  @inline
  shift(): f32 {
    return 0;
  }
  /** Whether r loses the sign of -0. */
  @inline
  isSigned(): bool {
    return true;
  }
  @inline
  k(i: i32): f32 {
    if (i == 6) return -0.16666659712791443;
    if (i == 7) return 0.00833306647837162;
    if (i == 8) return -0.00019809597870334983;
    return 2.605767349450616e-6;
  }
  @inline
  made(
    r: v128,
    q: v128,
    k6: v128,
    k7: v128,
    k8: v128,
    k9: v128,
    _k10: v128,
    _k11: v128,
    _k12: v128,
    _k13: v128,
  ): v128 {
    const z = f32x4.mul(r, r);
    const p = fma(fma(fma(k9, z, k8), z, k7), z, k6);
    return v128.xor(cubic(r, z, p), i32x4.shl(q, 31));
  }
}

/** The sine of r, x being (q - ½) π + r. */
@unmanaged
class Cosine {
  @inline
  period(): f32 {
    return 2;
  }
  @inline
  shift(): f32 {
    return -0.5;
  }
  /** Whether r loses the sign of -0. */
  @inline
  isSigned(): bool {
    return false;
  }
  @inline
  k(i: i32): f32 {
    if (i == 10) return 0.5;
    return changetype<Sine>(0).k(i);
  }
  @inline
  made(
    r: v128,
    q: v128,
    k6: v128,
    k7: v128,
    k8: v128,
    k9: v128,
    k10: v128,
    k11: v128,
    k12: v128,
    k13: v128,
  ): v128 {
    return changetype<Sine>(0).made(r, q, k6, k7, k8, k9, k10, k11, k12, k13);
  }
}

/** sin r / cos r where q is even, else -cos r / sin r. */
@unmanaged
class Tangent {
  @inline
  period(): f32 {
    return 1;
  }
  @inline
  shift(): f32 {
    return 0;
  }
  /** Whether r loses the sign of -0. */
  @inline
  isSigned(): bool {
    return false;
  }
  @inline
  k(i: i32): f32 {
    if (i == 6) return -0.16666655;
    if (i == 7) return 0.00833216;
    if (i == 8) return -0.00019515;
    if (i == 9) return -0.5;
    if (i == 10) return 4.16666456e-2;
    if (i == 11) return -1.388731e-3;
    if (i == 12) return 2.44324257e-5;
    return 1.0;
  }
  @inline
  made(
    r: v128,
    q: v128,
    k6: v128,
    k7: v128,
    k8: v128,
    k9: v128,
    k10: v128,
    k11: v128,
    k12: v128,
    k13: v128,
  ): v128 {
    const z = f32x4.mul(r, r), isOdd = i32x4.shr_s(i32x4.shl(q, 31), 31);
    const s = f32x4.mul(r, fma(fma(fma(k8, z, k7), z, k6), z, k13)); // which keeps the sign of -0
    const c = fma(fma(fma(fma(k12, z, k11), z, k10), z, k9), z, k13);
    const quotient = f32x4.div(v128.bitselect(c, s, isOdd), v128.bitselect(s, c, isOdd));
    return v128.xor(quotient, i32x4.shl(isOdd, 31));
  }
}

/** T's function; of |x|, with the sign of x, where that of 0 would get lost. */
@unmanaged
class Of<T> {
  @inline
  isRanked(): bool {
    return true;
  }
  @inline
  by(): f32 {
    return reinterpret<f32>(0x7fffffff);
  }
  @inline
  most(): i32 {
    return reinterpret<i32>(NEAR);
  }
  /** |x| as an integer, above NEAR where it is NaN, too. */
  @inline
  rank(x: v128, by: v128, _k2: v128): v128 {
    return v128.and(x, by);
  }
  @inline
  k(i: i32): f32 {
    const op = changetype<T>(0);
    if (i == 0) return 0.6366197723675814 / op.period(); // 2/π
    if (i == 1) return 12582912.0; // 1.5 * 2^23: adding it rounds to an integer in the low bits
    if (i == 2) return -1.5703125 * op.period(); // -π/2
    if (i == 3) return -0.0004837512969970703 * op.period();
    if (i == 4) return -7.549533620476723e-8 * op.period();
    if (i == 5) return -2.5633440682570896e-12 * op.period();
    return op.k(i);
  }
  @inline
  f(
    x: v128,
    turn: v128,
    round: v128,
    p0: v128,
    p1: v128,
    p2: v128,
    p3: v128,
    k6: v128,
    k7: v128,
    k8: v128,
    k9: v128,
    k10: v128,
    k11: v128,
    k12: v128,
    k13: v128,
  ): v128 {
    const op = changetype<T>(0), isEven = op.shift() != 0, isSigned = op.isSigned();
    const a = isSigned ? f32x4.abs(x) : x;
    const t = isEven ? f32x4.add(fma(a, turn, k10), round) : fma(a, turn, round);
    const n = isEven ? f32x4.sub(f32x4.sub(t, round), k10) : f32x4.sub(t, round);
    const r = fma(n, p3, fma(n, p2, fma(n, p1, fma(n, p0, a))));
    const y = op.made(r, t, k6, k7, k8, k9, k10, k11, k12, k13);
    return isSigned ? v128.xor(y, v128.and(x, i32x4.splat(0x80000000))) : y;
  }
  @inline
  far(x: v128, y: v128): v128 {
    return far<T>(x, y);
  }
}

/** y, but T's values where |x| is above NEAR. */
function far<T>(x: v128, y: v128): v128 {
  const low = farQuotient<T>(x), high = farQuotient<T>(swapHalves(x));
  const r = v128.shuffle<i64>(low, high, 0, 2), q = v128.shuffle<i64>(low, high, 1, 3);
  const op = changetype<T>(0);
  const made = op.made(
    r,
    q,
    f32x4.splat(op.k(6)),
    f32x4.splat(op.k(7)),
    f32x4.splat(op.k(8)),
    f32x4.splat(op.k(9)),
    f32x4.splat(op.k(10)),
    f32x4.splat(op.k(11)),
    f32x4.splat(op.k(12)),
    f32x4.splat(op.k(13)),
  );
  return v128.bitselect(made, y, f32x4.gt(f32x4.abs(x), f32x4.splat(NEAR)));
}

/** y = sin(x), n elements. y may be x. */
export function sinSpan(x: usize, y: usize, n: i32): void {
  curve<Of<Sine>>(x, y, n);
}

/** y = cos(x), n elements. */
export function cosSpan(x: usize, y: usize, n: i32): void {
  curve<Of<Cosine>>(x, y, n);
}

/** y = tan(x), n elements. */
export function tanSpan(x: usize, y: usize, n: i32): void {
  curve<Of<Tangent>>(x, y, n);
}

// log: x = 2^n (1 + f), 1 + f between √½ and √2; log(x) = n ln 2 + f + f² (f P(f) - ½).
//
// P is the minimax fit of degree 7 in relative error (6e-9 on its own): right to 1 unit in the last
// place over the whole range, denormals included.

import { curve } from "./curve";
import { fma, zeros } from "../simd";

// @ts-ignore: decorator
@inline
const LN2_HI: f32 = 0.693359375;
// @ts-ignore: decorator
@inline
const LN2_LO: f32 = -0.00021219444170128554;
/** P's coefficients; or those of degree 6, right to 3e-8. */
// @ts-ignore: decorator
@inline
function coefficient(i: i32, short: bool): f32 {
  if (i == 0) return short ? 0.3333390951156616 : 0.3333333134651184;
  if (i == 1) return short ? -0.2500133812427521 : -0.2500081956386566;
  if (i == 2) return short ? 0.19963063299655914 : 0.20001226663589478;
  if (i == 3) return short ? -0.1657758355140686 : -0.16623356938362122;
  if (i == 4) return short ? 0.14914770424365997 : 0.14201755821704865;
  if (i == 5) return short ? -0.14267490804195404 : -0.13160185515880585;
  if (i == 6) return short ? 0.08700433373451233 : 0.12761594355106354;
  return -0.07634509354829788;
}
/** The bits of √½ are where the exponent steps; those of the smallest normal number are 2^23. */
const enum Bits {
  SqrtHalf = 0x3f3504f3,
  Normal = 0x00800000,
  /** The sign's and the exponent's. */
  Exponent = 0xff800000,
}

/** 2^-23. */
// @ts-ignore: decorator
@inline
const STEP: f32 = 1.1920928955078125e-07;

/** a * b + c, in two roundings everywhere where the numbers must not depend on the build. */
// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128, fused: bool): v128 {
  return fused ? fma(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** n ln 2 + f + f² (f P - ½). */
// @ts-ignore: decorator
@inline
function natural(
  n: v128,
  f: v128,
  p: v128,
  hi: v128,
  lo: v128,
  minusHalf: v128,
): v128 {
  // The smallest terms first, n hi, which is exact, last.
  const rest = fma(f32x4.mul(f, f), fma(p, f, minusHalf), f32x4.mul(n, lo));
  return fma(n, hi, f32x4.add(f, rest));
}

/** log(x). */
@unmanaged
class Log {
  @inline
  isShort(): bool {
    return false;
  }
  @inline
  isByItself(): bool {
    return false;
  }
  @inline
  argument(x: v128, _one: v128): v128 {
    return x;
  }
  @inline
  sum(
    n: v128,
    f: v128,
    p: v128,
    hi: v128,
    lo: v128,
    minusHalf: v128,
    _unit: v128,
    _fused: bool,
  ): v128 {
    return natural(n, f, p, hi, lo, minusHalf);
  }
  @inline
  result(_x: v128, _argument: v128, y: v128, _one: v128): v128 {
    return y;
  }
}

/** log(x) of other kernels, whose bits stay as they are: f³ P and f²/2 are added one by one. */
@unmanaged
class LogByItself {
  @inline
  isShort(): bool {
    return false;
  }
  @inline
  isByItself(): bool {
    return true;
  }
  @inline
  argument(x: v128, _one: v128): v128 {
    return x;
  }
  @inline
  sum(
    n: v128,
    f: v128,
    p: v128,
    hi: v128,
    lo: v128,
    minusHalf: v128,
    _unit: v128,
    fused: bool,
  ): v128 {
    const ff = f32x4.mul(f, f);
    let sum = madd(n, lo, f32x4.mul(f32x4.mul(ff, f), p), fused);
    sum = madd(ff, minusHalf, sum, fused);
    return madd(n, hi, f32x4.add(f, sum), fused);
  }
  @inline
  result(_x: v128, _argument: v128, y: v128, _one: v128): v128 {
    return y;
  }
}

/** The logarithm to another base: that of 2 is hi + lo, that of e the unit. */
@unmanaged
class OtherBase {
  @inline
  isShort(): bool {
    return true;
  }
  @inline
  isByItself(): bool {
    return false;
  }
  @inline
  argument(x: v128, _one: v128): v128 {
    return x;
  }
  @inline
  sum(
    n: v128,
    f: v128,
    p: v128,
    hi: v128,
    lo: v128,
    minusHalf: v128,
    unit: v128,
    _fused: bool,
  ): v128 {
    const log = fma(f32x4.mul(f, f), fma(p, f, minusHalf), f);
    return fma(n, hi, fma(n, lo, f32x4.mul(log, unit)));
  }
  @inline
  result(_x: v128, _argument: v128, y: v128, _one: v128): v128 {
    return y;
  }
}

/** log(1 + x): the logarithm of the sum, and what its rounding leaves out. */
@unmanaged
class Log1p {
  @inline
  isShort(): bool {
    return false;
  }
  @inline
  isByItself(): bool {
    return false;
  }
  @inline
  argument(x: v128, one: v128): v128 {
    return f32x4.add(one, x);
  }
  @inline
  sum(
    n: v128,
    f: v128,
    p: v128,
    hi: v128,
    lo: v128,
    minusHalf: v128,
    _unit: v128,
    _fused: bool,
  ): v128 {
    return natural(n, f, p, hi, lo, minusHalf);
  }
  @inline
  result(x: v128, argument: v128, y: v128, one: v128): v128 {
    const left = f32x4.sub(x, f32x4.sub(argument, one));
    return f32x4.add(y, f32x4.div(left, argument));
  }
}

/** T of four lanes that are positive, finite and, unless `scales`, not denormal. */
// @ts-ignore: decorator
@inline
function step<T>(
  x: v128,
  sqrtHalf: v128,
  whole: v128,
  one: v128,
  ln2Hi: v128,
  ln2Lo: v128,
  minusHalf: v128,
  p0: v128,
  p1: v128,
  p2: v128,
  p3: v128,
  p4: v128,
  p5: v128,
  p6: v128,
  p7: v128,
  unit: v128,
  fused: bool,
  scales: bool,
): v128 {
  let y = x, tiny = zeros();
  if (scales) { // denormal, 0 or negative: 2^23 times as large first
    tiny = f32x4.lt(x, i32x4.splat(Bits.Normal));
    y = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608.0)), x, tiny);
  }
  const exponent = v128.and(i32x4.sub(y, sqrtHalf), whole);
  y = i32x4.sub(y, exponent);
  let n = f32x4.convert_i32x4_s(exponent); // 2^23 times as large: the logarithm of 2 is as much smaller
  if (scales) n = f32x4.sub(n, v128.and(tiny, f32x4.splat(192937984.0)));
  const f = f32x4.sub(y, one);
  let p: v128;
  if (changetype<T>(0).isByItself()) {
    p = madd(p7, f, p6, fused);
    p = madd(p, f, p5, fused);
    p = madd(p, f, p4, fused);
    p = madd(p, f, p3, fused);
    p = madd(p, f, p2, fused);
    p = madd(p, f, p1, fused);
    p = madd(p, f, p0, fused);
  } else { // in pairs: a chain of additions would be what takes the time
    const ff = f32x4.mul(f, f);
    const low = fma(fma(p3, f, p2), ff, fma(p1, f, p0));
    const high = fma(changetype<T>(0).isShort() ? p6 : fma(p7, f, p6), ff, fma(p5, f, p4));
    p = fma(high, f32x4.mul(ff, ff), low);
  }
  return changetype<T>(0).sum(n, f, p, ln2Hi, ln2Lo, minusHalf, unit, fused);
}

/** Where x is positive and finite. */
// @ts-ignore: decorator
@inline
function ordinary(x: v128): v128 {
  return v128.and(f32x4.gt(x, zeros()), f32x4.lt(x, f32x4.splat(Infinity)));
}

/** The result, but 0 gives -infinity, a negative x NaN, infinity and NaN themselves. */
// @ts-ignore: decorator
@inline
function special(x: v128, result: v128): v128 {
  const atZero = v128.bitselect(f32x4.splat(-Infinity), f32x4.splat(NaN), f32x4.eq(x, zeros()));
  const other = v128.bitselect(atZero, x, f32x4.le(x, zeros()));
  return v128.bitselect(result, other, ordinary(x));
}

/** T of any four lanes. */
// @ts-ignore: decorator
@inline
function any<T>(x: v128, hi: f32, lo: f32, unit: f32, fused: bool): v128 {
  const op = changetype<T>(0);
  const one = f32x4.splat(1), argument = op.argument(x, one);
  const result = step<T>(
    argument,
    i32x4.splat(Bits.SqrtHalf),
    i32x4.splat(Bits.Exponent),
    one,
    f32x4.splat(hi * STEP),
    f32x4.splat(lo * STEP),
    f32x4.splat(-0.5),
    f32x4.splat(coefficient(0, op.isShort())),
    f32x4.splat(coefficient(1, op.isShort())),
    f32x4.splat(coefficient(2, op.isShort())),
    f32x4.splat(coefficient(3, op.isShort())),
    f32x4.splat(coefficient(4, op.isShort())),
    f32x4.splat(coefficient(5, op.isShort())),
    f32x4.splat(coefficient(6, op.isShort())),
    f32x4.splat(coefficient(7, op.isShort())),
    f32x4.splat(unit),
    fused,
    true,
  );
  return special(argument, op.result(x, argument, result, one));
}

/** log of four lanes; `fused` as in the loops, or false for the same bits in both builds. */
// @ts-ignore: decorator
@inline
export function log4(x: v128, fused: bool): v128 {
  return any<LogByItself>(x, LN2_HI, LN2_LO, 1, fused);
}

/** log of one number. */
export function log1(x: f32): f32 {
  return f32x4.extract_lane(log4(f32x4.splat(x), true), 0);
}

/** T of any four lanes, by themselves: among a thousand the few that are not ordinary. */
function rare<T>(x: v128, hi: f32, lo: f32, unit: f32): v128 {
  return any<T>(x, hi, lo, unit, true);
}

/** T as a curve; hi + lo is the logarithm of 2, `unit` that of e, of those that have one. */
@unmanaged
class Curve<T, Base> {
  @inline
  isRanked(): bool {
    return true;
  }
  /** The bits of positive normal numbers stay positive and in order when those of the smallest are added. */
  @inline
  by(): f32 {
    return reinterpret<f32>(-1 - Bits.Normal);
  }
  @inline
  most(): i32 {
    return -1 - 2 * Bits.Normal;
  }
  /** That of infinity and NaN, and of what is negative, is above `most` as that of denormal numbers is. */
  @inline
  rank(x: v128, by: v128, one: v128): v128 {
    return i32x4.sub(by, changetype<T>(0).argument(x, one));
  }
  @inline
  far(x: v128, _y: v128): v128 {
    const base = changetype<Base>(0);
    return rare<T>(x, base.hi(), base.lo(), base.unit());
  }
  @inline
  k(i: i32): f32 {
    const isShort = changetype<T>(0).isShort(), base = changetype<Base>(0);
    if (i == 0) return reinterpret<f32>(Bits.SqrtHalf);
    if (i == 1) return reinterpret<f32>(Bits.Exponent);
    if (i == 2) return 1.0;
    if (i == 3) return base.hi() * STEP;
    if (i == 4) return base.lo() * STEP;
    if (i == 5) return -0.5;
    if (i == 13 && isShort) return base.unit();
    return coefficient(i - 6, isShort);
  }
  @inline
  f(
    x: v128,
    half: v128,
    whole: v128,
    one: v128,
    hi: v128,
    lo: v128,
    m: v128,
    p0: v128,
    p1: v128,
    p2: v128,
    p3: v128,
    p4: v128,
    p5: v128,
    p6: v128,
    last: v128,
  ): v128 {
    const op = changetype<T>(0), u = op.argument(x, one);
    // deno-fmt-ignore
    const y = step<T>(
      u, half, whole, one, hi, lo, m, p0, p1, p2, p3, p4, p5, p6, last, last, true, false,
    );
    return op.result(x, u, y, one);
  }
}

@unmanaged
class Natural {
  @inline
  hi(): f32 {
    return LN2_HI;
  }
  @inline
  lo(): f32 {
    return LN2_LO;
  }
  @inline
  unit(): f32 {
    return 1;
  }
}

@unmanaged
class Two {
  @inline
  hi(): f32 {
    return 1;
  }
  @inline
  lo(): f32 {
    return 0;
  }
  @inline
  unit(): f32 {
    return 1.4426950408889634;
  }
}

@unmanaged
class Ten {
  @inline
  hi(): f32 {
    return 0.301025390625;
  }
  @inline
  lo(): f32 {
    return 4.605038981195214e-6;
  }
  @inline
  unit(): f32 {
    return 0.4342944819032518;
  }
}

/** y = log(x), n elements. */
export function logSpan(x: usize, y: usize, n: i32): void {
  curve<Curve<Log, Natural>>(x, y, n);
}

/** y = log2(x), n elements. */
export function log2Span(x: usize, y: usize, n: i32): void {
  curve<Curve<OtherBase, Two>>(x, y, n);
}

/** y = log10(x), n elements. */
export function log10Span(x: usize, y: usize, n: i32): void {
  curve<Curve<OtherBase, Ten>>(x, y, n);
}

/** y = log(1 + x), n elements. */
export function log1pSpan(x: usize, y: usize, n: i32): void {
  curve<Curve<Log1p, Natural>>(x, y, n);
}

// log: x = 2^n (1 + f), 1 + f between √½ and √2; log(x) = n ln 2 + f - f²/2 + f³ P(f).
//
// P is the minimax fit of degree 7 in relative error (6e-9 on its own): right to 1 unit in the last
// place over the whole range, denormals included.

import { fma, hoisted, loadPart, storePart, zeros } from "../simd";
import { WIDE } from "../target";

// @ts-ignore: decorator
@inline
const LN2_HI: f32 = 0.693359375;
// @ts-ignore: decorator
@inline
const LN2_LO: f32 = -0.00021219444170128554;
// @ts-ignore: decorator
@inline
const P0: f32 = 0.3333333134651184;
// @ts-ignore: decorator
@inline
const P1: f32 = -0.2500081956386566;
// @ts-ignore: decorator
@inline
const P2: f32 = 0.20001226663589478;
// @ts-ignore: decorator
@inline
const P3: f32 = -0.16623356938362122;
// @ts-ignore: decorator
@inline
const P4: f32 = 0.14201755821704865;
// @ts-ignore: decorator
@inline
const P5: f32 = -0.13160185515880585;
// @ts-ignore: decorator
@inline
const P6: f32 = 0.12761594355106354;
// @ts-ignore: decorator
@inline
const P7: f32 = -0.07634509354829788;
/** The bits of √½ are where the exponent steps; those of the smallest normal number are 2^23. */
const enum Bits {
  SqrtHalf = 0x3f3504f3,
  Normal = 0x00800000,
}

/** a * b + c, in two roundings everywhere where the numbers must not depend on the build. */
// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128, fused: bool): v128 {
  return fused ? fma(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** The natural logarithm of 2^n (1 + f). */
// @ts-ignore: decorator
@inline
function natural(n: v128, f: v128, p: v128, hi: v128, lo: v128, fused: bool): v128 {
  // Smallest terms first: n lo and f³ P, then f²/2, then the exact f and n hi.
  const ff = f32x4.mul(f, f);
  let sum = madd(n, lo, f32x4.mul(f32x4.mul(ff, f), p), fused);
  sum = madd(ff, f32x4.splat(-0.5), sum, fused);
  return madd(n, hi, f32x4.add(f, sum), fused);
}

/** log(x). */
@unmanaged
class Log {
  @inline
  argument(x: v128, _one: v128): v128 {
    return x;
  }
  @inline
  sum(n: v128, f: v128, p: v128, hi: v128, lo: v128, _unit: v128, fused: bool): v128 {
    return natural(n, f, p, hi, lo, fused);
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
  argument(x: v128, _one: v128): v128 {
    return x;
  }
  @inline
  sum(n: v128, f: v128, p: v128, hi: v128, lo: v128, unit: v128, fused: bool): v128 {
    const ff = f32x4.mul(f, f);
    const rest = madd(ff, f32x4.splat(-0.5), f32x4.mul(f32x4.mul(ff, f), p), fused);
    return madd(n, hi, madd(n, lo, f32x4.mul(f32x4.add(f, rest), unit), fused), fused);
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
  argument(x: v128, one: v128): v128 {
    return f32x4.add(one, x);
  }
  @inline
  sum(n: v128, f: v128, p: v128, hi: v128, lo: v128, _unit: v128, fused: bool): v128 {
    return natural(n, f, p, hi, lo, fused);
  }
  @inline
  result(x: v128, argument: v128, y: v128, one: v128): v128 {
    const left = f32x4.sub(x, f32x4.sub(argument, one));
    return f32x4.add(y, f32x4.div(left, argument));
  }
}

/** log of four lanes that are positive and finite. */
// @ts-ignore: decorator
@inline
function step<T>(
  x: v128,
  normal: v128,
  one: v128,
  ln2Hi: v128,
  ln2Lo: v128,
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
): v128 {
  const tiny = f32x4.lt(x, normal); // denormal, 0 or negative: 2^23 times as large first
  const up = f32x4.splat(8388608.0);
  let y = v128.bitselect(f32x4.mul(x, up), x, tiny);
  const exponent = i32x4.shr_s(i32x4.sub(y, i32x4.splat(Bits.SqrtHalf)), 23);
  y = i32x4.sub(y, i32x4.shl(exponent, 23));
  const n = f32x4.sub(f32x4.convert_i32x4_s(exponent), v128.and(tiny, f32x4.splat(23.0)));
  const f = f32x4.sub(y, one);
  let p = madd(p7, f, p6, fused);
  p = madd(p, f, p5, fused);
  p = madd(p, f, p4, fused);
  p = madd(p, f, p3, fused);
  p = madd(p, f, p2, fused);
  p = madd(p, f, p1, fused);
  p = madd(p, f, p0, fused);
  return changetype<T>(0).sum(n, f, p, ln2Hi, ln2Lo, unit, fused);
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

/** log of four lanes; `fused` as in the loops, or false for the same bits in both builds. */
// @ts-ignore: decorator
@inline
export function log4(x: v128, fused: bool): v128 {
  const result = step<Log>(
    x,
    i32x4.splat(Bits.Normal),
    f32x4.splat(1),
    f32x4.splat(LN2_HI),
    f32x4.splat(LN2_LO),
    f32x4.splat(P0),
    f32x4.splat(P1),
    f32x4.splat(P2),
    f32x4.splat(P3),
    f32x4.splat(P4),
    f32x4.splat(P5),
    f32x4.splat(P6),
    f32x4.splat(P7),
    f32x4.splat(1),
    fused,
  );
  return v128.all_true<i32>(ordinary(x)) ? result : special(x, result);
}

/** log of one number. */
export function log1(x: f32): f32 {
  return f32x4.extract_lane(log4(f32x4.splat(x), true), 0);
}

/** y = T(x), n elements; hi + lo is the logarithm of 2, unit that of e. */
function run<T>(x: usize, y: usize, n: i32, hi: f32, lo: f32, unit: f32): void {
  const op = changetype<T>(0);
  const zero = n >> 31;
  const normal = hoisted(reinterpret<f32>(Bits.Normal), zero);
  const one = hoisted(1.0, zero);
  const ln2Hi = hoisted(hi, zero);
  const ln2Lo = hoisted(lo, zero);
  const p0 = hoisted(P0, zero);
  const p1 = hoisted(P1, zero);
  const p2 = hoisted(P2, zero);
  const p3 = hoisted(P3, zero);
  const p4 = hoisted(P4, zero);
  const p5 = hoisted(P5, zero);
  const p6 = hoisted(P6, zero);
  const p7 = hoisted(P7, zero);
  const e = hoisted(unit, zero);
  if (WIDE) {
    for (; n >= 8; n -= 8, x += 32, y += 32) {
      const v0 = v128.load(x), v1 = v128.load(x, 16);
      const x0 = op.argument(v0, one), x1 = op.argument(v1, one);
      let y0 = step<T>(x0, normal, one, ln2Hi, ln2Lo, p0, p1, p2, p3, p4, p5, p6, p7, e, true);
      let y1 = step<T>(x1, normal, one, ln2Hi, ln2Lo, p0, p1, p2, p3, p4, p5, p6, p7, e, true);
      y0 = op.result(v0, x0, y0, one);
      y1 = op.result(v1, x1, y1, one);
      if (!v128.all_true<i32>(v128.and(ordinary(x0), ordinary(x1)))) {
        y0 = special(x0, y0), y1 = special(x1, y1);
      }
      v128.store(y, y0);
      v128.store(y, y1, 16);
    }
  }
  for (; n > 0; n -= 4, x += 16, y += 16) {
    const v = n >= 4 ? v128.load(x) : loadPart(x, n, one);
    const u = op.argument(v, one);
    let w = step<T>(u, normal, one, ln2Hi, ln2Lo, p0, p1, p2, p3, p4, p5, p6, p7, e, true);
    w = op.result(v, u, w, one);
    if (!v128.all_true<i32>(ordinary(u))) w = special(u, w);
    if (n >= 4) v128.store(y, w);
    else storePart(y, w, n);
  }
}

/** y = log(x), n elements. */
export function logSpan(x: usize, y: usize, n: i32): void {
  run<Log>(x, y, n, LN2_HI, LN2_LO, 1);
}

/** y = log2(x), n elements. */
export function log2Span(x: usize, y: usize, n: i32): void {
  run<OtherBase>(x, y, n, 1, 0, 1.4426950408889634);
}

/** y = log10(x), n elements. */
export function log10Span(x: usize, y: usize, n: i32): void {
  run<OtherBase>(x, y, n, 0.301025390625, 4.605038981195214e-6, 0.4342944819032518);
}

/** y = log(1 + x), n elements. */
export function log1pSpan(x: usize, y: usize, n: i32): void {
  run<Log1p>(x, y, n, LN2_HI, LN2_LO, 1);
}

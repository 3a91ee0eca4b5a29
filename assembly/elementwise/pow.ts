// Power of float32 numbers, computed in float64: 2^(y log2 |x|), so the result is right to little more
// than half a unit in the last place.
//
//   log2 |x| = n + s P(s²),  s = (m - 1) / (m + 1),  |x| = m 2^n, m between √½ and √2
//   2^t = 2^k Q(t - k), k an integer, |t - k| <= ½
//
// P and Q are minimax fits, right to 4e-12 and 4e-11.

import { at, hoisted, loadUpTo, storeUpTo, swapHalves, zeros } from "../simd";

/** 1.5 * 2^52: a number of this size has an integer in its low bits. */
// @ts-ignore: decorator
@inline
const ROUND: f64 = 6755399441055744.0;

/** The bits of √½ are where the exponent steps. */
const enum Bits {
  SqrtHalf = 0x3f3504f3,
  Exponent = 0xff800000,
  /** The smallest normal number. */
  Normal = 0x00800000,
  Sign = 0x80000000,
}

/** Twice c, as `hoisted` does it. */
// @ts-ignore: decorator
@inline
function hoisted2(c: f64, zero: i32): v128 {
  return i64x2.splat(reinterpret<i64>(c) ^ <i64>zero);
}

/** a b + c, fused as `fma` is. */
// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  // @ts-ignore: a constant of the compiler, so only one branch is compiled
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(f64x2.mul(a, b), c);
}

/** (m 2^n)^y of the two low lanes, y finite, as two low lanes. */
// @ts-ignore: decorator
@inline
function half(
  m: v128,
  n: v128,
  y: v128,
  one: v128,
  bound: v128,
  p0: v128,
  p1: v128,
  p2: v128,
  p3: v128,
  p4: v128,
  q1: v128,
  q2: v128,
  q3: v128,
  q4: v128,
  q5: v128,
  q6: v128,
  q7: v128,
  round: v128,
): v128 {
  m = f64x2.promote_low_f32x4(m);
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one)), z = f64x2.mul(s, s);
  const zz = f64x2.mul(z, z);
  const p = madd(madd(p4, zz, madd(p3, z, p2)), zz, madd(p1, z, p0));
  let t = f64x2.mul(f64x2.promote_low_f32x4(y), madd(p, s, f64x2.convert_low_i32x4_s(n)));
  t = f64x2.pmax(f64x2.pmin(t, bound), f64x2.neg(bound)); // far outside float32 on either side
  const k = f64x2.add(t, round), r = f64x2.sub(t, f64x2.sub(k, round));
  const rr = f64x2.mul(r, r);
  const low = madd(madd(q3, r, q2), rr, madd(q1, r, one)), high = madd(madd(q7, r, q6), rr, madd(q5, r, q4));
  const q = madd(high, f64x2.mul(rr, rr), low);
  return f32x4.demote_f64x2_zero(i64x2.add(q, i64x2.shl(k, 52)));
}

/** |x|^y with the special values of IEEE 754's pow, from r, which is right where it is an ordinary number. */
function special(x: v128, y: v128, r: v128): v128 {
  const a = f32x4.abs(x), infinite = f32x4.splat(Infinity), one = f32x4.splat(1);
  const isEndless = f32x4.eq(a, infinite), isFar = f32x4.eq(f32x4.abs(y), infinite);
  const grows = f32x4.gt(a, one), isPositive = f32x4.gt(y, zeros());
  const edge = v128.or(v128.or(f32x4.eq(a, zeros()), isEndless), isFar);
  r = v128.bitselect(v128.andnot(infinite, v128.xor(grows, isPositive)), r, edge);
  r = v128.bitselect(one, r, v128.and(f32x4.eq(a, one), isFar));
  const half = f32x4.mul(y, f32x4.splat(0.5));
  const isWhole = f32x4.eq(f32x4.trunc(y), y), isEven = f32x4.eq(f32x4.trunc(half), half);
  const isLost = v128.andnot(v128.andnot(f32x4.lt(x, zeros()), isWhole), isEndless);
  const sign = v128.and(x, i32x4.splat(Bits.Sign));
  r = v128.xor(r, v128.andnot(v128.and(sign, isWhole), isEven));
  r = v128.or(r, v128.or(isLost, v128.or(f32x4.ne(x, x), f32x4.ne(y, y)))); // all bits: NaN
  return v128.bitselect(one, r, v128.or(f32x4.eq(x, one), f32x4.eq(y, zeros())));
}

/** Up to four numbers, m, that are `step` elements apart. */
// @ts-ignore: decorator
@inline
function numbers(p: usize, step: i32, m: i32): v128 {
  if (step == 1) return loadUpTo(p, m);
  let v = v128.load32_splat(p);
  if (step == 0) return v;
  if (m > 1) v = v128.load_lane<f32>(at(p, step), v, 1);
  if (m > 2) v = v128.load_lane<f32>(at(p, 2 * step), v, 2);
  if (m > 3) v = v128.load_lane<f32>(at(p, 3 * step), v, 3);
  return v;
}

/** out = x to the power of y, n elements; those of x and y are so many elements apart. */
export function powSpan(x: usize, dx: i32, y: usize, dy: i32, out: usize, n: i32): void {
  const zero = n >> 31;
  const one = hoisted2(1, zero), bound = hoisted2(300, zero), round = hoisted2(ROUND, zero);
  const p0 = hoisted2(2.885390081790142, zero), p1 = hoisted2(0.9617966732661963, zero);
  const p2 = hoisted2(0.5770836003478388, zero), p3 = hoisted2(0.411671744797365, zero);
  const p4 = hoisted2(0.34074899827909993, zero), q1 = hoisted2(0.6931471807287208, zero);
  const q2 = hoisted2(0.24022651198750267, zero), q3 = hoisted2(0.05550410352811004, zero);
  const q4 = hoisted2(0.00961802717325961, zero), q5 = hoisted2(0.0013333922876570957, zero);
  const q6 = hoisted2(0.00015469317180656755, zero), q7 = hoisted2(1.520189583537256e-05, zero);
  const sqrtHalf = hoisted(reinterpret<f32>(Bits.SqrtHalf), zero);
  const exponent = hoisted(reinterpret<f32>(Bits.Exponent), zero);
  const smallest = hoisted(reinterpret<f32>(Bits.Normal), zero);
  const second = hoisted(reinterpret<f32>(2 * Bits.Normal), zero);
  const size = hoisted(reinterpret<f32>(~Bits.Sign), zero), infinite = hoisted(Infinity, zero);
  for (; n > 0; n -= 4, x = at(x, 4 * dx), y = at(y, 4 * dy), out += 16) {
    const count = min(n, 4), u = numbers(x, dx, count), v = numbers(y, dy, count);
    const isOrdinary = v128.all_true<i32>(v128.and(
      i32x4.ge_s(i32x4.add(u, smallest), second), // see log.ts
      i32x4.lt_s(v128.and(v, size), infinite),
    ));
    let a = u, scaled = zeros();
    if (!isOrdinary) { // denormal numbers are 2^23 times as large first
      a = f32x4.abs(u);
      const isTiny = f32x4.lt(a, smallest);
      a = v128.bitselect(f32x4.mul(a, f32x4.splat(8388608)), a, isTiny);
      scaled = v128.and(isTiny, i32x4.splat(23));
    }
    const step = v128.and(i32x4.sub(a, sqrtHalf), exponent);
    const m = i32x4.sub(a, step), e = i32x4.sub(i32x4.shr_s(step, 23), scaled);
    const low = half(
      m, e, v, one, bound, p0, p1, p2, p3, p4, q1, q2, q3, q4, q5, q6, q7, round,
    );
    const high = half(
      swapHalves(m), swapHalves(e), swapHalves(v),
      one, bound, p0, p1, p2, p3, p4, q1, q2, q3, q4, q5, q6, q7, round,
    );
    let r = v128.shuffle<i64>(low, high, 0, 2);
    if (!isOrdinary) r = special(u, v, r);
    storeUpTo(out, r, count);
  }
}

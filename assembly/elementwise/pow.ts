// Power of float32 numbers, computed in float64: exp(y log |x|), so the result is right to little
// more than half a unit in the last place.
//
//   log |x| = n ln 2 + 2 atanh(s),  s = (m - 1) / (m + 1),  m between √½ and √2
//   exp(t) = 2^k exp(r), |r| <= ln 2 / 2
//
// Both series are Taylor's; their truncation errors, below 1e-13, do not reach a float32.

import { root, swapHalves, zeros } from "../simd";

const LN2: f64 = 0.6931471805599453;
const LOG2E: f64 = 1.4426950408889634;
/** 1.5 * 2^52: a number of this size has an integer in its low bits. */
const ROUND: f64 = 6755399441055744.0;

/** a b + c, twice rounded. */
// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: f64): v128 {
  return f64x2.add(f64x2.mul(a, b), f64x2.splat(c));
}

/** log of two positive finite float32. In float64 none of them is denormal. */
// @ts-ignore: decorator
@inline
function log(x: v128): v128 {
  // The bits of √½ are where the exponent steps.
  const steps = i64x2.shr_s(i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd)), 52);
  const round = f64x2.splat(ROUND);
  const n = f64x2.sub(i64x2.add(steps, round), round);
  const m = i64x2.sub(x, i64x2.shl(steps, 52));
  const one = f64x2.splat(1);
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const z = f64x2.mul(s, s);
  let p = madd(f64x2.splat(1.0 / 17), z, 1.0 / 15);
  p = madd(p, z, 1.0 / 13);
  p = madd(p, z, 1.0 / 11);
  p = madd(p, z, 1.0 / 9);
  p = madd(p, z, 1.0 / 7);
  p = madd(p, z, 1.0 / 5);
  p = madd(p, z, 1.0 / 3);
  const atanh = f64x2.add(s, f64x2.mul(f64x2.mul(s, z), p));
  return f64x2.add(f64x2.mul(n, f64x2.splat(LN2)), f64x2.add(atanh, atanh));
}

/** exp of two numbers with |t| < 700. */
// @ts-ignore: decorator
@inline
function exp(t: v128): v128 {
  const n = f64x2.nearest(f64x2.mul(t, f64x2.splat(LOG2E)));
  const r = f64x2.sub(t, f64x2.mul(n, f64x2.splat(LN2)));
  let p = madd(f64x2.splat(1.0 / 39916800), r, 1.0 / 3628800);
  p = madd(p, r, 1.0 / 362880);
  p = madd(p, r, 1.0 / 40320);
  p = madd(p, r, 1.0 / 5040);
  p = madd(p, r, 1.0 / 720);
  p = madd(p, r, 1.0 / 120);
  p = madd(p, r, 1.0 / 24);
  p = madd(p, r, 1.0 / 6);
  p = madd(p, r, 0.5);
  p = madd(p, r, 1);
  p = madd(p, r, 1);
  const integer = f64x2.add(n, f64x2.splat(ROUND + 1023)); // the biased exponent in the low bits
  return f64x2.mul(p, i64x2.shl(integer, 52));
}

/** x^y of the two low lanes, x positive and both finite, as two low lanes. */
// @ts-ignore: decorator
@inline
function power2(x: v128, y: v128): v128 {
  const t = f64x2.mul(f64x2.promote_low_f32x4(y), log(f64x2.promote_low_f32x4(x)));
  const bound = f64x2.splat(200); // far outside float32 on either side
  return f32x4.demote_f64x2_zero(exp(f64x2.pmax(f64x2.pmin(t, bound), f64x2.neg(bound))));
}

/** x to the power y, with the special values of IEEE 754's pow. */
function pow1(x: f32, y: f32): f32 {
  if (y == 2) return x * x;
  if (y == 3) return x * x * x;
  if (y == -1) return 1 / x;
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y) return NaN;
  const size = abs<f32>(x);
  if (y == 0.5) return x == -Infinity ? Infinity : root(x + 0); // + 0: √-0 is -0, pow says 0
  const whole = trunc<f32>(y) == y;
  if (x < 0 && x != -Infinity && !whole) return NaN;
  // From 2^24 up every float32 is even; below, a whole y fits an i32.
  const odd = whole && abs<f32>(y) < 16777216 && (<i32>y & 1) != 0;
  let r: f32;
  if (size == 1) r = 1; // (-1) to an infinite power too
  else if (size == 0) r = y < 0 ? Infinity : 0;
  else if (size == Infinity || abs<f32>(y) == Infinity) r = size > 1 == y > 0 ? Infinity : 0;
  else r = f32x4.extract_lane(power2(f32x4.splat(size), f32x4.splat(y)), 0);
  return x < 0 && odd || size == 0 && odd && reinterpret<i32>(x) < 0 ? -r : r;
}

// @ts-ignore: decorator
@inline
function equal(y: v128, exponent: f32): v128 {
  return f32x4.eq(y, f32x4.splat(exponent));
}

/** pow1 on four lanes, with the same bits; fast where all have the same kind of exponent. */
export function pow4(x: v128, y: v128): v128 {
  const two = equal(y, 2);
  if (v128.all_true<i32>(two)) return f32x4.mul(x, x);
  const three = equal(y, 3);
  if (v128.all_true<i32>(three)) return f32x4.mul(f32x4.mul(x, x), x);
  const minusOne = equal(y, -1);
  if (v128.all_true<i32>(minusOne)) return f32x4.div(f32x4.splat(1), x);
  const half = equal(y, 0.5);
  if (v128.all_true<i32>(half)) {
    const infinite = equal(x, -Infinity);
    return v128.bitselect(f32x4.splat(Infinity), f32x4.sqrt(f32x4.add(x, zeros())), infinite);
  }
  const special = v128.or(v128.or(two, three), v128.or(minusOne, half));
  const positive = v128.and(f32x4.gt(x, zeros()), f32x4.lt(x, f32x4.splat(Infinity)));
  const finite = f32x4.lt(f32x4.abs(y), f32x4.splat(Infinity));
  if (v128.all_true<i32>(v128.andnot(v128.and(positive, finite), special))) {
    return v128.shuffle<i64>(power2(x, y), power2(swapHalves(x), swapHalves(y)), 0, 2);
  }
  let r = f32x4.splat(pow1(f32x4.extract_lane(x, 0), f32x4.extract_lane(y, 0)));
  r = f32x4.replace_lane(r, 1, pow1(f32x4.extract_lane(x, 1), f32x4.extract_lane(y, 1)));
  r = f32x4.replace_lane(r, 2, pow1(f32x4.extract_lane(x, 2), f32x4.extract_lane(y, 2)));
  return f32x4.replace_lane(r, 3, pow1(f32x4.extract_lane(x, 3), f32x4.extract_lane(y, 3)));
}

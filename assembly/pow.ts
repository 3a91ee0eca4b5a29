// Power of float32 numbers, computed in float64: exp(y log |x|), so the result is right to little
// more than half a unit in the last place.
//
//   log |x| = n ln 2 + 2 atanh(s),  s = (m - 1) / (m + 1),  m between √½ and √2
//   exp(t) = 2^k exp(r), |r| <= ln 2 / 2
//
// Both series are Taylor's; their truncation errors, below 1e-13, do not reach a float32.

import { zeros } from "./simd";

const LN2: f64 = 0.6931471805599453;
const LOG2E: f64 = 1.4426950408889634;

/** log of a positive finite float32. */
// @ts-ignore: decorator
@inline
function log(x: f64): f64 {
  // In float64 no float32 is denormal. The bits of √½ are where the exponent steps.
  const bits = reinterpret<i64>(x);
  const n = (bits - 0x3fe6a09e667f3bcd) >> 52;
  const m = reinterpret<f64>(bits - (n << 52));
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let p: f64 = 1.0 / 17;
  p = p * z + 1.0 / 15;
  p = p * z + 1.0 / 13;
  p = p * z + 1.0 / 11;
  p = p * z + 1.0 / 9;
  p = p * z + 1.0 / 7;
  p = p * z + 1.0 / 5;
  p = p * z + 1.0 / 3;
  return <f64>n * LN2 + 2 * (s + s * z * p);
}

/** exp for |t| < 700. */
// @ts-ignore: decorator
@inline
function exp(t: f64): f64 {
  const n = nearest<f64>(t * LOG2E);
  const r = t - n * LN2;
  let p: f64 = 1.0 / 39916800;
  p = p * r + 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1;
  p = p * r + 1;
  return p * reinterpret<f64>((<i64>n + 1023) << 52);
}

/** x to the power y, with the special values of IEEE 754's pow. */
function pow1(x: f32, y: f32): f32 {
  if (y == 2) return x * x;
  if (y == 3) return x * x * x;
  if (y == -1) return 1 / x;
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y) return NaN;
  const size = abs<f32>(x);
  if (y == 0.5) return x == -Infinity ? Infinity : sqrt<f32>(x + 0); // + 0: √-0 is -0, pow says 0
  const whole = trunc<f32>(y) == y;
  // From 2^24 up every float32 is even; below, a whole y fits an i32.
  const odd = whole && abs<f32>(y) < 16777216 && (<i32>y & 1) != 0;
  let r: f32;
  if (size == 1) r = 1; // (-1) to an infinite power too
  else if (size == 0) r = y < 0 ? Infinity : 0;
  else if (size == Infinity || abs<f32>(y) == Infinity) r = size > 1 == y > 0 ? Infinity : 0;
  else {
    if (x < 0 && !whole) return NaN;
    r = <f32>exp(min<f64>(max<f64>(<f64>y * log(<f64>size), -200), 200));
  }
  return x < 0 && odd || size == 0 && odd && reinterpret<i32>(x) < 0 ? -r : r;
}

// @ts-ignore: decorator
@inline
function every(y: v128, exponent: f32): bool {
  return v128.all_true<i32>(f32x4.eq(y, f32x4.splat(exponent)));
}

/** pow1 on four lanes; the commonest exponents without leaving the vector, with the same bits. */
export function pow4(x: v128, y: v128): v128 {
  if (every(y, 2)) return f32x4.mul(x, x);
  if (every(y, 3)) return f32x4.mul(f32x4.mul(x, x), x);
  if (every(y, -1)) return f32x4.div(f32x4.splat(1), x);
  if (every(y, 0.5)) {
    const minusInfinity = f32x4.eq(x, f32x4.splat(-Infinity));
    return v128.bitselect(f32x4.splat(Infinity), f32x4.sqrt(f32x4.add(x, zeros())), minusInfinity);
  }
  let r = f32x4.splat(pow1(f32x4.extract_lane(x, 0), f32x4.extract_lane(y, 0)));
  r = f32x4.replace_lane(r, 1, pow1(f32x4.extract_lane(x, 1), f32x4.extract_lane(y, 1)));
  r = f32x4.replace_lane(r, 2, pow1(f32x4.extract_lane(x, 2), f32x4.extract_lane(y, 2)));
  return f32x4.replace_lane(r, 3, pow1(f32x4.extract_lane(x, 3), f32x4.extract_lane(y, 3)));
}

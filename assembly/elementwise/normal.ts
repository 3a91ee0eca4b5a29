// What has a tail of the normal distribution: GELU and its gradient, and the error function's complement.
//
// GELU is x Φ(x), Φ the normal distribution function. Of a = |x|, the tail Φ(-a) is exp(-a²/2) times a
// quotient of polynomials, fitted for the least relative error, 4e-7. So the left tail keeps its digits,
// which 1 + erf loses:
//
//   GELU(x) = max(x, 0) - a Φ(-a)        1 - erf(a) = exp(-a²) P(a) / Q(a), right to 2e-7
//
// The exponential is 2^n times a polynomial of what is left. Here 2^n is 2^40 times as large as it should
// be, and P as much smaller, so that results may be denormal.

import { fma, fnma, hoisted, loadUpTo, storeUpTo } from "../simd";
import { WIDE } from "../target";

/** The numbers of GELU, whose exponent is a²/2. */
// @ts-ignore: decorator
@inline
function number(i: i32): f32 {
  if (i == 0) return 15.1; // from here on results are 0
  if (i == 1) return -0.7213475204444817; // -1 / 2 ln 2
  if (i == 2) return 12582952.0; // 1.5 * 2^23, which leaves an integer in the low bits, + 40
  if (i == 5) return 0.6931470036506653;
  if (i == 6) return 0.24022246897220612;
  if (i == 7) return 0.0555071160197258;
  if (i == 8) return 0.009671300649642944;
  if (i == 9) return 0.0013269273331388831;
  if (i == 10) return 1.0564098207321848e-11;
  if (i == 11) return 7.666897498814773e-12;
  if (i == 12) return 2.5364751531781193e-12;
  if (i == 13) return 3.6279608332280555e-13;
  if (i == 14) return 23.2307071685791;
  if (i == 15) return 35.394649505615234;
  if (i == 16) return 22.20686912536621;
  return 6.986171245574951;
}

@unmanaged
class Gelu {
  @inline
  isGrad(): bool {
    return false;
  }
  @inline
  isErfc(): bool {
    return false;
  }
  @inline
  k(i: i32): f32 {
    return i == 18 ? 0.5 : number(i);
  }
  @inline
  result(x: v128, _dy: v128, b: v128, a: v128, e: v128, p: v128, q: v128, _one: v128, half: v128): v128 {
    const relu = fma(b, half, f32x4.mul(x, half)); // NaN of -∞, as in PyTorch
    return fnma(f32x4.mul(a, e), f32x4.div(p, q), relu);
  }
}

/** Φ(x) + x φ(x), φ the density. */
@unmanaged
class GeluGrad {
  @inline
  isGrad(): bool {
    return true;
  }
  @inline
  isErfc(): bool {
    return false;
  }
  @inline
  k(i: i32): f32 {
    if (i == 18) return 3.628359006475901e-13; // 2^-40 / √(2π)
    return number(i);
  }
  @inline
  result(x: v128, dy: v128, _b: v128, a: v128, e: v128, p: v128, q: v128, one: v128, k18: v128): v128 {
    const zero = f32x4.sub(x, x); // NaN of infinities, as in PyTorch
    const left = fma(fnma(a, k18, f32x4.div(p, q)), e, zero); // what it is of -a
    return f32x4.mul(dy, v128.bitselect(left, f32x4.sub(one, left), i32x4.shr_s(x, 31)));
  }
}

@unmanaged
class Erfc {
  @inline
  isGrad(): bool {
    return false;
  }
  @inline
  isErfc(): bool {
    return true;
  }
  @inline
  k(i: i32): f32 {
    if (i == 0) return 10.68;
    if (i == 1) return -1.4426950408889634;
    if (i == 2) return number(2);
    if (i == 3) return 0.693359375;
    if (i == 4) return -0.00021219444170128554;
    if (i == 5) return -0.9999997019767761;
    if (i == 6) return 0.49999117851257324;
    if (i == 7) return -0.16667649149894714;
    if (i == 8) return 0.041902314871549606;
    if (i == 9) return -0.008290749043226242;
    if (i == 10) return 6.1619841174032075e-12;
    if (i == 11) return 5.9753742752410854e-12;
    if (i == 12) return 2.6911164269227683e-12;
    if (i == 13) return 5.127897347197152e-13;
    if (i == 14) return 6.775174140930176;
    if (i == 15) return 14.21488094329834;
    if (i == 16) return 12.224459648132324;
    if (i == 17) return 5.234872817993164;
    return 9.663627668837514e-18;
  }
  @inline
  result(x: v128, _dy: v128, _b: v128, _a: v128, e: v128, p: v128, q: v128, one: v128, _k18: v128): v128 {
    const tail = f32x4.mul(f32x4.div(p, q), e);
    return v128.bitselect(f32x4.sub(f32x4.add(one, one), tail), tail, i32x4.shr_s(x, 31));
  }
}

/** One vector of T. */
// @ts-ignore: decorator
@inline
function step<T>(
  x: v128,
  dy: v128,
  size: v128,
  most: v128,
  perUnit: v128,
  round: v128,
  ln2Hi: v128,
  ln2Lo: v128,
  e1: v128,
  e2: v128,
  e3: v128,
  e4: v128,
  e5: v128,
  one: v128,
  p0: v128,
  p1: v128,
  p2: v128,
  p3: v128,
  q0: v128,
  q1: v128,
  q2: v128,
  q3: v128,
  k18: v128,
): v128 {
  const op = changetype<T>(0);
  const b = v128.and(x, size), a = f32x4.pmin(b, most); // in this order NaN stays NaN
  const z = f32x4.mul(a, a), t = fma(z, perUnit, round), minusN = f32x4.sub(round, t);
  let r: v128;
  if (op.isErfc()) { // a² as the square of a's first half, which is exact, and the rest
    const high = v128.and(a, i32x4.splat(0xfffff000));
    r = fnma(minusN, ln2Hi, f32x4.mul(high, high));
    r = f32x4.add(r, fnma(minusN, ln2Lo, f32x4.mul(f32x4.sub(a, high), f32x4.add(a, high))));
  } else r = fma(z, perUnit, minusN);
  let e = fma(fma(fma(fma(fma(e5, r, e4), r, e3), r, e2), r, e1), r, one);
  e = i32x4.add(e, i32x4.shl(t, 23));
  const p = fma(op.isErfc() ? fma(fma(k18, a, p3), a, p2) : fma(p3, a, p2), z, fma(p1, a, p0));
  const q = fma(fma(fma(f32x4.add(a, q3), a, q2), a, q1), a, q0);
  return op.result(x, dy, b, a, e, p, q, one, k18);
}

/** y = T of x and dy, n elements. y may be x or dy. */
function run<T>(x: usize, dy: usize, y: usize, n: i32): void {
  const op = changetype<T>(0);
  const zero = n >> 31;
  const size = hoisted(reinterpret<f32>(0x7fffffff), zero), one = hoisted(1.0, zero);
  const k0 = hoisted(op.k(0), zero), k1 = hoisted(op.k(1), zero), k2 = hoisted(op.k(2), zero);
  const k3 = hoisted(op.k(3), zero), k4 = hoisted(op.k(4), zero), k5 = hoisted(op.k(5), zero);
  const k6 = hoisted(op.k(6), zero), k7 = hoisted(op.k(7), zero), k8 = hoisted(op.k(8), zero);
  const k9 = hoisted(op.k(9), zero), p0 = hoisted(op.k(10), zero), p1 = hoisted(op.k(11), zero);
  const p2 = hoisted(op.k(12), zero), p3 = hoisted(op.k(13), zero), q0 = hoisted(op.k(14), zero);
  const q1 = hoisted(op.k(15), zero), q2 = hoisted(op.k(16), zero), q3 = hoisted(op.k(17), zero);
  const k18 = hoisted(op.k(18), zero);
  if (WIDE) {
    for (; n >= 8; n -= 8, x += 32, dy += 32, y += 32) {
      const u0 = v128.load(x), u1 = v128.load(x, 16);
      const d0 = op.isGrad() ? v128.load(dy) : u0, d1 = op.isGrad() ? v128.load(dy, 16) : u1;
      const v0 = step<T>(
        u0, d0, size, k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, one, p0, p1, p2, p3, q0, q1, q2, q3, k18,
      );
      const v1 = step<T>(
        u1, d1, size, k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, one, p0, p1, p2, p3, q0, q1, q2, q3, k18,
      );
      v128.store(y, v1, 16);
      v128.store(y, v0);
    }
  }
  for (; n > 0; n -= 4, x += 16, dy += 16, y += 16) {
    const m = min(n, 4), u = loadUpTo(x, m), d = op.isGrad() ? loadUpTo(dy, m) : u;
    const v = step<T>(
      u, d, size, k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, one, p0, p1, p2, p3, q0, q1, q2, q3, k18,
    );
    storeUpTo(y, v, m);
  }
}

/** y = GELU of x, n elements. y may be x. */
export function geluSpan(x: usize, y: usize, n: i32): void {
  run<Gelu>(x, x, y, n);
}

/** dx = dy GELU′(x), n elements. */
export function geluGradSpan(x: usize, dy: usize, dx: usize, n: i32): void {
  run<GeluGrad>(x, dy, dx, n);
}

/** y = 1 - erf(x), n elements. y may be x. */
export function erfcSpan(x: usize, y: usize, n: i32): void {
  run<Erfc>(x, x, y, n);
}

// Winograd's F(4, 3): four outputs of a three-tap filter from six inputs with six products,
//
//   y = Aᵀ (G g ⊙ Bᵀ d)
//
// by evaluating polynomials at the points 0, ±a, ±b, ∞ with a = √½, b = √2, whose powers stay near
// 1 (Toom and Cook's construction; Lavin and Gray, "Fast algorithms for convolutional neural
// networks", 2016, use 0, ±1, ±2, ∞, which rounds worse):
//
//        1   0  -5/2   0    1   0          1    0    0
//        0  -b   -2    a    1   0       -2/3 -2a/3 -1/3           1  1   1   1   1  0
//   Bᵀ=  0   b   -2   -a    1   0   G = -2/3  2a/3 -1/3      Aᵀ = 0  a  -a   b  -b  0
//        0  -a  -1/2   b    1   0        1/6   b/6  1/3           0 1/2 1/2  2   2  0
//        0   a  -1/2  -b    1   0        1/6  -b/6  1/3           0 a/2 -a/2 2b -2b 1
//        0   1    0  -5/2   0   1          0    0    1
//
// The gradients are the transposed maps: dM = A dy Aᵀ, dd = B dV Bᵀ, dg = Gᵀ dU G. Each function
// here is one of these maps along one line, for four channels at once; results go to `to`, `step`
// bytes apart. Constants come in as vectors because V8 would make them anew at each use.

import { fma, fnma, hoisted } from "./simd";

/** √½. */
// @ts-ignore: decorator
@inline
export function pointA(zero: i32): v128 {
  return hoisted(0.70710678118654752, zero);
}

/** √2. */
// @ts-ignore: decorator
@inline
export function pointB(zero: i32): v128 {
  return hoisted(1.4142135623730951, zero);
}

/** Bᵀ d. h: ½, two: 2, k: 5/2. */
// @ts-ignore: decorator
@inline
export function inputLine(
  d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128,
  a: v128, b: v128, h: v128, two: v128, k: v128, to: usize, step: usize,
): void {
  v128.store(to, fnma(k, d2, f32x4.add(d0, d4)));
  to += step;
  const p = fnma(two, d2, d4), q = fnma(two, d1, d3);
  v128.store(to, fma(a, q, p));
  to += step;
  v128.store(to, fnma(a, q, p));
  to += step;
  const r = fnma(h, d2, d4), s = fnma(h, d1, d3);
  v128.store(to, fma(b, s, r));
  to += step;
  v128.store(to, fnma(b, s, r));
  v128.store(to + step, fnma(k, d3, f32x4.add(d1, d5)));
}

/** A y, 4 to 6. h: ½, two: 2. */
// @ts-ignore: decorator
@inline
export function outputGradLine(
  y0: v128, y1: v128, y2: v128, y3: v128, a: v128, b: v128, h: v128, two: v128,
  to: usize, step: usize,
): void {
  v128.store(to, y0);
  to += step;
  const p = fma(h, y2, y0), q = fma(h, y3, y1);
  v128.store(to, fma(a, q, p));
  to += step;
  v128.store(to, fnma(a, q, p));
  to += step;
  const r = fma(two, y2, y0), s = fma(two, y3, y1);
  v128.store(to, fma(b, s, r));
  to += step;
  v128.store(to, fnma(b, s, r));
  v128.store(to + step, y3);
}

/** Aᵀ m + bias, 6 to 4. h: ½. */
// @ts-ignore: decorator
@inline
export function outputLine(
  m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128,
  a: v128, h: v128, two: v128, four: v128, to: usize, step: usize, bias: v128,
): void {
  const s = f32x4.add(m1, m2), t = f32x4.add(m3, m4);
  v128.store(to, f32x4.add(f32x4.add(m0, bias), f32x4.add(s, t)));
  const d = f32x4.sub(m1, m2), e = f32x4.sub(m3, m4);
  to += step;
  const e2 = f32x4.mul(two, e);
  v128.store(to, fma(a, f32x4.add(d, e2), bias));
  to += step;
  v128.store(to, fma(h, fma(four, t, s), bias));
  // a³ d + b³ e = a/2 (d + 8 e)
  v128.store(to + step, fma(f32x4.mul(a, h), fma(four, e2, d), f32x4.add(m5, bias)));
}

/** B t, 6 to 6; added to what `to` holds where `add` is true. */
// @ts-ignore: decorator
@inline
export function inputGradLine(
  t0: v128, t1: v128, t2: v128, t3: v128, t4: v128, t5: v128,
  a: v128, b: v128, h: v128, two: v128, k: v128, to: usize, step: usize, add: bool,
): void {
  const s = f32x4.add(t1, t2), t = f32x4.add(t3, t4);
  const d = f32x4.sub(t1, t2), e = f32x4.sub(t3, t4);
  put(to, t0, add);
  to += step;
  put(to, fnma(a, e, fnma(b, d, t5)), add);
  to += step;
  put(to, fnma(h, t, fnma(two, s, f32x4.neg(f32x4.mul(k, t0)))), add);
  to += step;
  put(to, fnma(k, t5, fma(b, e, f32x4.mul(a, d))), add);
  to += step;
  put(to, f32x4.add(t0, f32x4.add(s, t)), add);
  put(to + step, t5, add);
}

// @ts-ignore: decorator
@inline
function put(to: usize, v: v128, add: bool): void {
  v128.store(to, add ? f32x4.add(v128.load(to), v) : v);
}

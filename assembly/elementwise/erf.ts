// The error function: x P(x²) / Q(x²), fitted to 2e-8 where it is not 1.

import { curve, Everywhere } from "./curve";
import { fma } from "../simd";

@unmanaged
class Erf extends Everywhere {
  @inline
  k(i: i32): f32 {
    if (i == 0) return 2.02587334656783e-06;
    if (i == 1) return 0.00028468784382810954;
    if (i == 2) return 0.0038082322352615914;
    if (i == 3) return 0.05287565434873515;
    if (i == 4) return 0.19155215102482423;
    if (i == 5) return 1.1283791437194781;
    if (i == 6) return 3.783145078498946e-05;
    if (i == 7) return 0.0011707402753507;
    if (i == 8) return 0.015055230549402082;
    if (i == 9) return 0.11456035259187472;
    if (i == 10) return 0.5030913491897075;
    if (i == 11) return 1.0;
    if (i == 12) return 4.25; // where the quotient is above 1
    return -0.0;
  }
  @inline
  f(
    x: v128,
    p5: v128,
    p4: v128,
    p3: v128,
    p2: v128,
    p1: v128,
    p0: v128,
    q5: v128,
    q4: v128,
    q3: v128,
    q2: v128,
    q1: v128,
    one: v128,
    most: v128,
    bit: v128,
  ): v128 {
    const a = f32x4.pmin(f32x4.abs(x), most), z = f32x4.mul(a, a); // NaN stays
    let p = fma(p5, z, p4);
    p = fma(p, z, p3);
    p = fma(p, z, p2);
    p = fma(p, z, p1);
    p = fma(p, z, p0);
    let q = fma(q5, z, q4);
    q = fma(q, z, q3);
    q = fma(q, z, q2);
    q = fma(q, z, q1);
    q = fma(q, z, one);
    const y = f32x4.pmin(f32x4.div(f32x4.mul(a, p), q), one);
    return v128.or(y, v128.and(x, bit));
  }
}

/** y = erf(x), n elements. y may be x. */
export function erfSpan(x: usize, y: usize, n: i32): void {
  curve<Erf>(x, y, n);
}

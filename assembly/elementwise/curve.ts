// The loop of functions that are polynomials in parts: what they have for numbers is made once before it.

import { hoisted, loadUpTo, storeUpTo } from "../simd";
import { WIDE } from "../target";

/**
 * y = T(x), n elements. T has numbers k(0) to k(13), and `f` of them. Where some |x| is
 * above `limit`, `far` mends what `f` made of four of them.
 */
export function curve<T>(x: usize, y: usize, n: i32): void {
  const op = changetype<T>(0);
  const zero = n >> 31;
  const k0 = hoisted(op.k(0), zero), k1 = hoisted(op.k(1), zero), k2 = hoisted(op.k(2), zero);
  const k3 = hoisted(op.k(3), zero), k4 = hoisted(op.k(4), zero), k5 = hoisted(op.k(5), zero);
  const k6 = hoisted(op.k(6), zero), k7 = hoisted(op.k(7), zero), k8 = hoisted(op.k(8), zero);
  const k9 = hoisted(op.k(9), zero), k10 = hoisted(op.k(10), zero), k11 = hoisted(op.k(11), zero);
  const k12 = hoisted(op.k(12), zero), k13 = hoisted(op.k(13), zero);
  const limit = hoisted(op.limit(), zero);
  if (WIDE) {
    for (; n >= 8; n -= 8, x += 32, y += 32) {
      const u = v128.load(x), v = v128.load(x, 16);
      const a = op.f(u, k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13);
      const b = op.f(v, k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13);
      v128.store(y, b, 16);
      v128.store(y, a);
      if (op.limit() < Infinity) { // behind the stores: V8 does not join what comes by two ways
        const isFar = f32x4.gt(f32x4.abs(u), limit), isFarToo = f32x4.gt(f32x4.abs(v), limit);
        if (v128.any_true(v128.or(isFar, isFarToo))) {
          v128.store(y, op.far(u, v128.load(y)));
          v128.store(y, op.far(v, v128.load(y, 16)), 16);
        }
      }
    }
  }
  for (; n > 0; n -= 4, x += 16, y += 16) {
    const m = min(n, 4), u = loadUpTo(x, m);
    let a = op.f(u, k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13);
    if (op.limit() < Infinity && v128.any_true(f32x4.gt(f32x4.abs(u), limit))) {
      a = op.far(u, a);
    }
    storeUpTo(y, a, m);
  }
}

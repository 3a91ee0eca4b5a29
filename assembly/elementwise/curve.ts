// The loop of functions that are polynomials in parts: what they have for numbers is made once before it.

import { at, hoisted, loadPart, storePart } from "../simd";
import { WIDE } from "../target";

/** Elements that are looked through at once for rare ones. */
// @ts-ignore: decorator
@inline
const BLOCK = 512;

/** What a function has of which no argument is rare. */
@unmanaged
export class Everywhere {
  @inline
  isRanked(): bool {
    return false;
  }
  @inline
  by(): f32 {
    return 0;
  }
  @inline
  most(): i32 {
    return 0;
  }
  @inline
  rank(x: v128, _by: v128, _k2: v128): v128 {
    return x;
  }
  @inline
  far(_x: v128, y: v128): v128 {
    return y;
  }
}

/**
 * y = T(x), n elements. y may be x. T has numbers k(0) to k(13), and `f` of them. Four elements of which
 * one is rare, its `rank` as an integer above `most`, are made by `far`, of them and of what `f` made.
 */
export function curve<T>(x: usize, y: usize, n: i32): void {
  const op = changetype<T>(0);
  if (WIDE) {
    while (n >= 8) {
      const m = (op.isRanked() ? min(n, BLOCK) : n) & ~7;
      if (op.isRanked() && x == y && !isCommon<T>(x, m)) any<T>(x, y, m); // x would be gone to mend it
      else if (!common<T>(x, y, m)) mend<T>(x, y, m);
      x = at(x, m);
      y = at(y, m);
      n -= m;
    }
  }
  any<T>(x, y, n);
}

/** Whether none of n elements, a multiple of 4, is rare. */
function isCommon<T>(x: usize, n: i32): bool {
  const op = changetype<T>(0);
  const by = hoisted(op.by(), n >> 31), k2 = hoisted(op.k(2), n >> 31);
  let highest = i32x4.splat(i32.MIN_VALUE);
  for (; n > 0; n -= 4, x += 16) highest = i32x4.max_s(highest, op.rank(v128.load(x), by, k2));
  return !v128.any_true(i32x4.gt_s(highest, i32x4.splat(op.most())));
}

/** y where all is common, else `far`'s, n elements, a multiple of 4. */
function mend<T>(x: usize, y: usize, n: i32): void {
  const op = changetype<T>(0);
  const by = hoisted(op.by(), n >> 31), k2 = hoisted(op.k(2), n >> 31);
  const most = hoisted(reinterpret<f32>(op.most()), n >> 31);
  for (; n > 0; n -= 4, x += 16, y += 16) {
    const u = v128.load(x);
    if (v128.any_true(i32x4.gt_s(op.rank(u, by, k2), most))) v128.store(y, op.far(u, v128.load(y)));
  }
}

/**
 * y = what `f` makes of x, n elements, a multiple of 8; false if one is rare, and y is to be mended. There
 * is no call in this loop: V8 unrolls it.
 */
function common<T>(x: usize, y: usize, n: i32): bool {
  const op = changetype<T>(0);
  const zero = n >> 31;
  const k0 = hoisted(op.k(0), zero), k1 = hoisted(op.k(1), zero), k2 = hoisted(op.k(2), zero);
  const k3 = hoisted(op.k(3), zero), k4 = hoisted(op.k(4), zero), k5 = hoisted(op.k(5), zero);
  const k6 = hoisted(op.k(6), zero), k7 = hoisted(op.k(7), zero), k8 = hoisted(op.k(8), zero);
  const k9 = hoisted(op.k(9), zero), k10 = hoisted(op.k(10), zero), k11 = hoisted(op.k(11), zero);
  const k12 = hoisted(op.k(12), zero), k13 = hoisted(op.k(13), zero), by = hoisted(op.by(), zero);
  const from = y;
  let highest = i32x4.splat(i32.MIN_VALUE), other = highest;
  for (; n > 0; n -= 8, x += 32, y += 32) {
    const u = v128.load(x), v = v128.load(x, 16);
    if (op.isRanked()) {
      highest = i32x4.max_s(highest, op.rank(u, by, k2));
      other = i32x4.max_s(other, op.rank(v, by, k2));
    }
    const a = op.f(u, k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13);
    const b = op.f(v, k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13);
    v128.store(y, b, 16);
    v128.store(y, a);
  }
  if (!op.isRanked()) return true;
  // Through memory, or V8 would not join the two, and in blocks of code that store once.
  const a = v128.load(from), b = v128.load(from, 16);
  v128.store(from, other, 16);
  v128.store(from, highest);
  highest = i32x4.max_s(v128.load(from), v128.load(from, 16));
  const isRare = v128.any_true(i32x4.gt_s(highest, i32x4.splat(op.most())));
  if (n == 0) {
    v128.store(from, b, 16);
    v128.store(from, a);
  }
  return !isRare;
}

/** y = T(x), n elements of any kind. */
function any<T>(x: usize, y: usize, n: i32): void {
  const op = changetype<T>(0);
  const zero = n >> 31;
  const k0 = hoisted(op.k(0), zero), k1 = hoisted(op.k(1), zero), k2 = hoisted(op.k(2), zero);
  const k3 = hoisted(op.k(3), zero), k4 = hoisted(op.k(4), zero), k5 = hoisted(op.k(5), zero);
  const k6 = hoisted(op.k(6), zero), k7 = hoisted(op.k(7), zero), k8 = hoisted(op.k(8), zero);
  const k9 = hoisted(op.k(9), zero), k10 = hoisted(op.k(10), zero), k11 = hoisted(op.k(11), zero);
  const k12 = hoisted(op.k(12), zero), k13 = hoisted(op.k(13), zero), by = hoisted(op.by(), zero);
  const most = hoisted(reinterpret<f32>(op.most()), zero);
  for (; n >= 4; n -= 4, x += 16, y += 16) {
    const u = v128.load(x);
    let a = op.f(u, k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13);
    if (op.isRanked() && v128.any_true(i32x4.gt_s(op.rank(u, by, k2), most))) a = op.far(u, a);
    v128.store(y, a);
  }
  if (n > 0) {
    const u = loadPart(x, n, f32x4.splat(1));
    let a = op.f(u, k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13);
    if (op.isRanked() && v128.any_true(i32x4.gt_s(op.rank(u, by, k2), most))) a = op.far(u, a);
    storePart(y, a, n);
  }
}

// The sums that the gradients of a batch normalisation need, both in one walk over x and dy. With relu
// behind it (`gated`), dy counts where relu lets it through: where x, normalised again, is not below 0.

import { addHigh, addLow, Block, demote, Products, sumOver, Values } from "./moments";
import { at, fma, loadUpTo, storeUpTo, zeros } from "../simd";

/** dy as relu's gradient, for x less its mean: that of `unaryGrad`, of what `channelAffine` made. */
// @ts-ignore: decorator
@inline
export function gate(gated: bool, dy: v128, x: v128, scale: v128, shift: v128): v128 {
  return gated ? v128.andnot(dy, f32x4.le(fma(x, scale, shift), zeros())) : dy;
}

/** Both sums down 16 columns of `rows` rows, `stride` bytes apart. */
// @ts-ignore: decorator
@inline
function down16(
  gated: bool, x: usize, dy: usize, rows: i32, stride: usize, mean: usize, scale: usize, shift: usize,
  sum: usize, product: usize,
): void {
  const g0 = gated ? v128.load(scale) : zeros(), g1 = gated ? v128.load(scale, 16) : g0;
  const g2 = gated ? v128.load(scale, 32) : g0, g3 = gated ? v128.load(scale, 48) : g0;
  const t0 = gated ? v128.load(shift) : g0, t1 = gated ? v128.load(shift, 16) : g0;
  const t2 = gated ? v128.load(shift, 32) : g0, t3 = gated ? v128.load(shift, 48) : g0;
  const m0 = v128.load(mean), m1 = v128.load(mean, 16);
  const m2 = v128.load(mean, 32), m3 = v128.load(mean, 48);
  // float64 totals of the sums s and the products p: the engine keeps them on its stack
  let s0 = zeros(), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  let p0 = s0, p1 = s0, p2 = s0, p3 = s0, p4 = s0, p5 = s0, p6 = s0, p7 = s0;
  while (rows > 0) {
    let a = zeros(), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    let left = min(rows, <i32> Block.Rows);
    rows -= left;
    do {
      let u = f32x4.sub(v128.load(x), m0), v = gate(gated, v128.load(dy), u, g0, t0);
      a = f32x4.add(a, v), e = fma(v, u, e);
      u = f32x4.sub(v128.load(x, 16), m1), v = gate(gated, v128.load(dy, 16), u, g1, t1);
      b = f32x4.add(b, v), f = fma(v, u, f);
      u = f32x4.sub(v128.load(x, 32), m2), v = gate(gated, v128.load(dy, 32), u, g2, t2);
      c = f32x4.add(c, v), g = fma(v, u, g);
      u = f32x4.sub(v128.load(x, 48), m3), v = gate(gated, v128.load(dy, 48), u, g3, t3);
      d = f32x4.add(d, v), h = fma(v, u, h);
      x += stride;
      dy += stride;
    } while (--left);
    s0 = addLow(s0, a), s1 = addHigh(s1, a), s2 = addLow(s2, b), s3 = addHigh(s3, b);
    s4 = addLow(s4, c), s5 = addHigh(s5, c), s6 = addLow(s6, d), s7 = addHigh(s7, d);
    p0 = addLow(p0, e), p1 = addHigh(p1, e), p2 = addLow(p2, f), p3 = addHigh(p3, f);
    p4 = addLow(p4, g), p5 = addHigh(p5, g), p6 = addLow(p6, h), p7 = addHigh(p7, h);
  }
  const one = f64x2.splat(1);
  v128.store(sum, demote(s2, s3, one), 16);
  v128.store(sum, demote(s0, s1, one));
  v128.store(sum, demote(s6, s7, one), 48);
  v128.store(sum, demote(s4, s5, one), 32);
  v128.store(product, demote(p2, p3, one), 16);
  v128.store(product, demote(p0, p1, one));
  v128.store(product, demote(p6, p7, one), 48);
  v128.store(product, demote(p4, p5, one), 32);
}

/** The same down n columns, 1 to 4. */
function down4(
  gated: bool, x: usize, dy: usize, rows: i32, stride: usize, mean: usize, scale: usize, shift: usize,
  sum: usize, product: usize, n: i32,
): void {
  const m = loadUpTo(mean, n);
  const g = gated ? loadUpTo(scale, n) : m, t = gated ? loadUpTo(shift, n) : m;
  let s0 = zeros(), s1 = s0, p0 = s0, p1 = s0;
  while (rows > 0) {
    let a = zeros(), e = a;
    let left = min(rows, <i32> Block.Rows);
    rows -= left;
    do {
      const u = f32x4.sub(loadUpTo(x, n), m), v = gate(gated, loadUpTo(dy, n), u, g, t);
      a = f32x4.add(a, v), e = fma(v, u, e);
      x += stride;
      dy += stride;
    } while (--left);
    s0 = addLow(s0, a), s1 = addHigh(s1, a), p0 = addLow(p0, e), p1 = addHigh(p1, e);
  }
  const one = f64x2.splat(1);
  storeUpTo(sum, demote(s0, s1, one), n);
  storeUpTo(product, demote(p0, p1, one), n);
}

/** Down the columns begin to end. */
// @ts-ignore: decorator
@inline
function down(
  gated: bool, x: usize, dy: usize, mean: usize, scale: usize, shift: usize, sum: usize, product: usize,
  outer: i32, c: i32, begin: i32, end: i32,
): void {
  const stride = <usize>c << 2;
  let j = begin;
  for (; j + 16 <= end; j += 16) {
    const g = at(scale, j), t = at(shift, j), to = at(product, j);
    down16(gated, at(x, j), at(dy, j), outer, stride, at(mean, j), g, t, at(sum, j), to);
  }
  for (; j < end; j += 4) {
    const n = min(end - j, 4), g = at(scale, j), t = at(shift, j), to = at(product, j);
    down4(gated, at(x, j), at(dy, j), outer, stride, at(mean, j), g, t, at(sum, j), to, n);
  }
}

/**
 * sum [c] = Σ dy and product [c] = Σ dy (x - mean) of each channel of x and dy [outer, c, inner];
 * channels begin to end. scale and shift: of `channelAffine`, where inner is 1 and relu is behind it;
 * else 0.
 */
export function channelSums(
  x: usize, dy: usize, mean: usize, scale: usize, shift: usize, sum: usize, product: usize, outer: i32,
  c: i32, inner: i32, begin: i32, end: i32,
): void {
  if (inner == 1) {
    if (scale) down(true, x, dy, mean, scale, shift, sum, product, outer, c, begin, end);
    else down(false, x, dy, mean, 0, 0, sum, product, outer, c, begin, end);
    return;
  }
  for (let j = begin; j < end; j++) {
    const m = load<f32>(at(mean, j));
    let s: f64 = 0, p: f64 = 0;
    for (let o = 0; o < outer; o++) {
      const start = (o * c + j) * inner, v = at(dy, start);
      s += sumOver<Values>(v, v, inner, 0);
      p += sumOver<Products>(at(x, start), v, inner, m);
    }
    store<f32>(at(sum, j), <f32>s);
    store<f32>(at(product, j), <f32>p);
  }
}

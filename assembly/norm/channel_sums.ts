// The sums that the gradients of a batch normalisation need, both in one walk over x and dy. With relu
// behind it (`gated`), dy counts where relu lets it through: where x, normalised again, is not below 0.

import {
  addToTotals, clearTotals, giveTotals, keep, keep4, nextSums, placeOf, stripOf,
} from "./columns";
import { Block, Products, sumOver, Values } from "./moments";
import { at, fma, loadUpTo, zeros } from "../simd";

/** dy as relu's gradient, for x less its mean: that of `unaryGrad`, of what `channelAffine` made. */
// @ts-ignore: decorator
@inline
export function gate(gated: bool, dy: v128, x: v128, scale: v128, shift: v128): v128 {
  return gated ? v128.andnot(dy, f32x4.le(fma(x, scale, shift), zeros())) : dy;
}

/** Both sums down 16 columns of a few rows, `stride` bytes apart. */
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
  let a = zeros(), b = zeros(), c = zeros(), d = zeros();
  let e = zeros(), f = zeros(), g = zeros(), h = zeros();
  for (; rows > 0; rows--) {
    const u0 = f32x4.sub(v128.load(x), m0), u1 = f32x4.sub(v128.load(x, 16), m1);
    const v0 = gate(gated, v128.load(dy), u0, g0, t0), v1 = gate(gated, v128.load(dy, 16), u1, g1, t1);
    a = f32x4.add(a, v0), b = f32x4.add(b, v1), e = fma(v0, u0, e), f = fma(v1, u1, f);
    const u2 = f32x4.sub(v128.load(x, 32), m2), u3 = f32x4.sub(v128.load(x, 48), m3);
    const v2 = gate(gated, v128.load(dy, 32), u2, g2, t2), v3 = gate(gated, v128.load(dy, 48), u3, g3, t3);
    c = f32x4.add(c, v2), d = f32x4.add(d, v3), g = fma(v2, u2, g), h = fma(v3, u3, h);
    x += stride;
    dy += stride;
  }
  keep4(sum, a, b, c, d);
  keep4(product, e, f, g, h);
}

/** The same down n columns, 1 to 4. */
// @ts-ignore: decorator
@inline
function down4(
  gated: bool, x: usize, dy: usize, rows: i32, stride: usize, mean: usize, scale: usize, shift: usize,
  sum: usize, product: usize, n: i32,
): void {
  const m = loadUpTo(mean, n);
  const g = gated ? loadUpTo(scale, n) : m, t = gated ? loadUpTo(shift, n) : m;
  let a = zeros(), e = zeros();
  for (; rows > 0; rows--) {
    const u = f32x4.sub(loadUpTo(x, n), m), v = gate(gated, loadUpTo(dy, n), u, g, t);
    a = f32x4.add(a, v), e = fma(v, u, e);
    x += stride;
    dy += stride;
  }
  keep(sum, a);
  keep(product, e);
}

/** Down the columns begin to end. */
// @ts-ignore: decorator
@inline
function down(
  gated: bool, x: usize, dy: usize, mean: usize, scale: usize, shift: usize, sum: usize, product: usize,
  outer: i32, c: i32, scratch: usize, begin: i32, end: i32,
): void {
  const stride = <usize>c << 2, products = nextSums(scratch);
  for (let j = begin; j < end;) {
    const n = stripOf(j, end);
    clearTotals(scratch, n);
    clearTotals(products, n);
    let xs = at(x, j), ds = at(dy, j);
    for (let left = outer; left > 0; left -= Block.Rows) {
      const rows = min(left, <i32> Block.Rows);
      let k = 0;
      for (; k + 16 <= n; k += 16) {
        const m = at(mean, j + k), g = at(scale, j + k), t = at(shift, j + k);
        const to = placeOf(products, k);
        down16(gated, at(xs, k), at(ds, k), rows, stride, m, g, t, placeOf(scratch, k), to);
      }
      for (; k < n; k += 4) {
        const m = at(mean, j + k), g = at(scale, j + k), t = at(shift, j + k);
        const to = placeOf(products, k);
        down4(gated, at(xs, k), at(ds, k), rows, stride, m, g, t, placeOf(scratch, k), to, min(n - k, 4));
      }
      addToTotals(scratch, n);
      addToTotals(products, n);
      xs += stride * rows;
      ds += stride * rows;
    }
    giveTotals(scratch, at(sum, j), 1, n);
    giveTotals(products, at(product, j), 1, n);
    j += n;
  }
}

/**
 * sum [c] = Σ dy and product [c] = Σ dy (x - mean) of each channel of x and dy [outer, c, inner];
 * channels begin to end. scale and shift: of `channelAffine`, where inner is 1 and relu is behind it;
 * else 0. `scratch`: 12 KiB, where inner is 1.
 */
export function channelSums(
  x: usize, dy: usize, mean: usize, scale: usize, shift: usize, sum: usize, product: usize, outer: i32,
  c: i32, inner: i32, scratch: usize, begin: i32, end: i32,
): void {
  if (inner == 1) {
    if (scale) down(true, x, dy, mean, scale, shift, sum, product, outer, c, scratch, begin, end);
    else down(false, x, dy, mean, 0, 0, sum, product, outer, c, scratch, begin, end);
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

// Batch normalisation of x [outer, c, inner] along its channels: their moments and the elementwise
// rest; channel_sums.ts has the sums that its gradients need. Row-major images [n, c, h, w] are [n, c, h w]; matrices
// [n, c] and channels-last images are [rows, c, 1] and summed down their columns.

import { gate } from "./channel_sums";
import { columnsOver } from "./columns";
import { Squares, sumOver, Values } from "./moments";
import { at, fma, loadPart, loadUpTo, root, storeUpTo } from "../simd";

/** out [c] = f T over all of a channel, channels begin to end. */
// @ts-ignore: decorator
@inline
function channels<T>(
  x: usize,
  mean: usize,
  out: usize,
  outer: i32,
  c: i32,
  inner: i32,
  f: f64,
  scratch: usize,
  begin: i32,
  end: i32,
): void {
  if (inner == 1) {
    columnsOver<T>(x, outer, c, mean, out, f, scratch, begin, end);
    return;
  }
  for (let j = begin; j < end; j++) {
    const m = load<f32>(at(mean, j));
    let total: f64 = 0;
    for (let o = 0; o < outer; o++) {
      const start = (o * c + j) * inner;
      total += sumOver<T>(at(x, start), at(x, start), inner, m);
    }
    store<f32>(at(out, j), <f32>(total * f));
  }
}

/**
 * mean and variance [c] of x [outer, c, inner], divided by outer · inner; channels begin to end.
 * `scratch`: 6 KiB, where inner is 1.
 */
export function channelMoments(
  x: usize,
  mean: usize,
  variance: usize,
  outer: i32,
  c: i32,
  inner: i32,
  scratch: usize,
  begin: i32,
  end: i32,
): void {
  const f: f64 = 1 / (<f64>outer * <f64>inner);
  channels<Values>(x, mean, mean, outer, c, inner, f, scratch, begin, end);
  channels<Squares>(x, mean, variance, outer, c, inner, f, scratch, begin, end);
}

/** y = a (x - m) + d, n elements; a vector for each, or the same for all. */
// @ts-ignore: decorator
@inline
function affine(x: v128, m: v128, a: v128, d: v128): v128 {
  return fma(f32x4.sub(x, m), a, d);
}

/** Rows whose channels are taken one group after the other: they stay in the first cache meanwhile. */
const enum Block {
  Rows = 32,
}

/**
 * y = scale (x - mean) + shift, but at least `low`, for rows of c channels; sixteen at a time stay in
 * registers.
 */
function affineRows(
  x: usize,
  y: usize,
  mean: usize,
  scale: usize,
  shift: usize,
  low: v128,
  c: i32,
  rows: i32,
): void {
  const stride = <usize>c << 2;
  for (; rows > 0; rows -= Block.Rows) {
    const end = x + stride * min(rows, <i32> Block.Rows);
    let j = 0;
    for (; j + 16 <= c; j += 16) {
      const ms = at(mean, j), as = at(scale, j), ds = at(shift, j);
      const m0 = v128.load(ms), m1 = v128.load(ms, 16), m2 = v128.load(ms, 32);
      const m3 = v128.load(ms, 48), a0 = v128.load(as), a1 = v128.load(as, 16);
      const a2 = v128.load(as, 32), a3 = v128.load(as, 48), d0 = v128.load(ds);
      const d1 = v128.load(ds, 16), d2 = v128.load(ds, 32), d3 = v128.load(ds, 48);
      for (let p = at(x, j), q = at(y, j); p < end; p += stride, q += stride) {
        v128.store(q, f32x4.pmax(affine(v128.load(p, 16), m1, a1, d1), low), 16);
        v128.store(q, f32x4.pmax(affine(v128.load(p), m0, a0, d0), low));
        v128.store(q, f32x4.pmax(affine(v128.load(p, 48), m3, a3, d3), low), 48);
        v128.store(q, f32x4.pmax(affine(v128.load(p, 32), m2, a2, d2), low), 32);
      }
    }
    for (; j < c; j += 4) {
      const n = min(c - j, 4);
      const m = loadUpTo(at(mean, j), n), a = loadUpTo(at(scale, j), n);
      const d = loadUpTo(at(shift, j), n);
      for (let p = at(x, j), q = at(y, j); p < end; p += stride, q += stride) {
        storeUpTo(q, f32x4.pmax(affine(loadUpTo(p, n), m, a, d), low), n);
      }
    }
    x = end;
    y += stride * Block.Rows;
  }
}

/** dx = a dy + k (x - mean) + d, likewise, eight channels at a time; gated: see `channelSums`. */
// @ts-ignore: decorator
@inline
function affineGradRows(
  gated: bool,
  x: usize,
  dy: usize,
  dx: usize,
  mean: usize,
  a: usize,
  shift: usize,
  k: usize,
  d: usize,
  c: i32,
  rows: i32,
): void {
  const stride = <usize>c << 2;
  for (; rows > 0; rows -= Block.Rows) {
    const end = x + stride * min(rows, <i32> Block.Rows);
    let j = 0;
    for (; j + 8 <= c; j += 8) {
      const m0 = v128.load(at(mean, j)), m1 = v128.load(at(mean, j), 16);
      const f0 = v128.load(at(a, j)), f1 = v128.load(at(a, j), 16);
      const g0 = v128.load(at(k, j)), g1 = v128.load(at(k, j), 16);
      const e0 = v128.load(at(d, j)), e1 = v128.load(at(d, j), 16);
      const t0 = gated ? v128.load(at(shift, j)) : e0, t1 = gated ? v128.load(at(shift, j), 16) : e1;
      let q = at(dy, j), r = at(dx, j);
      for (let p = at(x, j); p < end; p += stride, q += stride, r += stride) {
        const u1 = f32x4.sub(v128.load(p, 16), m1), u0 = f32x4.sub(v128.load(p), m0);
        const v1 = gate(gated, v128.load(q, 16), u1, f1, t1), v0 = gate(gated, v128.load(q), u0, f0, t0);
        v128.store(r, fma(v1, f1, fma(u1, g1, e1)), 16);
        v128.store(r, fma(v0, f0, fma(u0, g0, e0)));
      }
    }
    for (; j < c; j += 4) {
      const n = min(c - j, 4);
      const m = loadUpTo(at(mean, j), n), f = loadUpTo(at(a, j), n);
      const g = loadUpTo(at(k, j), n), e = loadUpTo(at(d, j), n);
      const t = gated ? loadUpTo(at(shift, j), n) : e;
      let q = at(dy, j), r = at(dx, j);
      for (let p = at(x, j); p < end; p += stride, q += stride, r += stride) {
        const u = f32x4.sub(loadUpTo(p, n), m);
        storeUpTo(r, fma(gate(gated, loadUpTo(q, n), u, f, t), f, fma(u, g, e)), n);
      }
    }
    x = end;
    dy += stride * Block.Rows;
    dx += stride * Block.Rows;
  }
}

/**
 * y = scale (x - mean) + shift, channel by channel: x and y [outer, c, inner], the others [c].
 * Begin to end of outer. y may be x. low: relu's 0, where inner is 1; else -Infinity.
 */
export function channelAffine(
  x: usize,
  y: usize,
  mean: usize,
  scale: usize,
  shift: usize,
  low: f32,
  c: i32,
  inner: i32,
  begin: i32,
  end: i32,
): void {
  x = at(x, begin * c * inner);
  y = at(y, begin * c * inner);
  if (inner == 1) {
    affineRows(x, y, mean, scale, shift, f32x4.splat(low), c, end - begin);
    return;
  }
  for (let o = begin; o < end; o++) {
    for (let j = 0; j < c; j++) {
      const m = v128.load32_splat(at(mean, j)), a = v128.load32_splat(at(scale, j));
      const d = v128.load32_splat(at(shift, j));
      let i = 0;
      for (; i + 4 <= inner; i += 4) v128.store(at(y, i), affine(v128.load(at(x, i)), m, a, d));
      if (i < inner) {
        storeUpTo(at(y, i), affine(loadPart(at(x, i), inner - i, m), m, a, d), inner - i);
      }
      x = at(x, inner);
      y = at(y, inner);
    }
  }
}

/**
 * dx = a dy + k (x - mean) + d, channel by channel: x, dy and dx [outer, c, inner], the others [c].
 * Begin to end of outer. dx may be x or dy. shift: of `channelAffine`, whose scale a is, where inner is
 * 1 and relu is behind it; else 0.
 */
export function channelAffineGrad(
  x: usize,
  dy: usize,
  dx: usize,
  mean: usize,
  a: usize,
  shift: usize,
  k: usize,
  d: usize,
  c: i32,
  inner: i32,
  begin: i32,
  end: i32,
): void {
  const start = begin * c * inner;
  x = at(x, start);
  dy = at(dy, start);
  dx = at(dx, start);
  if (inner == 1) {
    if (shift) affineGradRows(true, x, dy, dx, mean, a, shift, k, d, c, end - begin);
    else affineGradRows(false, x, dy, dx, mean, a, 0, k, d, c, end - begin);
    return;
  }
  for (let o = begin; o < end; o++) {
    for (let j = 0; j < c; j++) {
      const m = v128.load32_splat(at(mean, j)), f = v128.load32_splat(at(a, j));
      const g = v128.load32_splat(at(k, j)), e = v128.load32_splat(at(d, j));
      let i = 0;
      for (; i + 4 <= inner; i += 4) {
        const rest = affine(v128.load(at(x, i)), m, g, e);
        v128.store(at(dx, i), fma(v128.load(at(dy, i)), f, rest));
      }
      if (i < inner) {
        const n = inner - i;
        const rest = affine(loadPart(at(x, i), n, m), m, g, e);
        storeUpTo(at(dx, i), fma(loadPart(at(dy, i), n, m), f, rest), n);
      }
      x = at(x, inner);
      dy = at(dy, inner);
      dx = at(dx, inner);
    }
  }
}

/** inverse [c] = 1 / √(variance + ε) and scale [c] = w inverse; channels begin to end. */
export function channelScale(
  variance: usize,
  w: usize,
  inverse: usize,
  scale: usize,
  eps: f32,
  begin: i32,
  end: i32,
): void {
  for (let j = begin; j < end; j++) {
    const f: f32 = 1 / root(load<f32>(at(variance, j)) + eps);
    store<f32>(at(inverse, j), f);
    store<f32>(at(scale, j), load<f32>(at(w, j)) * f);
  }
}

/**
 * What the gradients of a normalisation by its own moments come to, from channelSums: dw = product
 * inverse, and for channelAffineGrad k = -scale inverse² product f and d = -scale sum f, f being one
 * over the number of elements; channels begin to end.
 */
export function channelGradScale(
  sum: usize,
  product: usize,
  inverse: usize,
  scale: usize,
  dw: usize,
  k: usize,
  d: usize,
  f: f32,
  begin: i32,
  end: i32,
): void {
  for (let j = begin; j < end; j++) {
    const s = load<f32>(at(scale, j)) * f, v = load<f32>(at(inverse, j));
    const z = load<f32>(at(product, j)) * v;
    store<f32>(at(dw, j), z);
    store<f32>(at(k, j), -s * v * z);
    store<f32>(at(d, j), -s * load<f32>(at(sum, j)));
  }
}

// Layer normalisation along rows: y = w (x - mean) / √(variance + ε) + b, and its gradients.

import { addHigh, addLow, Block, demote, Products, Squares, sumOver, Values } from "./moments";
import { at, fma, loadPart, loadUpTo, root, storePart, storeUpTo, zeros } from "../simd";

/**
 * y [rows, n] from x [rows, n], w and b [n]; stats [rows, 2] = the mean and 1 / √(variance + ε) of
 * each row, for the gradient. Rows begin to end. y may be x.
 */
export function layerNormRows(
  x: usize,
  w: usize,
  b: usize,
  y: usize,
  stats: usize,
  n: i32,
  eps: f32,
  begin: i32,
  end: i32,
): void {
  for (let i = begin; i < end; i++) {
    const row = at(x, i * n), out = at(y, i * n);
    const mean = <f32>(sumOver<Values>(row, row, n, 0) / <f64>n);
    const variance = <f32>(sumOver<Squares>(row, row, n, mean) / <f64>n);
    const inverse: f32 = 1 / root(variance + eps);
    store<f32>(at(stats, 2 * i), mean);
    store<f32>(at(stats, 2 * i + 1), inverse);
    const m = f32x4.splat(mean), f = f32x4.splat(inverse);
    let j = 0;
    for (; j + 8 <= n; j += 8) {
      const p = at(row, j), q = at(w, j), r = at(b, j), to = at(out, j);
      const u = f32x4.mul(f32x4.sub(v128.load(p), m), f);
      const v = f32x4.mul(f32x4.sub(v128.load(p, 16), m), f);
      const y = fma(u, v128.load(q), v128.load(r)), z = fma(v, v128.load(q, 16), v128.load(r, 16));
      v128.store(to, z, 16);
      v128.store(to, y);
    }
    if (j + 4 <= n) {
      const v = f32x4.mul(f32x4.sub(v128.load(at(row, j)), m), f);
      v128.store(at(out, j), fma(v, v128.load(at(w, j)), v128.load(at(b, j))));
      j += 4;
    }
    if (j < n) {
      const k = n - j;
      const v = f32x4.mul(f32x4.sub(loadPart(at(row, j), k, m), m), f);
      storePart(at(out, j), fma(v, loadPart(at(w, j), k, m), loadPart(at(b, j), k, m)), k);
    }
  }
}

/**
 * dx of layerNormRows: with g = w dy and z = (x - mean) / √(variance + ε),
 * dx = (g - mean of g - z · mean of g z) / √(variance + ε). Rows begin to end. dx must not be x.
 */
export function layerNormGradRows(
  x: usize,
  w: usize,
  dy: usize,
  stats: usize,
  dx: usize,
  n: i32,
  begin: i32,
  end: i32,
): void {
  for (let i = begin; i < end; i++) {
    const row = at(x, i * n), d = at(dy, i * n), out = at(dx, i * n);
    const mean = load<f32>(at(stats, 2 * i)), inverse = load<f32>(at(stats, 2 * i + 1));
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      v128.store(at(out, j), f32x4.mul(v128.load(at(d, j)), v128.load(at(w, j))));
    }
    if (j < n) {
      const g = f32x4.mul(loadPart(at(d, j), n - j, zeros()), loadPart(at(w, j), n - j, zeros()));
      storePart(at(out, j), g, n - j);
    }
    const sum = sumOver<Values>(out, out, n, 0) / <f64>n;
    const product = sumOver<Products>(row, out, n, mean) / <f64>n;
    const f = f32x4.splat(inverse), m = f32x4.splat(mean);
    const s = f32x4.splat(-(<f32>sum)), p = f32x4.splat(<f32>(-product * inverse * inverse));
    for (j = 0; j + 4 <= n; j += 4) {
      const v = f32x4.sub(v128.load(at(row, j)), m);
      const g = fma(v, p, f32x4.add(v128.load(at(out, j)), s));
      v128.store(at(out, j), f32x4.mul(g, f));
    }
    if (j < n) {
      const v = f32x4.sub(loadPart(at(row, j), n - j, m), m);
      const g = fma(v, p, f32x4.add(loadPart(at(out, j), n - j, m), s));
      storePart(at(out, j), f32x4.mul(g, f), n - j);
    }
  }
}

/** Both sums down four vectors of columns of `rows` rows, `stride` bytes apart. */
function down16(
  x: usize, dy: usize, stats: usize, rows: i32, stride: usize, dw: usize, db: usize,
): void {
  // float64 totals of dw and db: the engine keeps them on its stack
  let w0 = zeros(), w1 = w0, w2 = w0, w3 = w0, w4 = w0, w5 = w0, w6 = w0, w7 = w0;
  let b0 = w0, b1 = w0, b2 = w0, b3 = w0, b4 = w0, b5 = w0, b6 = w0, b7 = w0;
  while (rows > 0) {
    let a = zeros(), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    let left = min(rows, <i32> Block.Rows);
    rows -= left;
    do {
      const m = v128.load32_splat(stats), r = v128.load32_splat(stats, 4);
      let v = v128.load(dy);
      a = fma(v, f32x4.mul(f32x4.sub(v128.load(x), m), r), a), e = f32x4.add(e, v);
      v = v128.load(dy, 16);
      b = fma(v, f32x4.mul(f32x4.sub(v128.load(x, 16), m), r), b), f = f32x4.add(f, v);
      v = v128.load(dy, 32);
      c = fma(v, f32x4.mul(f32x4.sub(v128.load(x, 32), m), r), c), g = f32x4.add(g, v);
      v = v128.load(dy, 48);
      d = fma(v, f32x4.mul(f32x4.sub(v128.load(x, 48), m), r), d), h = f32x4.add(h, v);
      x += stride;
      dy += stride;
      stats += 8;
    } while (--left);
    w0 = addLow(w0, a), w1 = addHigh(w1, a), w2 = addLow(w2, b), w3 = addHigh(w3, b);
    w4 = addLow(w4, c), w5 = addHigh(w5, c), w6 = addLow(w6, d), w7 = addHigh(w7, d);
    b0 = addLow(b0, e), b1 = addHigh(b1, e), b2 = addLow(b2, f), b3 = addHigh(b3, f);
    b4 = addLow(b4, g), b5 = addHigh(b5, g), b6 = addLow(b6, h), b7 = addHigh(b7, h);
  }
  const one = f64x2.splat(1);
  v128.store(dw, demote(w2, w3, one), 16);
  v128.store(dw, demote(w0, w1, one));
  v128.store(dw, demote(w6, w7, one), 48);
  v128.store(dw, demote(w4, w5, one), 32);
  v128.store(db, demote(b2, b3, one), 16);
  v128.store(db, demote(b0, b1, one));
  v128.store(db, demote(b6, b7, one), 48);
  v128.store(db, demote(b4, b5, one), 32);
}

/** The same down n columns, 1 to 4. */
function down4(
  x: usize, dy: usize, stats: usize, rows: i32, stride: usize, dw: usize, db: usize, n: i32,
): void {
  let w0 = zeros(), w1 = w0, b0 = w0, b1 = w0;
  while (rows > 0) {
    let w = zeros(), b = w;
    let left = min(rows, <i32> Block.Rows);
    rows -= left;
    do {
      const m = v128.load32_splat(stats), r = v128.load32_splat(stats, 4), v = loadUpTo(dy, n);
      w = fma(v, f32x4.mul(f32x4.sub(loadUpTo(x, n), m), r), w), b = f32x4.add(b, v);
      x += stride;
      dy += stride;
      stats += 8;
    } while (--left);
    w0 = addLow(w0, w), w1 = addHigh(w1, w), b0 = addLow(b0, b), b1 = addHigh(b1, b);
  }
  const one = f64x2.splat(1);
  storeUpTo(dw, demote(w0, w1, one), n);
  storeUpTo(db, demote(b0, b1, one), n);
}

/**
 * dw [n] = Σ dy z and db [n] = Σ dy over the rows of x and dy [rows, n], z as above; columns begin
 * to end.
 */
export function layerNormGradWeight(
  x: usize,
  dy: usize,
  stats: usize,
  dw: usize,
  db: usize,
  rows: i32,
  n: i32,
  begin: i32,
  end: i32,
): void {
  const stride = <usize>n << 2;
  let j = begin;
  for (; j + 16 <= end; j += 16) {
    down16(at(x, j), at(dy, j), stats, rows, stride, at(dw, j), at(db, j));
  }
  for (; j < end; j += 4) {
    down4(at(x, j), at(dy, j), stats, rows, stride, at(dw, j), at(db, j), min(end - j, 4));
  }
}

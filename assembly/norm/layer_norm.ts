// Layer normalisation along rows: y = w (x - mean) / √(variance + ε) + b, and its gradients.

import { Products, Squares, sumOver, Values } from "./moments";
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
    for (; j + 4 <= n; j += 4) {
      const v = f32x4.mul(f32x4.sub(v128.load(at(row, j)), m), f);
      v128.store(at(out, j), fma(v, v128.load(at(w, j)), v128.load(at(b, j))));
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

/** Rows that are added in float32 before the sum goes over to float64. */
const enum Block {
  Rows = 16,
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
  for (let j = begin; j < end; j += 4) {
    const k = min(end - j, 4);
    let w0 = zeros(), w1 = zeros(), b0 = zeros(), b1 = zeros();
    let i = 0;
    while (i < rows) {
      let w = zeros(), b = zeros();
      const stop = min(rows, i + <i32> Block.Rows);
      for (; i < stop; i++) {
        const d = loadUpTo(at(dy, i * n + j), k);
        const m = v128.load32_splat(at(stats, 2 * i));
        const z = f32x4.sub(loadUpTo(at(x, i * n + j), k), m);
        w = fma(d, f32x4.mul(z, v128.load32_splat(at(stats, 2 * i + 1))), w);
        b = f32x4.add(b, d);
      }
      w0 = f64x2.add(w0, f64x2.promote_low_f32x4(w));
      w1 = f64x2.add(w1, f64x2.promote_low_f32x4(v128.shuffle<i64>(w, w, 1, 0)));
      b0 = f64x2.add(b0, f64x2.promote_low_f32x4(b));
      b1 = f64x2.add(b1, f64x2.promote_low_f32x4(v128.shuffle<i64>(b, b, 1, 0)));
    }
    const wl = f32x4.demote_f64x2_zero(w0), wh = f32x4.demote_f64x2_zero(w1);
    const bl = f32x4.demote_f64x2_zero(b0), bh = f32x4.demote_f64x2_zero(b1);
    storeUpTo(at(dw, j), v128.shuffle<i64>(wl, wh, 0, 2), k);
    storeUpTo(at(db, j), v128.shuffle<i64>(bl, bh, 0, 2), k);
  }
}

// Layer normalisation along rows: y = w (x - mean) / √(variance + ε) + b, and its gradients.

import {
  addToTotals, clearTotals, giveTotals, keep, keep4, nextSums, placeOf, stripOf,
} from "./columns";
import { Block, Squares, sumOver, Values } from "./moments";
import { at, fma, loadPart, loadUpTo, root, storePart, storeUpTo, sumLanes, zeros } from "../simd";

const enum Rows {
  /** Numbers of rows whose moments are made before any is written: they stay in the first cache. */
  Numbers = 4096,
}

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
  // several rows at once: what one waits for at the end of its sum is the time of the others' sums
  const most = max(1, <i32> Rows.Numbers / max(n, 1));
  for (let i = begin; i < end; i += most) {
    const some = min(most, end - i), row = at(x, i * n), stat = at(stats, 2 * i);
    moments(row, n, eps, stat, some);
    normalize(row, w, b, at(y, i * n), stat, n, some);
  }
}

/** stats [rows, 2] = the mean and 1 / √(variance + ε) of each row. */
function moments(x: usize, n: i32, eps: f32, stats: usize, rows: i32): void {
  const end = at(stats, 2 * rows);
  let row = x;
  for (let stat = stats; stat < end; stat += 8, row = at(row, n)) {
    store<f32>(stat, <f32>(sumOver<Values>(row, row, n, 0) / <f64>n));
  }
  row = x;
  for (let stat = stats; stat < end; stat += 8, row = at(row, n)) {
    store<f32>(stat, <f32>(sumOver<Squares>(row, row, n, load<f32>(stat)) / <f64>n), 4);
  }
  for (let stat = stats; stat < end; stat += 8) {
    store<f32>(stat, 1 / root(load<f32>(stat, 4) + eps), 4);
  }
}

/** y = w (x - mean) / √(variance + ε) + b of some rows. */
function normalize(x: usize, w: usize, b: usize, y: usize, stats: usize, n: i32, rows: i32): void {
  for (let i = 0; i < rows; i++) {
    const row = at(x, i * n), out = at(y, i * n);
    const m = v128.load32_splat(at(stats, 2 * i)), f = v128.load32_splat(at(stats, 2 * i + 1));
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
    const row = at(x, i * n), grad = at(dy, i * n), out = at(dx, i * n);
    const mean = load<f32>(at(stats, 2 * i)), inverse = load<f32>(at(stats, 2 * i + 1));
    const m = f32x4.splat(mean);
    let p = row, q = grad, r = w, left = n, total: f64 = 0, products: f64 = 0; // as `sumOver` makes them
    while (left >= 16) {
      let a = zeros(), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
      let turns = min(left >> 4, 16);
      left -= turns << 4;
      do {
        let v = f32x4.mul(v128.load(q), v128.load(r));
        a = f32x4.add(a, v), e = fma(v, f32x4.sub(v128.load(p), m), e);
        v = f32x4.mul(v128.load(q, 16), v128.load(r, 16));
        b = f32x4.add(b, v), f = fma(v, f32x4.sub(v128.load(p, 16), m), f);
        v = f32x4.mul(v128.load(q, 32), v128.load(r, 32));
        c = f32x4.add(c, v), g = fma(v, f32x4.sub(v128.load(p, 32), m), g);
        v = f32x4.mul(v128.load(q, 48), v128.load(r, 48));
        d = f32x4.add(d, v), h = fma(v, f32x4.sub(v128.load(p, 48), m), h);
        p += 64, q += 64, r += 64;
      } while (--turns);
      total += sumLanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
      products += sumLanes(f32x4.add(f32x4.add(e, f), f32x4.add(g, h)));
    }
    if (left) {
      let a = zeros(), e = a;
      for (; left >= 4; left -= 4, p += 16, q += 16, r += 16) {
        const v = f32x4.mul(v128.load(q), v128.load(r));
        a = f32x4.add(a, v), e = fma(v, f32x4.sub(v128.load(p), m), e);
      }
      if (left) {
        const v = f32x4.mul(loadPart(q, left, zeros()), loadPart(r, left, zeros()));
        a = f32x4.add(a, v), e = fma(v, f32x4.sub(loadPart(p, left, m), m), e);
      }
      total += sumLanes(a);
      products += sumLanes(e);
    }
    const shift: f32 = -(<f32>(total / <f64>n));
    const slope = <f32>(-(products / <f64>n) * inverse * inverse);
    const t = f32x4.splat(shift), k = f32x4.splat(slope), f = f32x4.splat(inverse);
    let j = 0;
    for (; j + 8 <= n; j += 8) {
      const p = at(row, j), q = at(grad, j), r = at(w, j), to = at(out, j);
      const u = fma(f32x4.sub(v128.load(p), m), k, f32x4.add(f32x4.mul(v128.load(q), v128.load(r)), t));
      const v = fma(
        f32x4.sub(v128.load(p, 16), m), k, f32x4.add(f32x4.mul(v128.load(q, 16), v128.load(r, 16)), t),
      );
      v128.store(to, f32x4.mul(v, f), 16);
      v128.store(to, f32x4.mul(u, f));
    }
    for (; j < n; j += 4) {
      const rest = min(n - j, 4), g = f32x4.mul(loadUpTo(at(grad, j), rest), loadUpTo(at(w, j), rest));
      const v = fma(f32x4.sub(loadUpTo(at(row, j), rest), m), k, f32x4.add(g, t));
      storeUpTo(at(out, j), f32x4.mul(v, f), rest);
    }
  }
}

/** Both sums down 16 columns of a few rows, `stride` bytes apart, whose stats are given. */
function down16(
  x: usize, dy: usize, stats: usize, rows: i32, stride: usize, products: usize, sums: usize,
): void {
  let a = zeros(), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  for (; rows > 0; rows--) {
    const m = v128.load32_splat(stats), r = v128.load32_splat(stats, 4);
    const u0 = f32x4.mul(f32x4.sub(v128.load(x), m), r), v0 = v128.load(dy);
    const u1 = f32x4.mul(f32x4.sub(v128.load(x, 16), m), r), v1 = v128.load(dy, 16);
    a = fma(v0, u0, a), b = fma(v1, u1, b), e = f32x4.add(e, v0), f = f32x4.add(f, v1);
    const u2 = f32x4.mul(f32x4.sub(v128.load(x, 32), m), r), v2 = v128.load(dy, 32);
    const u3 = f32x4.mul(f32x4.sub(v128.load(x, 48), m), r), v3 = v128.load(dy, 48);
    c = fma(v2, u2, c), d = fma(v3, u3, d), g = f32x4.add(g, v2), h = f32x4.add(h, v3);
    x += stride;
    dy += stride;
    stats += 8;
  }
  keep4(products, a, b, c, d);
  keep4(sums, e, f, g, h);
}

/** The same down n columns, 1 to 4. */
function down4(
  x: usize, dy: usize, stats: usize, rows: i32, stride: usize, products: usize, sums: usize, n: i32,
): void {
  let a = zeros(), e = a;
  for (; rows > 0; rows--) {
    const m = v128.load32_splat(stats), r = v128.load32_splat(stats, 4), v = loadUpTo(dy, n);
    a = fma(v, f32x4.mul(f32x4.sub(loadUpTo(x, n), m), r), a), e = f32x4.add(e, v);
    x += stride;
    dy += stride;
    stats += 8;
  }
  keep(products, a);
  keep(sums, e);
}

/**
 * dw [n] = Σ dy z and db [n] = Σ dy over the rows of x and dy [rows, n], z as above; columns begin
 * to end. `scratch`: 12 KiB.
 */
export function layerNormGradWeight(
  x: usize, dy: usize, stats: usize, dw: usize, db: usize, rows: i32, n: i32, scratch: usize,
  begin: i32, end: i32,
): void {
  const stride = <usize>n << 2, sums = nextSums(scratch);
  for (let j = begin; j < end;) {
    const cols = stripOf(j, end);
    clearTotals(scratch, cols);
    clearTotals(sums, cols);
    let xs = at(x, j), ds = at(dy, j), stat = stats;
    for (let left = rows; left > 0; left -= Block.Rows) {
      const some = min(left, <i32> Block.Rows);
      let k = 0;
      for (; k + 16 <= cols; k += 16) {
        down16(at(xs, k), at(ds, k), stat, some, stride, placeOf(scratch, k), placeOf(sums, k));
      }
      for (; k < cols; k += 4) {
        const to = placeOf(scratch, k), rest = min(cols - k, 4);
        down4(at(xs, k), at(ds, k), stat, some, stride, to, placeOf(sums, k), rest);
      }
      addToTotals(scratch, cols);
      addToTotals(sums, cols);
      xs += stride * some;
      ds += stride * some;
      stat += 8 * some;
    }
    giveTotals(scratch, at(dw, j), 1, cols);
    giveTotals(sums, at(db, j), 1, cols);
    j += cols;
  }
}

// The product when both operands lie along k (x·Wᵀ of a small batch): dot products, nothing packed.
//
//   x: many rows of k numbers ──────────→          4 rows of x and 2 rows of y at a time: 8 sums of
//   y: a few rows of k numbers ─────────→          four lanes, 6 loads to 8 multiply-adds
//
// An element's sum is four chains, over k = 0, 1, 2, 3 mod 4 in rising order, added up as
// (l0 + l2) + (l1 + l3) and then to bias + C. Where k ends amid a vector, zeros fill it.

import { start, stop } from "./edge";
import { fma, loadPart, zeros } from "../simd";

/** [Σ a, Σ b, Σ c, Σ d], each (l0 + l2) + (l1 + l3). */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f64>(ab, cd, 0, 2), v128.shuffle<f64>(ab, cd, 1, 3));
}

// @ts-ignore: decorator
@inline
function load(p: usize, n: i32): v128 {
  return n >= 4 ? v128.load(p) : loadPart(p, n, zeros());
}

/** out[i·cx + j·cy] for nx (4, 2 or 1) rows of x and ny (2 or 1) rows of y; bias likewise. */
// @ts-ignore: decorator
@inline
function dots(
  nx: i32, ny: i32, x0: usize, xs: usize, y0: usize, ys: usize, k: i32,
  c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32,
): void {
  const zero = zeros();
  let v0 = zero, v1 = zero, v2 = zero, v3 = zero; // with y0
  let w0 = zero, w1 = zero, w2 = zero, w3 = zero; // with y1
  let x1 = x0 + xs, x2 = x1 + xs, x3 = x2 + xs, y1 = y0 + ys;
  let x = zero, s = zero, t = zero;
  const end8 = y0 + (<usize>(k & ~7) << 2);
  while (y0 != end8) {
    s = v128.load(y0);
    if (ny > 1) t = v128.load(y1);
    x = v128.load(x0), v0 = fma(x, s, v0);
    if (ny > 1) w0 = fma(x, t, w0);
    if (nx > 1) {
      x = v128.load(x1), v1 = fma(x, s, v1);
      if (ny > 1) w1 = fma(x, t, w1);
    }
    if (nx > 2) {
      x = v128.load(x2), v2 = fma(x, s, v2);
      if (ny > 1) w2 = fma(x, t, w2);
      x = v128.load(x3), v3 = fma(x, s, v3);
      if (ny > 1) w3 = fma(x, t, w3);
    }
    s = v128.load(y0, 16);
    if (ny > 1) t = v128.load(y1, 16);
    x = v128.load(x0, 16), v0 = fma(x, s, v0);
    if (ny > 1) w0 = fma(x, t, w0);
    if (nx > 1) {
      x = v128.load(x1, 16), v1 = fma(x, s, v1);
      if (ny > 1) w1 = fma(x, t, w1);
    }
    if (nx > 2) {
      x = v128.load(x2, 16), v2 = fma(x, s, v2);
      if (ny > 1) w2 = fma(x, t, w2);
      x = v128.load(x3, 16), v3 = fma(x, s, v3);
      if (ny > 1) w3 = fma(x, t, w3);
    }
    x0 += 32, x1 += 32, x2 += 32, x3 += 32, y0 += 32, y1 += 32;
  }
  for (let left = k & 7; left > 0; left -= 4) {
    s = load(y0, left);
    if (ny > 1) t = load(y1, left);
    x = load(x0, left), v0 = fma(x, s, v0);
    if (ny > 1) w0 = fma(x, t, w0);
    if (nx > 1) {
      x = load(x1, left), v1 = fma(x, s, v1);
      if (ny > 1) w1 = fma(x, t, w1);
    }
    if (nx > 2) {
      x = load(x2, left), v2 = fma(x, s, v2);
      if (ny > 1) w2 = fma(x, t, w2);
      x = load(x3, left), v3 = fma(x, s, v3);
      if (ny > 1) w3 = fma(x, t, w3);
    }
    x0 += 16, x1 += 16, x2 += 16, x3 += 16, y0 += 16, y1 += 16;
  }
  stop(c, cx, f32x4.add(start(c, cx, bias, bx, nx, flags), sums(v0, v1, v2, v3)), nx, flags);
  if (ny > 1) {
    c += cy;
    if (bias) bias += by;
    stop(c, cx, f32x4.add(start(c, cx, bias, bx, nx, flags), sums(w0, w1, w2, w3)), nx, flags);
  }
}

/** A few rows of y against nx (4, 2 or 1) rows of x. */
// @ts-ignore: decorator
@inline
function rows(
  nx: i32, x: usize, xs: usize, y: usize, ys: usize, ny: i32, k: i32,
  c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32,
): void {
  for (; ny >= 2; ny -= 2) {
    dots(nx, 2, x, xs, y, ys, k, c, cx, cy, bias, bx, by, flags);
    y += 2 * ys;
    c += 2 * cy;
    if (bias) bias += 2 * by;
  }
  if (ny) dots(nx, 1, x, xs, y, ys, k, c, cx, cy, bias, bx, by, flags);
}

function rows4(
  x: usize, xs: usize, y: usize, ys: usize, ny: i32, k: i32,
  c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32,
): void {
  rows(4, x, xs, y, ys, ny, k, c, cx, cy, bias, bx, by, flags);
}

function rows2(
  x: usize, xs: usize, y: usize, ys: usize, ny: i32, k: i32,
  c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32,
): void {
  rows(2, x, xs, y, ys, ny, k, c, cx, cy, bias, bx, by, flags);
}

function rows1(
  x: usize, xs: usize, y: usize, ys: usize, ny: i32, k: i32,
  c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32,
): void {
  rows(1, x, xs, y, ys, ny, k, c, cx, cy, bias, bx, by, flags);
}

/**
 * out[i, j] = x_i · y_j for nx rows of x (many) and ny rows of y (few), k contiguous numbers each.
 * xs, ys: bytes between rows. cx, cy: bytes in C from one i, one j to the next; bx, by: in bias.
 */
export function dotProducts(
  x: usize, xs: usize, nx: i32, y: usize, ys: usize, ny: i32, k: i32,
  c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32,
): void {
  while (nx > 0) {
    const n = nx >= 4 ? 4 : nx >= 2 ? 2 : 1;
    if (n == 4) rows4(x, xs, y, ys, ny, k, c, cx, cy, bias, bx, by, flags);
    else if (n == 2) rows2(x, xs, y, ys, ny, k, c, cx, cy, bias, bx, by, flags);
    else rows1(x, xs, y, ys, ny, k, c, cx, cy, bias, bx, by, flags);
    x += xs * n;
    c += cx * n;
    if (bias) bias += bx * n;
    nx -= n;
  }
}

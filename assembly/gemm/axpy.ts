// The product of a few rows and an operand whose own rows are contiguous (dy·W of a small batch):
// sums of those rows, nothing packed.
//
//   x: k rows of n numbers        y: a few rows of k numbers, any strides
//
//   out[i] = Σ_p y[i, p] · x[p]   32 columns of one row of out, or 16 of two, stay in registers
//
// An element is the same chain over k as in the tiled product.

import { start, stop } from "./edge";
import { at, fma, loadPart, zeros } from "../simd";

/** One row, nv (8, 4 or 1) vectors across; with nv = 1, `left` says how many lanes there are. */
// @ts-ignore: decorator
@inline
function one(
  nv: i32, x: usize, xs: usize, y: usize, yk: usize, k: i32,
  c: usize, cx: usize, bias: usize, bx: usize, left: i32, flags: i32,
): void {
  const cv = cx << 2, bv = bx << 2;
  let v0 = start(c, cx, bias, bx, left, flags), v1 = v0, v2 = v0, v3 = v0;
  if (nv > 1) {
    v1 = start(c + cv, cx, bias ? bias + bv : 0, bx, 4, flags);
    v2 = start(c + 2 * cv, cx, bias ? bias + 2 * bv : 0, bx, 4, flags);
    v3 = start(c + 3 * cv, cx, bias ? bias + 3 * bv : 0, bx, 4, flags);
  }
  let v4 = v0, v5 = v0, v6 = v0, v7 = v0;
  if (nv > 4) {
    v4 = start(c + 4 * cv, cx, bias ? bias + 4 * bv : 0, bx, 4, flags);
    v5 = start(c + 5 * cv, cx, bias ? bias + 5 * bv : 0, bx, 4, flags);
    v6 = start(c + 6 * cv, cx, bias ? bias + 6 * bv : 0, bx, 4, flags);
    v7 = start(c + 7 * cv, cx, bias ? bias + 7 * bv : 0, bx, 4, flags);
  }
  for (let p = 0; p < k; p++, x += xs, y += yk) {
    const s = v128.load32_splat(y);
    v0 = fma(s, nv > 1 || left >= 4 ? v128.load(x) : loadPart(x, left, zeros()), v0);
    if (nv > 1) {
      v1 = fma(s, v128.load(x, 16), v1);
      v2 = fma(s, v128.load(x, 32), v2);
      v3 = fma(s, v128.load(x, 48), v3);
    }
    if (nv > 4) {
      v4 = fma(s, v128.load(x, 64), v4);
      v5 = fma(s, v128.load(x, 80), v5);
      v6 = fma(s, v128.load(x, 96), v6);
      v7 = fma(s, v128.load(x, 112), v7);
    }
  }
  stop(c, cx, v0, left, flags);
  if (nv > 1) {
    stop(c + cv, cx, v1, 4, flags);
    stop(c + 2 * cv, cx, v2, 4, flags);
    stop(c + 3 * cv, cx, v3, 4, flags);
  }
  if (nv > 4) {
    stop(c + 4 * cv, cx, v4, 4, flags);
    stop(c + 5 * cv, cx, v5, 4, flags);
    stop(c + 6 * cv, cx, v6, 4, flags);
    stop(c + 7 * cv, cx, v7, 4, flags);
  }
}

/** Two rows, four vectors across. */
function two(
  x: usize, xs: usize, y: usize, ys: usize, yk: usize, k: i32,
  c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32,
): void {
  const cv = cx << 2, bv = bx << 2, d = c + cy, bias2: usize = bias ? bias + by : 0;
  let v0 = start(c, cx, bias, bx, 4, flags);
  let v1 = start(c + cv, cx, bias ? bias + bv : 0, bx, 4, flags);
  let v2 = start(c + 2 * cv, cx, bias ? bias + 2 * bv : 0, bx, 4, flags);
  let v3 = start(c + 3 * cv, cx, bias ? bias + 3 * bv : 0, bx, 4, flags);
  let w0 = start(d, cx, bias2, bx, 4, flags);
  let w1 = start(d + cv, cx, bias2 ? bias2 + bv : 0, bx, 4, flags);
  let w2 = start(d + 2 * cv, cx, bias2 ? bias2 + 2 * bv : 0, bx, 4, flags);
  let w3 = start(d + 3 * cv, cx, bias2 ? bias2 + 3 * bv : 0, bx, 4, flags);
  let z = y + ys;
  for (let p = 0; p < k; p++, x += xs, y += yk, z += yk) {
    const s = v128.load32_splat(y), t = v128.load32_splat(z);
    const x0 = v128.load(x), x1 = v128.load(x, 16);
    v0 = fma(s, x0, v0);
    w0 = fma(t, x0, w0);
    v1 = fma(s, x1, v1);
    w1 = fma(t, x1, w1);
    const x2 = v128.load(x, 32), x3 = v128.load(x, 48);
    v2 = fma(s, x2, v2);
    w2 = fma(t, x2, w2);
    v3 = fma(s, x3, v3);
    w3 = fma(t, x3, w3);
  }
  stop(c, cx, v0, 4, flags);
  stop(c + cv, cx, v1, 4, flags);
  stop(c + 2 * cv, cx, v2, 4, flags);
  stop(c + 3 * cv, cx, v3, 4, flags);
  stop(d, cx, w0, 4, flags);
  stop(d + cv, cx, w1, 4, flags);
  stop(d + 2 * cv, cx, w2, 4, flags);
  stop(d + 3 * cv, cx, w3, 4, flags);
}

function one8(
  x: usize, xs: usize, y: usize, yk: usize, k: i32,
  c: usize, cx: usize, bias: usize, bx: usize, flags: i32,
): void {
  one(8, x, xs, y, yk, k, c, cx, bias, bx, 4, flags);
}
function one4(
  x: usize, xs: usize, y: usize, yk: usize, k: i32,
  c: usize, cx: usize, bias: usize, bx: usize, flags: i32,
): void {
  one(4, x, xs, y, yk, k, c, cx, bias, bx, 4, flags);
}
function one1(
  x: usize, xs: usize, y: usize, yk: usize, k: i32,
  c: usize, cx: usize, bias: usize, bx: usize, left: i32, flags: i32,
): void {
  one(1, x, xs, y, yk, k, c, cx, bias, bx, left, flags);
}

/**
 * out[i, j] = Σ_p y[i, p]·x[p, j] for ny (few) rows of y and nx (many) columns of x. xs: bytes
 * between rows of x; ys, yk: in y from one i, one p to the next. cx, cy: in C from one j, one i to
 * the next; bx, by: in bias.
 */
export function axpy(
  x: usize, xs: usize, nx: i32, y: usize, ys: usize, yk: usize, ny: i32, k: i32,
  c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32,
): void {
  while (nx > 0) {
    const width = nx >= 32 && ny == 1 ? 32 : nx >= 16 ? 16 : min(nx, 4);
    let yi = y, ci = c, bi = bias, left = ny;
    for (; width == 16 && left >= 2; left -= 2) {
      two(x, xs, yi, ys, yk, k, ci, cx, cy, bi, bx, by, flags);
      yi += 2 * ys;
      ci += 2 * cy;
      if (bias) bi += 2 * by;
    }
    for (; left > 0; left--) {
      if (width == 32) one8(x, xs, yi, yk, k, ci, cx, bi, bx, flags);
      else if (width == 16) one4(x, xs, yi, yk, k, ci, cx, bi, bx, flags);
      else one1(x, xs, yi, yk, k, ci, cx, bi, bx, width, flags);
      yi += ys;
      ci += cy;
      if (bias) bi += by;
    }
    x = at(x, width);
    c += cx * width;
    if (bias) bias += bx * width;
    nx -= width;
  }
}

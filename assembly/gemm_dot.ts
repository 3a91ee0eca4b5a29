import { Flag } from "./gemm_flags";
import { loadPart } from "./gemm_part";
import { fma } from "./simd";

/** (lane 0 + lane 2) + (lane 1 + lane 3), with what the element starts from, and relu. */
// @ts-ignore: decorator
@inline
function finish(v: v128, c: usize, bias: usize, flags: i32): void {
  v = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  let sum = f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1);
  if (bias) sum += f32.load(bias);
  if (flags & Flag.Add) sum += f32.load(c);
  if (flags & Flag.Relu && sum < 0) sum = 0;
  f32.store(c, sum);
}

// @ts-ignore: decorator
@inline
function dots(
  nx: i32, ny: i32, x0: usize, xs: usize, y0: usize, ys: usize, k: i32,
  c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32,
): void {
  const zero = f32x4.splat(0);
  let v00 = zero, v10 = zero, v20 = zero, v30 = zero;
  let v01 = zero, v11 = zero, v21 = zero, v31 = zero;
  let x1 = x0 + xs, x2 = x1 + xs, x3 = x2 + xs, y1 = y0 + ys;
  let a: v128, b0: v128 = zero, b1: v128 = zero;
  const end8 = y0 + (<usize>(k & ~7) << 2), end = y0 + (<usize>(k & ~3) << 2);
  while (y0 < end8) {
    b0 = v128.load(y0);
    if (ny > 1) b1 = v128.load(y1);
    a = v128.load(x0);
    v00 = fma(a, b0, v00);
    if (ny > 1) v01 = fma(a, b1, v01);
    if (nx > 1) {
      a = v128.load(x1);
      v10 = fma(a, b0, v10);
      if (ny > 1) v11 = fma(a, b1, v11);
    }
    if (nx > 2) {
      a = v128.load(x2);
      v20 = fma(a, b0, v20);
      if (ny > 1) v21 = fma(a, b1, v21);
      a = v128.load(x3);
      v30 = fma(a, b0, v30);
      if (ny > 1) v31 = fma(a, b1, v31);
    }
    b0 = v128.load(y0, 16);
    if (ny > 1) b1 = v128.load(y1, 16);
    a = v128.load(x0, 16);
    v00 = fma(a, b0, v00);
    if (ny > 1) v01 = fma(a, b1, v01);
    if (nx > 1) {
      a = v128.load(x1, 16);
      v10 = fma(a, b0, v10);
      if (ny > 1) v11 = fma(a, b1, v11);
    }
    if (nx > 2) {
      a = v128.load(x2, 16);
      v20 = fma(a, b0, v20);
      if (ny > 1) v21 = fma(a, b1, v21);
      a = v128.load(x3, 16);
      v30 = fma(a, b0, v30);
      if (ny > 1) v31 = fma(a, b1, v31);
    }
    y0 += 32;
    if (ny > 1) y1 += 32;
    x0 += 32;
    if (nx > 1) x1 += 32;
    if (nx > 2) {
      x2 += 32;
      x3 += 32;
    }
  }
  let left = k & 7;
  while (left > 0) {
    const whole = left > 3;
    b0 = whole ? v128.load(y0) : loadPart(y0, left);
    if (ny > 1) b1 = whole ? v128.load(y1) : loadPart(y1, left);
    a = whole ? v128.load(x0) : loadPart(x0, left);
    v00 = fma(a, b0, v00);
    if (ny > 1) v01 = fma(a, b1, v01);
    if (nx > 1) {
      a = whole ? v128.load(x1) : loadPart(x1, left);
      v10 = fma(a, b0, v10);
      if (ny > 1) v11 = fma(a, b1, v11);
    }
    if (nx > 2) {
      a = whole ? v128.load(x2) : loadPart(x2, left);
      v20 = fma(a, b0, v20);
      if (ny > 1) v21 = fma(a, b1, v21);
      a = whole ? v128.load(x3) : loadPart(x3, left);
      v30 = fma(a, b0, v30);
      if (ny > 1) v31 = fma(a, b1, v31);
    }
    left -= 4;
    y0 += 16;
    if (ny > 1) y1 += 16;
    x0 += 16;
    if (nx > 1) x1 += 16;
    if (nx > 2) {
      x2 += 16;
      x3 += 16;
    }
  }
  finish(v00, c, bias, flags);
  if (ny > 1) finish(v01, c + cy, bias ? bias + by : 0, flags);
  if (nx > 1) {
    c += cx;
    if (bias) bias += bx;
    finish(v10, c, bias, flags);
    if (ny > 1) finish(v11, c + cy, bias ? bias + by : 0, flags);
  }
  if (nx > 2) {
    c += cx;
    if (bias) bias += bx;
    finish(v20, c, bias, flags);
    if (ny > 1) finish(v21, c + cy, bias ? bias + by : 0, flags);
    c += cx;
    if (bias) bias += bx;
    finish(v30, c, bias, flags);
    if (ny > 1) finish(v31, c + cy, bias ? bias + by : 0, flags);
  }
}

function dot4x2(x: usize, xs: usize, y: usize, ys: usize, k: i32, c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32): void {
  dots(4, 2, x, xs, y, ys, k, c, cx, cy, bias, bx, by, flags);
}
function dot2x2(x: usize, xs: usize, y: usize, ys: usize, k: i32, c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32): void {
  dots(2, 2, x, xs, y, ys, k, c, cx, cy, bias, bx, by, flags);
}
function dot1x2(x: usize, xs: usize, y: usize, ys: usize, k: i32, c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32): void {
  dots(1, 2, x, xs, y, ys, k, c, cx, cy, bias, bx, by, flags);
}
function dot4x1(x: usize, xs: usize, y: usize, ys: usize, k: i32, c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32): void {
  dots(4, 1, x, xs, y, ys, k, c, cx, cy, bias, bx, by, flags);
}
function dot1x1(x: usize, xs: usize, y: usize, ys: usize, k: i32, c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32): void {
  dots(1, 1, x, xs, y, ys, k, c, cx, cy, bias, bx, by, flags);
}

/** out[i·cx + j·cy] = x_i · y_j for nx rows of x (many) and ny rows of y (few), all of them contiguous. */
export function dotProducts(
  x: usize, xs: usize, nx: i32, y: usize, ys: usize, ny: i32, k: i32,
  c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32,
): void {
  while (nx > 0) {
    const rows = nx >= 4 ? 4 : nx >= 2 ? 2 : 1;
    let yj = y, cj = c, bj = bias, left = ny;
    for (; left >= 2; left -= 2) {
      if (rows == 4) dot4x2(x, xs, yj, ys, k, cj, cx, cy, bj, bx, by, flags);
      else if (rows == 2) dot2x2(x, xs, yj, ys, k, cj, cx, cy, bj, bx, by, flags);
      else dot1x2(x, xs, yj, ys, k, cj, cx, cy, bj, bx, by, flags);
      yj += ys << 1;
      cj += cy << 1;
      if (bj) bj += by << 1;
    }
    if (left) {
      if (rows == 4) dot4x1(x, xs, yj, ys, k, cj, cx, cy, bj, bx, by, flags);
      else {
        dot1x1(x, xs, yj, ys, k, cj, cx, cy, bj, bx, by, flags);
        if (rows == 2) dot1x1(x + xs, xs, yj, ys, k, cj + cx, cx, cy, bj ? bj + bx : 0, bx, by, flags);
      }
    }
    x += xs * rows;
    c += cx * rows;
    if (bias) bias += bx * rows;
    nx -= rows;
  }
}

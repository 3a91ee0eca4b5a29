// Max pooling: the largest element of each window, where it stands, and the gradient.

import { beginOf, endOf, loadSteps, regularStep, select, stepOf } from "./window";
import { at } from "../simd";

/** Lanes where v takes the place of the best so far: where it is larger, and where it is NaN. */
// @ts-ignore: decorator
@inline
export function beats(v: v128, best: v128): v128 {
  return v128.or(f32x4.gt(v, best), f32x4.ne(v, v));
}

/** One window of `inner` channels: every `dy`-th row and `dx`-th column of a part of the image. */
function across(
  x: usize,
  y: usize,
  index: usize,
  w: i32,
  inner: i32,
  top: i32,
  bottom: i32,
  left: i32,
  right: i32,
  dy: i32,
  dx: i32,
): void {
  const corner = top * w + left;
  // from one pixel of the window to the next, and from behind a row's last to the next row's first
  const width = dx == 1 ? right - left : (right - left + dx - 1) / dx * dx;
  const below = dy * w - width;
  const pixel = (<usize>inner << 2) * dx, down = (<usize>inner << 2) * below;
  x = at(x, corner * inner);
  let c = 0;
  for (; c + 4 <= inner; c += 4, x += 16) {
    let p = x, best = v128.load(p), place = i32x4.splat(corner);
    for (let i = top, k = corner; i < bottom; i += dy, p += down, k += below) {
      for (let j = left; j < right; j += dx, p += pixel, k += dx) {
        const v = v128.load(p), better = beats(v, best);
        best = select(v, best, better);
        place = select(i32x4.splat(k), place, better);
      }
    }
    v128.store(at(y, c), best);
    v128.store(at(index, c), place);
  }
  for (; c < inner; c++, x += 4) {
    let p = x, best = load<f32>(p), place = corner;
    for (let i = top, k = corner; i < bottom; i += dy, p += down, k += below) {
      for (let j = left; j < right; j += dx, p += pixel, k += dx) {
        const v = load<f32>(p);
        if (v > best || v != v) best = v, place = k;
      }
    }
    store<f32>(at(y, c), best);
    store<i32>(at(index, c), place);
  }
}

/** Four windows of one channel, `step` apart. */
function four(
  x: usize,
  y: usize,
  index: usize,
  w: i32,
  step: i32,
  top: i32,
  bottom: i32,
  left: i32,
  right: i32,
  dy: i32,
  dx: i32,
): void {
  const lanes = i32x4.mul(i32x4.splat(step), i32x4(0, 1, 2, 3));
  let best = f32x4.splat(-Infinity);
  let place = i32x4.add(i32x4.splat(top * w + left), lanes);
  for (let i = top; i < bottom; i += dy) {
    for (let j = left; j < right; j += dx) {
      const v = loadSteps(at(x, i * w + j), step);
      const better = beats(v, best);
      best = select(v, best, better);
      place = select(i32x4.add(i32x4.splat(i * w + j), lanes), place, better);
    }
  }
  v128.store(y, best);
  v128.store(index, place);
}

/**
 * y [outer, oh, ow, inner] = the largest of each window of x [outer, h, w, inner], the last NaN if
 * there is one; index (int32, like y) = its place in the image, row w + column, the first of equal
 * ones. Rows begin to end of outer · oh. `rows` and `cols`: see pool.ts; the third number of a line is
 * the distance of the window's pixels.
 */
export function maxPool(
  x: usize,
  y: usize,
  index: usize,
  rows: usize,
  cols: usize,
  h: i32,
  w: i32,
  oh: i32,
  ow: i32,
  inner: i32,
  begin: i32,
  end: i32,
): void {
  for (let row = begin; row < end; row++) {
    const image = at(x, row / oh * h * w * inner);
    const top = beginOf(rows, row % oh), bottom = endOf(rows, row % oh), dy = stepOf(rows, row % oh);
    let j = 0;
    while (j < ow) {
      const place = (row * ow + j) * inner;
      const left = beginOf(cols, j), right = endOf(cols, j), dx = stepOf(cols, j);
      const step = inner == 1 && j + 4 <= ow ? regularStep(cols, j) : 0;
      if (step > 0) {
        four(image, at(y, place), at(index, place), w, step, top, bottom, left, right, dy, dx);
        j += 4;
      } else {
        across(image, at(y, place), at(index, place), w, inner, top, bottom, left, right, dy, dx);
        j++;
      }
    }
  }
}

/**
 * The gradient of maxPool: dx [outer, h, w, inner] = dy of the windows whose largest element stands
 * there, in the order of the windows. Images begin to end of outer.
 */
export function maxPoolGrad(
  dy: usize,
  index: usize,
  dx: usize,
  pixels: i32,
  windows: i32,
  inner: i32,
  begin: i32,
  end: i32,
): void {
  const bytes = <usize>(pixels * inner) << 2;
  for (let o = begin; o < end; o++) {
    const image = dx + <usize>o * bytes;
    memory.fill(image, 0, bytes);
    let d = at(dy, o * windows * inner), p = at(index, o * windows * inner);
    for (let k = 0; k < windows; k++) {
      for (let c = 0; c < inner; c++) {
        const target = at(image, load<i32>(p) * inner + c);
        store<f32>(target, load<f32>(target) + load<f32>(d));
        d += 4;
        p += 4;
      }
    }
  }
}

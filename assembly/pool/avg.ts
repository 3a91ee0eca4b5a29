// Average pooling and its gradient.

import { beginOf, divisorOf, endOf, loadSteps, regularStep } from "./window";
import { at, loadUpTo, storeUpTo, zeros } from "../simd";

/** The mean of one window of `inner` channels. */
function across(
  x: usize,
  y: usize,
  w: i32,
  inner: i32,
  top: i32,
  bottom: i32,
  left: i32,
  right: i32,
  divisor: f32,
): void {
  const step = <usize>inner << 2, by = f32x4.splat(divisor);
  let c = 0;
  for (; c + 8 <= inner; c += 8) {
    let a = zeros(), b = zeros();
    for (let i = top; i < bottom; i++) {
      let p = at(x, (i * w + left) * inner + c);
      for (let j = left; j < right; j++, p += step) {
        a = f32x4.add(a, v128.load(p));
        b = f32x4.add(b, v128.load(p, 16));
      }
    }
    const to = at(y, c);
    v128.store(to, f32x4.div(b, by), 16);
    v128.store(to, f32x4.div(a, by));
  }
  for (; c < inner; c += 4) {
    const n = min(inner - c, 4);
    let sum = zeros();
    for (let i = top; i < bottom; i++) {
      for (let j = left; j < right; j++) {
        sum = f32x4.add(sum, loadUpTo(at(x, (i * w + j) * inner + c), n));
      }
    }
    storeUpTo(at(y, c), f32x4.div(sum, by), n);
  }
}

/** The means of four windows of one channel, `step` apart. */
function four(
  x: usize,
  y: usize,
  w: i32,
  step: i32,
  top: i32,
  bottom: i32,
  left: i32,
  right: i32,
  divisor: f32,
): void {
  let sum = zeros();
  for (let i = top; i < bottom; i++) {
    for (let j = left; j < right; j++) {
      sum = f32x4.add(sum, loadSteps(at(x, i * w + j), step));
    }
  }
  v128.store(y, f32x4.div(sum, f32x4.splat(divisor)));
}

/**
 * y [outer, oh, ow, inner] = the sum of each window of x [outer, h, w, inner] over its divisor. Rows
 * begin to end of outer · oh. `rows` and `cols`: see pool.ts.
 */
export function avgPool(
  x: usize,
  y: usize,
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
    const top = beginOf(rows, row % oh), bottom = endOf(rows, row % oh);
    let j = 0;
    while (j < ow) {
      const out = at(y, (row * ow + j) * inner);
      const left = beginOf(cols, j), right = endOf(cols, j);
      const divisor = <f32>(divisorOf(rows, row % oh) * divisorOf(cols, j));
      const step = inner == 1 && j + 4 <= ow ? regularStep(cols, j) : 0;
      // windows of one width have one divisor
      if (step > 0) {
        four(image, out, w, step, top, bottom, left, right, divisor);
        j += 4;
      } else {
        across(image, out, w, inner, top, bottom, left, right, divisor);
        j++;
      }
    }
  }
}

/** x += v, n elements. */
// @ts-ignore: decorator
@inline
function addTo(x: usize, v: v128, n: i32): void {
  storeUpTo(x, f32x4.add(loadUpTo(x, n), v), n);
}

/**
 * The gradient of avgPool: dx [outer, h, w, inner] = the sum of dy over its divisor of all windows
 * that an element is in, in their order. Images begin to end of outer.
 */
export function avgPoolGrad(
  dy: usize,
  dx: usize,
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
  const bytes = <usize>(h * w * inner) << 2;
  for (let o = begin; o < end; o++) {
    const image = dx + <usize>o * bytes;
    memory.fill(image, 0, bytes);
    for (let k = 0; k < oh; k++) {
      const top = beginOf(rows, k), bottom = endOf(rows, k);
      for (let l = 0; l < ow; l++) {
        const left = beginOf(cols, l), right = endOf(cols, l);
        const divisor = f32x4.splat(<f32>(divisorOf(rows, k) * divisorOf(cols, l)));
        const d = at(dy, ((o * oh + k) * ow + l) * inner);
        if (inner == 1) {
          const g = f32x4.div(v128.load32_splat(d), divisor);
          for (let i = top; i < bottom; i++) {
            for (let j = left; j < right; j += 4) addTo(at(image, i * w + j), g, min(right - j, 4));
          }
        } else {
          const step = <usize>inner << 2;
          let c = 0;
          for (; c + 8 <= inner; c += 8) {
            const from = at(d, c);
            const a = f32x4.div(v128.load(from), divisor), b = f32x4.div(v128.load(from, 16), divisor);
            for (let i = top; i < bottom; i++) {
              let p = at(image, (i * w + left) * inner + c);
              for (let j = left; j < right; j++, p += step) {
                const u = f32x4.add(v128.load(p), a), v = f32x4.add(v128.load(p, 16), b);
                v128.store(p, v, 16);
                v128.store(p, u);
              }
            }
          }
          for (; c < inner; c += 4) {
            const n = min(inner - c, 4);
            const g = f32x4.div(loadUpTo(at(d, c), n), divisor);
            for (let i = top; i < bottom; i++) {
              for (let j = left; j < right; j++) addTo(at(image, (i * w + j) * inner + c), g, n);
            }
          }
        }
      }
    }
  }
}

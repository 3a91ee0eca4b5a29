// Max pooling by windows of 2 × 2 that lie next to each other, eight channels at a time, which is what
// most networks have. Each pixel belongs to one window at most, so a gradient is chosen by comparing
// places, and nothing is added up.
//
// With `relu` it is what pooling makes of relu(x), which is never written: the place of a result that
// is not above 0 is −1, so that nobody gets its gradient, as relu's gradient has it.

import { beats } from "./max";
import { select } from "./window";
import { at, zeros } from "../simd";

/** relu where asked for: NaN and −0 stay what they are, as in `unary`. */
// @ts-ignore: decorator
@inline
function kept(x: v128, relu: i32): v128 {
  return relu ? f32x4.pmax(x, zeros()) : x;
}

/**
 * y [outer, h / 2, w / 2, inner] = the largest of each window of x [outer, h, w, inner], the last NaN
 * if there is one; index (int32, like y) = its place in the image. inner in eights; a last odd row or
 * column is left out. Rows begin to end of outer · (h / 2).
 */
export function halve(
  x: usize, y: usize, index: usize, h: i32, w: i32, inner: i32, relu: i32, begin: i32, end: i32,
): void {
  const oh = h >> 1, ow = w >> 1, pixel = <usize>inner << 2, line = pixel * w;
  y += <usize>(begin * ow) * pixel;
  index += <usize>(begin * ow) * pixel;
  for (let row = begin; row < end; row++) {
    const i = row % oh;
    let p = x + <usize>(row / oh * h + 2 * i) * line;
    if (relu) for (let j = 0, k = 2 * i * w; j < ow; j++, k += 2, p += 2 * pixel) {
      windowOf(p, pixel, line, k, w, y, index, 1);
      y += pixel, index += pixel;
    }
    else for (let j = 0, k = 2 * i * w; j < ow; j++, k += 2, p += 2 * pixel) {
      windowOf(p, pixel, line, k, w, y, index, 0);
      y += pixel, index += pixel;
    }
  }
}

/** One window of all channels. k: the place of its first pixel. */
// @ts-ignore: decorator
@inline
function windowOf(
  p: usize, pixel: usize, line: usize, k: i32, w: i32, y: usize, index: usize, relu: i32,
): void {
  const k0 = i32x4.splat(k), k1 = i32x4.splat(k + 1);
  const k2 = i32x4.splat(k + w), k3 = i32x4.splat(k + w + 1), none = i32x4.splat(-1);
  for (const end = p + pixel; p != end; p += 32, y += 32, index += 32) {
    const right = p + pixel, below = p + line, last = below + pixel;
    let a0 = kept(v128.load(p), relu), a1 = kept(v128.load(p, 16), relu);
    const b0 = kept(v128.load(right), relu), b1 = kept(v128.load(right, 16), relu);
    const c0 = kept(v128.load(below), relu), c1 = kept(v128.load(below, 16), relu);
    const d0 = kept(v128.load(last), relu), d1 = kept(v128.load(last, 16), relu);
    let m0 = beats(b0, a0), m1 = beats(b1, a1);
    a0 = select(b0, a0, m0), a1 = select(b1, a1, m1);
    let i0 = select(k1, k0, m0), i1 = select(k1, k0, m1);
    m0 = beats(c0, a0), m1 = beats(c1, a1);
    a0 = select(c0, a0, m0), a1 = select(c1, a1, m1);
    i0 = select(k2, i0, m0), i1 = select(k2, i1, m1);
    m0 = beats(d0, a0), m1 = beats(d1, a1);
    a0 = select(d0, a0, m0), a1 = select(d1, a1, m1);
    i0 = select(k3, i0, m0), i1 = select(k3, i1, m1);
    if (relu) {
      i0 = select(none, i0, f32x4.le(a0, zeros())), i1 = select(none, i1, f32x4.le(a1, zeros()));
    }
    v128.store(y, a1, 16), v128.store(y, a0);
    v128.store(index, i1, 16), v128.store(index, i0);
  }
}

/** dx of the same, with or without relu. Images begin to end of outer. */
export function halveGrad(
  dy: usize, index: usize, dx: usize, h: i32, w: i32, inner: i32, begin: i32, end: i32,
): void {
  const oh = h >> 1, ow = w >> 1, pixel = <usize>inner << 2, line = pixel * w;
  dy += <usize>(begin * oh * ow) * pixel;
  index += <usize>(begin * oh * ow) * pixel;
  dx += <usize>(begin * h) * line;
  for (let image = begin; image < end; image++) {
    for (let i = 0; i < oh; i++, dx += 2 * line) {
      let p = dx;
      for (let j = 0, k = 2 * i * w; j < ow; j++, k += 2, p += 2 * pixel) {
        spread(dy, index, p, pixel, line, k, w);
        dy += pixel, index += pixel;
      }
      if (w & 1) memory.fill(p, 0, pixel), memory.fill(p + line, 0, pixel);
    }
    if (h & 1) memory.fill(dx, 0, line), dx += line;
  }
}

/** The gradient of one window of all channels. */
// @ts-ignore: decorator
@inline
function spread(
  dy: usize, index: usize, p: usize, pixel: usize, line: usize, k: i32, w: i32,
): void {
  const k0 = i32x4.splat(k), k1 = i32x4.splat(k + 1);
  const k2 = i32x4.splat(k + w), k3 = i32x4.splat(k + w + 1);
  for (const end = p + pixel; p != end; p += 32, dy += 32, index += 32) {
    const right = p + pixel, below = p + line, last = below + pixel;
    // 0 + d: a sum that begins with 0 never is −0
    const d0 = f32x4.add(v128.load(dy), zeros()), d1 = f32x4.add(v128.load(dy, 16), zeros());
    const i0 = v128.load(index), i1 = v128.load(index, 16);
    v128.store(p, v128.and(d1, i32x4.eq(i1, k0)), 16);
    v128.store(p, v128.and(d0, i32x4.eq(i0, k0)));
    v128.store(right, v128.and(d1, i32x4.eq(i1, k1)), 16);
    v128.store(right, v128.and(d0, i32x4.eq(i0, k1)));
    v128.store(below, v128.and(d1, i32x4.eq(i1, k2)), 16);
    v128.store(below, v128.and(d0, i32x4.eq(i0, k2)));
    v128.store(last, v128.and(d1, i32x4.eq(i1, k3)), 16);
    v128.store(last, v128.and(d0, i32x4.eq(i0, k3)));
  }
}

// Warping images: every pixel of the result is one bilinear sample of its source, at a place that an
// affine map and a smooth field of displacements give. Outside of the image all is 0.
//
//   place of pixel p = centre + A (p - centre) + shift + field(p)
//
// Nothing here is fused: a seed gives the same images in both builds.

import { at, hoisted, loadUpTo, storeUpTo, zeros } from "../simd";

// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** 2^23: adding it to a whole number below it leaves the number in the low bits. */
// @ts-ignore: decorator
@inline
const INTEGERS: f32 = 8388608.0;

const enum Bits {
  Integers = 0x4b000000,
}

/**
 * The image with a border of zeros, each element beside the one below it: a load of 16 bytes then
 * has the four neighbours of a place.
 *
 *   0 0 0 0         (0,0) (0,a) (0,b) (0,0)
 *   0 a b 0   -->   (0,0) (a,c) (b,d) (0,0)      rows of w + 2 pairs
 *   0 c d 0         (0,0) (c,0) (d,0) (0,0)
 *   0 0 0 0         (0,0) (0,0) (0,0) (0,0)
 */
function pairUp(x: usize, pairs: usize, h: i32, w: i32): void {
  const rowBytes = <usize> (w + 2) << 3;
  v128.store64_lane(pairs, zeros(), 0);
  for (let i = 0; i <= h; i++) {
    const above = at(x, (i - 1) * w), below = at(x, i * w);
    let out = pairs + 8;
    for (let j = 0; j < w; j += 4) {
      const n = min(4, w - j);
      const a = i > 0 ? loadUpTo(at(above, j), n) : zeros();
      const b = i < h ? loadUpTo(at(below, j), n) : zeros();
      v128.store(out, v128.shuffle<i32>(a, b, 2, 6, 3, 7), 16);
      v128.store(out, v128.shuffle<i32>(a, b, 0, 4, 1, 5));
      out += 32;
    }
    // The last pair of this row and the first of the next are border. A last vector that is not full
    // has also written zeros where the next row's first pixels will be.
    pairs += rowBytes;
    v128.store(pairs - 8, zeros());
  }
  memory.fill(pairs, 0, rowBytes + 8);
}

/** Where the pixels of row i come from, one further right and down as the border shifts them. */
function placeRow(
  xs: usize,
  ys: usize,
  affine: usize,
  field: usize,
  cols: usize,
  rows: usize,
  points: i32,
  i: i32,
  h: i32,
  w: i32,
): void {
  const centreX: f32 = <f32> (w - 1) * 0.5, centreY: f32 = <f32> (h - 1) * 0.5;
  const dy: f32 = <f32> i - centreY;
  const x0 = load<f32>(affine, 4) * dy + load<f32>(affine, 8) + (centreX + 1);
  const y0 = load<f32>(affine, 16) * dy + load<f32>(affine, 20) + (centreY + 1);
  const baseX = f32x4.splat(x0), baseY = f32x4.splat(y0);
  const a = v128.load32_splat(affine, 0), b = v128.load32_splat(affine, 12);
  const four = f32x4.splat(4);
  const width = (w + 3) & ~3;
  let dx = f32x4.sub(f32x4(0, 1, 2, 3), f32x4.splat(centreX));
  for (let j = 0; j < width; j += 4) {
    v128.store(at(xs, j), madd(a, dx, baseX));
    v128.store(at(ys, j), madd(b, dx, baseY));
    dx = f32x4.add(dx, four);
  }
  // The field is separable: a row's weights make of all control points one row of them, and the
  // columns' weights spread that, four control points at a time.
  const padded = (points + 3) & ~3;
  const fieldY = at(field, points * padded);
  for (let l = 0; l < padded; l += 4) {
    let u = zeros(), v = zeros();
    for (let k = 0; k < points; k++) {
      const weight = v128.load32_splat(at(rows, k));
      u = madd(weight, v128.load(at(field, k * padded + l)), u);
      v = madd(weight, v128.load(at(fieldY, k * padded + l)), v);
    }
    const u0 = v128.shuffle<i32>(u, u, 0, 0, 0, 0), v0 = v128.shuffle<i32>(v, v, 0, 0, 0, 0);
    const u1 = v128.shuffle<i32>(u, u, 1, 1, 1, 1), v1 = v128.shuffle<i32>(v, v, 1, 1, 1, 1);
    const u2 = v128.shuffle<i32>(u, u, 2, 2, 2, 2), v2 = v128.shuffle<i32>(v, v, 2, 2, 2, 2);
    const u3 = v128.shuffle<i32>(u, u, 3, 3, 3, 3), v3 = v128.shuffle<i32>(v, v, 3, 3, 3, 3);
    for (let j = 0; j < width; j += 4) {
      const w0 = v128.load(at(cols, l * width + j)), w1 = v128.load(at(cols, (l + 1) * width + j));
      const w2 = v128.load(at(cols, (l + 2) * width + j));
      const w3 = v128.load(at(cols, (l + 3) * width + j));
      const x = at(xs, j), y = at(ys, j);
      v128.store(x, madd(w3, u3, madd(w2, u2, madd(w1, u1, madd(w0, u0, v128.load(x))))));
      v128.store(y, madd(w3, v3, madd(w2, v2, madd(w1, v1, madd(w0, v0, v128.load(y))))));
    }
  }
}

/** Samples w places of the paired image. */
function sampleRow(xs: usize, ys: usize, pairs: usize, out: usize, h: i32, w: i32): void {
  const zero = w >> 31;
  const first = i32x4.splat(zero), integers = hoisted(INTEGERS, zero);
  const lastX = hoisted(<f32> (w + 1), zero), lastY = hoisted(<f32> (h + 1), zero);
  const stride = i32x4.splat((w + 2) ^ zero);
  // the address of place (0, 0), less what the bits of INTEGERS will add to it
  const origin = i32x4.splat(<i32> pairs - ((Bits.Integers * (w + 2) + Bits.Integers) << 3));
  for (let j = 0; j < w; j += 4) {
    // Beyond the border all is 0, so the border stands for it; NaN goes there as well.
    const px = f32x4.pmin(lastX, f32x4.pmax(first, v128.load(at(xs, j))));
    const py = f32x4.pmin(lastY, f32x4.pmax(first, v128.load(at(ys, j))));
    const left = f32x4.floor(px), top = f32x4.floor(py);
    const fx = f32x4.sub(px, left), fy = f32x4.sub(py, top);
    const row = f32x4.add(top, integers), column = f32x4.add(left, integers);
    const pixel = i32x4.add(i32x4.mul(row, stride), column);
    const address = i32x4.add(i32x4.shl(pixel, 3), origin);
    const p0 = v128.load(i32x4.extract_lane(address, 0));
    const p1 = v128.load(i32x4.extract_lane(address, 1));
    const p2 = v128.load(i32x4.extract_lane(address, 2));
    const p3 = v128.load(i32x4.extract_lane(address, 3));
    const above01 = v128.shuffle<i32>(p0, p1, 0, 2, 4, 6);
    const above23 = v128.shuffle<i32>(p2, p3, 0, 2, 4, 6);
    const below01 = v128.shuffle<i32>(p0, p1, 1, 3, 5, 7);
    const below23 = v128.shuffle<i32>(p2, p3, 1, 3, 5, 7);
    const fy01 = v128.shuffle<i32>(fy, fy, 0, 0, 1, 1), fy23 = v128.shuffle<i32>(fy, fy, 2, 2, 3, 3);
    const mid01 = madd(fy01, f32x4.sub(below01, above01), above01);
    const mid23 = madd(fy23, f32x4.sub(below23, above23), above23);
    const l = v128.shuffle<i32>(mid01, mid23, 0, 2, 4, 6);
    const r = v128.shuffle<i32>(mid01, mid23, 1, 3, 5, 7);
    storeUpTo(at(out, j), madd(fx, f32x4.sub(r, l), l), min(4, w - j));
  }
}

/**
 * Planes begin to end of y = x warped: [n, channels, h, w]; y may be x. Lengths are in pixels.
 *
 *   affine  [n, 6]                   a00 a01 shiftX, which give the column that a pixel comes from,
 *                                    and a10 a11 shiftY, the row
 *   field   [n, 2, points, padded]   displacements at control points: of columns, then of rows
 *   cols    [padded, width]          the weight of a column of control points in a column of pixels
 *   rows    [h, points]              the weight of a row of control points in a row of pixels
 *
 * padded and width are points and w up to a multiple of 4; cols is 0 beyond points. Where points is
 * 0 there is no field. `scratch`: 2 width + 2 (h + 2) (w + 2) + 2 numbers.
 */
export function warp(
  x: usize,
  y: usize,
  affine: usize,
  field: usize,
  cols: usize,
  rows: usize,
  points: i32,
  channels: i32,
  h: i32,
  w: i32,
  scratch: usize,
  begin: i32,
  end: i32,
): void {
  const width = (w + 3) & ~3, numbers = 2 * points * ((points + 3) & ~3);
  const xs = scratch, ys = at(xs, width), pairs = at(ys, width);
  for (let plane = begin; plane < end; plane++) {
    const sample = plane / channels;
    const a = at(affine, sample * 6), f = at(field, sample * numbers);
    pairUp(at(x, plane * h * w), pairs, h, w);
    for (let i = 0; i < h; i++) {
      placeRow(xs, ys, a, f, cols, at(rows, i * points), points, i, h, w);
      sampleRow(xs, ys, pairs, at(y, (plane * h + i) * w), h, w);
    }
  }
}

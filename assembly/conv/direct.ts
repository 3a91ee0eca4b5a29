// Convolution straight from the pixels, without patches: what a patch's row holds lies in one span
// of an image that has its padding around it.
//
//   x, padded   ┌──────────────────┐
//               │ [0 1 2]          │      tap k of output pixel p:  image[p · step + offset(k)]
//               │ [3 4 5]   p = 0  │      the same offsets for each p, the same p for each k
//               │ [6 7 8]          │
//               └──────────────────┘
//
// One group, dilation 1, outputs in eights, at least four pixels a row. Tiles are 4 × 8 or 5 × 8 sums, or
// 16 across where the engine joins neighbouring vectors: pixels (forward) or taps (weight gradient) by
// outputs. Fives and fours make up most numbers of pixels and taps, nine above all.

import { copyBytes } from "../elementwise/copy";
import { ConvShape, depthOf } from "./shape";
import { pack } from "../gemm/pack";
import { at, fma, zeros } from "../simd";
import { WIDE } from "../target";

const enum Block {
  /** Pixels whose gradients and images stay in the first cache while all taps of the weight meet them. */
  Pixels = 256,
}

/** Whether these kernels can take it. */
export function isDirect(s: ConvShape): bool {
  return s.groups == 1 && s.dh == 1 && s.dw == 1 && (s.o & 7) == 0 && s.ow >= 4;
}

/** Height and width of the padded image. */
// @ts-ignore: decorator
@inline
function heightOf(s: ConvShape): i32 {
  return s.h + 2 * s.ph;
}
// @ts-ignore: decorator
@inline
function widthOf(s: ConvShape): i32 {
  return s.w + 2 * s.pw;
}

/** Whether x needs no padding. */
// @ts-ignore: decorator
@inline
function isBare(s: ConvShape): bool {
  return s.ph == 0 && s.pw == 0;
}

/** Numbers of the padded image, up to whole lines. */
function imageRoom(s: ConvShape): f64 {
  return isBare(s) ? 0.0 : <f64>heightOf(s) * <f64>widthOf(s) * <f64>s.c + 15.0;
}

/** Taps up to a multiple of 4. */
// @ts-ignore: decorator
@inline
function tapsOf(s: ConvShape): i32 {
  return (depthOf(s) + 3) & ~3;
}

/** Bytes of scratch for either direction, 64-byte aligned. */
export function directScratch(s: ConvShape): f64 {
  return 64.0 * Math.ceil((imageRoom(s) + <f64>tapsOf(s) * <f64>s.o) / 16.0) + 64.0;
}

/** x with zeros around it. */
function padded(s: ConvShape, x: usize, to: usize): usize {
  if (isBare(s)) return x;
  const span = <usize>(s.w * s.c) << 2, line = <usize>(widthOf(s) * s.c) << 2;
  memory.fill(to, 0, line * heightOf(s));
  let p = at(to + line * s.ph, s.pw * s.c);
  for (let y = 0; y < s.h; y++) {
    copyBytes(x, p, span);
    x += span;
    p += line;
  }
  return to;
}

/** Outputs of the tiles from output j on. */
// @ts-ignore: decorator
@inline
function widthOfTiles(j: i32, o: i32): i32 {
  return WIDE && j + 16 <= o ? 16 : 8;
}

/** The weight [o, K] in panels [K, 8 or 16]. Returns where the image may stand behind them. */
export function directWeights(s: ConvShape, weight: usize, to: usize): usize {
  const o = s.o, k = depthOf(s), row = <usize>k << 2;
  for (let j = 0; j < o;) {
    const n = widthOfTiles(j, o), step = <usize>n << 2;
    pack(weight, row, 4, 8, k, to, 8, step);
    if (WIDE && n == 16) pack(weight + (row << 3), row, 4, 8, k, to + 32, 8, step);
    weight += row * n;
    to = at(to, n * k);
    j += n;
  }
  return (to + 63) & ~63;
}

/** y of one sample, rows top to bottom. panels: of `directWeights`; image: room for one. */
export function directForward(
  s: ConvShape, x: usize, panels: usize, bias: usize, y: usize, image: usize, top: i32, bottom: i32,
): void {
  const o = s.o, ow = s.ow, k = depthOf(s), kh = s.kh, span = s.kw * s.c;
  const from = padded(s, x, image);
  const line = <usize>(widthOf(s) * s.c) << 2, step = <usize>(s.sw * s.c) << 2;
  const out = <usize>o << 2, near = !WIDE && step == 4;
  y += out * (ow * top);
  for (let oy = top; oy < bottom; oy++) {
    const row = from + line * (oy * s.sh);
    for (let j = 0; j < o;) {
      const panel = at(panels, j * k), start: usize = bias ? at(bias, j) : 0;
      const n = widthOfTiles(j, o);
      for (let ox = 0; ox < ow;) {
        const left = ow - ox, five = !WIDE && inFives(left);
        const p = min(ox, ow - 4); // the last four may overlap those before: the same bits again
        const from = row + step * p, to = at(y + out * p, j);
        if (WIDE && n == 16) pixels(4, false, true, from, step, line, kh, span, panel, start, to, out);
        else if (near && five) pixels(5, true, false, from, step, line, kh, span, panel, start, to, out);
        else if (near) pixels(4, true, false, from, step, line, kh, span, panel, start, to, out);
        else if (five) pixels(5, false, false, from, step, line, kh, span, panel, start, to, out);
        else pixels(4, false, false, from, step, line, kh, span, panel, start, to, out);
        ox += five ? 5 : 4;
      }
      j += n;
    }
    y += out * ow;
  }
}

/** Whether the first of so many are five at a time, and not four: then fours make up the rest. */
// @ts-ignore: decorator
@inline
function inFives(left: i32): bool {
  return (left & 3) != 0 && (left & 3) <= left >> 2;
}

/** x[i] in all lanes. */
// @ts-ignore: decorator
@inline
function lane(x: v128, i: i32): v128 {
  if (i == 0) return v128.shuffle<f32>(x, x, 0, 0, 0, 0);
  if (i == 1) return v128.shuffle<f32>(x, x, 1, 1, 1, 1);
  return i == 2 ? v128.shuffle<f32>(x, x, 2, 2, 2, 2) : v128.shuffle<f32>(x, x, 3, 3, 3, 3);
}

/**
 * Four or, of those side by side, five pixels by 8 or, in pairs of vectors, 16 outputs. a: the first tap
 * of the first pixel. near: a tap of four pixels is one vector.
 */
// @ts-ignore: decorator
@inline
function pixels(
  n: i32, near: bool, pairs: bool, a: usize, step: usize, line: usize, kh: i32, span: i32, b: usize,
  bias: usize, y: usize, out: usize,
): void {
  let v00 = zeros(), v01 = v00, v02 = v00, v03 = v00;
  if (bias) {
    v00 = v128.load(bias), v01 = v128.load(bias, 16);
    if (pairs) v02 = v128.load(bias, 32), v03 = v128.load(bias, 48);
  }
  let v10 = v00, v11 = v01, v12 = v02, v13 = v03, v20 = v00, v21 = v01, v22 = v02, v23 = v03;
  let v30 = v00, v31 = v01, v32 = v02, v33 = v03, v40 = v00, v41 = v01;
  let b0 = v00, b1 = v00, b2 = v00, b3 = v00, s = v00;
  let x = v00;
  for (; kh > 0; kh--) {
    let a0 = a, a1 = a + step, a2 = a1 + step, a3 = a2 + step;
    for (const end = at(a, span); a0 != end; a0 += 4, a1 += 4, a2 += 4, a3 += 4) {
      b0 = v128.load(b), b1 = v128.load(b, 16);
      if (pairs) b2 = v128.load(b, 32), b3 = v128.load(b, 48);
      if (near) x = v128.load(a0);
      s = near ? lane(x, 0) : v128.load32_splat(a0);
      v00 = fma(s, b0, v00), v01 = fma(s, b1, v01);
      if (pairs) v02 = fma(s, b2, v02), v03 = fma(s, b3, v03);
      s = near ? lane(x, 1) : v128.load32_splat(a1);
      v10 = fma(s, b0, v10), v11 = fma(s, b1, v11);
      if (pairs) v12 = fma(s, b2, v12), v13 = fma(s, b3, v13);
      s = near ? lane(x, 2) : v128.load32_splat(a2);
      v20 = fma(s, b0, v20), v21 = fma(s, b1, v21);
      if (pairs) v22 = fma(s, b2, v22), v23 = fma(s, b3, v23);
      s = near ? lane(x, 3) : v128.load32_splat(a3);
      v30 = fma(s, b0, v30), v31 = fma(s, b1, v31);
      if (pairs) v32 = fma(s, b2, v32), v33 = fma(s, b3, v33);
      if (n > 4) {
        s = near ? v128.load32_splat(a0, 16) : v128.load32_splat(a3 + step);
        v40 = fma(s, b0, v40), v41 = fma(s, b1, v41);
      }
      b += pairs ? 64 : 32;
    }
    a += line;
  }
  put(pairs, y, v00, v01, v02, v03);
  put(pairs, y + out, v10, v11, v12, v13);
  put(pairs, y + 2 * out, v20, v21, v22, v23);
  put(pairs, y + 3 * out, v30, v31, v32, v33);
  if (n > 4) put(false, y + 4 * out, v40, v41, v40, v41);
}

/** Stores 8 or 16 sums. */
// @ts-ignore: decorator
@inline
function put(pairs: bool, p: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(p, b, 16);
  v128.store(p, a);
  if (!pairs) return;
  v128.store(p, d, 48);
  v128.store(p, c, 32);
}

/** Adds the weight gradient of one sample to sums [K up to a multiple of 4, o]. */
export function directWeightGrad(
  s: ConvShape, x: usize, dy: usize, sums: usize, image: usize,
): void {
  const o = s.o, k = depthOf(s), from = padded(s, x, image), rows = max(1, Block.Pixels / s.ow);
  const line = <usize>(widthOf(s) * s.c) << 2, step = <usize>(s.sw * s.c) << 2;
  const down = line * s.sh - step * s.ow; // from the end of a row of pixels to the next
  const span = s.kw * s.c, out = <usize>o << 2;
  for (let top = 0; top < s.oh; top += rows) {
    const oh = min(rows, s.oh - top), begin = from + line * (top * s.sh), dys = at(dy, top * s.ow * o);
    for (let j = 0; j < o;) {
      const n = widthOfTiles(j, o), b = at(dys, j);
      for (let i = 0, taps = 0; i < k; i += taps) {
        const left = k - i;
        taps = inFives(left) ? 5 : 4;
        // a tap that is not there is the last one again, whose sum nobody reads
        const a0 = begin + tap(i, span, line), a1 = begin + tap(min(i + 1, k - 1), span, line);
        const a2 = begin + tap(min(i + 2, k - 1), span, line);
        const a3 = begin + tap(min(i + 3, k - 1), span, line);
        const c = at(sums, i * o + j);
        const a4 = begin + tap(min(i + 4, k - 1), span, line);
        const to1 = a1 - a0, to2 = a2 - a0, to3 = a3 - a0, to4 = a4 - a0;
        if (WIDE && n == 16) {
          if (taps == 5) tapsOver(5, true, a0, to1, to2, to3, to4, step, down, oh, s.ow, b, out, c);
          else tapsOver(4, true, a0, to1, to2, to3, to4, step, down, oh, s.ow, b, out, c);
        } else if (taps == 5) tapsOver(5, false, a0, to1, to2, to3, to4, step, down, oh, s.ow, b, out, c);
        else tapsOver(4, false, a0, to1, to2, to3, to4, step, down, oh, s.ow, b, out, c);
      }
      j += n;
    }
  }
}

/** Bytes from a pixel's first tap to its tap k. */
// @ts-ignore: decorator
@inline
function tap(k: i32, span: i32, line: usize): usize {
  const ky = k / span;
  return at(line * ky, k - ky * span);
}

/** Four or five taps by 8 or, in pairs of vectors, 16 outputs, over all pixels. */
// @ts-ignore: decorator
@inline
function tapsOver(
  n: i32, pairs: bool, a: usize, to1: usize, to2: usize, to3: usize, to4: usize, step: usize, down: usize,
  oh: i32, ow: i32, b: usize, out: usize, c: usize,
): void {
  const c1 = c + out, c2 = c1 + out, c3 = c2 + out, c4 = c3 + out;
  let v00 = v128.load(c), v01 = v128.load(c, 16), v02 = v00, v03 = v00;
  let v10 = v128.load(c1), v11 = v128.load(c1, 16), v12 = v00, v13 = v00;
  let v20 = v128.load(c2), v21 = v128.load(c2, 16), v22 = v00, v23 = v00;
  let v30 = v128.load(c3), v31 = v128.load(c3, 16), v32 = v00, v33 = v00;
  let v40 = n > 4 ? v128.load(c4) : v00, v41 = n > 4 ? v128.load(c4, 16) : v00, v42 = v00, v43 = v00;
  if (pairs && n > 4) v42 = v128.load(c4, 32), v43 = v128.load(c4, 48);
  if (pairs) {
    v02 = v128.load(c, 32), v03 = v128.load(c, 48), v12 = v128.load(c1, 32), v13 = v128.load(c1, 48);
    v22 = v128.load(c2, 32), v23 = v128.load(c2, 48), v32 = v128.load(c3, 32), v33 = v128.load(c3, 48);
  }
  let b0 = v00, b1 = v00, b2 = v00, b3 = v00, s = v00;
  for (; oh > 0; oh--) {
    for (const end = b + out * ow; b != end; b += out, a += step) {
      b0 = v128.load(b), b1 = v128.load(b, 16);
      if (pairs) b2 = v128.load(b, 32), b3 = v128.load(b, 48);
      s = v128.load32_splat(a);
      v00 = fma(s, b0, v00), v01 = fma(s, b1, v01);
      if (pairs) v02 = fma(s, b2, v02), v03 = fma(s, b3, v03);
      s = v128.load32_splat(a + to1);
      v10 = fma(s, b0, v10), v11 = fma(s, b1, v11);
      if (pairs) v12 = fma(s, b2, v12), v13 = fma(s, b3, v13);
      s = v128.load32_splat(a + to2);
      v20 = fma(s, b0, v20), v21 = fma(s, b1, v21);
      if (pairs) v22 = fma(s, b2, v22), v23 = fma(s, b3, v23);
      s = v128.load32_splat(a + to3);
      v30 = fma(s, b0, v30), v31 = fma(s, b1, v31);
      if (pairs) v32 = fma(s, b2, v32), v33 = fma(s, b3, v33);
      if (n > 4) {
        s = v128.load32_splat(a + to4);
        v40 = fma(s, b0, v40), v41 = fma(s, b1, v41);
        if (pairs) v42 = fma(s, b2, v42), v43 = fma(s, b3, v43);
      }
    }
    a += down;
  }
  put(pairs, c, v00, v01, v02, v03);
  put(pairs, c1, v10, v11, v12, v13);
  put(pairs, c2, v20, v21, v22, v23);
  put(pairs, c3, v30, v31, v32, v33);
  if (n > 4) put(pairs, c4, v40, v41, v42, v43);
}

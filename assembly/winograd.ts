// Convolution with 3 × 3 taps, stride 1 and 8, 16, 24… channels by Winograd's F(4 × 4, 3 × 3): 36
// products for 16 outputs instead of 144. Lavin and Gray, "Fast algorithms for convolutional neural
// networks", 2016.
//
//   x ─Bᵀ·B─▶ V [36][tiles, c] ─· U─▶ M [36][tiles, o] ─Aᵀ·A─▶ y          forward
//   dy ─A·Aᵀ─▶ dM ─· Uᵀ─▶ dV ─B·Bᵀ─▶ dx                                     data gradient
//                └─▶ Vᵀ · dM ─▶ dU ─Gᵀ·G─▶ dw                                weight gradient
//
// One sample at a time goes through all 36 products, so that its planes stay in L2; of small images
// several. V is computed again in the backward pass rather than stored. A NaN spoils its tile.

import { addRows } from "./conv_patch";
import { ConvShape, partSize, weightPlane } from "./conv_shape";
import { at } from "./simd";
import { columnsByRows, rowsByPanels } from "./winograd_product";
import { inputGradTile, inputTile, outputGradTile, outputTile, Temp } from "./winograd_tiles";
import { weightGradFrom } from "./winograd_weight";

const enum Block {
  /** Fewest tiles that are worth a product of their own. */
  Tiles = 32,
  /** Numbers between planes, so that they do not fall on the same lines of a cache. */
  Gap = 16,
}

/** Tiles down and across. */
// @ts-ignore: decorator
@inline
function down(s: ConvShape): i32 {
  return (s.oh + 3) >> 2;
}
// @ts-ignore: decorator
@inline
function across(s: ConvShape): i32 {
  return (s.ow + 3) >> 2;
}

/** Samples in a block. */
// @ts-ignore: decorator
@inline
function samplesOf(s: ConvShape): i32 {
  const tiles = down(s) * across(s);
  return (Block.Tiles + tiles - 1) / tiles;
}

/** Bytes of a plane with a row of n numbers for each tile of a block. */
// @ts-ignore: decorator
@inline
function planeOf(s: ConvShape, n: i32): usize {
  const rows = (samplesOf(s) * down(s) * across(s) + 3) & ~3;
  return <usize>(rows * n + Block.Gap) << 2;
}

/** Bytes of an image of n channels that tiles, with their borders of `edge`, cover whole. */
// @ts-ignore: decorator
@inline
function imageOf(s: ConvShape, n: i32, edge: i32): usize {
  return <usize>((4 * down(s) + edge) * (4 * across(s) + edge) * n) << 2;
}

/** Bytes of scratch, 64-byte aligned, that one thread needs. */
export function winogradScratch(shape: usize, gradient: i32): i32 {
  const s = changetype<ConvShape>(shape);
  const images = max(imageOf(s, s.c, 2), imageOf(s, s.o, 0));
  const sums: usize = gradient ? 36 * weightPlane(s) : 0;
  return <i32>(Temp.Bytes + 36 * (planeOf(s, s.c) + planeOf(s, s.o)) + sums + images + 63) & ~63;
}

/**
 * The part of an image that begins at (top, left), in an image of height × width: zeros where
 * there is nothing. n: channels.
 */
function window(
  from: usize, h: i32, w: i32, n: i32, top: i32, left: i32, to: usize, height: i32, width: i32,
): void {
  const pixel = <usize>n << 2;
  memory.fill(to, 0, pixel * (height * width));
  const x0 = max(0, left), span = min(w, left + width) - x0;
  if (span <= 0) return;
  const first = max(0, top), last = min(h, top + height);
  for (let y = first; y < last; y++) {
    const source = from + pixel * (y * w + x0);
    memory.copy(to + pixel * ((y - top) * width + x0 - left), source, pixel * span);
  }
}

/** y of the samples begin to end. u: of `winogradWeight`. bias: o numbers, or 0. */
export function winogradForward(
  shape: usize, x: usize, u: usize, bias: usize, y: usize, scratch: usize, begin: i32, end: i32,
): void {
  const s = changetype<ConvShape>(shape);
  const c = s.c, o = s.o, rows = down(s), cols = across(s), most = samplesOf(s);
  const vp = planeOf(s, c), mp = planeOf(s, o);
  const v = scratch + Temp.Bytes, m = v + 36 * vp, image = m + 36 * mp;
  const fits = s.oh == 4 * rows && s.ow == 4 * cols;
  const up = weightPlane(s), pixel = <usize>o << 2;
  const line = pixel * (4 * cols);
  for (let i = begin; i < end; i += most) {
    const count = min(most, end - i), tiles = count * rows * cols;
    takeInputs(s, x, i, count, v, vp, image, scratch);
    for (let k = 0; k < 36; k++) {
      rowsByPanels(v + vp * k, (tiles + 3) & ~3, c, u + up * k, o >> 3, m + mp * k);
    }
    let row = m;
    for (let j = i; j < i + count; j++) {
      const yj = at(y, j * s.oh * s.ow * o), to = fits ? yj : image;
      for (let ty = 0; ty < rows; ty++) {
        for (let tx = 0; tx < cols; tx++, row += pixel) {
          const corner = to + line * (4 * ty) + pixel * (4 * tx);
          outputTile(row, mp, o, bias, corner, line, pixel, scratch);
        }
      }
      if (!fits) window(image, 4 * rows, 4 * cols, o, 0, 0, yj, s.oh, s.ow);
    }
  }
}

/** V of `count` samples from i on; rows up to a multiple of 4 are 0. */
function takeInputs(
  s: ConvShape, x: usize, i: i32, count: i32, v: usize, vp: usize, image: usize, temp: usize,
): void {
  const c = s.c, rows = down(s), cols = across(s);
  const height = 4 * rows + 2, width = 4 * cols + 2;
  const fits = s.h == height && s.w == width && s.ph == 0 && s.pw == 0;
  const pixel = <usize>c << 2, line = pixel * width;
  let row = v;
  for (let j = i; j < i + count; j++) {
    let from = at(x, j * s.h * s.w * c);
    if (!fits) {
      window(from, s.h, s.w, c, -s.ph, -s.pw, image, height, width);
      from = image;
    }
    for (let ty = 0; ty < rows; ty++) {
      for (let tx = 0; tx < cols; tx++, row += pixel) {
        inputTile(from + line * (4 * ty) + pixel * (4 * tx), line, pixel, c, row, vp, temp);
      }
    }
  }
  clearRest(row, count * rows * cols, pixel, vp);
}

/** Zeros in the rows that fill up the last four: what stands there must not slow the product. */
function clearRest(row: usize, tiles: i32, bytes: usize, plane: usize): void {
  const rest = -tiles & 3;
  if (rest == 0) return;
  for (let k = 0; k < 36; k++, row += plane) memory.fill(row, 0, bytes * rest);
}

/**
 * Gradients of the chunks begin to end. u: of `winogradWeight` across. dx: of x's size, or 0.
 * parts: [chunks, 9 · c · o + o], the weight's and behind it the bias's gradient of each chunk, or 0.
 */
export function winogradGrad(
  shape: usize, x: usize, u: usize, dy: usize, dx: usize, parts: usize, scratch: usize,
  begin: i32, end: i32,
): void {
  const s = changetype<ConvShape>(shape);
  const c = s.c, o = s.o, most = samplesOf(s), size = partSize(s);
  const vp = planeOf(s, c), mp = planeOf(s, o), up = weightPlane(s);
  const v = scratch + Temp.Bytes, m = v + 36 * vp, du = m + 36 * mp, image = du + 36 * up;
  for (let chunk = begin; chunk < end; chunk++) {
    const part: usize = parts ? at(parts, chunk * size) : 0;
    if (part) {
      memory.fill(du, 0, 36 * up);
      memory.fill(at(part, 9 * c * o), 0, <usize>o << 2);
    }
    const last = min(s.n, (chunk + 1) * s.chunk);
    for (let i = chunk * s.chunk; i < last; i += most) {
      const count = min(most, last - i), tiles = count * down(s) * across(s);
      takeOutputGrads(s, dy, i, count, m, mp, image, scratch);
      if (dx) {
        for (let k = 0; k < 36; k++) {
          rowsByPanels(m + mp * k, (tiles + 3) & ~3, o, u + up * k, c >> 3, v + vp * k);
        }
        giveInputGrads(s, v, vp, i, count, dx, image, scratch);
      }
      if (part) {
        takeInputs(s, x, i, count, v, vp, image, scratch);
        for (let k = 0; k < 36; k++) {
          columnsByRows(v + vp * k, c, m + mp * k, o, tiles, du + up * k);
        }
        const pixels = s.oh * s.ow;
        addRows(at(dy, i * pixels * o), count * pixels, o, at(part, 9 * c * o));
      }
    }
    if (part) weightGradFrom(s, du, part, scratch);
  }
}

/** dM of `count` samples from i on. */
function takeOutputGrads(
  s: ConvShape, dy: usize, i: i32, count: i32, m: usize, mp: usize, image: usize, temp: usize,
): void {
  const o = s.o, rows = down(s), cols = across(s);
  const fits = s.oh == 4 * rows && s.ow == 4 * cols;
  const pixel = <usize>o << 2, line = pixel * (4 * cols);
  let row = m;
  for (let j = i; j < i + count; j++) {
    let from = at(dy, j * s.oh * s.ow * o);
    if (!fits) {
      window(from, s.oh, s.ow, o, 0, 0, image, 4 * rows, 4 * cols);
      from = image;
    }
    for (let ty = 0; ty < rows; ty++) {
      for (let tx = 0; tx < cols; tx++, row += pixel) {
        outputGradTile(from + line * (4 * ty) + pixel * (4 * tx), line, pixel, o, row, mp, temp);
      }
    }
  }
  clearRest(row, count * rows * cols, pixel, mp);
}

/** dx of `count` samples from i on, the overlapping tiles added up. */
function giveInputGrads(
  s: ConvShape, v: usize, vp: usize, i: i32, count: i32, dx: usize, image: usize, temp: usize,
): void {
  const c = s.c, rows = down(s), cols = across(s);
  const height = 4 * rows + 2, width = 4 * cols + 2;
  const fits = s.h == height && s.w == width && s.ph == 0 && s.pw == 0;
  const pixel = <usize>c << 2, line = pixel * width;
  let row = v;
  for (let j = i; j < i + count; j++) {
    const out = at(dx, j * s.h * s.w * c), to = fits ? out : image;
    memory.fill(to, 0, line * height);
    for (let ty = 0; ty < rows; ty++) {
      for (let tx = 0; tx < cols; tx++, row += pixel) {
        inputGradTile(row, vp, c, to + line * (4 * ty) + pixel * (4 * tx), line, pixel, temp);
      }
    }
    if (!fits) window(image, height, width, c, s.ph, s.pw, out, s.h, s.w);
  }
}

// Convolution with 3 × 3 taps, stride 1 and 8, 16, 24… channels by Winograd's algorithm: for a tile
// of 4 × 4 outputs, 36 products instead of 144. Lavin and Gray, "Fast algorithms for convolutional
// neural networks", 2016.
//
//   x ─Bᵀ·B─▶ V [k][tiles, c] ─· U─▶ M [k][tiles, o] ─Aᵀ·A─▶ y            forward: k planes
//   dy ─A·Aᵀ─▶ dM ─· Uᵀ─▶ dV ─B·Bᵀ─▶ dx                                     data gradient
//                └─▶ Vᵀ · dM ─▶ dU ─Gᵀ·G─▶ dw                                weight gradient
//
// One sample at a time goes through all products, so that its planes stay in L2; of small images
// several. V is computed again in the backward pass rather than stored. A NaN spoils its tile.

import { copyBytes } from "../elementwise/copy";
import { addRows } from "./patch";
import { ConvShape, partSize, planesOf, weightPlane } from "./shape";
import { at } from "../simd";
import { columnsByRows, rowsByPanels } from "./winograd_product";
import { inputGradTile, inputTile, outputGradTile, outputTile } from "./winograd_tiles";
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
  return (s.oh + s.th - 1) / s.th;
}
// @ts-ignore: decorator
@inline
function across(s: ConvShape): i32 {
  return (s.ow + s.tw - 1) / s.tw;
}

/** Rows of tiles of one sample. */
export function tileRows(s: ConvShape): i32 {
  return down(s);
}

/** Samples in a block. */
// @ts-ignore: decorator
@inline
function samplesOf(s: ConvShape): i32 {
  const tiles = down(s) * across(s);
  return (Block.Tiles + tiles - 1) / tiles;
}

/** Bytes of a plane with a row of n numbers for each tile of a block; see `winogradScratch`. */
function planeBytes(s: ConvShape, n: i32): f64 {
  const rows = (samplesOf(s) * down(s) * across(s) + 3) & ~3;
  return 4.0 * (<f64>rows * <f64>n + <f64>Block.Gap);
}
// @ts-ignore: decorator
@inline
function planeOf(s: ConvShape, n: i32): usize {
  return <usize>planeBytes(s, n);
}

/** Bytes of an image of n channels that tiles, with their borders of `edge`, cover whole. */
function imageBytes(s: ConvShape, n: i32, edge: i32): f64 {
  const height = s.th * down(s) + edge, width = s.tw * across(s) + edge;
  return 4.0 * <f64>height * <f64>width * <f64>n;
}
// @ts-ignore: decorator
@inline
function imageOf(s: ConvShape, n: i32, edge: i32): usize {
  return <usize>imageBytes(s, n, edge);
}

/**
 * Bytes of scratch that one thread needs.
 *
 *   forward   V | M | image of x | image of y
 *   gradient  V | M | image of x | image of dy | image of dx | dU
 */
export function winogradScratch(shape: usize, gradient: i32): f64 {
  const s = changetype<ConvShape>(shape), count = <f64>planesOf(s);
  let size = count * (planeBytes(s, s.c) + planeBytes(s, s.o));
  size += imageBytes(s, s.c, 2) + imageBytes(s, s.o, 0);
  if (gradient) size += imageBytes(s, s.c, 2) + count * <f64>weightPlane(s);
  return size;
}

/** Copies h × w pixels of n channels, from lines of `wide` pixels to lines of `width`. */
function copyPixels(from: usize, wide: i32, to: usize, width: i32, h: i32, w: i32, n: i32): void {
  const pixel = <usize>n << 2;
  for (; h > 0; h--) {
    memory.copy(to, from, pixel * w);
    from += pixel * wide;
    to += pixel * width;
  }
}

/**
 * y of some rows of tiles, those of all samples counted on, and of some panels of 8 outputs. u: of
 * `winogradWeight`. bias: o numbers, or 0.
 */
export function winogradForward(
  shape: usize, x: usize, u: usize, bias: usize, y: usize, scratch: usize,
  rowBegin: i32, rowEnd: i32, panelBegin: i32, panelEnd: i32,
): void {
  const s = changetype<ConvShape>(shape);
  const c = s.c, o = s.o, rows = down(s), cols = across(s), most = samplesOf(s) * rows;
  const th = s.th, tw = s.tw, planes = planesOf(s), vp = planeOf(s, c), mp = planeOf(s, o);
  const v = scratch, m = v + planes * vp;
  const padded = m + planes * mp, image = padded + imageOf(s, c, 2);
  const fits = s.oh == th * rows && s.ow == tw * cols;
  const panels = panelEnd - panelBegin, n = panels << 3, first = panelBegin << 3;
  const up = weightPlane(s), row = <usize>n << 2, pixel = fits ? <usize>o << 2 : row;
  const line = pixel * (tw * cols);
  u = at(u, first * c);
  y = at(y, first);
  if (bias) bias = at(bias, first);
  memory.fill(padded, 0, imageOf(s, c, 2)); // its borders stay so
  for (let i = rowBegin; i < rowEnd; i += most) {
    const last = min(i + most, rowEnd);
    takeInputs(s, x, i, last, v, vp, padded);
    for (let k = 0; k < planes; k++) {
      rowsByPanels(v + vp * k, ((last - i) * cols + 3) & ~3, c, u + up * k, panels, m + mp * k);
    }
    let from = m;
    for (let r = i; r < last; r++) {
      const sample = r / rows, top = (r - sample * rows) * th;
      const out = at(y, (sample * s.oh + top) * s.ow * o), to = fits ? out : image;
      for (let tx = 0; tx < cols; tx++, from += row) {
        outputTile(th, from, mp * (tw + 2), mp, to + pixel * (tw * tx), line, pixel, n, bias);
      }
      if (!fits) givePixels(s, image, line, out, min(th, s.oh - top), n);
    }
  }
}

/** Gives h rows of pixels of n of the outputs, from lines of `line` bytes. */
function givePixels(s: ConvShape, from: usize, line: usize, to: usize, h: i32, n: i32): void {
  const pixel = <usize>s.o << 2, bytes = <usize>n << 2;
  for (; h > 0; h--, from += line) {
    let p = from;
    for (const end = to + pixel * s.ow; to != end; to += pixel, p += bytes) copyBytes(p, to, bytes);
  }
}

/** V of the rows of tiles begin to end; rows up to a multiple of 4 are 0. image: room with zeros around. */
function takeInputs(
  s: ConvShape, x: usize, begin: i32, end: i32, v: usize, vp: usize, image: usize,
): void {
  const c = s.c, rows = down(s), cols = across(s), th = s.th, tw = s.tw;
  const height = th * rows + 2, width = tw * cols + 2;
  const fits = s.h == height && s.w == width && s.ph == 0 && s.pw == 0;
  const pixel = <usize>c << 2, line = pixel * width;
  let row = v, from: usize = 0;
  for (let r = begin; r < end; r++) {
    const sample = r / rows, ty = r - sample * rows;
    if (!from || ty == 0) {
      from = at(x, sample * s.h * s.w * c);
      if (!fits) {
        copyPixels(from, s.w, at(image, (s.ph * width + s.pw) * c), width, s.h, s.w, c);
        from = image;
      }
    }
    for (let tx = 0; tx < cols; tx++, row += pixel) {
      const corner = from + line * (th * ty) + pixel * (tw * tx);
      inputTile(th, corner, line, pixel, row, vp * (tw + 2), vp, c);
    }
  }
  clearRest(row, (end - begin) * cols, pixel, vp, planesOf(s));
}

/** Zeros in the rows that fill up the last four: what stands there must not slow the product. */
function clearRest(row: usize, tiles: i32, bytes: usize, plane: usize, planes: i32): void {
  const rest = -tiles & 3;
  if (rest == 0) return;
  for (let k = 0; k < planes; k++, row += plane) memory.fill(row, 0, bytes * rest);
}

/**
 * Gradients of the chunks begin to end. u: of `winogradWeight` across. dx: of x's size, or 0.
 * parts: [chunks, 9 · c · o + o], the weight's [3, 3, c, o] and behind it the bias's gradient of each
 * chunk, or 0.
 */
export function winogradGrad(
  shape: usize, x: usize, u: usize, dy: usize, dx: usize, parts: usize, scratch: usize,
  begin: i32, end: i32,
): void {
  const s = changetype<ConvShape>(shape);
  const c = s.c, o = s.o, most = samplesOf(s), size = partSize(s);
  const vp = planeOf(s, c), mp = planeOf(s, o), up = weightPlane(s), planes = planesOf(s);
  const v = scratch, m = v + planes * vp, xs = m + planes * mp;
  const dys = xs + imageOf(s, c, 2), dxs = dys + imageOf(s, o, 0), du = dxs + imageOf(s, c, 2);
  memory.fill(xs, 0, imageOf(s, c, 2) + imageOf(s, o, 0)); // the images' borders stay so
  for (let chunk = begin; chunk < end; chunk++) {
    const part: usize = parts ? at(parts, chunk * size) : 0;
    if (part) memory.fill(at(part, 9 * c * o), 0, <usize>o << 2);
    const first = chunk * s.chunk, last = min(s.n, first + s.chunk);
    for (let i = first; i < last; i += most) {
      const count = min(most, last - i), tiles = count * down(s) * across(s);
      takeOutputGrads(s, dy, i, count, m, mp, dys);
      if (dx) {
        for (let k = 0; k < planes; k++) {
          rowsByPanels(m + mp * k, (tiles + 3) & ~3, o, u + up * k, c >> 3, v + vp * k);
        }
        giveInputGrads(s, v, vp, i, count, dx, dxs);
      }
      if (part) {
        takeInputs(s, x, i * down(s), (i + count) * down(s), v, vp, xs);
        for (let k = 0; k < planes; k++) {
          columnsByRows(v + vp * k, c, m + mp * k, o, tiles, du + up * k, i > first);
        }
        const pixels = s.oh * s.ow;
        if (s.bias) addRows(at(dy, i * pixels * o), count * pixels, o, at(part, 9 * c * o));
      }
    }
    if (part) weightGradFrom(s, du, part);
  }
}

/** dM of `count` samples from i on. image: room with zeros around. */
function takeOutputGrads(
  s: ConvShape, dy: usize, i: i32, count: i32, m: usize, mp: usize, image: usize,
): void {
  const o = s.o, rows = down(s), cols = across(s), th = s.th, tw = s.tw;
  const fits = s.oh == th * rows && s.ow == tw * cols;
  const pixel = <usize>o << 2, line = pixel * (tw * cols);
  let row = m;
  for (let j = i; j < i + count; j++) {
    let from = at(dy, j * s.oh * s.ow * o);
    if (!fits) {
      copyPixels(from, s.ow, image, tw * cols, s.oh, s.ow, o);
      from = image;
    }
    for (let ty = 0; ty < rows; ty++) {
      for (let tx = 0; tx < cols; tx++, row += pixel) {
        const corner = from + line * (th * ty) + pixel * (tw * tx);
        outputGradTile(th, corner, line, pixel, row, mp * (tw + 2), mp, o);
      }
    }
  }
  clearRest(row, count * rows * cols, pixel, mp, planesOf(s));
}

/** dx of `count` samples from i on, the overlapping tiles added up. */
function giveInputGrads(
  s: ConvShape, v: usize, vp: usize, i: i32, count: i32, dx: usize, image: usize,
): void {
  const c = s.c, rows = down(s), cols = across(s), th = s.th, tw = s.tw;
  const height = th * rows + 2, width = tw * cols + 2;
  const fits = s.h == height && s.w == width && s.ph == 0 && s.pw == 0;
  const pixel = <usize>c << 2, line = pixel * width;
  let row = v;
  for (let j = i; j < i + count; j++) {
    const out = at(dx, j * s.h * s.w * c), to = fits ? out : image;
    memory.fill(to, 0, line * height);
    for (let ty = 0; ty < rows; ty++) {
      for (let tx = 0; tx < cols; tx++, row += pixel) {
        const corner = to + line * (th * ty) + pixel * (tw * tx);
        inputGradTile(th, row, vp * (tw + 2), vp, corner, line, pixel, c);
      }
    }
    if (!fits) copyPixels(at(to, (s.ph * width + s.pw) * c), width, out, s.w, s.h, s.w, c);
  }
}

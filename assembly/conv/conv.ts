// Convolution of any kind as matrix products of patches, a few rows of pixels at a time:
//
//   y       [P, o]  =  patches [P, K] · weightᵀ [K, o]  +  bias        P pixels, K numbers a kernel
//   dx      +=  the patches of  dy [P, o] · weight [o, K]
//   dweight [K, o] +=  patchesᵀ [K, P] · dy [P, o]
//
// Blocks begin with the sample and depend on the shape alone, so an element has the same bits
// however samples are shared among threads.

import {
  directForward, directScratch, directWeightGrad, directWeights, isDirect,
} from "./direct";
import { addPatches, addRows, takePatches } from "./patch";
import { ConvShape, depthOf, partSize } from "./shape";
import { gemm, gemmScratch } from "../gemm/gemm";
import { DEPTH } from "../gemm/tiled";
import { Flag } from "../gemm/edge";
import { at } from "../simd";

const enum Block {
  /** Most numbers in the patches of a block, unless one row of pixels has more: a part of L2. */
  Numbers = 32768,
}

/** Rows of output pixels in a block. */
function rowsOf(s: ConvShape): i32 {
  return max(1, min(s.oh, Block.Numbers / max(1, s.ow * depthOf(s))));
}

/** Bytes of the patches of a block, 64-byte aligned. */
function patchBytes(s: ConvShape): f64 {
  return 64.0 * Math.ceil(<f64>rowsOf(s) * <f64>s.ow * <f64>depthOf(s) / 16.0);
}

/** Bytes of scratch that one thread needs for `convForward` or `convGrad`. */
export function convScratch(shape: usize): f64 {
  const s = changetype<ConvShape>(shape);
  const p = rowsOf(s) * s.ow, o = s.o / s.groups, k = depthOf(s);
  const room = max(max(gemmScratch(p, o, k), gemmScratch(p, k, o)), gemmScratch(k, o, p));
  // the last block may have fewer pixels, which may be one part of the depth instead of two halves
  const blocks = patchBytes(s) + max(room, gemmScratch(k, o, min(p, DEPTH)));
  return isDirect(s) ? directScratch(s) + blocks : blocks;
}

/**
 * y of the rows of pixels begin to end, those of all samples counted on. These are whole samples unless there
 * are no patches, which `isDirect` tells. bias: o numbers, or 0.
 */
export function convForward(
  shape: usize, x: usize, weight: usize, bias: usize, y: usize, scratch: usize,
  begin: i32, end: i32,
): void {
  const s = changetype<ConvShape>(shape), oh = s.oh, inputs = s.h * s.w * s.c, o = s.o, line = s.ow * o;
  if (isDirect(s)) {
    const image = directWeights(s, weight, scratch);
    for (let bottom = begin; bottom < end;) {
      const i = bottom / oh, top = bottom - i * oh, xi = at(x, i * inputs);
      bottom = min(end, (i + 1) * oh);
      directForward(s, xi, scratch, bias, at(y, i * oh * line), image, top, bottom - i * oh);
    }
    return;
  }
  const k = depthOf(s), og = o / s.groups, cg = s.c / s.groups, rows = rowsOf(s);
  const room = scratch + <usize>patchBytes(s);
  for (; begin < end; begin += oh) {
    const i = begin / oh, xi = at(x, i * inputs), yi = at(y, begin * line);
    for (let g = 0; g < s.groups; g++) {
      const wg = at(weight, g * og * k), bg: usize = bias ? at(bias, g * og) : 0;
      for (let top = 0; top < oh; top += rows) {
        const bottom = min(oh, top + rows), p = (bottom - top) * s.ow;
        takePatches(s, at(xi, g * cg), top, bottom, scratch);
        gemm(scratch, k, 1, wg, 1, k, at(yi, top * line + g * og), o, p, og, k, bg, 0, room, 0, p, 0, og);
      }
    }
  }
}

/**
 * Gradients of the chunks begin to end. dx: of x's size, or 0. parts: [chunks, K · o + o], the
 * weight's [K, o] and behind it the bias's gradient of each chunk, or 0.
 */
export function convGrad(
  shape: usize, x: usize, weight: usize, dy: usize, dx: usize, parts: usize, scratch: usize,
  begin: i32, end: i32,
): void {
  const s = changetype<ConvShape>(shape);
  const size = partSize(s), inputs = s.h * s.w * s.c, outputs = s.oh * s.ow * s.o;
  // sums of the direct kernels and an image behind them, then room for the blocks of the others
  const direct = isDirect(s), sums = scratch, taps = (depthOf(s) + 3) & ~3;
  const image = (at(sums, taps * s.o) + 63) & ~63;
  if (direct) scratch += <usize>directScratch(s);
  for (let chunk = begin; chunk < end; chunk++) {
    const part: usize = parts ? at(parts, chunk * size) : 0;
    if (part) memory.fill(part, 0, <usize>size << 2);
    if (part && direct) memory.fill(sums, 0, <usize>(taps * s.o) << 2);
    const last = min(s.n, (chunk + 1) * s.chunk);
    for (let i = chunk * s.chunk; i < last; i++) {
      const xi = at(x, i * inputs), dyi = at(dy, i * outputs);
      if (dx) inputGrad(s, weight, dyi, at(dx, i * inputs), scratch);
      if (part) {
        if (direct) directWeightGrad(s, xi, dyi, sums, image);
        else weightGrad(s, xi, dyi, part, scratch);
        if (s.bias) addRows(dyi, s.oh * s.ow, s.o, at(part, s.o * depthOf(s)));
      }
    }
    if (part && direct) memory.copy(part, sums, <usize>(depthOf(s) * s.o) << 2);
  }
}

/** dx of one sample. */
function inputGrad(s: ConvShape, weight: usize, dy: usize, dx: usize, scratch: usize): void {
  const k = depthOf(s), og = s.o / s.groups, cg = s.c / s.groups, o = s.o, rows = rowsOf(s);
  const room = scratch + <usize>patchBytes(s);
  memory.fill(dx, 0, <usize>(s.h * s.w * s.c) << 2);
  for (let g = 0; g < s.groups; g++) {
    const wg = at(weight, g * og * k);
    for (let top = 0; top < s.oh; top += rows) {
      const bottom = min(s.oh, top + rows), p = (bottom - top) * s.ow;
      const from = at(dy, top * s.ow * o + g * og);
      gemm(from, o, 1, wg, k, 1, scratch, k, p, k, og, 0, 0, room, 0, p, 0, k);
      addPatches(s, at(dx, g * cg), top, bottom, scratch);
    }
  }
}

/** Adds the weight gradient of one sample to `sum`. */
function weightGrad(s: ConvShape, x: usize, dy: usize, sum: usize, scratch: usize): void {
  const k = depthOf(s), og = s.o / s.groups, cg = s.c / s.groups, o = s.o, rows = rowsOf(s);
  const room = scratch + <usize>patchBytes(s);
  for (let g = 0; g < s.groups; g++) {
    const to = at(sum, g * og);
    for (let top = 0; top < s.oh; top += rows) {
      const bottom = min(s.oh, top + rows), p = (bottom - top) * s.ow;
      const from = at(dy, top * s.ow * o + g * og);
      takePatches(s, at(x, g * cg), top, bottom, scratch);
      gemm(scratch, 1, k, from, o, 1, to, o, k, og, p, 0, Flag.Add, room, 0, k, 0, og);
    }
  }
}

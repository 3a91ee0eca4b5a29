// Convolution in many groups of few channels, depthwise above all: vectors lie across groups, four at a
// time, and nothing is padded, as taps beside the image are left out.
//
//   y[p, j, g]   =  bias[j, g] + Σ i, tap   x[p · stride + tap, i, g] · w[j, tap, i, g]
//   dx[p, i, g]  =               Σ j, tap   dy[(p − tap) / stride, j, g] · w[j, tap, i, g]
//   dw[j, tap, i, g]  =          Σ p        x[p · stride + tap, i, g] · dy[p, j, g]
//
// In memory a group's channels stand next to each other, so with several of them an image is turned into
// this order first, and a row of results out of it. An element of y or dx is one chain of multiply-adds
// whichever tile it falls into.

import { addRows } from "./patch";
import { ConvShape, depthOf, partSize } from "./shape";
import { pack } from "../gemm/pack";
import { at, fma, loadUpTo, storeUpTo, zeros } from "../simd";

/** Channels of a group of x. */
// @ts-ignore: decorator
@inline
function insideOf(s: ConvShape): i32 {
  return s.c / s.groups;
}
/** Channels of a group of y. */
// @ts-ignore: decorator
@inline
function outsideOf(s: ConvShape): i32 {
  return s.o / s.groups;
}

/** The places along one axis that one output is a sum of: those of tap `first`, `first + by`, …, `count`. */
@unmanaged
class Axis {
  first: i32;
  by: i32;
  count: i32;
  /** Where the first of them reads, and how far from there the next one does. */
  place: i32;
  step: i32;
}

/** A line of results of one channel of each group, and what it is made of. Steps are in bytes. */
@unmanaged
class Line {
  /** Channels that are summed over: how many, and their steps in what is read and in the weights. */
  n: i32;
  xn: i32;
  wn: i32;
  /** Taps down, all of which are inside the image. */
  rows: i32;
  xRow: i32;
  wRow: i32;
  /** Taps across, some of which may be beside it. */
  cols: i32;
  xCol: i32;
  wCol: i32;
  /** The column of the first tap of the first result; columns to the next tap and the next result. */
  place: i32;
  tap: i32;
  next: i32;
  /** Columns of what is read, and the step of one. */
  width: i32;
  pixel: i32;
  /** Results, and the step of one. */
  count: i32;
  to: i32;
  groups: i32;
}

/** Bytes that the two classes take, 64-byte aligned. */
const enum Room {
  Axis = 64,
  Line = 128,
}

/** Numbers up to whole lines. */
// @ts-ignore: decorator
@inline
function lines(n: f64): f64 {
  return 16.0 * Math.ceil(n / 16.0);
}

/** Numbers of an image of w × h pixels in the order of lanes; none where it lies so already. */
// @ts-ignore: decorator
@inline
function imageRoom(each: i32, groups: i32, w: i32, h: i32): f64 {
  return each == 1 ? 0.0 : lines(<f64>each * <f64>groups * <f64>w * <f64>h);
}

/**
 * Bytes of scratch that one thread needs in either direction.
 *
 *   classes | weights or their sums | bias | zeros | image of x | image of dy | line of results
 */
export function groupedScratch(shape: usize): f64 {
  const s = changetype<ConvShape>(shape), cg = insideOf(s), og = outsideOf(s);
  let size = lines(<f64>s.o * <f64>depthOf(s)) + lines(<f64>s.o);
  size += lines(2.0 * <f64>s.dw * <f64>s.c + 8.0);
  size += imageRoom(cg, s.groups, s.w, s.h) + imageRoom(og, s.groups, s.ow, s.oh);
  size += imageRoom(max(cg, og), s.groups, max(s.w, s.ow), 1);
  return 4.0 * size + 64.0 + <f64>(2 * Room.Axis + Room.Line);
}

/** to[p, i, g] = from[p, g, i]. */
function toLanes(from: usize, to: usize, pixels: i32, each: i32, groups: i32): void {
  const step = <usize>groups << 2;
  for (; pixels > 0; pixels--) {
    for (let g = 0; g < groups; g++, to += 4) {
      for (let i = 0, p = to; i < each; i++, p += step, from += 4) f32.store(p, f32.load(from));
    }
    to += step * (each - 1);
  }
}

/** to[p, g, i] = from[p, i, g]. */
function fromLanes(from: usize, to: usize, pixels: i32, each: i32, groups: i32): void {
  const step = <usize>groups << 2;
  for (; pixels > 0; pixels--) {
    for (let g = 0; g < groups; g++, from += 4) {
      for (let i = 0, p = from; i < each; i++, p += step, to += 4) f32.store(to, f32.load(p));
    }
    from += step * (each - 1);
  }
}

/** The weight [o, K] as [og, K, groups]. */
function weightToLanes(s: ConvShape, weight: usize, to: usize): void {
  const k = depthOf(s), og = outsideOf(s), groups = s.groups, row = <usize>(og * k) << 2;
  for (let j = 0; j < og; j++) {
    for (let g = 0; g < groups; g += 8) {
      const from = at(weight, (g * og + j) * k), n = min(8, groups - g);
      pack(from, row, 4, n, k, at(to, j * k * groups + g), n, <usize>groups << 2);
    }
  }
}

/** The taps of output `place`, forward. */
// @ts-ignore: decorator
@inline
function forwardTaps(a: Axis, place: i32, taps: i32, stride: i32, padding: i32, dilation: i32): void {
  a.first = 0;
  a.by = 1;
  a.count = taps;
  a.place = place * stride - padding;
  a.step = dilation;
}

/** The taps by which outputs see input `place`: those where its distance is a multiple of the stride. */
function gradTaps(a: Axis, place: i32, taps: i32, stride: i32, padding: i32, dilation: i32): void {
  let first = 0, by = 1;
  while (first < taps && (place + padding - first * dilation) % stride != 0) first++;
  while (by * dilation % stride != 0) by++;
  a.first = first;
  a.by = by;
  a.count = (taps - first + by - 1) / by;
  a.place = (place + padding - first * dilation) / stride;
  a.step = -by * dilation / stride;
}

/** Leaves out what is outside [0, length). */
function clip(a: Axis, length: i32): void {
  while (a.count > 0 && <u32>a.place >= <u32>length) {
    a.first += a.by;
    a.place += a.step;
    a.count--;
  }
  while (a.count > 0 && <u32>(a.place + a.step * (a.count - 1)) >= <u32>length) a.count--;
}

/** Whether all taps of result q of a line are inside. */
// @ts-ignore: decorator
@inline
function isWhole(place: i32, next: i32, across: i32, width: i32, q: i32): bool {
  const first = place + next * q;
  return <u32>first < <u32>width && <u32>(first + across) < <u32>width;
}

/** The line of results y from x, where its first row and column 0 are. bias: of each group, or 0. */
function line(l: Line, x: usize, w: usize, bias: usize, low: f32, y: usize): void {
  const place = l.place, next = l.next, width = l.width, cols = l.cols, count = l.count, to = l.to;
  const across = l.tap * (cols - 1), pixel = l.pixel;
  let first = 0, end = count;
  while (first < end && !isWhole(place, next, across, width, first)) first++;
  while (end > first && !isWhole(place, next, across, width, end - 1)) end--;
  if (end - first < 4 || l.rows == 0) end = first;
  for (let q = 0; q < first; q++) edge(l, x, w, bias, low, y, q);
  for (let q = first; q < end; q += 4) {
    const p = min(q, end - 4); // the last four may overlap those before: the same bits again
    many(l, x + pixel * (place + next * p), w, bias, low, y + to * p);
  }
  for (let q = end; q < count; q++) edge(l, x, w, bias, low, y, q);
}

/** One result, by those of its taps that are inside. */
function edge(l: Line, x: usize, w: usize, bias: usize, low: f32, y: usize, q: i32): void {
  const width = l.width, tap = l.tap;
  let place = l.place + l.next * q, cols = l.cols;
  while (cols > 0 && <u32>place >= <u32>width) {
    place += tap;
    w += l.wCol;
    cols--;
  }
  while (cols > 0 && <u32>(place + tap * (cols - 1)) >= <u32>width) cols--;
  x += l.pixel * place;
  y += l.to * q;
  const groups = l.groups;
  let g = 0;
  for (; g + 8 <= groups; g += 8) tile(1, l, cols, at(x, g), at(w, g), bias, low, at(y, g), g);
  if (g < groups) rest(l, cols, x, w, bias, low, y, g);
}

/** Four results whose taps are all inside. */
function many(l: Line, x: usize, w: usize, bias: usize, low: f32, y: usize): void {
  const groups = l.groups, cols = l.cols;
  let g = 0;
  for (; g + 8 <= groups; g += 8) tile(4, l, cols, at(x, g), at(w, g), bias, low, at(y, g), g);
  if (g == groups) return;
  const xs = l.pixel * l.next, to = l.to;
  for (let q = 0; q < 4; q++, x += xs, y += to) rest(l, cols, x, w, bias, low, y, g);
}

/** One or four results of eight groups from g on. */
// @ts-ignore: decorator
@inline
function tile(
  count: i32, l: Line, cols: i32, x: usize, w: usize, bias: usize, low: f32, y: usize, g: i32,
): void {
  const xn = l.xn, wn = l.wn, xRow = l.xRow, wRow = l.wRow, xCol = l.xCol, wCol = l.wCol, rows = l.rows;
  const xs = l.pixel * l.next, to = l.to;
  const least = f32x4.splat(low);
  let v00 = zeros(), v01 = v00;
  if (bias) v00 = v128.load(at(bias, g)), v01 = v128.load(at(bias, g), 16);
  let v10 = v00, v11 = v01, v20 = v00, v21 = v01, v30 = v00, v31 = v01, w0 = v00, w1 = v00;
  for (let i = l.n; i > 0; i--, x += xn, w += wn) {
    let xr = x, wr = w;
    for (let ky = rows; ky > 0; ky--, xr += xRow, wr += wRow) {
      let a0 = xr, b = wr;
      for (let kx = cols; kx > 0; kx--, a0 += xCol, b += wCol) {
        const a1 = a0 + xs, a2 = a1 + xs, a3 = a2 + xs;
        w0 = v128.load(b), w1 = v128.load(b, 16);
        v00 = fma(v128.load(a0), w0, v00), v01 = fma(v128.load(a0, 16), w1, v01);
        if (count > 1) {
          v10 = fma(v128.load(a1), w0, v10), v11 = fma(v128.load(a1, 16), w1, v11);
          v20 = fma(v128.load(a2), w0, v20), v21 = fma(v128.load(a2, 16), w1, v21);
          v30 = fma(v128.load(a3), w0, v30), v31 = fma(v128.load(a3, 16), w1, v31);
        }
      }
    }
  }
  // in this order NaN stays NaN
  v128.store(y, f32x4.pmax(v01, least), 16);
  v128.store(y, f32x4.pmax(v00, least));
  if (count == 1) return;
  v128.store(y + to, f32x4.pmax(v11, least), 16);
  v128.store(y + to, f32x4.pmax(v10, least));
  v128.store(y + 2 * to, f32x4.pmax(v21, least), 16);
  v128.store(y + 2 * to, f32x4.pmax(v20, least));
  v128.store(y + 3 * to, f32x4.pmax(v31, least), 16);
  v128.store(y + 3 * to, f32x4.pmax(v30, least));
}

/** One result of the groups from g on, of which no eight are left. */
function rest(
  l: Line, cols: i32, x: usize, w: usize, bias: usize, low: f32, y: usize, g: i32,
): void {
  for (; g < l.groups; g += 4) {
    const n = min(4, l.groups - g);
    let v = bias ? loadUpTo(at(bias, g), n) : zeros();
    for (let i = 0; i < l.n; i++) {
      for (let ky = 0; ky < l.rows; ky++) {
        let a = at(x, g) + l.xn * i + l.xRow * ky, b = at(w, g) + l.wn * i + l.wRow * ky;
        for (let kx = cols; kx > 0; kx--, a += l.xCol, b += l.wCol) {
          v = fma(loadUpTo(a, n), loadUpTo(b, n), v);
        }
      }
    }
    storeUpTo(at(y, g), f32x4.pmax(v, f32x4.splat(low)), n);
  }
}

/**
 * Where sample i of x lies with its groups in lanes: there, if each has one channel of a pixel, else in
 * `image`, to where it is brought.
 */
function sampleAt(x: usize, i: i32, pixels: i32, channels: i32, groups: i32, image: usize): usize {
  const from = at(x, i * pixels * channels * groups);
  if (channels == 1) return from;
  toLanes(from, image, pixels, channels, groups);
  return image;
}

/** y = at least `low` of the rows begin to end, those of all samples counted on. bias: o numbers, or 0. */
export function groupedForward(
  shape: usize, x: usize, weight: usize, bias: usize, y: usize, low: f32, scratch: usize,
  begin: i32, end: i32,
): void {
  const s = changetype<ConvShape>(shape), groups = s.groups, cg = insideOf(s), og = outsideOf(s);
  const k = depthOf(s);
  const down = changetype<Axis>(scratch), l = changetype<Line>(scratch + 2 * Room.Axis);
  const w = scratch + 2 * Room.Axis + Room.Line, b = at(w, <i32>lines(<f64>(s.o * k)));
  const image = at(b, <i32>lines(<f64>s.o));
  const row = at(image, <i32>imageRoom(cg, groups, s.w, s.h));
  weightToLanes(s, weight, w);
  if (bias) toLanes(bias, b, 1, og, groups);
  const lane = groups << 2, pixel = s.c << 2;
  l.n = cg, l.xn = lane, l.wn = lane;
  l.xRow = pixel * s.w * s.dh, l.wRow = lane * cg * s.kw;
  l.cols = s.kw, l.xCol = pixel * s.dw, l.wCol = lane * cg;
  l.place = -s.pw, l.tap = s.dw, l.next = s.sw, l.width = s.w, l.pixel = pixel;
  l.count = s.ow, l.to = s.o << 2, l.groups = groups;
  let sample = -1, from = x;
  for (; begin < end; begin++) {
    const i = begin / s.oh;
    if (i != sample) from = sampleAt(x, sample = i, s.h * s.w, cg, groups, image);
    forwardTaps(down, begin - i * s.oh, s.kh, s.sh, s.ph, s.dh);
    clip(down, s.h);
    l.rows = down.count;
    const out = at(y, begin * s.ow * s.o), to = og > 1 ? row : out;
    for (let j = 0; j < og; j++) {
      const wj = at(w, (j * k + down.first * s.kw * cg) * groups);
      line(l, from + pixel * (s.w * down.place), wj, bias ? at(b, j * groups) : 0, low, at(to, j * groups));
    }
    if (og > 1) fromLanes(row, out, s.ow, og, groups);
  }
}

/** dx of its rows begin to end, those of all samples counted on. */
export function groupedInputGrad(
  shape: usize, weight: usize, dy: usize, dx: usize, scratch: usize, begin: i32, end: i32,
): void {
  const s = changetype<ConvShape>(shape), groups = s.groups, cg = insideOf(s), og = outsideOf(s);
  const k = depthOf(s);
  const down = changetype<Axis>(scratch), across = changetype<Axis>(scratch + Room.Axis);
  const l = changetype<Line>(scratch + 2 * Room.Axis), w = scratch + 2 * Room.Axis + Room.Line;
  const image = at(w, <i32>lines(<f64>(s.o * k)));
  const row = at(image, <i32>imageRoom(og, groups, s.ow, s.oh));
  weightToLanes(s, weight, w);
  const lane = groups << 2, pixel = s.o << 2;
  l.n = og, l.xn = lane, l.wn = lane * k;
  l.next = 1, l.width = s.ow, l.pixel = pixel, l.to = s.sw * s.c << 2, l.groups = groups;
  let sample = -1, from = dy;
  for (; begin < end; begin++) {
    const i = begin / s.h;
    if (i != sample) from = sampleAt(dy, sample = i, s.oh * s.ow, og, groups, image);
    gradTaps(down, begin - i * s.h, s.kh, s.sh, s.ph, s.dh);
    clip(down, s.oh);
    l.rows = down.count, l.xRow = down.step * pixel * s.ow, l.wRow = down.by * s.kw * cg * lane;
    const out = at(dx, begin * s.w * s.c), to = cg > 1 ? row : out;
    for (let column = 0; column < min(s.sw, s.w); column++) {
      gradTaps(across, column, s.kw, s.sw, s.pw, s.dw);
      l.cols = across.count, l.xCol = across.step * pixel, l.wCol = across.by * cg * lane;
      l.place = across.place, l.tap = across.step, l.count = (s.w - column + s.sw - 1) / s.sw;
      const first = (down.first * s.kw + across.first) * cg;
      for (let c = 0; c < cg; c++) {
        const wc = at(w, (first + c) * groups), place = at(to, column * s.c + c * groups);
        line(l, from + pixel * (s.ow * down.place), wc, 0, -Infinity, place);
      }
    }
    if (cg > 1) fromLanes(row, out, s.w, cg, groups);
  }
}

/**
 * The weight's gradient of the chunks begin to end. parts: [chunks, K · o + o], as that of `convGrad`.
 */
export function groupedWeightGrad(
  shape: usize, x: usize, dy: usize, parts: usize, scratch: usize, begin: i32, end: i32,
): void {
  const s = changetype<ConvShape>(shape), groups = s.groups, cg = insideOf(s), og = outsideOf(s);
  const k = depthOf(s), size = partSize(s), sums = scratch + 2 * Room.Axis + Room.Line;
  const nothing = at(sums, <i32>lines(<f64>(s.o * k)));
  const xs = at(nothing, <i32>lines(<f64>(2 * s.dw * s.c + 8)));
  const dys = at(xs, <i32>imageRoom(cg, groups, s.w, s.h));
  memory.fill(nothing, 0, <usize>(2 * s.dw * s.c + 8) << 2);
  for (; begin < end; begin++) {
    const part = at(parts, begin * size), last = min(s.n, (begin + 1) * s.chunk);
    memory.fill(sums, 0, <usize>(s.o * k) << 2);
    memory.fill(at(part, k * s.o), 0, <usize>s.o << 2);
    for (let i = begin * s.chunk; i < last; i++) {
      const pixels = s.oh * s.ow, dyi = at(dy, i * pixels * s.o);
      const from = sampleAt(x, i, s.h * s.w, cg, groups, xs);
      const deltas = sampleAt(dy, i, pixels, og, groups, dys);
      for (let oy = 0; oy < s.oh; oy++) weightGradOfRow(s, from, at(deltas, oy * s.ow * s.o), oy, sums, nothing);
      if (s.bias) addRows(dyi, pixels, s.o, at(part, k * s.o));
    }
    for (let j = 0; j < og; j++) {
      for (let i = 0; i < k; i++) {
        const p = at(sums, (j * k + i) * groups), q = at(part, i * s.o + j);
        if (og == 1) memory.copy(q, p, <usize>groups << 2);
        else for (let g = 0; g < groups; g++) f32.store(at(q, g * og), f32.load(at(p, g)));
      }
    }
  }
}

/** Adds the weight's gradient of a row of outputs to sums [og, K, groups]. */
function weightGradOfRow(
  s: ConvShape, x: usize, dy: usize, oy: i32, sums: usize, nothing: usize,
): void {
  const groups = s.groups, cg = insideOf(s), og = outsideOf(s), k = depthOf(s);
  const pixel = <usize>s.c << 2, line = pixel * s.w, top = oy * s.sh - s.ph, h = s.h;
  for (let ky = 0; ky < s.kh; ky += 3) {
    // taps that are not there are the last one again, which gives the same sum twice
    const k1 = min(ky + 1, s.kh - 1), k2 = min(ky + 2, s.kh - 1);
    const y0 = top + ky * s.dh, y1 = top + k1 * s.dh, y2 = top + k2 * s.dh;
    const in0 = <u32>y0 < <u32>h, in1 = <u32>y1 < <u32>h, in2 = <u32>y2 < <u32>h;
    if (!in0 && !in1 && !in2) continue;
    for (let kx = 0; kx < s.kw; kx += 3) {
      const c1 = min(kx + 1, s.kw - 1), c2 = min(kx + 2, s.kw - 1), left = kx * s.dw - s.pw;
      let first = 0, end = s.ow;
      while (first < end && !isWhole(left, s.sw, (c2 - kx) * s.dw, s.w, first)) first++;
      while (end > first && !isWhole(left, s.sw, (c2 - kx) * s.dw, s.w, end - 1)) end--;
      const step = pixel * s.sw, start = pixel * (left + s.sw * first), out = <usize>s.o << 2;
      const to1 = pixel * ((c1 - kx) * s.dw), to2 = pixel * ((c2 - kx) * s.dw);
      for (let j = 0; j < og; j++) {
        for (let i = 0; i < cg; i++) {
          const d = at(dy, j * groups), xi = at(x, i * groups), lane = cg * groups;
          const sum = at(sums, (j * k + i) * groups), row = lane * s.kw;
          for (let q = 0; q < first; q++) {
            for (let t = ky; t <= k2; t++) {
              pixelTaps(s, xi, at(d, q * s.o), top + t * s.dh, q, kx, c2, at(sum, t * row));
            }
          }
          if (first < end) {
            const r0 = xi + line * y0 + start, r1 = xi + line * y1 + start, r2 = xi + line * y2 + start;
            const from = d + out * first, stop = d + out * end;
            const s0 = at(sum, ky * row + kx * lane), over = (c1 - kx) * lane, twice = (c2 - kx) * lane;
            const s1 = at(sum, k1 * row + kx * lane), s2 = at(sum, k2 * row + kx * lane);
            for (let g = 0; g < groups;) {
              const n = min(4, groups - g), pair = g + 8 <= groups;
              const p0 = in0 ? at(r0, g) : nothing, p1 = in1 ? at(r1, g) : nothing;
              const p2 = in2 ? at(r2, g) : nothing;
              const n0 = in0 ? step : 0, n1 = in1 ? step : 0, n2 = in2 ? step : 0;
              const a = at(from, g), b = at(stop, g), t0 = at(s0, g), t1 = at(s1, g), t2 = at(s2, g);
              if (pair) nine(true, a, b, out, p0, n0, p1, n1, p2, n2, to1, to2, t0, t1, t2, over, twice, 4);
              else nine(false, a, b, out, p0, n0, p1, n1, p2, n2, to1, to2, t0, t1, t2, over, twice, n);
              g += pair ? 8 : 4;
            }
          }
          for (let q = max(first, end); q < s.ow; q++) {
            for (let t = ky; t <= k2; t++) {
              pixelTaps(s, xi, at(d, q * s.o), top + t * s.dh, q, kx, c2, at(sum, t * row));
            }
          }
        }
      }
    }
  }
}

/** Adds what one output gives to the sums of the taps `first` to `last` across that are inside. */
function pixelTaps(
  s: ConvShape, x: usize, dy: usize, y: i32, q: i32, first: i32, last: i32, sum: usize,
): void {
  if (<u32>y >= <u32>s.h) return;
  const groups = s.groups, lane = insideOf(s) * groups;
  for (; first <= last; first++) {
    const column = q * s.sw - s.pw + first * s.dw;
    if (<u32>column >= <u32>s.w) continue;
    const from = at(x, (y * s.w + column) * s.c), to = at(sum, first * lane);
    let g = 0;
    for (; g + 4 <= groups; g += 4) {
      const p = at(to, g);
      v128.store(p, fma(v128.load(at(from, g)), v128.load(at(dy, g)), v128.load(p)));
    }
    if (g < groups) {
      const p = at(to, g), n = groups - g;
      storeUpTo(p, fma(loadUpTo(at(from, g), n), loadUpTo(at(dy, g), n), loadUpTo(p, n)), n);
    }
  }
}

/**
 * Adds to the sums of three by three taps, of eight groups (`pair`) or of n ≤ 4, over the outputs d to
 * `stop`. p0, p1, p2: the first taps of the three rows, each with its step; sums likewise.
 */
// @ts-ignore: decorator
@inline
function nine(
  pair: bool, d: usize, stop: usize, out: usize, p0: usize, n0: usize, p1: usize, n1: usize, p2: usize,
  n2: usize, to1: usize, to2: usize, s0: usize, s1: usize, s2: usize, over: i32, twice: i32, n: i32,
): void {
  const z = zeros();
  let a0 = get(s0, n), a1 = get(at(s0, over), n), a2 = get(at(s0, twice), n);
  let b0 = get(s1, n), b1 = get(at(s1, over), n), b2 = get(at(s1, twice), n);
  let c0 = get(s2, n), c1 = get(at(s2, over), n), c2 = get(at(s2, twice), n);
  let e0 = z, e1 = z, e2 = z, f0 = z, f1 = z, f2 = z, g0 = z, g1 = z, g2 = z, v = z, w = z;
  if (pair) {
    e0 = v128.load(s0, 16), e1 = v128.load(at(s0, over), 16), e2 = v128.load(at(s0, twice), 16);
    f0 = v128.load(s1, 16), f1 = v128.load(at(s1, over), 16), f2 = v128.load(at(s1, twice), 16);
    g0 = v128.load(s2, 16), g1 = v128.load(at(s2, over), 16), g2 = v128.load(at(s2, twice), 16);
  }
  for (; d != stop; d += out, p0 += n0, p1 += n1, p2 += n2) {
    v = pair ? v128.load(d) : get(d, n);
    if (pair) w = v128.load(d, 16);
    a0 = fma(get(p0, pair ? 4 : n), v, a0);
    if (pair) e0 = fma(v128.load(p0, 16), w, e0);
    a1 = fma(get(p0 + to1, pair ? 4 : n), v, a1);
    if (pair) e1 = fma(v128.load(p0 + to1, 16), w, e1);
    a2 = fma(get(p0 + to2, pair ? 4 : n), v, a2);
    if (pair) e2 = fma(v128.load(p0 + to2, 16), w, e2);
    b0 = fma(get(p1, pair ? 4 : n), v, b0);
    if (pair) f0 = fma(v128.load(p1, 16), w, f0);
    b1 = fma(get(p1 + to1, pair ? 4 : n), v, b1);
    if (pair) f1 = fma(v128.load(p1 + to1, 16), w, f1);
    b2 = fma(get(p1 + to2, pair ? 4 : n), v, b2);
    if (pair) f2 = fma(v128.load(p1 + to2, 16), w, f2);
    c0 = fma(get(p2, pair ? 4 : n), v, c0);
    if (pair) g0 = fma(v128.load(p2, 16), w, g0);
    c1 = fma(get(p2 + to1, pair ? 4 : n), v, c1);
    if (pair) g1 = fma(v128.load(p2 + to1, 16), w, g1);
    c2 = fma(get(p2 + to2, pair ? 4 : n), v, c2);
    if (pair) g2 = fma(v128.load(p2 + to2, 16), w, g2);
  }
  put(pair, s0, a0, e0, n), put(pair, at(s0, over), a1, e1, n), put(pair, at(s0, twice), a2, e2, n);
  put(pair, s1, b0, f0, n), put(pair, at(s1, over), b1, f1, n), put(pair, at(s1, twice), b2, f2, n);
  put(pair, s2, c0, g0, n), put(pair, at(s2, over), c1, g1, n), put(pair, at(s2, twice), c2, g2, n);
}

/** The first n lanes. */
// @ts-ignore: decorator
@inline
function get(p: usize, n: i32): v128 {
  return loadUpTo(p, n);
}

// @ts-ignore: decorator
@inline
function put(pair: bool, p: usize, a: v128, b: v128, n: i32): void {
  if (!pair) {
    storeUpTo(p, a, n);
    return;
  }
  v128.store(p, b, 16);
  v128.store(p, a);
}

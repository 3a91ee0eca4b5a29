// Patches: the part of x under each output pixel, as a row of a matrix, so that a convolution is a
// matrix product. Only so many rows of pixels at a time as stay in L2; never those of a batch.
//
//   x, one channel        the patches of a 2 × 2 kernel
//   a b c                 a b d e
//   d e f           →     b c e f
//   g h i                 d e g h
//                         e f h i

import { ConvShape } from "./shape";
import { at, zeros } from "../simd";

// @ts-ignore: decorator
@inline
function copySpan(from: usize, to: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  for (; n > 0; n--) {
    f32.store(to, f32.load(from));
    from += 4;
    to += 4;
  }
}

// @ts-ignore: decorator
@inline
function addSpan(from: usize, to: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    from += 16;
    to += 16;
  }
  for (; n > 0; n--) {
    f32.store(to, f32.load(to) + f32.load(from));
    from += 4;
    to += 4;
  }
}

// @ts-ignore: decorator
@inline
function clearSpan(to: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    v128.store(to, zeros());
    to += 16;
  }
  for (; n > 0; n--) {
    f32.store(to, 0);
    to += 4;
  }
}

/** Patches of the output rows top to bottom. x: the group's first channel of one sample. */
export function takePatches(s: ConvShape, x: usize, top: i32, bottom: i32, to: usize): void {
  walk(false, s, x, top, bottom, to);
}

/** Adds patches to where they came from: the adjoint of `takePatches`. */
export function addPatches(s: ConvShape, x: usize, top: i32, bottom: i32, from: usize): void {
  walk(true, s, x, top, bottom, from);
}

// @ts-ignore: decorator
@inline
function walk(add: bool, s: ConvShape, x: usize, top: i32, bottom: i32, p: usize): void {
  const c = s.c, h = s.h, w = s.w, ow = s.ow, kh = s.kh, kw = s.kw, dh = s.dh, dw = s.dw;
  const sw = s.sw, pw = s.pw, cg = c / s.groups;
  const pixel = <usize>c << 2, line = pixel * w;
  const span = kw * cg, joined = dw == 1 && cg == c; // a row of the kernel is one span of memory
  for (let oy = top; oy < bottom; oy++) {
    const y0 = oy * s.sh - s.ph;
    for (let ox = 0; ox < ow; ox++) {
      const x0 = ox * sw - pw, whole = joined && x0 >= 0 && x0 + kw <= w;
      for (let ky = 0, iy = y0; ky < kh; ky++, iy += dh) {
        if (<u32>iy >= <u32>h) {
          if (!add) clearSpan(p, span);
          p = at(p, span);
          continue;
        }
        const row = x + line * iy;
        if (whole) {
          if (add) addSpan(p, row + pixel * x0, span);
          else copySpan(row + pixel * x0, p, span);
          p = at(p, span);
          continue;
        }
        for (let kx = 0, ix = x0; kx < kw; kx++, ix += dw) {
          if (<u32>ix < <u32>w) {
            if (add) addSpan(p, row + pixel * ix, cg);
            else copySpan(row + pixel * ix, p, cg);
          } else if (!add) clearSpan(p, cg);
          p = at(p, cg);
        }
      }
    }
  }
}

/** sums[j] += Σ_i y[i, j] for y: [rows, n]. */
export function addRows(y: usize, rows: i32, n: i32, sums: usize): void {
  for (; rows > 0; rows--) {
    addSpan(y, sums, n);
    y = at(y, n);
  }
}

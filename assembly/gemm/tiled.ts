// The tiled product: C in tiles of 5 × 8 or, where the engine has 256 bits, 6 × 16; k in blocks.
//
//   for each block of rows, at most 320 (256): C stays in L2 meanwhile
//     for each block of k, at most 400 (512):  pack A in panels of 5 (6) rows or one less   512 KB, L2
//                                              (of few columns they are read where they lie)
//       for each 16 columns:                   pack B in 2 panels of 8 columns (1 of 16)    32 KB, L1
//                                              (4 of 16 at once of contiguous rows)       128 KB, L2
//         for each panel of A and each of B:   a tile of C, read and written once a block
//
//                 B   8     8
//                  ┌─────┬─────┐
//                kc│panel│panel│       a panel holds one k after the other: 5 numbers of A or 8
//     A   kc       └─────┴─────┘       of B, which the micro-kernel reads from front to back
//     ┌────────┐   ┌─────┬─────┐
//   5 │ panel  │   │tile │tile │
//     ├────────┤   ├─────┼─────┤
//   5 │ panel  │   │tile │tile │
//     └────────┘   └─────┴─────┘ C
//
// An element of C is one chain of multiply-adds over k in rising order, from bias + C, whatever
// tile it falls in, so the builds have the same bits. Panels of the last columns are padded with
// zeros, and their tiles computed aside.

import { Flag } from "./edge";
import { pack } from "./pack";
import { place16, strip16, strip8 } from "./tiles";
import { at } from "../simd";
import { WIDE } from "../target";

const enum Block {
  /** Numbers of A in a block of rows that are read where they lie: they stay in L2. */
  Area = 128000,
  /** Columns of B that are read again for each panel of A: a cache line of a row of B, and of C. */
  Cols = 16,
  /** Columns of B packed at once in the 256-bit build: rows far apart are looked up once for all. */
  Packed = 64,
  /** Most rows for which contiguous rows of B are read where they lie: packing would not pay. */
  Direct = 24,
  /** The same in the 128-bit build for rows that do not share lines of the cache. */
  Often = 64,
  /** The same in the 256-bit build for rows that share some lines of the cache, or come from afar. */
  Seldom = 127,
  /** Bytes of B from which on it comes from beyond L2. */
  Large = 1048576,
  /** Bytes aside for one tile. */
  Aside = 192,
}

/** Most k in a block. */
export const DEPTH: i32 = WIDE ? 512 : 400;

/** Most rows of A packed at once. */
const ROWS: i32 = WIDE ? 256 : 320;

/** Most rows of a tile. */
const TALLEST: i32 = WIDE ? 6 : 5;

/** Whether B, of contiguous rows that are `stride` bytes apart, is read where it lies. */
// @ts-ignore: decorator
@inline
function isRead(stride: usize, m: i32, k: i32): bool {
  if (stride == 0) return false;
  if (m <= Block.Direct) return true;
  // rows 512 bytes apart share a few lines of the cache, and push each other out; 4 KiB apart at once
  if (!WIDE) return m <= Block.Often && (stride & 511) != 0;
  if (m <= Block.Seldom) return (stride & 4095) != 0;
  return (stride & 511) != 0 && stride * k < <usize> Block.Large;
}

/** Whether the rows of A are read where they lie: packing them would not pay for few columns. */
// @ts-ignore: decorator
@inline
function isReadInPlace(ars: usize, acs: usize, m: i32, n: i32, kc: i32): bool {
  if (m < 3 || (n & 15) != 0) return false;
  return acs == 4 ? n <= 384 : ars == 4 && acs != 0 && kc <= 128 && n <= 64;
}

/** Depth of the blocks: k cut evenly. */
// @ts-ignore: decorator
@inline
function depthOf(k: i32): i32 {
  return k > DEPTH ? evenly(k, DEPTH) : k;
}

/** The size of the fewest parts of at most `most` that make up `size`. */
// @ts-ignore: decorator
@inline
function evenly(size: i32, most: i32): i32 {
  const parts = (size + most - 1) / most;
  return (size + parts - 1) / parts;
}

/** Bytes of scratch that {@link tiled} needs. */
export function tiledScratch(m: i32, k: i32): f64 {
  const cols = WIDE ? Block.Packed : Block.Cols;
  return <f64>Block.Aside + 4.0 * <f64>depthOf(k) * <f64>(cols + min(m, ROWS));
}

/** C, m × n, from A, m × k, and B, k × n. Strides in bytes; those of C's columns and bias are 4. */
export function tiled(
  a: usize, ars: usize, acs: usize, b: usize, brs: usize, bcs: usize, c: usize, crs: usize,
  m: i32, n: i32, k: i32, bias: usize, flags: i32, scratch: usize,
): void {
  const depth = depthOf(k);
  let most = ROWS;
  if (WIDE && isReadInPlace(ars, acs, m, n, depth)) most = max(most, Block.Area / max(depth, 1));
  const height = evenly(m, most);
  const pb = scratch + Block.Aside, pa = at(pb, depth * (WIDE ? Block.Packed : Block.Cols));
  const direct = bcs == 4 && isRead(brs, m, k);
  for (let i = 0; i < m; i += height) {
    const rows = min(m - i, height);
    let p = 0;
    do { // once for k = 0: C still gets bias
      const kc = min(k - p, depth);
      const mode = (p > 0 ? Flag.Add : flags & Flag.Add) | (p + kc < k ? 0 : flags & Flag.Relu);
      const ai = a + ars * i + acs * p;
      const inPlace = WIDE && isReadInPlace(ars, acs, rows, n, kc);
      if (!inPlace) packRows(ai, ars, acs, rows, kc, pa);
      for (let j = 0; j < n; j += Block.Cols) {
        const from = b + brs * p + bcs * j, to = at(c + crs * i, j);
        const start: usize = bias && p == 0 ? at(bias, j) : 0;
        const cols = min<i32>(n - j, Block.Cols);
        if (WIDE && cols == 16) {
          let panel = from;
          if (bcs == 4 && !direct) {
            const done = j % Block.Packed;
            if (!done) packPanels(from, brs, min<i32>(n - j, Block.Packed) >> 4, kc, pb);
            panel = at(pb, kc * done);
          } else if (!direct) {
            pack(from, bcs, brs, 8, kc, pb, 8, 64);
            pack(from + bcs * 8, bcs, brs, 8, kc, pb + 32, 8, 64);
            panel = pb;
          }
          const bs: usize = direct ? brs : 64;
          if (inPlace && acs == 4) column16InPlace(ai, ars, panel, bs, kc, rows, to, crs, start, mode);
          else column16(inPlace ? ai : pa, inPlace ? acs : 0, panel, bs, kc, rows, to, crs, start, mode);
          continue;
        }
        const full = cols >> 3, rest = cols & 7, done = full << 3;
        for (let q = direct ? done : 0; q < cols; q += 8) {
          pack(from + bcs * q, bcs, brs, min(cols - q, 8), kc, at(pb, kc * q), 8, 32);
        }
        if (full) {
          const bs: usize = direct ? brs : 32, across: usize = direct ? 32 : <usize>kc << 5;
          column8(full, pa, direct ? from : pb, bs, across, kc, rows, to, crs, start, mode);
        }
        if (rest) {
          lastColumns(rest, pa, at(pb, kc * done), kc, rows, at(to, done), crs,
            start ? at(start, done) : 0, mode, scratch);
        }
      }
      p += kc;
    } while (p < k);
  }
}

/** Packs `panels` × 16 columns of B, whose rows are contiguous, one panel behind the other. */
function packPanels(from: usize, brs: usize, panels: i32, kc: i32, to: usize): void {
  for (let p = 0; p < kc; p++, from += brs, to += 64) {
    let x = from, y = to;
    for (let q = 0; q < panels; q++, x += 64, y += <usize>kc << 6) {
      const x0 = v128.load(x), x1 = v128.load(x, 16);
      const x2 = v128.load(x, 32), x3 = v128.load(x, 48);
      v128.store(y, x1, 16);
      v128.store(y, x0);
      v128.store(y, x3, 48);
      v128.store(y, x2, 32);
    }
  }
}

/** Panels that rows are packed in: as few as can be, the taller first. */
// @ts-ignore: decorator
@inline
function panelsOf(rows: i32): i32 {
  return (rows + TALLEST - 1) / TALLEST;
}

function packRows(a: usize, ars: usize, acs: usize, rows: i32, kc: i32, to: usize): void {
  const count = panelsOf(rows), low = rows / count;
  for (let panels = count; panels > 0;) {
    const height = (rows + panels - 1) / panels, alike = height > low ? rows - low * panels : panels;
    let n = 1;
    if (WIDE && ars == 4 && height >= 4) {
      n = min(alike, 8);
      packAcross(a, acs, n, height, kc, to);
    } else pack(a, ars, acs, height, kc, to, height, <usize>height << 2);
    a += ars * (height * n);
    to = at(to, height * kc * n);
    rows -= height * n;
    panels -= n;
  }
}

/** Packs panels of `height` (4 to 6) rows that lie side by side at each k. */
function packAcross(a: usize, acs: usize, panels: i32, height: i32, kc: i32, to: usize): void {
  const wide = <usize>height << 2, next = wide * kc;
  for (let p = 0; p < kc; p++, a += acs, to += wide) {
    let x = a, y = to;
    for (let q = 0; q < panels; q++, x += wide, y += next) {
      v128.store(y, v128.load(x));
      if (height == 6) i64.store(y, i64.load(x, 16), 16);
      else if (height == 5) f32.store(y, f32.load(x, 16), 16);
    }
  }
}

/** `panels` × 8 columns of C, all rows. b + across: the next panel. */
function column8(
  panels: i32, a: usize, b: usize, bs: usize, across: usize, kc: i32, rows: i32,
  c: usize, crs: usize, bias: usize, mode: i32,
): void {
  const count = panelsOf(rows), low = rows / count, tall = rows - low * count;
  if (tall) strip8(low + 1, tall, panels, a, b, bs, across, kc, c, crs, bias, mode);
  const done = tall * (low + 1);
  a = at(a, done * kc);
  c += crs * done;
  strip8(low, count - tall, panels, a, b, bs, across, kc, c, crs, bias, mode);
}

/** 16 columns of C, all rows. acs: of A's columns where they are not packed, else 0. */
function column16(
  a: usize, acs: usize, b: usize, bs: usize, kc: i32, rows: i32,
  c: usize, crs: usize, bias: usize, mode: i32,
): void {
  const count = panelsOf(rows), low = rows / count, tall = rows - low * count;
  for (let height = low + 1, n = tall; height >= low; height--, n = count - tall) {
    if (n == 0) continue;
    const wide = <usize>height << 2, next = acs ? wide : wide * kc;
    strip16(height, n, 1, a, acs ? acs : wide, next, b, bs, 0, kc, c, crs, bias, mode);
    a += next * n;
    c += crs * (height * n);
  }
}

/** The same of rows of A that are contiguous, where they lie. */
function column16InPlace(
  a: usize, ars: usize, b: usize, bs: usize, kc: i32, rows: i32,
  c: usize, crs: usize, bias: usize, mode: i32,
): void {
  const count = panelsOf(rows), low = rows / count, tall = rows - low * count;
  if (tall) place16(low + 1, tall, 1, a, ars, b, bs, 0, kc, c, crs, bias, mode);
  const done = tall * (low + 1);
  a += ars * done;
  c += crs * done;
  place16(low, count - tall, 1, a, ars, b, bs, 0, kc, c, crs, bias, mode);
}

/** Fewer than 8 columns: each tile goes through `aside`, where there is room for all eight. */
function lastColumns(
  cols: i32, a: usize, b: usize, kc: i32, rows: i32, c: usize, crs: usize, bias: usize, mode: i32,
  aside: usize,
): void {
  for (let panels = panelsOf(rows); panels > 0; panels--) {
    const height = (rows + panels - 1) / panels;
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < cols; j++) {
        let v: f32 = bias ? f32.load(at(bias, j)) : 0;
        if (mode & Flag.Add) v += f32.load(at(c + crs * i, j));
        f32.store(at(aside, i * 8 + j), v);
      }
    }
    strip8(height, 1, 1, a, b, 32, 0, kc, aside, 32, 0, mode | Flag.Add);
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < cols; j++) {
        f32.store(at(c + crs * i, j), f32.load(at(aside, i * 8 + j)));
      }
    }
    a = at(a, height * kc);
    c += crs * height;
    rows -= height;
  }
}

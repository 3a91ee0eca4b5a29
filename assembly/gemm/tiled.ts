// The tiled product: C in tiles of 5 × 8 or, where the engine has 256 bits, 6 × 16; k in blocks.
//
// With 128 bits:
//   for each block of rows, at most 320: C stays in L2 meanwhile
//     for each block of k, at most 400:  pack A in panels of 5 rows or one less   512 KB, L2
//       for each 16 columns:             pack B in 2 panels of 8 columns           25 KB, L1
//         for each panel of A and each of B: a tile of C, read and written once a block
//
// With 256 bits:
//   for each block of rows, at most 256, or all of them where A is read where it lies
//     for each block of k, at most 512:      pack A, unless it is read where it lies
//       of an A that stays in L2
//       for each 16 columns:                 pack B in a panel                      32 KB, L1
//         for each panel of A: a tile of C   (contiguous rows of B: 4 panels at once)
//       of a larger one
//       for each 256 columns:                pack B in panels of 16                 512 KB, L2
//         for each 4 panels of A:                                                   48 KB, L1
//           for each panel of B and each of these: a tile of C
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
  /** Columns of B that are read again for each panel of A: a cache line of a row of B, and of C. */
  Cols = 16,
  /** The same of contiguous rows, which are packed side by side, in the 256-bit build. */
  Cols4 = 64,
  /** Numbers of A that stay in L2, so that each panel of B can meet all of them. */
  Area = 131072,
  /** Columns of B packed at once where A has more: they stay in L2 for all of A. */
  Packed = 256,
  /** Panels of A that meet all these columns at a time: they stay in L1. */
  Again = 4,
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

/**
 * Whether A is read where it lies: always where its rows are contiguous, for all columns of B are packed for
 * some panels of it. Of contiguous columns a panel has a cache line at each k, and packing pays unless there
 * are few columns of B, or these lines would share their places in the cache.
 */
// @ts-ignore: decorator
@inline
function isReadInPlace(ars: usize, acs: usize, m: i32, n: i32): bool {
  if (m < 3 || (n & 15) != 0) return false;
  return acs == 4 || (ars == 4 && (acs & 4095) != 0 && n <= 128);
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

/** Columns of B that are packed at once. */
// @ts-ignore: decorator
@inline
function packedOf(n: i32): i32 {
  return WIDE ? min<i32>((n + 15) & ~15, Block.Packed) : Block.Cols;
}

/** Bytes of scratch that {@link tiled} needs. */
export function tiledScratch(m: i32, n: i32, k: i32): f64 {
  return <f64>Block.Aside + 4.0 * <f64>depthOf(k) * <f64>(packedOf(n) + min(m, ROWS));
}

/** C, m × n, from A, m × k, and B, k × n. Strides in bytes; those of C's columns and bias are 4. */
export function tiled(
  a: usize, ars: usize, acs: usize, b: usize, brs: usize, bcs: usize, c: usize, crs: usize,
  m: i32, n: i32, k: i32, bias: usize, flags: i32, scratch: usize,
): void {
  const depth = depthOf(k), pb = scratch + Block.Aside, pa = at(pb, depth * packedOf(n));
  const inPlace = WIDE && isReadInPlace(ars, acs, m, n);
  const direct = bcs == 4 && isRead(brs, m, k);
  const height = inPlace ? m : evenly(m, ROWS);
  for (let i = 0; i < m; i += height) {
    const rows = min(m - i, height);
    let p = 0;
    do { // once for k = 0: C still gets bias
      const kc = min(k - p, depth);
      const mode = (p > 0 ? Flag.Add : flags & Flag.Add) | (p + kc < k ? 0 : flags & Flag.Relu);
      const again = rows * kc <= Block.Area ? rows : Block.Again;
      let ai = a + ars * i + acs * p;
      if (!inPlace) {
        packRows(ai, ars, acs, rows, kc, pa);
        ai = pa;
      }
      for (let j = 0, cols = 0; j < n; j += cols) {
        const from = b + brs * p + bcs * j, to = at(c + crs * i, j);
        const start: usize = bias && p == 0 ? at(bias, j) : 0;
        if (WIDE && n - j >= 16) {
          cols = min<i32>((n - j) & ~15, again < rows ? Block.Packed : bcs == 4 ? Block.Cols4 : Block.Cols);
          if (!direct) packColumns(from, brs, bcs, cols, kc, pb);
          const bp = direct ? from : pb, bs: usize = direct ? brs : 64;
          const across: usize = direct ? 64 : <usize>kc << 6;
          if (inPlace && acs == 4) {
            columns16(true, cols, ai, ars, bp, bs, across, kc, rows, again, to, crs, start, mode);
          } else {
            const as: usize = inPlace ? acs : 0;
            columns16(false, cols, ai, as, bp, bs, across, kc, rows, again, to, crs, start, mode);
          }
          continue;
        }
        cols = min<i32>(n - j, Block.Cols);
        const full = cols >> 3, rest = cols & 7, done = full << 3;
        for (let q = direct ? done : 0; q < cols; q += 8) {
          pack(from + bcs * q, bcs, brs, min(cols - q, 8), kc, at(pb, kc * q), 8, 32);
        }
        if (full) {
          const bs: usize = direct ? brs : 32, across: usize = direct ? 32 : <usize>kc << 5;
          column8(full, ai, direct ? from : pb, bs, across, kc, rows, to, crs, start, mode);
        }
        if (rest) {
          lastColumns(rest, ai, at(pb, kc * done), kc, rows, at(to, done), crs,
            start ? at(start, done) : 0, mode, scratch);
        }
      }
      p += kc;
    } while (p < k);
  }
}

/** Packs columns of B, a multiple of 16, in panels of 16 one behind the other. */
function packColumns(from: usize, brs: usize, bcs: usize, cols: i32, kc: i32, to: usize): void {
  if (bcs != 4) {
    for (; cols > 0; cols -= 16, from += bcs * 16, to += <usize>kc << 6) {
      pack(from, bcs, brs, 8, kc, to, 8, 64);
      pack(from + bcs * 8, bcs, brs, 8, kc, to + 32, 8, 64);
    }
    return;
  }
  for (let p = 0; p < kc; p++, from += brs, to += 64) {
    let x = from, y = to;
    for (let q = 0; q < cols; q += 16, x += 64, y += <usize>kc << 6) {
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

/**
 * Columns of C, a multiple of 16, all rows: `again` panels of A at a time by each panel of B. as: from row to
 * row of A where these are contiguous (`place`), else from column to column where it is not packed, or 0.
 */
// @ts-ignore: decorator
@inline
function columns16(
  place: bool, cols: i32, a: usize, as: usize, b: usize, bs: usize, across: usize, kc: i32, rows: i32,
  again: i32, c: usize, crs: usize, bias: usize, mode: i32,
): void {
  const count = panelsOf(rows), low = rows / count, tall = rows - low * count;
  for (let done = 0; done < count;) {
    const height = done < tall ? low + 1 : low, n = min(again, (done < tall ? tall : count) - done);
    const wide = <usize>height << 2, next = place ? as * height : as ? wide : wide * kc;
    let bj = b, start = bias;
    for (let j = 0; j < cols; j += 16, bj += across) {
      const to = at(c, j);
      if (place) place16(height, n, 1, a, as, bj, bs, 0, kc, to, crs, start, mode);
      else strip16(height, n, 1, a, as ? as : wide, next, bj, bs, 0, kc, to, crs, start, mode);
      if (start) start += 64;
    }
    a += next * n;
    c += crs * (height * n);
    done += n;
  }
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

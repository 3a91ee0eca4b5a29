// The product when both operands lie along k (x·Wᵀ of a small batch): dot products, nothing packed but
// a few rows of y where the engine joins neighbouring vectors.
//
//   x: many rows of k numbers ──────────→          4 or 8 rows of x and up to 5 of y at a time: see
//   y: a few rows of k numbers ─────────→          tools/dot_tiles.ts
//
// An element's sum is four chains, over k = 0, 1, 2, 3 mod 4 in rising order, added up as
// (l0 + l2) + (l1 + l3) and then to bias + C. Where k ends amid a vector, zeros fill it.

import {
  dots2x2,
  dots4x1,
  dots4x2,
  dots8x1,
  pairs4x2,
  pairs4x3,
  pairs4x4,
  pairs4x5,
  pairs8x2,
} from "./dot_tiles";
import { loadPart, zeros } from "../simd";
import { WIDE } from "../target";

const enum Pairs {
  /** Fewest rows of x for which packing y pays. */
  Least = 32,
  /** Most rows of y in a tile. */
  Rows = 5,
  /** Bytes aside for the sums of a tile. */
  Aside = 320,
}

/**
 * Bytes of scratch that {@link dotProducts} needs for ny rows of y of k numbers: for those that are not
 * contiguous, and for a packed tile.
 */
export function dotScratch(ny: i32, k: i32, contiguous: bool): f64 {
  const gathered = contiguous ? 0 : 4.0 * <f64>k * <f64>ny;
  if (!WIDE) return gathered;
  return max(gathered, <f64>Pairs.Aside + 8.0 * <f64>((k + 3) & ~3) * <f64>min<i32>(ny, Pairs.Rows));
}

/**
 * out[i, j] = x_i · y_j for nx rows of x (many) and ny rows of y (few), k numbers each, those of x
 * contiguous. xs, ys: bytes between rows; yk: between the numbers of y. cx, cy: bytes in C from one i, one j
 * to the next; bx, by: in bias.
 */
export function dotProducts(
  x: usize, xs: usize, nx: i32, y: usize, ys: usize, yk: usize, ny: i32, k: i32,
  c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32, scratch: usize,
): void {
  if (WIDE && ny > 1 && nx >= Pairs.Least) {
    inPairs(x, xs, nx, y, ys, yk, ny, k, c, cx, cy, bias, bx, by, flags, scratch);
    return;
  }
  if (yk != 4) {
    gatherRows(y, ys, yk, ny, k, scratch);
    y = scratch, ys = <usize>k << 2;
  }
  while (nx > 0) {
    const n = ny == 1 && nx > 4 ? 8 : 4;
    if (n == 8) dots8x1(x, xs, nx, y, ys, k, c, cx, cy, bias, bx, by, flags, 0);
    else rows4(x, xs, min(nx, 4), y, ys, ny, k, c, cx, cy, bias, bx, by, flags);
    x += xs * n;
    c += cx * n;
    if (bias) bias += bx * n;
    nx -= n;
  }
}

/** All rows of y against n (1 to 4) rows of x. */
function rows4(
  x: usize, xs: usize, n: i32, y: usize, ys: usize, ny: i32, k: i32,
  c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32,
): void {
  for (; ny >= 2; ny -= 2) {
    if (n > 2) dots4x2(x, xs, n, y, ys, k, c, cx, cy, bias, bx, by, flags, 0);
    else dots2x2(x, xs, n, y, ys, k, c, cx, cy, bias, bx, by, flags, 0);
    y += 2 * ys;
    c += 2 * cy;
    if (bias) bias += 2 * by;
  }
  if (ny) dots4x1(x, xs, n, y, ys, k, c, cx, cy, bias, bx, by, flags, 0);
}

/** A tile's rows of y after the other, which stay in the first cache while all of x goes by. */
function inPairs(
  x: usize, xs: usize, nx: i32, y: usize, ys: usize, yk: usize, ny: i32, k: i32,
  c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32, aside: usize,
): void {
  const packed = aside + Pairs.Aside;
  for (let tiles = (ny + Pairs.Rows - 1) / Pairs.Rows; tiles > 0; tiles--) {
    const rows = (ny + tiles - 1) / tiles;
    for (let j = 0; j < rows; j++) packRow(y + ys * j, yk, k, packed + 32 * j, <usize>rows << 5);
    let xi = x, ci = c, bi = bias;
    for (let left = nx; left > 0;) {
      const n = rows <= 2 && left > 4 ? 8 : 4;
      // deno-fmt-ignore
      tileOf(rows, xi, xs, left, packed, k, ci, cx, cy, bi, bx, by, flags, aside);
      xi += xs * n;
      ci += cx * n;
      if (bias) bi += bx * n;
      left -= n;
    }
    y += ys * rows;
    c += cy * rows;
    if (bias) bias += by * rows;
    ny -= rows;
  }
}

/** `rows` of y against four rows of x, or eight. */
// @ts-ignore: decorator
@inline
function tileOf(
  rows: i32, x: usize, xs: usize, n: i32, y: usize, k: i32,
  c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32, aside: usize,
): void {
  const n4 = min(n, 4);
  if (rows == 2) {
    if (n > 4) pairs8x2(x, xs, n, y, 0, k, c, cx, cy, bias, bx, by, flags, aside);
    else pairs4x2(x, xs, n4, y, 0, k, c, cx, cy, bias, bx, by, flags, aside);
  } else if (rows == 3) pairs4x3(x, xs, n4, y, 0, k, c, cx, cy, bias, bx, by, flags, aside);
  else if (rows == 4) pairs4x4(x, xs, n4, y, 0, k, c, cx, cy, bias, bx, by, flags, aside);
  else pairs4x5(x, xs, n4, y, 0, k, c, cx, cy, bias, bx, by, flags, aside);
}

/** A row of y for tiles of pairs: four numbers twice, and so on; step: bytes from four k to the next. */
function packRow(y: usize, yk: usize, k: i32, to: usize, step: usize): void {
  for (; k > 0; k -= 4, to += step) {
    let v = zeros();
    if (yk == 4) {
      v = k >= 4 ? v128.load(y) : loadPart(y, k, v);
      y += 16;
    } else {
      v = v128.load32_zero(y);
      if (k > 1) v = v128.load_lane<f32>(y + yk, v, 1);
      if (k > 2) v = v128.load_lane<f32>(y + 2 * yk, v, 2);
      if (k > 3) v = v128.load_lane<f32>(y + 3 * yk, v, 3);
      y += 4 * yk;
    }
    v128.store(to, v, 16);
    v128.store(to, v);
  }
}

/** Rows of k numbers, one after the other, from any strides. */
function gatherRows(from: usize, row: usize, col: usize, rows: i32, k: i32, to: usize): void {
  for (; rows > 0; rows--, from += row) {
    for (let i = 0; i < k; i++, to += 4) f32.store(to, f32.load(from + col * i));
  }
}

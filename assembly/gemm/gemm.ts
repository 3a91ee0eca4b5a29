// The matrix product: which path a product takes.
//
//   k ≤ 4, rows of B contiguous               outer   outer.ts   weight gradient, small batch
//   few rows or columns, contiguous along k   dot     dot.ts     x·Wᵀ, small batch
//   few rows or columns, across k             axpy    axpy.ts    dy·W, small batch
//   all else                                  tiled   tiled.ts
//
// The path depends on the whole product, never on the range of it that is asked for, and within a
// path an element's arithmetic depends on its row of A and its column of B alone: an element has
// the same bits however the product is split between threads.

import { axpy } from "./axpy";
import { dotProducts, dotScratch } from "./dot";
import { Flag } from "./edge";
import { outer } from "./outer";
import { tiled, tiledScratch } from "./tiled";
import { at } from "../simd";

const enum Path {
  Outer,
  /** Dot products of a few rows of A and many columns of B. */
  DotA,
  /** Dot products of a few columns of B and many rows of A. */
  DotB,
  /** Sums of rows of B, for a few rows of A. */
  AxpyA,
  /** Sums of columns of A, for a few columns of B. */
  AxpyB,
  Tiled,
}

/** Most rows (columns) for which dot products beat the tiled product, which has to pack. */
function fewFor(k: i32): i32 {
  if (k >= 256) return 20;
  return k >= 96 ? 14 : 6;
}

function pathOf(m: i32, n: i32, k: i32, ars: i32, acs: i32, brs: i32, bcs: i32, plain: bool): Path {
  if (k == 0) return Path.Tiled;
  if (k <= 4 && bcs == 1 && n >= 8 && plain) return Path.Outer;
  const few = fewFor(k);
  if (m <= n) {
    if (m <= few && brs == 1) return Path.DotA;
    if (m <= 2 && bcs == 1) return Path.AxpyA;
  }
  if (n <= m) {
    if (n <= few && acs == 1) return Path.DotB;
    if (n <= 8 && ars == 1) return Path.AxpyB;
  }
  return Path.Tiled;
}

/**
 * Bytes of scratch that one thread needs for a product of this size: as f64, like all sizes, for an
 * int32 could overflow.
 */
export function gemmScratch(m: i32, n: i32, k: i32): f64 {
  return max(tiledScratch(m, n, k), dotScratch(min(min(m, n), fewFor(k)), k, false));
}

/** The same for strides that are known: dot products may need none. */
export function gemmScratchOf(
  m: i32, n: i32, k: i32, ars: i32, acs: i32, brs: i32, bcs: i32,
): f64 {
  switch (pathOf(m, n, k, ars, acs, brs, bcs, false)) {
    case Path.DotA:
      return dotScratch(m, k, acs == 1);
    case Path.DotB:
      return dotScratch(n, k, brs == 1);
    case Path.Tiled:
      return tiledScratch(m, n, k);
    default:
      return 0;
  }
}

/**
 * C[i, j] = Σ_k A[i, k]·B[k, j] for rowBegin ≤ i < rowEnd, colBegin ≤ j < colEnd of a product of an
 * m × k by a k × n matrix.
 *
 * ars, acs, brs, bcs, crs: strides of rows and columns, in elements; C's columns are contiguous.
 * bias: n numbers that are added to each row, or 0. flags: see {@link Flag}. C is neither A nor B.
 */
export function gemm(
  a: usize, ars: i32, acs: i32, b: usize, brs: i32, bcs: i32, c: usize, crs: i32,
  m: i32, n: i32, k: i32, bias: usize, flags: i32, scratch: usize,
  rowBegin: i32, rowEnd: i32, colBegin: i32, colEnd: i32,
): void {
  const rows = rowEnd - rowBegin, cols = colEnd - colBegin;
  if (rows <= 0 || cols <= 0) return;
  const plain = !bias && !(flags & Flag.Relu);
  const path = pathOf(m, n, k, ars, acs, brs, bcs, plain);
  // From here on strides are in bytes and everything begins where the range does.
  const ar = <usize>ars << 2, ac = <usize>acs << 2, br = <usize>brs << 2, bc = <usize>bcs << 2;
  const cr = <usize>crs << 2;
  a += ar * rowBegin;
  b += bc * colBegin;
  c = at(c + cr * rowBegin, colBegin);
  if (bias) bias = at(bias, colBegin);
  switch (path) {
    case Path.Outer:
      outer(a, ar, ac, b, br, c, cr, rows, cols, k, (flags & Flag.Add) != 0);
      break;
    case Path.DotA:
      dotProducts(b, bc, cols, a, ar, ac, rows, k, c, 4, cr, bias, 4, 0, flags, scratch);
      break;
    case Path.DotB:
      dotProducts(a, ar, rows, b, bc, br, cols, k, c, cr, 4, bias, 0, 4, flags, scratch);
      break;
    case Path.AxpyA:
      axpy(b, br, cols, a, ar, ac, rows, k, c, 4, cr, bias, 4, 0, flags);
      break;
    case Path.AxpyB:
      axpy(a, ac, rows, b, bc, br, cols, k, c, cr, 4, bias, 0, 4, flags);
      break;
    default:
      tiled(a, ar, ac, b, br, bc, c, cr, rows, cols, k, bias, flags, scratch);
  }
}

/**
 * Many products of one size: those of a batch of up to three dimensions, whose last two have the lengths
 * n1 and n2. a0, a1, a2 and b0, b1, b2: steps along these dimensions in A and B, in elements, 0 where
 * a matrix serves several products. C's matrices lie one after the other.
 *
 * The rows of all of C count on from matrix to matrix; begin to end of them are computed.
 */
export function gemmBatch(
  n1: i32, n2: i32,
  a: usize, a0: i32, a1: i32, a2: i32, ars: i32, acs: i32,
  b: usize, b0: i32, b1: i32, b2: i32, brs: i32, bcs: i32,
  c: usize, m: i32, n: i32, k: i32, bias: usize, flags: i32, scratch: usize, begin: i32, end: i32,
): void {
  while (begin < end) {
    const i = begin / m, row = begin - i * m, rows = min(m - row, end - begin);
    const j = i / n2, i2 = i - j * n2, i0 = j / n1, i1 = j - i0 * n1;
    gemm(
      at(a, i0 * a0 + i1 * a1 + i2 * a2), ars, acs, at(b, i0 * b0 + i1 * b1 + i2 * b2), brs, bcs,
      at(c, i * m * n), n, m, n, k, bias, flags, scratch, row, row + rows, 0, n,
    );
    begin += rows;
  }
}

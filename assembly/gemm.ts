import { strip1, strip2, strip3, strip4, strip5, Tile } from "./gemm_micro";
import { axpy } from "./gemm_axpy";
import { dotProducts } from "./gemm_dot";
import { Flag } from "./gemm_flags";
import { outer } from "./gemm_outer";
import { pack } from "./gemm_pack";

const enum Block {
  /** Deepest block of k. */
  K = 400,
  /** Most rows of A packed at once. */
  M = 320,
  /** Columns of a panel of B. */
  N = 16,
}

/** Depth of the blocks that k is cut into: even ones, at most Block.K. */
// @ts-ignore: decorator
@inline
function depthOf(k: i32): i32 {
  const blocks = (k + Block.K - 1) / Block.K;
  return blocks > 1 ? (k + blocks - 1) / blocks : k;
}

/** Bytes of scratch that one thread needs for a product of this size. */
export function gemmScratch(m: i32, n: i32, k: i32): i32 {
  return 4 * max(edgeSize() + depthOf(k) * (Block.N + min(m, <i32> Block.M)), k * min(min(m, n), 40));
}

// @ts-ignore: decorator
@inline
function edgeSize(): i32 {
  return 6 * 8;
}

export function gemm(
  a: usize, ars: i32, acs: i32,
  b: usize, brs: i32, bcs: i32,
  c: usize, crs: i32,
  m: i32, n: i32, k: i32,
  bias: usize, flags: i32, scratch: usize,
  rowBegin: i32, rowEnd: i32, colBegin: i32, colEnd: i32,
): void {
  if (rowBegin >= rowEnd || colBegin >= colEnd) return;
  const rows = rowEnd - rowBegin, cols = colEnd - colBegin;
  const a0 = a + (<usize>(rowBegin * ars) << 2), b0 = b + (<usize>(colBegin * bcs) << 2);
  const c0 = c + (<usize>(rowBegin * crs + colBegin) << 2);
  const bias0: usize = bias ? bias + (<usize>colBegin << 2) : 0;
  const ar = <usize>ars << 2, ac = <usize>acs << 2, br = <usize>brs << 2, bc = <usize>bcs << 2;
  const cr = <usize>crs << 2;
  if (k > 0) {
    if (k <= 4 && bcs == 1 && n >= 8 && !bias && (flags & Flag.Relu) == 0) {
      outer(a0, ar, ac, b0, br, c0, cr, rows, cols, k, (flags & Flag.Add) != 0);
      return;
    }
    const few = min(m, n), limit = k >= 256 ? 40 : 40;
    if (few <= limit) {
      if (m <= n && brs == 1) {
        let y = a0, ys = ar;
        if (acs != 1) {
          packFew(a0, ar, ac, rows, k, scratch);
          y = scratch;
          ys = <usize>k << 2;
        }
        dotProducts(b0, bc, cols, y, ys, rows, k, c0, 4, cr, bias0, 4, 0, flags);
        return;
      }
      if (n <= m && acs == 1) {
        let y = b0, ys = bc;
        if (brs != 1) {
          packFew(b0, bc, br, cols, k, scratch);
          y = scratch;
          ys = <usize>k << 2;
        }
        dotProducts(a0, ar, rows, y, ys, cols, k, c0, cr, 4, bias0, 0, 4, flags);
        return;
      }
      if (m <= 2 && bcs == 1) {
        axpy(b0, br, cols, a0, ar, ac, rows, k, c0, 4, cr, bias0, 4, 0, flags);
        return;
      }
      if (n <= 8 && ars == 1) {
        axpy(a0, ac, rows, b0, bc, br, cols, k, c0, cr, 4, bias0, 0, 4, flags);
        return;
      }
    }
  }
  const depth = depthOf(k);
  const edge = scratch;
  const pb = edge + (<usize>edgeSize() << 2);
  const pa = pb + (<usize>(depth * Block.N) << 2);
  const rowBlocks = (rows + Block.M - 1) / Block.M;
  const rowBlock = (rows + rowBlocks - 1) / rowBlocks;
  const direct = bcs == 1 && brs > 0 && rows <= 24;
  let p = 0;
  do {
    const kc = min(k - p, depth);
    let mode = p + kc >= k && flags & Flag.Relu ? Tile.Relu : 0;
    if (p > 0 || flags & Flag.Add) mode |= Tile.Load;
    for (let i = 0; i < rows; i += rowBlock) {
      const mr = min(rows - i, rowBlock);
      packRows(a0 + ar * <usize>i + ac * <usize>p, ars, acs, mr, kc, pa);
      for (let j = 0; j < cols; j += Block.N) {
        const nr = min(cols - j, <i32> Block.N), full = nr >> 3, rest = nr & 7;
        const from = b0 + br * <usize>p + bc * <usize>j;
        for (let q = direct ? full : 0; q << 3 < nr; q++) {
          pack(from + bc * <usize>(q << 3), bcs, brs, min(nr - (q << 3), 8), kc, pb + (<usize>(q * kc) << 5), 8);
        }
        const out = c0 + cr * <usize>i + (<usize>j << 2);
        const bi: usize = p == 0 && bias ? bias0 + (<usize>j << 2) : 0;
        if (full) {
          if (direct) column(full, pa, from, br, 32, kc, mr, out, cr, bi, mode);
          else column(full, pa, pb, 32, <usize>kc << 5, kc, mr, out, cr, bi, mode);
        }
        if (rest) {
          const done = <usize>full << 5;
          edgeColumn(pa, pb + done * kc, kc, mr, out + done, cr, bi ? bi + done : 0, mode, rest, edge);
        }
      }
    }
    p += kc;
  } while (p < k);
}

function packRows(a: usize, ars: i32, acs: i32, rows: i32, kc: i32, to: usize): void {
  let panels = (rows + 4) / 5;
  for (; panels > 0; panels--) {
    const r = (rows + panels - 1) / panels;
    pack(a, ars, acs, r, kc, to, r);
    a += <usize>(r * ars) << 2;
    to += <usize>(r * kc) << 2;
    rows -= r;
  }
}

function column(
  across: i32, a: usize, b: usize, bs: usize, next: usize, kc: i32, rows: i32,
  c: usize, cr: usize, bias: usize, mode: i32,
): void {
  const tiles = (rows + 4) / 5, low = rows / tiles, tall = rows - low * tiles;
  const done = tall * (low + 1);
  if (tall) strip(low + 1, tall, across, a, b, bs, next, kc, c, cr, bias, mode);
  strip(low, tiles - tall, across, a + (<usize>(done * kc) << 2), b, bs, next, kc, c + cr * <usize>done, cr, bias, mode);
}

function strip(
  r: i32, count: i32, across: i32, a: usize, b: usize, bs: usize, next: usize, kc: i32,
  c: usize, cr: usize, bias: usize, mode: i32,
): void {
  if (r == 5) strip5(count, across, a, b, bs, next, kc, c, cr, bias, mode);
  else if (r == 4) strip4(count, across, a, b, bs, next, kc, c, cr, bias, mode);
  else if (r == 3) strip3(count, across, a, b, bs, next, kc, c, cr, bias, mode);
  else if (r == 2) strip2(count, across, a, b, bs, next, kc, c, cr, bias, mode);
  else strip1(count, across, a, b, bs, next, kc, c, cr, bias, mode);
}

function edgeColumn(
  a: usize, b: usize, kc: i32, rows: i32, c: usize, cr: usize, bias: usize, mode: i32,
  cols: i32, edge: usize,
): void {
  let tiles = (rows + 4) / 5;
  for (; tiles > 0; tiles--) {
    const r = (rows + tiles - 1) / tiles;
    for (let i = 0; i < r; i++) {
      for (let j = 0; j < cols; j++) {
        let v: f32 = bias ? f32.load(bias + (<usize>j << 2)) : 0;
        if (mode & Tile.Load) v += f32.load(c + cr * <usize>i + (<usize>j << 2));
        f32.store(edge + (<usize>(i * 8 + j) << 2), v);
      }
    }
    strip(r, 1, 1, a, b, 32, 0, kc, edge, 32, 0, mode | Tile.Load);
    for (let i = 0; i < r; i++) {
      for (let j = 0; j < cols; j++) {
        f32.store(c + cr * <usize>i + (<usize>j << 2), f32.load(edge + (<usize>(i * 8 + j) << 2)));
      }
    }
    a += <usize>(r * kc) << 2;
    c += cr * <usize>r;
    rows -= r;
  }
}

/** Rows of k numbers with any strides, one after the other. */
function packFew(a: usize, row: usize, col: usize, rows: i32, k: i32, to: usize): void {
  for (; rows > 0; rows--, a += row) {
    for (let p = 0; p < k; p++, to += 4) f32.store(to, f32.load(a + col * <usize>p));
  }
}

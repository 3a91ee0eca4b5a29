import { strip1, strip2, strip3, strip4, strip5, Tile } from "./gemm_micro";
import { dotProducts } from "./gemm_dot";
import { pack } from "./gemm_pack";

const enum Block {
  /** Deepest block of k. */
  K = 400,
  /** Most rows of A packed at once. */
  M = 320,
  /** Columns of a panel of B. */
  N = 16,
}

const enum Flag {
  Add = 1,
  Relu = 2,
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
  return 4 * (edgeSize() + depthOf(k) * (Block.N + min(m, <i32> Block.M)));
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
  if (acs == 1 && brs == 1 && (m <= 96 || n <= 96)) {
    const x = a + (<usize>(rowBegin * ars) << 2), y = b + (<usize>(colBegin * bcs) << 2);
    const rows = rowEnd - rowBegin, cols = colEnd - colBegin;
    const out = c + (<usize>(rowBegin * crs + colBegin) << 2);
    const bi: usize = bias ? bias + (<usize>colBegin << 2) : 0;
    if (m > n) dotProducts(x, ars << 2, rows, y, bcs << 2, cols, k, out, crs << 2, 4, bi, 0, 4, flags);
    else dotProducts(y, bcs << 2, cols, x, ars << 2, rows, k, out, 4, crs << 2, bi, 4, 0, flags);
    return;
  }
  const depth = depthOf(k);
  const edge = scratch;
  const pb = edge + (<usize>edgeSize() << 2);
  const pa = pb + (<usize>(depth * Block.N) << 2);
  const rowBlocks = (rowEnd - rowBegin + Block.M - 1) / Block.M;
  const rowBlock = (rowEnd - rowBegin + rowBlocks - 1) / rowBlocks;
  let p = 0;
  do {
    const kc = min(k - p, depth);
    let mode = p + kc >= k && flags & Flag.Relu ? Tile.Relu : 0;
    if (p > 0 || flags & Flag.Add) mode |= Tile.Load;
    for (let i = rowBegin; i < rowEnd; i += rowBlock) {
      const rows = min(rowEnd - i, rowBlock);
      packRows(a + (<usize>(i * ars + p * acs) << 2), ars, acs, rows, kc, pa);
      for (let j = colBegin; j < colEnd; j += Block.N) {
        const cols = min(colEnd - j, <i32> Block.N);
        const from = b + (<usize>(p * brs + j * bcs) << 2);
        for (let jj = 0; jj < cols; jj += 8) {
          pack(from + (<usize>(jj * bcs) << 2), bcs, brs, min(cols - jj, 8), kc, pb + (<usize>(jj * kc) << 2), 8);
        }
        const out = c + (<usize>(i * crs + j) << 2);
        const bi: usize = p == 0 && bias ? bias + (<usize>j << 2) : 0;
        const full = cols >> 3, rest = cols & 7;
        if (full) column(full, pa, pb, 32, kc, rows, out, crs, bi, mode);
        if (rest) {
          const done = <usize>full << 5;
          edgeColumn(pa, pb + done * kc, 32, kc, rows, out + done, crs, bi ? bi + done : 0, mode, rest, edge);
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

function column(panels: i32, a: usize, b: usize, bs: usize, kc: i32, rows: i32, c: usize, crs: i32, bias: usize, mode: i32): void {
  const tiles = (rows + 4) / 5, low = rows / tiles, tall = rows - low * tiles;
  const cs = <usize>crs << 2;
  if (tall) anyColumn(low + 1, tall, panels, a, b, bs, kc, c, cs, bias, mode);
  const done = tall * (low + 1);
  anyColumn(low, tiles - tall, panels, a + (<usize>(done * kc) << 2), b, bs, kc, c + <usize>done * cs, cs, bias, mode);
}

function anyColumn(r: i32, count: i32, across: i32, a: usize, b: usize, bs: usize, kc: i32, c: usize, cs: usize, bias: usize, mode: i32): void {
  if (r == 5) strip5(count, across, a, b, bs, kc, c, cs, bias, mode);
  else if (r == 4) strip4(count, across, a, b, bs, kc, c, cs, bias, mode);
  else if (r == 3) strip3(count, across, a, b, bs, kc, c, cs, bias, mode);
  else if (r == 2) strip2(count, across, a, b, bs, kc, c, cs, bias, mode);
  else strip1(count, across, a, b, bs, kc, c, cs, bias, mode);
}

function edgeColumn(
  a: usize, b: usize, bs: usize, kc: i32, rows: i32, c: usize, crs: i32, bias: usize, mode: i32,
  cols: i32, edge: usize,
): void {
  let panels = (rows + 4) / 5;
  for (; panels > 0; panels--) {
    const r = (rows + panels - 1) / panels;
    for (let i = 0; i < r; i++) {
      for (let j = 0; j < cols; j++) {
        let v: f32 = bias ? f32.load(bias + (<usize>j << 2)) : 0;
        if (mode & Tile.Load) v += f32.load(c + (<usize>(i * crs + j) << 2));
        f32.store(edge + (<usize>(i * 8 + j) << 2), v);
      }
    }
    anyColumn(r, 1, 1, a, b, bs, kc, edge, 32, 0, mode | Tile.Load);
    for (let i = 0; i < r; i++) {
      for (let j = 0; j < cols; j++) {
        f32.store(c + (<usize>(i * crs + j) << 2), f32.load(edge + (<usize>(i * 8 + j) << 2)));
      }
    }
    a += <usize>(r * kc) << 2;
    c += <usize>(r * crs) << 2;
    rows -= r;
  }
}

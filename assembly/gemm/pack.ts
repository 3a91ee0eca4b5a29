// Packing: a panel of up to 8 rows (of A, or of Bᵀ) laid out so that the micro-kernel reads it from
// front to back.
//
//   rows × depth                packed, depth × width: one k after the other
//   00 01 02 03 …               00 10 20 30 40 | 01 11 21 31 41 | 02 …
//   10 11 12 13 …        →      └── width 5 ──┘
//   …

import { at } from "../simd";
import { WIDE } from "../target";

/**
 * to[p, i] = from[i, p] for i < rows; zero for i from rows to width. row, col: bytes between the rows
 * and columns of `from`; step: bytes from one k to the next in `to`.
 */
export function pack(
  from: usize, row: usize, col: usize, rows: i32, depth: i32, to: usize, width: i32, step: usize,
): void {
  let i = 0;
  if (col == 4) {
    if (rows == 5 || (WIDE && rows == 6)) {
      if (rows == 5) transpose(1, from, row, depth, to, step);
      else transpose(2, from, row, depth, to, step);
      return;
    }
    for (; i + 4 <= rows; i += 4) {
      transpose(0, from + row * i, row, depth, at(to, i), step);
    }
  } else if (row == 4) {
    if (rows == 8) {
      copy8(from, col, depth, to, step);
      return;
    }
    if (rows >= 4) {
      copy4(from, col, depth, to, step);
      i = 4;
    }
    for (; i + 2 <= rows; i += 2) copy2(at(from, i), col, depth, at(to, i), step);
  }
  for (; i < rows; i++) copy1(from + row * i, col, depth, at(to, i), step);
  for (; i < width; i++) clear1(depth, at(to, i), step);
}

/**
 * Four rows whose elements lie side by side, and up to two `more`: 4×4 blocks transposed in registers.
 *
 *   a: a0 a1 a2 a3      a0 b0 a1 b1      a0 b0 c0 d0
 *   b: b0 b1 b2 b3      c0 d0 c1 d1      a1 b1 c1 d1
 *   c: c0 c1 c2 c3  →   a2 b2 a3 b3  →   a2 b2 c2 d2
 *   d: d0 d1 d2 d3      c2 d2 c3 d3      a3 b3 c3 d3
 */
// @ts-ignore: decorator
@inline
function transpose(more: i32, a: usize, row: usize, depth: i32, to: usize, step: usize): void {
  let b = a + row, c = b + row, d = c + row, e = d + row, f = e + row;
  let p = 0;
  for (; p + 4 <= depth; p += 4) {
    const va = v128.load(a), vb = v128.load(b), vc = v128.load(c), vd = v128.load(d);
    const ve = more > 0 ? v128.load(e) : va, vf = more > 1 ? v128.load(f) : va;
    const ab = v128.shuffle<f32>(va, vb, 0, 4, 1, 5), cd = v128.shuffle<f32>(vc, vd, 0, 4, 1, 5);
    const ab2 = v128.shuffle<f32>(va, vb, 2, 6, 3, 7), cd2 = v128.shuffle<f32>(vc, vd, 2, 6, 3, 7);
    const ef = more > 1 ? v128.shuffle<f32>(ve, vf, 0, 4, 1, 5) : ve;
    const ef2 = more > 1 ? v128.shuffle<f32>(ve, vf, 2, 6, 3, 7) : ve;
    v128.store(to, v128.shuffle<f64>(ab, cd, 0, 2));
    if (more == 1) v128.store_lane<f32>(to, ve, 0, 16);
    if (more == 2) v128.store_lane<f64>(to, ef, 0, 16);
    to += step;
    v128.store(to, v128.shuffle<f64>(ab, cd, 1, 3));
    if (more == 1) v128.store_lane<f32>(to, ve, 1, 16);
    if (more == 2) v128.store_lane<f64>(to, ef, 1, 16);
    to += step;
    v128.store(to, v128.shuffle<f64>(ab2, cd2, 0, 2));
    if (more == 1) v128.store_lane<f32>(to, ve, 2, 16);
    if (more == 2) v128.store_lane<f64>(to, ef2, 0, 16);
    to += step;
    v128.store(to, v128.shuffle<f64>(ab2, cd2, 1, 3));
    if (more == 1) v128.store_lane<f32>(to, ve, 3, 16);
    if (more == 2) v128.store_lane<f64>(to, ef2, 1, 16);
    to += step;
    a += 16;
    b += 16;
    c += 16;
    d += 16;
    if (more > 0) e += 16;
    if (more > 1) f += 16;
  }
  for (; p < depth; p++, to += step, a += 4, b += 4, c += 4, d += 4, e += 4, f += 4) {
    f32.store(to, f32.load(a));
    f32.store(to, f32.load(b), 4);
    f32.store(to, f32.load(c), 8);
    f32.store(to, f32.load(d), 12);
    if (more > 0) f32.store(to, f32.load(e), 16);
    if (more > 1) f32.store(to, f32.load(f), 20);
  }
}

/** Eight rows that are side by side at each k. */
function copy8(x: usize, col: usize, depth: i32, to: usize, step: usize): void {
  for (let p = 0; p < depth; p++, x += col, to += step) {
    const x0 = v128.load(x), x1 = v128.load(x, 16);
    v128.store(to, x1, 16);
    v128.store(to, x0);
  }
}

/** Four rows that are side by side at each k. */
function copy4(x: usize, col: usize, depth: i32, to: usize, step: usize): void {
  for (let p = 0; p < depth; p++, x += col, to += step) v128.store(to, v128.load(x));
}

/** Two rows that are side by side at each k. */
function copy2(x: usize, col: usize, depth: i32, to: usize, step: usize): void {
  for (let p = 0; p < depth; p++, x += col, to += step) i64.store(to, i64.load(x));
}

/** One row, with any stride. */
function copy1(x: usize, col: usize, depth: i32, to: usize, step: usize): void {
  for (let p = 0; p < depth; p++, x += col, to += step) f32.store(to, f32.load(x));
}

/** Zeros where a row is missing: their sums are not kept, but denormals there would cost time. */
function clear1(depth: i32, to: usize, step: usize): void {
  for (let p = 0; p < depth; p++, to += step) f32.store(to, 0);
}

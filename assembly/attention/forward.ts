// Attention: y = softmax(q·kᵀ · scale + mask)·v, tile by tile.
//
// The softmax of a row is made as its tiles come by (Milakov and Gimelshein, "Online normalizer
// calculation for softmax", 2018; Dao et al., "FlashAttention", 2022): what was summed up so far is
// scaled down where a tile brings a larger score.
//
//   top    the largest score so far             sum    Σ exp(score − top)
//   y      Σ exp(score − top) · v, and in the end over the sum

import { expSumRows, expSumSpan } from "../elementwise/exp";
import { Flag } from "../gemm/edge";
import { gemm } from "../gemm/gemm";
import { scaleSpan } from "../reduce/softmax";
import { hideUnseen, inEights, maxRows, scaleRows } from "./rows";
import { AttentionShape, matrixOf } from "./shape";
import {
  areTurned,
  bytesOf,
  clear,
  dropRows,
  lastKey,
  pitchOf,
  productScratch,
  scores,
  takeRows,
  turn,
  turnedBytes,
} from "./tile";
import { at } from "../simd";

/** Bytes of scratch that one thread needs. */
export function attentionScratch(shape: usize): f64 {
  const s = changetype<AttentionShape>(shape);
  return bytesOf(s.rows, 4) + bytesOf(s.rows, s.d) + bytesOf(s.rows, pitchOf(s.keys)) +
    turnedBytes(s, s.d) + productScratch(s, s.rows);
}

/**
 * y, and stats [.., l, 2] for the gradients: of each query its largest score and 1 / Σ exp(score − it),
 * which are 0 where it sees nothing. mask, lengths (int32): 0 where there are none. Tiles of queries
 * begin to end, counted on from matrix to matrix.
 */
export function attention(
  shape: usize, q: usize, k: usize, v: usize, mask: usize, lengths: usize, y: usize, stats: usize,
  scale: f32, p: f32, seedLo: i32, seedHi: i32, streamLo: i32, streamHi: i32, scratch: usize,
  begin: i32, end: i32,
): void {
  const s = changetype<AttentionShape>(shape);
  const height = s.rows, most = s.keys, width = pitchOf(most), tiles = (s.l + height - 1) / height;
  const top = scratch, sum = at(top, height), shifts = at(sum, height), sums = at(shifts, height);
  const queries = scratch + <usize>bytesOf(height, 4);
  const tile = queries + <usize>bytesOf(height, s.d);
  const turned = tile + <usize>bytesOf(height, width);
  const room = turned + <usize>turnedBytes(s, s.d);
  let ready = -1; // the matrix whose keys were turned
  for (let unit = begin; unit < end; unit++) {
    const matrix = unit / tiles, i = (unit - matrix * tiles) * height;
    const rows = min(height, s.l - i);
    const ki = at(k, matrixOf(s, matrix, s.k0, s.k1, s.k2));
    const vi = at(v, matrixOf(s, matrix, s.v0, s.v1, s.v2));
    const yi = at(y, matrixOf(s, matrix, s.y0, s.y1, s.y2) + i * s.yr);
    const mi: usize = mask ? mask + <usize>matrixOf(s, matrix, s.m0, s.m1, s.m2) * s.maskBytes : 0;
    const qi = at(q, matrixOf(s, matrix, s.q0, s.q1, s.q2) + i * s.qr);
    f32.store(top, scale);
    takeRows(qi, s.qr, s.qc, rows, s.d, top, 0, queries);
    for (let r = 0; r < rows; r++) {
      f32.store(at(top, r), -Infinity);
      f32.store(at(sum, r), 0);
    }
    if (areTurned(s) && matrix != ready) turn(ki, s.kr, s.kc, s.s, s.d, turned);
    ready = matrix;
    const last = lastKey(s, lengths, matrix, i + rows);
    for (let j = 0; j < last; j += most) {
      const keys = min(most, last - j);
      scores(s, queries, areTurned(s) ? turned : ki, mi, i, rows, j, keys, tile, width, room);
      hideUnseen(s, tile, width, i, rows, j, keys);
      maxRows(tile, width, rows, inEights(keys), shifts);
      for (let r = 0; r < rows; r++) {
        const was = f32.load(at(top, r)), most = f32.load(at(shifts, r));
        const now = most <= was ? was : most; // NaN stays
        if (j && now > was) {
          const total = at(sum, r), by = expSumSpan(at(top, r), 0, 1, now);
          f32.store(total, f32.load(total) * by);
          scaleSpan(at(yi, r * s.yr), by, s.e);
        }
        f32.store(at(top, r), now);
        f32.store(at(shifts, r), now == -Infinity ? 0 : now); // all exponentials are 0 then, too
      }
      expSumRows(tile, <usize>width << 2, rows, inEights(keys), shifts, 4, sums);
      for (let r = 0; r < rows; r++) {
        f32.store(at(sum, r), f32.load(at(sum, r)) + f32.load(at(sums, r)));
      }
      if (p > 0) {
        // deno-fmt-ignore
        dropRows(s, tile, tile, width, matrix, i, rows, j, keys, p, seedLo, seedHi, streamLo, streamHi);
      }
      gemm(
        tile, width, 1, at(vi, j * s.vr), s.vr, s.vc, yi, s.yr, rows, s.e, keys, 0,
        j ? Flag.Add : 0, room, 0, rows, 0, s.e,
      );
    }
    for (let r = 0; r < rows; r++) {
      const total = f32.load(at(sum, r)), stat = at(stats, 2 * (matrix * s.l + i + r));
      f32.store(stat, total == 0 ? 0 : f32.load(at(top, r)));
      f32.store(stat, total == 0 ? 0 : 1 / total, 4);
      if (total == 0) clear(at(yi, r * s.yr), s.e);
    }
    scaleRows(yi, s.yr, rows, s.e, at(stats, 2 * (matrix * s.l + i) + 1), 8);
  }
}

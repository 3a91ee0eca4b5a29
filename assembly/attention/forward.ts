// Attention: y = softmax(q·kᵀ · scale + mask)·v, tile by tile.
//
// The softmax of a row is made as its tiles come by (Milakov and Gimelshein, "Online normalizer
// calculation for softmax", 2018; Dao et al., "FlashAttention", 2022): what was summed up so far is
// scaled down where a tile brings a larger score.
//
//   top    the largest score so far             sum    Σ exp(score − top)
//   y      Σ exp(score − top) · v, and in the end over the sum

import { expSumSpan } from "../elementwise/exp";
import { Flag } from "../gemm/edge";
import { gemm } from "../gemm/gemm";
import { maxSpan } from "../reduce/reduce";
import { scaleSpan } from "../reduce/softmax";
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
  seen,
  takeRows,
  turn,
  turnedBytes,
} from "./tile";
import { at } from "../simd";

/** Bytes of scratch that one thread needs. */
export function attentionScratch(shape: usize): f64 {
  const s = changetype<AttentionShape>(shape);
  return bytesOf(s.rows, 2) + bytesOf(s.rows, s.d) + bytesOf(s.rows, pitchOf(s.keys)) +
    turnedBytes(s, s.d) + productScratch(s);
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
  const top = scratch, sum = at(top, height);
  const queries = scratch + <usize>bytesOf(height, 2);
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
      for (let r = 0; r < rows; r++) {
        const row = at(tile, r * width), n = seen(s, i + r, j, keys);
        const total = at(sum, r), was = f32.load(at(top, r));
        const most = n ? maxSpan(row, n, 0) : was;
        const now = most <= was ? was : most; // NaN stays
        if (now == -Infinity) clear(row, keys);
        else {
          if (j && now > was) {
            const by = expSumSpan(at(top, r), 0, 1, now);
            f32.store(total, f32.load(total) * by);
            scaleSpan(at(yi, r * s.yr), by, s.e);
          }
          f32.store(total, f32.load(total) + expSumSpan(row, row, n, now));
          if (n < keys) clear(at(row, n), keys - n);
        }
        f32.store(at(top, r), now);
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
      const total = f32.load(at(sum, r)), row = at(yi, r * s.yr);
      const inverse: f32 = total == 0 ? 0 : 1 / total;
      if (inverse == 0) clear(row, s.e);
      else scaleSpan(row, inverse, s.e);
      const stat = at(stats, 2 * (matrix * s.l + i + r));
      f32.store(stat, total == 0 ? 0 : f32.load(at(top, r)));
      f32.store(stat, inverse, 4);
    }
  }
}

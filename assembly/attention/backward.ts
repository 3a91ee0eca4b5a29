// The gradients of attention. Scores are computed again, tile by tile, and with what was kept of the
// softmax each tile has its probabilities at once, but for the sum, by which dy is divided:
//
//   P = exp(score − top)    g = dy / sum    Z: dropout's mask, of 0 and 1 / (1 − p)
//   dv += (Z P)ᵀ·g                          D = Σ_e g y, of each query: the softmax's part
//   dS = P (Z (g·vᵀ) − D)
//   dq += dS·k · scale                    dk += dSᵀ·(q · scale)
//
// A matrix of the batch is one thread's, for its dk and dv are sums over the queries.

import { expSumSpan } from "../elementwise/exp";
import { Flag } from "../gemm/edge";
import { gemm } from "../gemm/gemm";
import { Products, sumOver } from "../norm/moments";
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
  timesKeys,
  turn,
  turnedBytes,
} from "./tile";
import { at, loadPart, storePart, zeros } from "../simd";

/** Bytes of scratch that one thread needs. */
export function attentionGradScratch(shape: usize): f64 {
  const s = changetype<AttentionShape>(shape);
  return bytesOf(s.rows, 1) + bytesOf(s.rows, s.d) + bytesOf(s.rows, s.e) +
    2 * bytesOf(s.rows, pitchOf(s.keys)) + turnedBytes(s, s.d + s.e) + productScratch(s);
}

/** dq, dk and dv, from `attention`'s y and stats and from dy; matrices begin to end. */
export function attentionGrad(
  shape: usize, q: usize, k: usize, v: usize, mask: usize, lengths: usize, y: usize, stats: usize,
  dy: usize, dq: usize, dk: usize, dv: usize,
  scale: f32, p: f32, seedLo: i32, seedHi: i32, streamLo: i32, streamHi: i32, scratch: usize,
  begin: i32, end: i32,
): void {
  const s = changetype<AttentionShape>(shape);
  const height = s.rows, most = s.keys, width = pitchOf(most), pitch = pitchOf(s.s);
  const shares = scratch, queries = shares + <usize>bytesOf(height, 1);
  const grads = queries + <usize>bytesOf(height, s.d);
  const tile = grads + <usize>bytesOf(height, s.e);
  const other = tile + <usize>bytesOf(height, width);
  const turnedK = other + <usize>bytesOf(height, width), turnedV = at(turnedK, s.d * pitch);
  const room = turnedK + <usize>turnedBytes(s, s.d + s.e);
  for (let matrix = begin; matrix < end; matrix++) {
    const ki = at(k, matrixOf(s, matrix, s.k0, s.k1, s.k2));
    const vi = at(v, matrixOf(s, matrix, s.v0, s.v1, s.v2));
    const mi: usize = mask ? mask + <usize>matrixOf(s, matrix, s.m0, s.m1, s.m2) * s.maskBytes : 0;
    const dki = at(dk, matrixOf(s, matrix, s.dk0, s.dk1, s.dk2));
    const dvi = at(dv, matrixOf(s, matrix, s.dv0, s.dv1, s.dv2));
    if (areTurned(s)) {
      turn(ki, s.kr, s.kc, s.s, s.d, turnedK);
      turn(vi, s.vr, s.vc, s.s, s.e, turnedV);
    }
    for (let j = 0; j < s.s; j++) {
      clear(at(dki, j * s.dkr), s.d);
      clear(at(dvi, j * s.dvr), s.e);
    }
    for (let i = 0; i < s.l; i += height) {
      const rows = min(height, s.l - i);
      const yi = at(y, matrixOf(s, matrix, s.y0, s.y1, s.y2) + i * s.yr);
      const dqi = at(dq, matrixOf(s, matrix, s.dq0, s.dq1, s.dq2) + i * s.dqr);
      const stat = at(stats, 2 * (matrix * s.l + i));
      f32.store(shares, scale);
      // deno-fmt-ignore
      takeRows(at(q, matrixOf(s, matrix, s.q0, s.q1, s.q2) + i * s.qr), s.qr, s.qc, rows, s.d, shares, 0, queries);
      // deno-fmt-ignore
      takeRows(at(dy, matrixOf(s, matrix, s.g0, s.g1, s.g2) + i * s.gr), s.gr, s.gc, rows, s.e, at(stat, 1), 8, grads);
      for (let r = 0; r < rows; r++) {
        f32.store(at(shares, r), <f32>sumOver<Products>(at(yi, r * s.yr), at(grads, r * s.e), s.e, 0));
      }
      const last = lastKey(s, lengths, matrix, i + rows);
      if (last == 0) for (let r = 0; r < rows; r++) clear(at(dqi, r * s.dqr), s.d);
      for (let j = 0; j < last; j += most) {
        const keys = min(most, last - j);
        scores(s, queries, areTurned(s) ? turnedK : ki, mi, i, rows, j, keys, tile, width, room);
        for (let r = 0; r < rows; r++) {
          const row = at(tile, r * width), n = seen(s, i + r, j, keys);
          if (f32.load(at(stat, 2 * r + 1)) == 0) clear(row, keys);
          else {
            expSumSpan(row, row, n, f32.load(at(stat, 2 * r)));
            if (n < keys) clear(at(row, n), keys - n);
          }
        }
        let kept = tile;
        if (p > 0) {
          kept = other;
          // deno-fmt-ignore
          dropRows(s, tile, other, width, matrix, i, rows, j, keys, p, seedLo, seedHi, streamLo, streamHi);
        }
        gemm(
          kept, 1, width, grads, s.e, 1, at(dvi, j * s.dvr), s.dvr, keys, s.e, rows, 0, Flag.Add,
          room, 0, keys, 0, s.e,
        );
        if (areTurned(s)) timesKeys(grads, s.e, turnedV, pitch, 1, j, rows, keys, other, width, room);
        else timesKeys(grads, s.e, vi, s.vc, s.vr, j, rows, keys, other, width, room);
        if (p > 0) {
          // deno-fmt-ignore
          dropRows(s, other, other, width, matrix, i, rows, j, keys, p, seedLo, seedHi, streamLo, streamHi);
        }
        for (let r = 0; r < rows; r++) {
          softmaxGrad(at(tile, r * width), at(other, r * width), f32.load(at(shares, r)), keys);
        }
        gemm(
          tile, width, 1, at(ki, j * s.kr), s.kr, s.kc, dqi, s.dqr, rows, s.d, keys, 0,
          j ? Flag.Add : 0, room, 0, rows, 0, s.d,
        );
        gemm(
          tile, 1, width, queries, s.d, 1, at(dki, j * s.dkr), s.dkr, keys, s.d, rows, 0, Flag.Add,
          room, 0, keys, 0, s.d,
        );
      }
      for (let r = 0; r < rows; r++) scaleSpan(at(dqi, r * s.dqr), scale, s.d);
    }
  }
}

/** p = p (dp − share), n numbers; 0 where p is 0, whatever dp is. */
function softmaxGrad(p: usize, dp: usize, share: f32, n: i32): void {
  const by = f32x4.splat(share);
  for (; n >= 8; n -= 8, p += 32, dp += 32) {
    const a = f32x4.mul(f32x4.sub(v128.load(dp), by), v128.load(p));
    const b = f32x4.mul(f32x4.sub(v128.load(dp, 16), by), v128.load(p, 16));
    v128.store(p, b, 16);
    v128.store(p, a);
  }
  if (n >= 4) {
    v128.store(p, f32x4.mul(f32x4.sub(v128.load(dp), by), v128.load(p)));
    p += 16, dp += 16, n -= 4;
  }
  if (n) storePart(p, f32x4.mul(f32x4.sub(loadPart(dp, n, zeros()), by), loadPart(p, n, zeros())), n);
}

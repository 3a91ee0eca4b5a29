// The gradients of attention. Scores are computed again, tile by tile, and with what was kept of the
// softmax each tile has its probabilities at once, but for the sum, by which dy is divided:
//
//   P = exp(score − top)    g = dy / sum    Z: dropout's mask, of 0 and 1 / (1 − p)
//   dv += (Z P)ᵀ·g                          D = Σ_e g y, of each query: the softmax's part
//   dS = P (Z (g·vᵀ) − D)
//   dq += dS·k · scale                    dk += dSᵀ·(q · scale)
//
// A matrix of the batch is one thread's, for its dk and dv are sums over the queries. In a causal sequence
// tiles of few queries follow each other, so that little is computed of what none of them sees; products
// that sum over queries wait until there are more of them:
//
//             keys ─────────▶
//            ┌──┬──┬──┬──┐         dq: of each tile of queries, over the keys that it sees   ▒
//   queries  │▒▓│  │  │  │         dv, dk: of each tile of keys, over the queries that
//      │     ├──┼──┼──┼──┤                 look at it                                       ▓
//      ▼     │▒▓│▒▓│  │  │
//            └──┴──┴──┴──┘

import { expSumRows } from "../elementwise/exp";
import { Flag } from "../gemm/edge";
import { gemm } from "../gemm/gemm";
import { Products, sumOver } from "../norm/moments";
import { clearRows, hideUnseen, inEights, scaleRows, softmaxGradRows } from "./rows";
import { AttentionShape, matrixOf } from "./shape";
import {
  areTurned,
  bytesOf,
  dropRows,
  lastKey,
  pitchOf,
  productScratch,
  scores,
  takeRows,
  timesKeys,
  turn,
  turnedBytes,
} from "./tile";
import { at } from "../simd";

/** Queries whose tiles wait for each other, unless one tile is as many. */
const BLOCK: i32 = 64;

/** Queries of a block of tiles. */
function blockOf(s: AttentionShape): i32 {
  return min(s.l, s.rows * max(1, BLOCK / s.rows));
}

/** Bytes of scratch that one thread needs. */
export function attentionGradScratch(shape: usize): f64 {
  const s = changetype<AttentionShape>(shape), block = blockOf(s);
  return bytesOf(block, 1) + bytesOf(block, s.d) + bytesOf(block, s.e) +
    2 * bytesOf(block, pitchOf(s.keys)) + turnedBytes(s, s.d + s.e) + productScratch(s, block);
}

/** dq, dk and dv, from `attention`'s y and stats and from dy; matrices begin to end. */
export function attentionGrad(
  shape: usize, q: usize, k: usize, v: usize, mask: usize, lengths: usize, y: usize, stats: usize,
  dy: usize, dq: usize, dk: usize, dv: usize,
  scale: f32, p: f32, seedLo: i32, seedHi: i32, streamLo: i32, streamHi: i32, scratch: usize,
  begin: i32, end: i32,
): void {
  const s = changetype<AttentionShape>(shape);
  const height = s.rows, block = blockOf(s), most = s.keys, width = pitchOf(most), pitch = pitchOf(s.s);
  const shares = scratch, queries = shares + <usize>bytesOf(block, 1);
  const grads = queries + <usize>bytesOf(block, s.d);
  const tiles = grads + <usize>bytesOf(block, s.e);
  const others = tiles + <usize>bytesOf(block, width);
  const turnedK = others + <usize>bytesOf(block, width), turnedV = at(turnedK, s.d * pitch);
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
    clearRows(dki, s.dkr, s.s, s.d);
    clearRows(dvi, s.dvr, s.s, s.e);
    for (let i = 0; i < s.l; i += block) {
      const rows = min(block, s.l - i);
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
      if (last == 0) clearRows(dqi, s.dqr, rows, s.d);
      for (let j = 0; j < last; j += most) {
        const keys = min(most, last - j);
        for (let r = 0; r < rows; r += height) {
          const high = min(height, rows - r), n = seenBy(s, lengths, matrix, i + r + high, j, keys);
          if (n <= 0) continue; // these queries look at earlier tiles of keys only
          const tile = at(tiles, r * width), from = at(queries, r * s.d);
          scores(s, from, areTurned(s) ? turnedK : ki, mi, i + r, high, j, n, tile, width, room);
          hideUnseen(s, tile, width, i + r, high, j, n);
          expSumRows(tile, <usize>width << 2, high, inEights(n), at(stat, 2 * r), 8, 0);
          if (p > 0) {
            // deno-fmt-ignore
            dropRows(s, tile, at(others, r * width), width, matrix, i + r, high, j, n, p, seedLo, seedHi, streamLo, streamHi);
          }
        }
        // deno-fmt-ignore
        addToKeys(s, p > 0 ? others : tiles, width, grads, s.e, i, rows, j, keys, at(dvi, j * s.dvr), s.dvr, room);
        for (let r = 0; r < rows; r += height) {
          const high = min(height, rows - r), n = seenBy(s, lengths, matrix, i + r + high, j, keys);
          if (n <= 0) continue;
          const tile = at(tiles, r * width), other = at(others, r * width), from = at(grads, r * s.e);
          if (areTurned(s)) timesKeys(from, s.e, turnedV, pitch, 1, j, high, n, other, width, room);
          else timesKeys(from, s.e, vi, s.vc, s.vr, j, high, n, other, width, room);
          if (p > 0) {
            // deno-fmt-ignore
            dropRows(s, other, other, width, matrix, i + r, high, j, n, p, seedLo, seedHi, streamLo, streamHi);
          }
          softmaxGradRows(tile, other, width, high, inEights(n), at(shares, r));
          gemm(
            tile, width, 1, at(ki, j * s.kr), s.kr, s.kc, at(dqi, r * s.dqr), s.dqr, high, s.d, n, 0,
            j ? Flag.Add : 0, room, 0, high, 0, s.d,
          );
        }
        addToKeys(s, tiles, width, queries, s.d, i, rows, j, keys, at(dki, j * s.dkr), s.dkr, room);
      }
      f32.store(shares, scale);
      scaleRows(dqi, s.dqr, rows, s.d, shares, 0);
    }
  }
}

/** How many of `keys` keys from j on any query before `bottom` of a matrix looks at; none: 0 or less. */
// @ts-ignore: decorator
@inline
function seenBy(
  s: AttentionShape, lengths: usize, matrix: i32, bottom: i32, j: i32, keys: i32,
): i32 {
  return min(keys, lastKey(s, lengths, matrix, bottom) - j);
}

/**
 * to += wᵀ·x: of each of `keys` keys from j on, whose rows are `step` numbers apart, over the queries of a
 * block that look at it, those of whole tiles. x: a row of n numbers for each query.
 */
function addToKeys(
  s: AttentionShape, w: usize, width: i32, x: usize, n: i32, i: i32, rows: i32, j: i32, keys: i32,
  to: usize, step: i32, scratch: usize,
): void {
  for (let first = 0; first < keys;) {
    // the first tile of queries that looks at key j + first, and one past the last key it looks at
    const r = s.causal ? max(0, j + first - i) / s.rows * s.rows : 0;
    const end = s.causal ? min(keys, i + r + s.rows - j) : keys, m = end - first;
    gemm(
      at(w, r * width + first), 1, width, at(x, r * n), n, 1, at(to, first * step), step, m, n, rows - r,
      0, Flag.Add, scratch, 0, m, 0, n,
    );
    first = end;
  }
}

// A tile of scores: some queries against some keys.
//
//             keys ───────────────▶                 A tile is all that is ever there of the scores.
//            ┌────────┬────────┬────┐               Its size depends on l and s alone, and it is one
//   queries  │ tile   │ tile   │    │               thread's, so the bits do not depend on threads.
//      │     ├────────┼────────┼────┤
//      ▼     │ causal:│ are    │    │
//            │ others │ skipped│    │

import { AttentionShape } from "./shape";
import { gemm, gemmScratch } from "../gemm/gemm";
import { pack } from "../gemm/pack";
import { DEPTH } from "../gemm/tiled";
import { dropout } from "../random/random";
import { at, storePart, zeros } from "../simd";

/** Bytes of `rows` times n numbers, to whole cache lines. */
// @ts-ignore: decorator
@inline
export function bytesOf(rows: i32, n: i32): f64 {
  return 64.0 * Math.ceil(<f64>rows * <f64>n / 16.0);
}

/** Bytes of scratch that the products of a tile need, and of up to `rows` queries. */
export function productScratch(s: AttentionShape, rows: i32): f64 {
  const side = max(rows, s.keys), deep = max(s.d, s.e), depth = max(side, min(deep, DEPTH));
  return max(gemmScratch(side, side, depth), gemmScratch(side, side, deep));
}

/**
 * Numbers from one row to the next of a tile, or of keys side by side: no power of two, whose rows would
 * push each other out of the cache.
 */
// @ts-ignore: decorator
@inline
export function pitchOf(n: i32): i32 {
  return ((n + 15) & ~15) + 16;
}

/**
 * Whether keys and values are turned: products read them where they lie then, in each tile of queries. One
 * tile alone, such as the one query of a text that goes on, does with them as they are.
 */
// @ts-ignore: decorator
@inline
export function areTurned(s: AttentionShape): bool {
  return s.l > s.rows;
}

/** Bytes of scratch for the transpose of keys or values of n numbers. */
// @ts-ignore: decorator
@inline
export function turnedBytes(s: AttentionShape, n: i32): f64 {
  return areTurned(s) ? bytesOf(n, pitchOf(s.s)) : 0;
}

/** to [cols, pitchOf(rows)] = the transpose of x. */
export function turn(x: usize, row: i32, col: i32, rows: i32, cols: i32, to: usize): void {
  const step = <usize>pitchOf(rows) << 2;
  for (let i = 0; i < rows; i += 8) {
    const n = min(rows - i, 8);
    pack(at(x, i * row), <usize>row << 2, <usize>col << 2, n, cols, at(to, i), n, step);
  }
}

/**
 * to = x, n columns of some rows, one after the other, times a factor: a row's own is at `factors`, `step`
 * bytes from row to row.
 */
export function takeRows(
  x: usize, row: i32, col: i32, rows: i32, n: i32, factors: usize, step: usize, to: usize,
): void {
  const next = <usize>col << 2, vector = col == 1 ? n & ~3 : 0;
  for (let i = 0; i < rows; i++, factors += step) {
    const by = v128.load32_splat(factors);
    let from = at(x, i * row), j = 0;
    for (; j < vector; j += 4, from += 16, to += 16) v128.store(to, f32x4.mul(v128.load(from), by));
    for (; j < n; j++, from += next, to += 4) f32.store(to, f32.load(from) * f32.load(factors));
  }
}

/** x = 0, n numbers: so few that `memory.fill` would take longer to begin. */
export function clear(x: usize, n: i32): void {
  for (; n >= 4; n -= 4, x += 16) v128.store(x, zeros());
  if (n > 0) storePart(x, zeros(), n);
}

/** How many of `keys` keys from key j on query i looks at. */
// @ts-ignore: decorator
@inline
export function seen(s: AttentionShape, i: i32, j: i32, keys: i32): i32 {
  return s.causal ? max(0, min(keys, i - j + 1)) : keys;
}

/** One past the last key that any query before `bottom` of matrix i looks at. */
// @ts-ignore: decorator
@inline
export function lastKey(s: AttentionShape, lengths: usize, i: i32, bottom: i32): i32 {
  let last = s.s;
  if (lengths) last = max(0, min(last, i32.load(at(lengths, (s.first + i) / s.each))));
  return s.causal ? min(last, bottom) : last;
}

/**
 * The masked scores of `rows` queries from i on and `keys` keys from j on; `width` from row to row. k: the
 * keys of the matrix, or their transpose, if they are turned.
 */
export function scores(
  s: AttentionShape, q: usize, k: usize, mask: usize, i: i32, rows: i32, j: i32, keys: i32,
  to: usize, width: i32, scratch: usize,
): void {
  if (areTurned(s)) timesKeys(q, s.d, k, pitchOf(s.s), 1, j, rows, keys, to, width, scratch);
  else timesKeys(q, s.d, k, s.kc, s.kr, j, rows, keys, to, width, scratch);
  if (!mask) return;
  for (let r = 0; r < rows; r++) {
    const from = mask + <usize>((i + r) * s.mr + j * s.mc) * s.maskBytes, n = seen(s, i + r, j, keys);
    if (s.maskBytes == 1) hide(at(to, r * width), from, s.mc, n);
    else shift(at(to, r * width), from, s.mc, n);
  }
}

/** to = x·y of `rows` rows of n numbers and `keys` columns of y from column j on. */
export function timesKeys(
  x: usize, n: i32, y: usize, yrs: i32, ycs: i32, j: i32, rows: i32, keys: i32, to: usize, width: i32,
  scratch: usize,
): void {
  gemm(
    x, n, 1, at(y, j * ycs), yrs, ycs, to, width, rows, keys, n, 0, 0, scratch, 0, rows, 0, keys,
  );
}

/** x = -Infinity where the mask is 0. */
function hide(x: usize, mask: usize, step: i32, n: i32): void {
  const none = f32x4.splat(-Infinity), zero = i32x4.splat(0);
  let j = 0;
  if (step == 1) {
    for (; j + 4 <= n; j += 4, x += 16, mask += 4) {
      const bytes = v128.load32_zero(mask);
      const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
      v128.store(x, v128.bitselect(none, v128.load(x), i32x4.eq(words, zero)));
    }
  }
  for (; j < n; j++, x += 4, mask += step) {
    if (!load<u8>(mask)) f32.store(x, -Infinity);
  }
}

/** x = x + mask. */
function shift(x: usize, mask: usize, step: i32, n: i32): void {
  let j = 0;
  if (step == 1) {
    for (; j + 4 <= n; j += 4, x += 16, mask += 16) {
      v128.store(x, f32x4.add(v128.load(x), v128.load(mask)));
    }
  }
  for (; j < n; j++, x += 4, mask += <usize>step << 2) {
    f32.store(x, f32.load(x) + f32.load(mask));
  }
}

/** to = x with dropout's mask of the scores [.., l, s]; both `width` from row to row, to may be x. */
export function dropRows(
  s: AttentionShape, x: usize, to: usize, width: i32, matrix: i32, i: i32, rows: i32, j: i32,
  keys: i32, p: f32, seedLo: i32, seedHi: i32, streamLo: i32, streamHi: i32,
): void {
  const factor: f32 = <f32>1 / (<f32>1 - p);
  let place = ((s.first + matrix) * s.l + i) * s.s + j;
  for (let r = 0; r < rows; r++, place += s.s) {
    const back = <usize>place << 2;
    dropout(
      at(x, r * width) - back, at(to, r * width) - back, seedLo, seedHi, streamLo, streamHi,
      p, factor, place, place + keys,
    );
  }
}

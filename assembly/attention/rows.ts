// What is done to all rows of a tile in one call. Rows of a causal tile are as long as the last of them, for
// a processor that cannot tell how often a loop turns waits at each end of it: what a row does not see is
// minus infinity there, whose exponential is 0.

import { AttentionShape } from "./shape";
import { seen } from "./tile";
import { at, loadPart, maxNaN, storePart, swapHalves, swapPairs, zeros } from "../simd";

/** n numbers of a row, to whole eights. */
// @ts-ignore: decorator
@inline
export function inEights(n: i32): i32 {
  return (n + 7) & ~7;
}

/** x = -Infinity where a query does not look, of its `keys` numbers to whole eights. */
export function hideUnseen(
  s: AttentionShape, x: usize, width: i32, i: i32, rows: i32, j: i32, keys: i32,
): void {
  if (!s.causal && (keys & 7) == 0) return;
  const none = f32x4.splat(-Infinity);
  for (let r = 0; r < rows; r++, x += <usize>width << 2) {
    let to = at(x, seen(s, i + r, j, keys));
    const end = at(x, inEights(keys));
    for (; to & 15; to += 4) f32.store(to, -Infinity); // rows begin with a cache line
    for (; to < end; to += 16) v128.store(to, none);
  }
}

/** to = the largest of n numbers of each row, a multiple of 8; NaN if one is NaN. */
export function maxRows(x: usize, width: i32, rows: i32, n: i32, to: usize): void {
  for (; rows > 0; rows--, x += <usize>width << 2, to += 4) {
    let a = v128.load(x), b = v128.load(x, 16);
    const end = at(x, n);
    for (let y = x + 32; y < end; y += 32) {
      a = maxNaN(a, v128.load(y));
      b = maxNaN(b, v128.load(y, 16));
    }
    a = maxNaN(a, b);
    a = maxNaN(a, swapHalves(a));
    f32.store(to, f32x4.extract_lane(maxNaN(a, swapPairs(a)), 0));
  }
}

/** x = 0, n numbers of rows that are `row` numbers apart. */
export function clearRows(x: usize, row: i32, rows: i32, n: i32): void {
  const whole = n & ~3;
  for (; rows > 0; rows--, x += <usize>row << 2) {
    const end = at(x, whole);
    let to = x;
    for (; to < end; to += 16) v128.store(to, zeros());
    if (n > whole) storePart(to, zeros(), n - whole);
  }
}

/** x = x times a factor, n numbers of rows; a row's factor is `next` bytes behind the one before it. */
export function scaleRows(x: usize, row: i32, rows: i32, n: i32, factors: usize, next: usize): void {
  const whole = n & ~3;
  for (; rows > 0; rows--, x += <usize>row << 2, factors += next) {
    const by = v128.load32_splat(factors), end = at(x, whole);
    let to = x;
    for (; to < end; to += 16) v128.store(to, f32x4.mul(v128.load(to), by));
    if (n > whole) storePart(to, f32x4.mul(loadPart(to, n - whole, by), by), n - whole);
  }
}

/** p = p (dp − share of the row), n numbers of rows, a multiple of 8; dp need not be finite where p is 0. */
export function softmaxGradRows(
  p: usize, dp: usize, width: i32, rows: i32, n: i32, shares: usize,
): void {
  for (; rows > 0; rows--, p += <usize>width << 2, dp += <usize>width << 2, shares += 4) {
    const by = v128.load32_splat(shares), end = at(p, n);
    for (let x = p, y = dp; x < end; x += 32, y += 32) {
      const a = f32x4.mul(f32x4.sub(v128.load(y), by), v128.load(x));
      const b = f32x4.mul(f32x4.sub(v128.load(y, 16), by), v128.load(x, 16));
      v128.store(x, b, 16);
      v128.store(x, a);
    }
  }
}

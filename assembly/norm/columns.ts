// Sums down the columns of matrices whose rows are read whole, as they lie in memory: some rows at a
// time in float32, and what they come to in float64. The sums of a strip of columns stay in the first
// cache meanwhile:
//
//   scratch   sums of some rows, float32 [columns] | totals, float64 [columns]     for each kind of sum

import { addHigh, addLow, Block, demote } from "./moments";
import { at, loadUpTo, storeUpTo, zeros } from "../simd";
import { WIDE } from "../target";

const enum Strip {
  /** Most columns of a strip; src/wasm/reduce.ts sets aside 12 bytes for each. */
  Columns = 512,
}

/** Columns of the strip that begins with column j. */
// @ts-ignore: decorator
@inline
export function stripOf(j: i32, end: i32): i32 {
  return min(end - j, <i32> Strip.Columns);
}

/** Where the totals of a strip stand. */
// @ts-ignore: decorator
@inline
export function totalsIn(scratch: usize): usize {
  return at(scratch, Strip.Columns);
}

/** Where the next kind of sum has its scratch. */
// @ts-ignore: decorator
@inline
export function nextSums(scratch: usize): usize {
  return scratch + 12 * Strip.Columns;
}

/** Totals of n columns, all 0. */
export function clearTotals(scratch: usize, n: i32): void {
  memory.fill(totalsIn(scratch), 0, <usize>((n + 3) & ~3) << 3);
}

/** Adds four columns' sums of some rows to their totals. */
// @ts-ignore: decorator
@inline
function addOnto(totals: usize, v: v128): void {
  const low = v128.load(totals), high = v128.load(totals, 16);
  v128.store(totals, addHigh(high, v), 16);
  v128.store(totals, addLow(low, v));
}

/** Where `keep` and `keep4` are to put the sums of column k of a strip and those behind it. */
// @ts-ignore: decorator
@inline
export function placeOf(scratch: usize, k: i32): usize {
  return WIDE ? at(scratch, k) : totalsIn(scratch) + (<usize>k << 3);
}

/**
 * Keeps the sums of some rows, of four columns. Where the engine joins neighbouring vectors, which it
 * does where they are stored, `addToTotals` adds them; elsewhere that has been done then.
 */
// @ts-ignore: decorator
@inline
export function keep(to: usize, v: v128): void {
  if (WIDE) v128.store(to, v);
  else addOnto(to, v);
}

/** The same of 16 columns. */
// @ts-ignore: decorator
@inline
export function keep4(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  if (WIDE) {
    v128.store(to, b, 16);
    v128.store(to, a);
    v128.store(to, d, 48);
    v128.store(to, c, 32);
  } else {
    addOnto(to, a);
    addOnto(to + 32, b);
    addOnto(to + 64, c);
    addOnto(to + 96, d);
  }
}

/** Adds what was kept of some rows to the totals of n columns. */
// @ts-ignore: decorator
@inline
export function addToTotals(scratch: usize, n: i32): void {
  if (!WIDE) return;
  for (let to = totalsIn(scratch); n > 0; n -= 4, scratch += 16, to += 32) {
    addOnto(to, v128.load(scratch));
  }
}

/** out = the totals of n columns times f. */
export function giveTotals(scratch: usize, out: usize, f: f64, n: i32): void {
  const g = f64x2.splat(f);
  for (let from = totalsIn(scratch); n > 0; n -= 4, out += 16, from += 32) {
    storeUpTo(out, demote(v128.load(from), v128.load(from, 16), g), min(n, 4));
  }
}

/** T down 16 columns of a few rows, `stride` bytes apart; means [16]. */
function down16<T>(x: usize, rows: i32, stride: usize, mean: usize, to: usize): void {
  const op = changetype<T>(0);
  const m0 = v128.load(mean), m1 = v128.load(mean, 16);
  const m2 = v128.load(mean, 32), m3 = v128.load(mean, 48);
  let a = zeros(), b = zeros(), c = zeros(), d = zeros();
  for (; rows > 0; rows--) {
    const x0 = v128.load(x), x1 = v128.load(x, 16), x2 = v128.load(x, 32), x3 = v128.load(x, 48);
    a = op.add(a, x0, m0, m0), b = op.add(b, x1, m1, m1);
    c = op.add(c, x2, m2, m2), d = op.add(d, x3, m3, m3);
    x += stride;
  }
  keep4(to, a, b, c, d);
}

/** The same down n columns, 1 to 4. */
function down4<T>(x: usize, rows: i32, stride: usize, mean: usize, to: usize, n: i32): void {
  const op = changetype<T>(0), m = loadUpTo(mean, n);
  let a = zeros();
  for (; rows > 0; rows--) {
    a = op.add(a, loadUpTo(x, n), m, m);
    x += stride;
  }
  keep(to, a);
}

/**
 * out [c] = f T down the columns of x [rows, c], for a T that reads no gradient; columns begin to
 * end. means [c] is read where T has none, too: any numbers will do.
 */
export function columnsOver<T>(
  x: usize, rows: i32, c: i32, mean: usize, out: usize, f: f64, scratch: usize, begin: i32, end: i32,
): void {
  const stride = <usize>c << 2;
  for (let j = begin; j < end; j += Strip.Columns) {
    const n = stripOf(j, end), m = at(mean, j);
    clearTotals(scratch, n);
    let from = at(x, j);
    for (let left = rows; left > 0; left -= Block.Rows) {
      const some = min(left, <i32> Block.Rows);
      let k = 0;
      for (; k + 16 <= n; k += 16) down16<T>(at(from, k), some, stride, at(m, k), placeOf(scratch, k));
      for (; k < n; k += 4) {
        down4<T>(at(from, k), some, stride, at(m, k), placeOf(scratch, k), min(n - k, 4));
      }
      addToTotals(scratch, n);
      from += stride * some;
    }
    giveTotals(scratch, at(out, j), f, n);
  }
}

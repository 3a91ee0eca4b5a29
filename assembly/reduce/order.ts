// The order of the elements of rows, by the digits of their bits: no two elements are compared but in
// short rows.
//
// An element becomes a word of 64 bits: above, its own bits turned so that as whole numbers they stand
// in its order; below, its place, which makes the order stable.

import { at } from "../simd";

const enum Sizes {
  /** So many words are sorted by comparing. */
  Short = 40,
  /** From so many on digits have 11 bits, below 8. */
  Long = 3000,
  /** Numbers that 11 bits can be. */
  Digits = 2048,
}

/** Bits of x that stand in its order as whole numbers without a sign: NaN last, -0 as 0. */
// @ts-ignore: decorator
@inline
function keyOf(p: usize, isInt: i32): u32 {
  const bits = load<u32>(p);
  if (isInt) return bits ^ 0x80000000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return 0xffffffff;
  if (size == 0) return 0x80000000;
  return bits ^ (<u32>(<i32>bits >> 31) | 0x80000000);
}

/** Sorts n words by inserting one after the other. */
function insert(words: usize, n: i32): void {
  for (let i = 1; i < n; i++) {
    const word = load<u64>(words + (<usize>i << 3));
    let j = i;
    for (; j > 0; j--) {
      const before = load<u64>(words + (<usize>(j - 1) << 3));
      if (before <= word) break;
      store<u64>(words + (<usize>j << 3), before);
    }
    store<u64>(words + (<usize>j << 3), word);
  }
}

/** Sorts n words by one digit into `to`; returns whether it did: not where all have the same. */
function pass(words: usize, to: usize, n: i32, counts: usize, shift: u64, mask: u32): bool {
  memory.fill(counts, 0, (mask + 1) << 2);
  const end = words + (<usize>n << 3);
  for (let p = words; p < end; p += 8) {
    const slot = counts + ((<usize>(load<u64>(p) >> shift) & mask) << 2);
    store<i32>(slot, load<i32>(slot) + 1);
  }
  const first = counts + ((<usize>(load<u64>(words) >> shift) & mask) << 2);
  if (load<i32>(first) == n) return false;
  let sum = 0;
  for (let slot = counts; slot <= counts + (<usize>mask << 2); slot += 4) {
    const count = load<i32>(slot);
    store<i32>(slot, sum);
    sum += count;
  }
  for (let p = words; p < end; p += 8) {
    const word = load<u64>(p);
    const slot = counts + ((<usize>(word >> shift) & mask) << 2);
    const place = load<i32>(slot);
    store<i32>(slot, place + 1);
    store<u64>(to + (<usize>place << 3), word);
  }
  return true;
}

/** Sorts n words; returns where they are: in one of the two halves. */
function sorted(words: usize, other: usize, n: i32, counts: usize): usize {
  if (n <= Sizes.Short) {
    insert(words, n);
    return words;
  }
  const width: u64 = n < Sizes.Long ? 8 : 11;
  for (let shift: u64 = 32; shift < 64; shift += width) {
    if (pass(words, other, n, counts, shift, (1 << <u32>width) - 1)) {
      const swap = words;
      words = other;
      other = swap;
    }
  }
  return words;
}

/** Keeps of n words those whose first 11 bits can be among the first k; returns how many. */
function among(words: usize, n: i32, k: i32, counts: usize): i32 {
  memory.fill(counts, 0, Sizes.Digits << 2);
  const end = words + (<usize>n << 3);
  for (let p = words; p < end; p += 8) {
    const slot = counts + (<usize>(load<u64>(p) >> 53) << 2);
    store<i32>(slot, load<i32>(slot) + 1);
  }
  let last: u64 = 0;
  for (let sum = 0; last < <u64>Sizes.Digits; last++) {
    sum += load<i32>(counts + (<usize>last << 2));
    if (sum >= k) break;
  }
  let to = words;
  for (let p = words; p < end; p += 8) {
    const word = load<u64>(p);
    if (word >> 53 <= last) {
      store<u64>(to, word);
      to += 8;
    }
  }
  return <i32>((to - words) >> 3);
}

/**
 * index[i, :] (int32 [rows, k]) = where the k smallest of x[i, :] stand, x [rows, n] of float32 or, if
 * isInt, int32; the largest if descending. Rows begin to end.
 */
export function order(
  isInt: i32,
  x: usize,
  index: usize,
  n: i32,
  k: i32,
  descending: i32,
  scratch: usize,
  begin: i32,
  end: i32,
): void {
  const counts = scratch, words = scratch + (Sizes.Digits << 2);
  const turn: u32 = descending ? 0xffffffff : 0;
  for (let i = begin; i < end; i++) {
    const row = at(x, i * n);
    for (let j = 0; j < n; j++) {
      const key = <u64>(keyOf(at(row, j), isInt) ^ turn);
      store<u64>(words + (<usize>j << 3), key << 32 | <u64>j);
    }
    const m = k < n && n > Sizes.Short ? among(words, n, k, counts) : n;
    const found = sorted(words, words + (<usize>n << 3), m, counts);
    const to = at(index, i * k);
    for (let j = 0; j < k; j++) {
      store<i32>(at(to, j), <i32>load<u64>(found + (<usize>j << 3)));
    }
  }
}

// The order of the elements of rows, by the digits of their bits: no two elements are compared but among
// few.
//
// An element becomes a word of 64 bits: above, its own bits turned so that as whole numbers they stand
// in its order; below, its place, which makes the order stable.

import { at, loadPart, zeros } from "../simd";

const enum Sizes {
  /** So many of a row are found in one walk, without words of all. */
  Few = 16,
  /** So many words are sorted by comparing. */
  Short = 40,
  /** From so many on digits have 11 bits, below 8. */
  Long = 3000,
  /** Numbers that 11 bits can be. */
  Digits = 2048,
}

/** Bits of four elements that stand in their order as whole numbers without a sign: NaN last, -0 as 0. */
// @ts-ignore: decorator
@inline
function keysOf(v: v128, isInt: i32): v128 {
  const sign = i32x4.splat(0x80000000);
  if (isInt) return v128.xor(v, sign);
  const x = f32x4.add(v, zeros());
  const key = v128.xor(x, v128.or(i32x4.shr_s(x, 31), sign));
  return v128.or(key, f32x4.ne(x, x));
}

/** Elements j to j + 4 of a row of n; zeros behind its end. */
// @ts-ignore: decorator
@inline
function fourAt(row: usize, j: i32, n: i32): v128 {
  return j + 4 <= n ? v128.load(at(row, j)) : loadPart(at(row, j), n - j, zeros());
}

/** Writes the words of n elements, and up to three more; returns how many are NaN. */
function write(row: usize, words: usize, n: i32, isInt: i32, turn: v128): i32 {
  let places = i32x4(0, 1, 2, 3), nans = zeros();
  for (let j = 0; j < n; j += 4, words += 32) {
    const v = fourAt(row, j, n);
    const key = v128.xor(keysOf(v, isInt), turn);
    v128.store(words, v128.shuffle<i32>(places, key, 2, 6, 3, 7), 16);
    v128.store(words, v128.shuffle<i32>(places, key, 0, 4, 1, 5));
    places = i32x4.add(places, i32x4.splat(4));
    if (!isInt) nans = i32x4.sub(nans, f32x4.ne(v, v));
  }
  nans = i32x4.add(nans, v128.shuffle<i64>(nans, nans, 1, 0));
  return i32x4.extract_lane(nans, 0) + i32x4.extract_lane(nans, 1);
}

/** Puts a word among n in order, of which the last goes. */
function put(words: usize, n: i32, word: u64): void {
  let p = words + (<usize>(n - 1) << 3);
  for (; p > words; p -= 8) {
    const before = load<u64>(p - 8);
    if (before <= word) break;
    store<u64>(p, before);
  }
  store<u64>(p, word);
}

/** Sorts n words by inserting one after the other. */
function insert(words: usize, n: i32): void {
  for (let i = 1; i < n; i++) put(words, i + 1, load<u64>(words + (<usize>i << 3)));
}

/** The first k of a row in order, as words: each element is compared with the last of those so far. */
function few(row: usize, words: usize, n: i32, k: i32, isInt: i32, turn: v128): void {
  const room = words + (<usize>(Sizes.Few + 4) << 3);
  write(row, words, k, isInt, turn);
  insert(words, k);
  const last = words + (<usize>(k - 1) << 3) + 4;
  for (let j = k; j < n; j += 4) {
    const key = v128.xor(keysOf(fourAt(row, j, n), isInt), turn);
    if (!v128.any_true(i32x4.lt_u(key, v128.load32_splat(last)))) continue;
    v128.store(room, key);
    for (let i = 0; i < 4 && j + i < n; i++) {
      const one = load<u32>(at(room, i));
      if (one < load<u32>(last)) put(words, k, <u64>one << 32 | <u64>(j + i));
    }
  }
}

/** How often each number stands in n words as the digit of 11 bits from `shift` on. */
function count(words: usize, n: i32, counts: usize, shift: u64, mask: u32): void {
  memory.fill(counts, 0, (mask + 1) << 2);
  const end = words + (<usize>n << 3);
  for (let p = words; p < end; p += 8) {
    const slot = counts + ((<usize>(load<u64>(p) >> shift) & mask) << 2);
    store<i32>(slot, load<i32>(slot) + 1);
  }
}

/** Sorts n words by one digit into `to`; returns whether it did: not where all have the same. */
function pass(words: usize, to: usize, n: i32, counts: usize, shift: u64, mask: u32): bool {
  count(words, n, counts, shift, mask);
  const first = counts + ((<usize>(load<u64>(words) >> shift) & mask) << 2);
  if (load<i32>(first) == n) return false;
  let sum = 0;
  for (let slot = counts; slot <= counts + (<usize>mask << 2); slot += 4) {
    const count = load<i32>(slot);
    store<i32>(slot, sum);
    sum += count;
  }
  const end = words + (<usize>n << 3);
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

/** The word of n before which k stand in order. Keeps the words if there are more than a few. */
function nth(words: usize, room: usize, n: i32, k: i32, counts: usize): u64 {
  const mask = <u32>Sizes.Digits - 1;
  // the last digit is the one that the bits above the places leave
  for (let shift: u64 = 53; n > Sizes.Short; shift = shift > 42 ? 42 : 32) {
    count(words, n, counts, shift, mask);
    let slot = counts;
    for (; load<i32>(slot) <= k; slot += 4) k -= load<i32>(slot);
    const digit = (slot - counts) >> 2, end = words + (<usize>n << 3);
    let to = room;
    for (let p = words; p < end; p += 8) {
      const word = load<u64>(p);
      if ((<usize>(word >> shift) & mask) != digit) continue;
      store<u64>(to, word);
      to += 8;
    }
    words = room;
    n = <i32>((to - room) >> 3);
    if (shift == 32) return load<u64>(words + (<usize>k << 3)); // all are equal, in order of their places
  }
  insert(words, n);
  return load<u64>(words + (<usize>k << 3));
}

/** Keeps of n words those that are not above the last. */
function among(words: usize, n: i32, last: u64): void {
  const end = words + (<usize>n << 3);
  let to = words;
  for (let p = words; p < end; p += 8) {
    const word = load<u64>(p);
    if (word > last) continue;
    store<u64>(to, word);
    to += 8;
  }
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
  const counts = scratch, words = scratch + (Sizes.Digits << 2), room = words + (<usize>(n + 4) << 3);
  const turn = i32x4.splat(descending ? -1 : 0);
  for (let i = begin; i < end; i++) {
    const row = at(x, i * n);
    let found = words;
    if (k < n && k <= Sizes.Few) few(row, words, n, k, isInt, turn);
    else {
      write(row, words, n, isInt, turn);
      if (k < n && n > Sizes.Short) among(words, n, nth(words, room, n, k - 1, counts));
      found = sorted(words, room, k < n && n > Sizes.Short ? k : n, counts);
    }
    const to = at(index, i * k);
    for (let j = 0; j < k; j++) {
      store<i32>(at(to, j), <i32>load<u64>(found + (<usize>j << 3)));
    }
  }
}

/**
 * index[i] (int32) = where the element of x[i, :] stands before which `rank` others come in order, x as
 * in `order`. Of rank -1 it is the median, or the first NaN; of -2 the median of what is no NaN. Rows
 * begin to end.
 */
export function ranked(
  isInt: i32,
  x: usize,
  index: usize,
  n: i32,
  rank: i32,
  scratch: usize,
  begin: i32,
  end: i32,
): void {
  const counts = scratch, words = scratch + (Sizes.Digits << 2), room = words + (<usize>(n + 4) << 3);
  for (let i = begin; i < end; i++) {
    const numbers = n - write(at(x, i * n), words, n, isInt, zeros());
    let k = rank;
    if (rank == -1 && numbers < n) k = numbers;
    else if (rank < 0) k = (max(numbers, 1) - 1) >> 1;
    store<i32>(at(index, i), <i32>nth(words, room, n, k, counts));
  }
}

// What LZMA has packed: how the other modules are carried. Compiled by itself, with a memory of its own.
//
// A file is a header of 13 bytes and what a range coder made of a sequence of bits, each with the
// probability that the bits before it in the same place had. The bits tell literals, and copies of what
// stands some way back: at a new distance, or at one of the last four.

/** Probabilities, of 11 bits, by what they are of. */
const IS_COPY: i32 = 0; // [state 12][place 4]
const IS_OLD: i32 = 48; // [state 12]
const IS_SECOND: i32 = 60; // [state 12], then those of the third and the fourth
const IS_LONG: i32 = 96; // [state 12][place 4]
const SLOT: i32 = 144; // [length 4][6 bits]
const SPECIAL: i32 = 400; // the lower bits of near distances
const ALIGN: i32 = 528; // [4 bits], the lowest of far ones
const LENGTH: i32 = 544;
const OLD_LENGTH: i32 = 866;
const LITERAL: i32 = 1188; // [byte before, 3 bits][768]
const PROBABILITIES: i32 = LITERAL + 8 * 768;

let range: u32 = 0xffffffff;
let code: u32 = 0;
/** The next byte of the file. */
let next: usize = 0;

// @ts-ignore: decorator
@inline
function more(): void {
  if (range >= 1 << 24) return;
  range <<= 8;
  code = code << 8 | load<u8>(next++);
}

/** A bit with a probability of its own, which learns from it. */
function bit(i: i32): i32 {
  const at: usize = i << 1;
  const p: u32 = load<u16>(at);
  const bound: u32 = (range >>> 11) * p;
  const is1: i32 = i32(code >= bound);
  if (is1) {
    range -= bound;
    code -= bound;
    store<u16>(at, p - (p >>> 5));
  } else {
    range = bound;
    store<u16>(at, p + (2048 - p >>> 5));
  }
  more();
  return is1;
}

/** A number of some bits, the highest first. */
function number(base: i32, bits: i32): i32 {
  let m = 1;
  for (let i = bits; i > 0; i--) m = m << 1 | bit(base + m);
  return m - (1 << bits);
}

/** The same, the lowest first. */
function reversed(base: i32, bits: i32): i32 {
  let m = 1, value = 0;
  for (let i = 0; i < bits; i++) {
    const b = bit(base + m);
    m = m << 1 | b;
    value |= b << i;
  }
  return value;
}

/** Bits that are as often 0 as 1. */
function even(bits: i32): i32 {
  let value = 0;
  for (let i = bits; i > 0; i--) {
    range >>>= 1;
    const b = i32(code >= range);
    if (b) code -= range;
    value = value << 1 | b;
    more();
  }
  return value;
}

function length(base: i32, place: i32): i32 {
  if (!bit(base)) return number(base + 2 + (place << 3), 3);
  if (!bit(base + 1)) return 8 + number(base + 34 + (place << 3), 3);
  return 16 + number(base + 66, 8);
}

function distance(length: i32): i32 {
  const slot = number(SLOT + (min(length, 3) << 6), 6);
  if (slot < 4) return slot;
  const bits = (slot >> 1) - 1;
  const high = (2 | slot & 1) << bits;
  if (slot < 14) return high + reversed(SPECIAL + high - slot, bits);
  return high + (even(bits - 4) << 4) + reversed(ALIGN, 4);
}

/** Unpacks a file to where there is room for `size` bytes. The first 16 KiB of memory are its own. */
export function unpack(file: usize, to: usize, size: usize): void {
  for (let i = 0; i < PROBABILITIES; i++) store<u16>(i << 1, 1024);
  next = file + 14;
  for (let i = 0; i < 4; i++) code = code << 8 | load<u8>(next++);
  const begin = to, end = to + size;
  let state = 0, r0: usize = 1, r1: usize = 1, r2: usize = 1, r3: usize = 1;
  while (to < end) {
    const place = i32(to - begin) & 3;
    if (!bit(IS_COPY + (state << 2) + place)) {
      const before: i32 = to > begin ? load<u8>(to - 1) : 0;
      const base = LITERAL + (before >> 5) * 768;
      let m = 1;
      if (state >= 7) { // after a copy, the byte that would have followed is a hint
        let hint: i32 = load<u8>(to - r0);
        while (m < 256) {
          const h = hint >> 7 & 1;
          hint <<= 1;
          const b = bit(base + (1 + h << 8) + m);
          m = m << 1 | b;
          if (h != b) break;
        }
      }
      while (m < 256) m = m << 1 | bit(base + m);
      store<u8>(to++, m);
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
      continue;
    }
    let long: i32;
    if (!bit(IS_OLD + state)) {
      r3 = r2;
      r2 = r1;
      r1 = r0;
      long = length(LENGTH, place);
      r0 = distance(long) + 1;
      state = state < 7 ? 7 : 10;
    } else {
      if (!bit(IS_SECOND + state)) {
        if (!bit(IS_LONG + (state << 2) + place)) {
          store<u8>(to, load<u8>(to - r0));
          to++;
          state = state < 7 ? 9 : 11;
          continue;
        }
      } else {
        let r = r1;
        if (bit(IS_SECOND + 12 + state)) {
          r = r2;
          if (bit(IS_SECOND + 24 + state)) {
            r = r3;
            r3 = r2;
          }
          r2 = r1;
        }
        r1 = r0;
        r0 = r;
      }
      long = length(OLD_LENGTH, place);
      state = state < 7 ? 8 : 11;
    }
    // byte by byte: a copy may reach into itself
    for (long += 2; long > 0; long--) {
      store<u8>(to, load<u8>(to - r0));
      to++;
    }
  }
}

// Copies between strided layouts, and fills.
//
// Counts are unsigned: of bytes there can be more than 2³¹. Products of steps and positions wrap as
// addresses do.

import { at } from "../simd";

/** Below this many bytes a loop beats memory.copy, which V8 compiles to a call out of Wasm. */
// @ts-ignore: decorator
@inline
const CALL_BYTES: usize = 512;

/** Copies n bytes; the two spans do not overlap. */
export function copyBytes(src: usize, dst: usize, n: usize): void {
  if (n >= CALL_BYTES) {
    memory.copy(dst, src, n);
    return;
  }
  while (n >= 16) {
    v128.store(dst, v128.load(src));
    src += 16;
    dst += 16;
    n -= 16;
  }
  while (n >= 4) {
    store<u32>(dst, load<u32>(src));
    src += 4;
    dst += 4;
    n -= 4;
  }
  while (n > 0) {
    store<u8>(dst, load<u8>(src));
    src += 1;
    dst += 1;
    n -= 1;
  }
}

// @ts-ignore: decorator
@inline
function fillSpan(y: usize, bits: i32, n: u32): void {
  const v = i32x4.splat(bits);
  while (n >= 4) {
    v128.store(y, v);
    y += 16;
    n -= 4;
  }
  for (; n > 0; n--) {
    store<i32>(y, bits);
    y += 4;
  }
}

/** Elements of T one by one. */
function copyStrided<T>(
  src: usize,
  sr: i32,
  sc: i32,
  dst: usize,
  dr: i32,
  dc: i32,
  rows: u32,
  cols: u32,
): void {
  const sStep = <usize>sc * sizeof<T>(), dStep = <usize>dc * sizeof<T>();
  for (let r: u32 = 0; r < rows; r++) {
    let s = src + <usize>(r * sr) * sizeof<T>();
    let d = dst + <usize>(r * dr) * sizeof<T>();
    for (let c: u32 = 0; c < cols; c++) {
      store<T>(d, load<T>(s));
      s += sStep;
      d += dStep;
    }
  }
}

/** dst[r * dr + c] = src[r + c * sc]: four by four elements, four vectors in and four out. */
// @ts-ignore: decorator
@inline
function transpose4(src: usize, sc: i32, dst: usize, dr: i32): void {
  const a = v128.load(src), b = v128.load(at(src, sc));
  const c = v128.load(at(src, 2 * sc)), d = v128.load(at(src, 3 * sc));
  const ab0 = v128.shuffle<i32>(a, b, 0, 4, 1, 5), ab1 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<i32>(c, d, 0, 4, 1, 5), cd1 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(dst, v128.shuffle<i64>(ab0, cd0, 0, 2));
  v128.store(at(dst, dr), v128.shuffle<i64>(ab0, cd0, 1, 3));
  v128.store(at(dst, 2 * dr), v128.shuffle<i64>(ab1, cd1, 0, 2));
  v128.store(at(dst, 3 * dr), v128.shuffle<i64>(ab1, cd1, 1, 3));
}

/**
 * Rows adjacent in src, columns adjacent in dst. Goes along the columns in bands of 16 rows, so
 * that a line of src (16 rows of one column) is used up at once and the 16 lines of dst stay in L1.
 */
function transpose(src: usize, sc: i32, dst: usize, dr: i32, rows: u32, cols: u32): void {
  const wholeCols = cols & ~3;
  for (let top: u32 = 0; top < rows; top += 16) {
    const bottom = min(top + 16, rows), whole = bottom & ~3;
    for (let c: u32 = 0; c < wholeCols; c += 4) {
      for (let r = top; r < whole; r += 4) {
        transpose4(at(src, r + c * sc), sc, at(dst, r * dr + c), dr);
      }
    }
    if (wholeCols < cols) {
      const s = at(src, top + wholeCols * sc), d = at(dst, top * dr + wholeCols);
      copyStrided<u32>(s, 1, sc, d, dr, 1, whole - top, cols - wholeCols);
    }
    if (whole < bottom) {
      copyStrided<u32>(at(src, whole), 1, sc, at(dst, whole * dr), dr, 1, bottom - whole, cols);
    }
  }
}

/** Words in the other direction, from the last on. */
function copyBack(src: usize, dst: usize, n: u32): void {
  for (; n >= 4; n -= 4, src -= 16, dst += 16) {
    const v = v128.load(src - 12);
    v128.store(dst, v128.shuffle<i32>(v, v, 3, 2, 1, 0));
  }
  for (; n > 0; n--, src -= 4, dst += 4) store<u32>(dst, load<u32>(src));
}

/** One matrix of elements of T. */
function copyMatrix<T>(
  src: usize,
  sr: i32,
  sc: i32,
  dst: usize,
  dr: i32,
  dc: i32,
  rows: u32,
  cols: u32,
): void {
  if (dc == 1 && sc == 1) {
    for (let r: u32 = 0; r < rows; r++) {
      copyBytes(
        src + <usize>(r * sr) * sizeof<T>(),
        dst + <usize>(r * dr) * sizeof<T>(),
        <usize>cols * sizeof<T>(),
      );
    }
  } else if (sizeof<T>() == 4 && dc == 1 && sc == 0) {
    for (let r: u32 = 0; r < rows; r++) fillSpan(at(dst, r * dr), load<i32>(at(src, r * sr)), cols);
  } else if (sizeof<T>() == 1 && dc == 1 && sc == 0) {
    for (let r: u32 = 0; r < rows; r++) memory.fill(dst + r * dr, load<u8>(src + r * sr), cols);
  } else if (sizeof<T>() == 4 && dc == 1 && sc == -1) {
    for (let r: u32 = 0; r < rows; r++) copyBack(at(src, r * sr), at(dst, r * dr), cols);
  } else if (sizeof<T>() == 4 && dc == 1 && sr == 1) {
    transpose(src, sc, dst, dr, rows, cols);
  } else if (sizeof<T>() == 4 && dr == 1 && sc == 1) {
    transpose(src, sr, dst, dc, cols, rows);
  } else {
    copyStrided<T>(src, sr, sc, dst, dr, dc, rows, cols);
  }
}

// @ts-ignore: decorator
@inline
function copyAll<T>(
  src: usize,
  s0: i32,
  s1: i32,
  s2: i32,
  dst: usize,
  d0: i32,
  d1: i32,
  d2: i32,
  n1: u32,
  n2: u32,
  begin: u32,
  end: u32,
): void {
  src += <usize>(begin * s0) * sizeof<T>();
  dst += <usize>(begin * d0) * sizeof<T>();
  const n0 = end - begin;
  // Where a dimension has one element the other two are one matrix.
  if (n1 == 1) return copyMatrix<T>(src, s0, s2, dst, d0, d2, n0, n2);
  if (n2 == 1) return copyMatrix<T>(src, s0, s1, dst, d0, d1, n0, n1);
  for (let i: u32 = 0; i < n0; i++) {
    copyMatrix<T>(src, s1, s2, dst, d1, d2, n1, n2);
    src += <usize>s0 * sizeof<T>();
    dst += <usize>d0 * sizeof<T>();
  }
}

/**
 * dst = src, both [n0, n1, n2] with any strides; `size` is 1, 2, 4 or 8 bytes an element. Rows begin
 * to end of n0. The two do not overlap.
 */
export function copy(
  size: i32,
  src: usize,
  s0: i32,
  s1: i32,
  s2: i32,
  dst: usize,
  d0: i32,
  d1: i32,
  d2: i32,
  n1: u32,
  n2: u32,
  begin: u32,
  end: u32,
): void {
  if (size == 4) copyAll<u32>(src, s0, s1, s2, dst, d0, d1, d2, n1, n2, begin, end);
  else if (size == 1) copyAll<u8>(src, s0, s1, s2, dst, d0, d1, d2, n1, n2, begin, end);
  else if (size == 2) copyAll<u16>(src, s0, s1, s2, dst, d0, d1, d2, n1, n2, begin, end);
  else copyAll<u64>(src, s0, s1, s2, dst, d0, d1, d2, n1, n2, begin, end);
}

/** Sets the 4-byte elements begin to end to `bits`. */
export function fill32(y: usize, bits: i32, begin: u32, end: u32): void {
  fillSpan(at(y, begin), bits, end - begin);
}

/** Sets the bytes begin to end to `value`. */
export function fill8(y: usize, value: i32, begin: u32, end: u32): void {
  memory.fill(y + begin, <u8>value, end - begin);
}

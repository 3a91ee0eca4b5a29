// Rows and elements picked by int32 indices, and the sums that are the gradients of it.
//
// An index outside [0, n) is reported in `status`: one int32, 0 on entry, that the first thread to
// see one sets to the index's place in its array + 1. What it would have picked becomes 0.

import { copyBytes } from "../elementwise/copy";
import { report } from "../report";
import { at, loadPart, storePart, zeros } from "../simd";
import { addWords, pickWords } from "./words";

/** out[i, :] = src[index[i], :] / divisor, src bytes [n, width], out float32; rows begin to end. */
export function gatherRowsU8(
  src: usize,
  index: usize,
  out: usize,
  width: i32,
  divisor: f32,
  begin: i32,
  end: i32,
): void {
  const d = f32x4.splat(divisor);
  out = at(out, begin * width);
  for (let i = begin; i < end; i++) {
    let s = src + <usize>(load<i32>(at(index, i)) * width);
    let n = width;
    while (n >= 8) {
      const v = v128.load8x8_u(s);
      const low = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(v));
      const high = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(v));
      v128.store(out, f32x4.div(high, d), 16);
      v128.store(out, f32x4.div(low, d));
      s += 8;
      out += 32;
      n -= 8;
    }
    for (; n > 0; n--) {
      store<f32>(out, <f32>load<u8>(s) / divisor);
      s += 1;
      out += 4;
    }
  }
}

/**
 * out [outer, k, inner] = src [outer, n, inner] at index [k] of its middle dimension; `size` is 1,
 * 2, 4 or 8 bytes an element. Rows begin to end of outer · k.
 */
export function indexSelect(
  size: i32,
  src: usize,
  index: usize,
  out: usize,
  n: i32,
  k: i32,
  inner: i32,
  status: usize,
  begin: i32,
  end: i32,
): void {
  if (begin >= end) return; // k may be 0 then
  const bytes = <usize>(inner * size);
  let o = begin / k, j = begin % k;
  if (bytes == 4) { // one word each: no run to copy
    for (let row = begin; row < end; o++, j = 0) {
      const base = at(src, o * n), last = min(end, row + k - j);
      const bad = pickWords(base, at(index, j), at(out, row), last - row, n);
      if (bad >= 0) report(status, j + bad);
      row = last;
    }
    return;
  }
  for (let row = begin; row < end; row++) {
    const pick = load<i32>(at(index, j));
    const target = out + <usize>row * bytes;
    if (<u32>pick < <u32>n) copyBytes(src + <usize>(o * n + pick) * bytes, target, bytes);
    else {
      report(status, j);
      memory.fill(target, 0, bytes);
    }
    if (++j == k) {
      j = 0;
      o++;
    }
  }
}

/** y += x, n elements. */
function addSpan(x: usize, y: usize, n: i32): void {
  while (n >= 4) {
    v128.store(y, f32x4.add(v128.load(y), v128.load(x)));
    x += 16;
    y += 16;
    n -= 4;
  }
  if (n) storePart(y, f32x4.add(loadPart(y, n, zeros()), loadPart(x, n, zeros())), n);
}

/**
 * The gradient of indexSelect: out [outer, n, inner] += src [outer, k, inner] at index [k], in the
 * order of the index; columns begin to end of outer · inner. Indices outside [0, n) are passed over.
 */
export function indexAdd(
  src: usize,
  index: usize,
  out: usize,
  n: i32,
  k: i32,
  inner: i32,
  begin: i32,
  end: i32,
): void {
  while (begin < end) {
    const o = begin / inner, i = begin % inner, width = min(inner - i, end - begin);
    if (inner == 1) {
      addWords(at(src, o * k), index, at(out, o * n), k, n);
      begin++;
      continue;
    }
    for (let j = 0; j < k; j++) {
      const pick = load<i32>(at(index, j));
      if (<u32>pick >= <u32>n) continue;
      addSpan(at(src, (o * k + j) * inner + i), at(out, (o * n + pick) * inner + i), width);
    }
    begin += width;
  }
}

/**
 * out[o, index[j], :] = src[o, j, :], src [outer, k, inner], out [outer, n, inner], in order of j;
 * `size` is 1, 2, 4 or 8 bytes an element; parts begin to end of outer.
 */
export function indexCopy(
  size: i32,
  src: usize,
  index: usize,
  out: usize,
  n: i32,
  k: i32,
  inner: i32,
  status: usize,
  begin: i32,
  end: i32,
): void {
  const bytes = <usize>(inner * size);
  for (let o = begin; o < end; o++) {
    let from = src + <usize>(o * k) * bytes;
    const base = out + <usize>(o * n) * bytes;
    for (let j = 0; j < k; j++, from += bytes) {
      const pick = load<i32>(at(index, j));
      if (<u32>pick < <u32>n) copyBytes(from, base + <usize>pick * bytes, bytes);
      else report(status, j);
    }
  }
}

/** Writes each place, and goes on where it is one: there is nothing to guess for the processor. */
// @ts-ignore: decorator
@inline
function nonzeroOf<T>(x: usize, out: usize, rows: i32, n: i32, inPairs: i32): usize {
  for (let i = 0, place = 0; i < rows; i++) {
    for (let j = 0; j < n; j++, place++, x += sizeof<T>()) {
      const is = <usize>(load<T>(x) != 0);
      if (inPairs) {
        store<i32>(out, i);
        store<i32>(out, j, 4);
        out += is << 3;
      } else {
        store<i32>(out, place);
        out += is << 2;
      }
    }
  }
  return out;
}

/**
 * out begins with where x [rows, n] is not 0, row-major, of which there is count (int32): with places
 * (int32 [rows · n]) or inPairs with rows and columns (int32 [rows · n, 2]). What is behind is not told.
 * `size` is 1 or 4 bytes an element, or 0 for float32. The range is all or nothing: one thread does it.
 */
export function nonzero(
  size: i32,
  x: usize,
  out: usize,
  count: usize,
  rows: i32,
  n: i32,
  inPairs: i32,
  begin: i32,
  end: i32,
): void {
  if (begin == end) return;
  let last: usize;
  if (size == 1) last = nonzeroOf<u8>(x, out, rows, n, inPairs);
  else if (size == 4) last = nonzeroOf<u32>(x, out, rows, n, inPairs);
  else last = nonzeroOf<f32>(x, out, rows, n, inPairs);
  store<i32>(count, <i32>((last - out) >> (inPairs ? 3 : 2)));
}

/**
 * out begins with the words of x whose byte of the mask is 1, not 0, of n, in order; count (int32): how many
 * these are. What is behind is not told. The range is all or nothing: one thread does it. Each word is
 * written, and the next one over it if it is none of them: there is nothing to guess for the processor.
 */
export function compress(
  x: usize,
  mask: usize,
  out: usize,
  count: usize,
  n: i32,
  begin: i32,
  end: i32,
): void {
  if (begin == end) return;
  let to = out;
  const last = at(x, n);
  for (; last - x >= 16; x += 16, mask += 4) {
    const past = (load<u32>(mask) & 0x01010101) * 0x04040404; // bytes written, up to each of the four
    const v = v128.load(x);
    v128.store32_lane(to, v, 0);
    v128.store32_lane(to + <usize>(past & 15), v, 1);
    v128.store32_lane(to + <usize>((past >> 8) & 15), v, 2);
    v128.store32_lane(to + <usize>((past >> 16) & 15), v, 3);
    to += <usize>(past >> 24);
  }
  for (; x != last; x += 4, mask++) {
    store<u32>(to, load<u32>(x));
    to += (<usize>load<u8>(mask) & 1) << 2;
  }
  store<i32>(count, <i32>((to - out) >> 2));
}

function gatherOf<T>(
  src: usize,
  index: usize,
  out: usize,
  n: i32,
  k: i32,
  inner: i32,
  status: usize,
  begin: i32,
  end: i32,
): void {
  if (begin >= end) return; // k may be 0 then
  let o = begin / k, j = begin % k, place = begin * inner;
  if (inner == 1) { // a row is a run of places
    for (let row = begin; row < end; o++, j = 0) {
      const base = src + <usize>(o * n) * sizeof<T>();
      const last = min(end, row + k - j);
      if (sizeof<T>() == 4) {
        const bad = pickWords(base, at(index, row), at(out, row), last - row, n);
        if (bad >= 0) report(status, row + bad);
        row = last;
      }
      for (; row < last; row++) {
        const pick = load<i32>(at(index, row));
        let v: T = 0;
        if (<u32>pick >= <u32>n) report(status, row);
        else v = load<T>(base + <usize>pick * sizeof<T>());
        store<T>(out + <usize>row * sizeof<T>(), v);
      }
    }
    return;
  }
  for (let row = begin; row < end; row++) {
    for (let i = 0; i < inner; i++, place++) {
      const pick = load<i32>(at(index, place));
      let v: T = 0;
      if (<u32>pick >= <u32>n) report(status, place);
      else v = load<T>(src + <usize>((o * n + pick) * inner + i) * sizeof<T>());
      store<T>(out + <usize>place * sizeof<T>(), v);
    }
    if (++j == k) {
      j = 0;
      o++;
    }
  }
}

/**
 * out[o, j, i] = src[o, index[o, j, i], i], src [outer, n, inner], index and out [outer, k, inner];
 * `size` is 1, 2, 4 or 8 bytes an element; rows begin to end of outer · k.
 */
export function gather(
  size: i32,
  src: usize,
  index: usize,
  out: usize,
  n: i32,
  k: i32,
  inner: i32,
  status: usize,
  begin: i32,
  end: i32,
): void {
  if (size == 4) gatherOf<u32>(src, index, out, n, k, inner, status, begin, end);
  else if (size == 1) gatherOf<u8>(src, index, out, n, k, inner, status, begin, end);
  else if (size == 2) gatherOf<u16>(src, index, out, n, k, inner, status, begin, end);
  else gatherOf<u64>(src, index, out, n, k, inner, status, begin, end);
}

/**
 * The gradient of gather: out[o, index[o, j, i], i] += src[o, j, i], float32, in order of j; columns
 * begin to end of outer · inner. Indices outside [0, n) are passed over.
 */
export function scatterAdd(
  src: usize,
  index: usize,
  out: usize,
  n: i32,
  k: i32,
  inner: i32,
  begin: i32,
  end: i32,
): void {
  while (begin < end) {
    const o = begin / inner, i = begin % inner, width = min(inner - i, end - begin);
    if (inner == 1) {
      addWords(at(src, o * k), at(index, o * k), at(out, o * n), k, n);
      begin++;
      continue;
    }
    for (let j = 0; j < k; j++) {
      const place = (o * k + j) * inner + i;
      for (let c = 0; c < width; c++) {
        const pick = load<i32>(at(index, place + c));
        if (<u32>pick >= <u32>n) continue;
        const target = at(out, (o * n + pick) * inner + i + c);
        store<f32>(target, load<f32>(target) + load<f32>(at(src, place + c)));
      }
    }
    begin += width;
  }
}

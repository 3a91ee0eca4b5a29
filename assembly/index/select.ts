// Rows and elements picked by int32 indices, and the sums that are the gradients of it.
//
// An index outside [0, n) is reported in `status`: one int32, 0 on entry, that the first thread to
// see one sets to the index's place in its array + 1. What it would have picked becomes 0.

import { copyBytes } from "../elementwise/copy";
import { report } from "../report";
import { at, loadPart, storePart, zeros } from "../simd";

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
      v128.store(out, f32x4.div(low, d));
      v128.store(out, f32x4.div(high, d), 16);
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
    for (let row = begin; row < end; row++) {
      const pick = load<i32>(at(index, j));
      let v: u32 = 0;
      if (<u32>pick < <u32>n) v = load<u32>(at(src, o * n + pick));
      else report(status, j);
      store<u32>(at(out, row), v);
      if (++j == k) {
        j = 0;
        o++;
      }
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
    for (let j = 0; j < k; j++) {
      const pick = load<i32>(at(index, j));
      if (<u32>pick >= <u32>n) continue;
      addSpan(at(src, (o * k + j) * inner + i), at(out, (o * n + pick) * inner + i), width);
    }
    begin += width;
  }
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

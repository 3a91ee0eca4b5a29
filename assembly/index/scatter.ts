// Elements written to where int32 indices say.

import { report } from "../report";
import { at } from "../simd";
import { addWords } from "./words";

/** What becomes of an element and the one that comes to it; src/wasm/select.ts has them by name. */
export const enum ScatterOp {
  Set = 0,
  Add = 1,
  Mul = 2,
  Max = 3,
  Min = 4,
}

// @ts-ignore: decorator
@inline
function combine<T>(op: i32, old: T, x: T): T {
  switch (op) {
    case ScatterOp.Add:
      return <T>(old + x);
    case ScatterOp.Mul:
      return <T>(old * x);
    case ScatterOp.Max: // NaN is larger than any number, and smaller
      if (isFloat<T>()) return <T>f32x4.extract_lane(f32x4.max(f32x4.splat(<f32>old), f32x4.splat(<f32>x)), 0);
      return select<T>(old, x, old > x);
    case ScatterOp.Min: // as vectors, since engines compare two numbers by a branch, which cannot be foreseen
      if (isFloat<T>()) return <T>f32x4.extract_lane(f32x4.min(f32x4.splat(<f32>old), f32x4.splat(<f32>x)), 0);
      return select<T>(old, x, old < x);
    default:
      return x;
  }
}

/** Inlined where the operation is known, so that it is not asked for at each element. */
// @ts-ignore: decorator
@inline
function scatterOf<T>(
  op: i32,
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
  if (inner == 1) { // a column is a run of places
    for (let o = begin; o < end; o++) {
      const base = out + <usize>(o * n) * sizeof<T>();
      if (isFloat<T>() && op == ScatterOp.Add) {
        const first = o * k, bad = addWords(at(src, first), at(index, first), base, k, n);
        if (bad >= 0) report(status, first + bad);
        continue;
      }
      const last = at(index, (o + 1) * k);
      let from = src + <usize>(o * k) * sizeof<T>();
      for (let p = at(index, o * k); p < last; p += 4, from += sizeof<T>()) {
        const pick = load<i32>(p);
        if (<u32>pick >= <u32>n) {
          report(status, <i32>((p - index) >> 2));
          continue;
        }
        const target = base + <usize>pick * sizeof<T>();
        store<T>(target, combine<T>(op, load<T>(target), load<T>(from)));
      }
    }
    return;
  }
  while (begin < end) {
    const o = begin / inner, i = begin % inner, width = min(inner - i, end - begin);
    for (let j = 0; j < k; j++) {
      const first = (o * k + j) * inner + i;
      let base = out + <usize>(o * n * inner + i) * sizeof<T>();
      let from = src + <usize>first * sizeof<T>();
      const last = at(index, first + width);
      for (let p = at(index, first); p < last; p += 4, from += sizeof<T>(), base += sizeof<T>()) {
        const pick = load<i32>(p);
        if (<u32>pick >= <u32>n) {
          report(status, <i32>((p - index) >> 2));
          continue;
        }
        const target = base + <usize>(pick * inner) * sizeof<T>();
        store<T>(target, combine<T>(op, load<T>(target), load<T>(from)));
      }
    }
    begin += width;
  }
}

/**
 * out[o, index[o, j, i], i] = op(what is there, src[o, j, i]) in order of j: index and src [outer, k,
 * inner], out [outer, n, inner]; columns begin to end of outer · inner. `size` is 1, 2, 4 or 8 bytes an
 * element, of any type where op is Set; else elements are float32, or int32 where `size` is 0. An index
 * outside [0, n) is passed over and reported in `status`, as indexSelect does.
 */
export function scatter(
  op: i32,
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
  if (size == 0) scatterOf<i32>(op, src, index, out, n, k, inner, status, begin, end);
  else if (op == ScatterOp.Add) {
    scatterOf<f32>(ScatterOp.Add, src, index, out, n, k, inner, status, begin, end);
  } else if (op != ScatterOp.Set) {
    scatterOf<f32>(op, src, index, out, n, k, inner, status, begin, end);
  } else if (size == 4) scatterOf<u32>(0, src, index, out, n, k, inner, status, begin, end);
  else if (size == 1) scatterOf<u8>(0, src, index, out, n, k, inner, status, begin, end);
  else if (size == 2) scatterOf<u16>(0, src, index, out, n, k, inner, status, begin, end);
  else scatterOf<u64>(0, src, index, out, n, k, inner, status, begin, end);
}

// Scans along rows and down columns: sums and products of all up to each element. They are carried in
// float64, so that the last of 10^6 is as right as the first.

import { ScanOp } from "../ops";
import { at, loadPart, loadUpTo, storePart, storeUpTo, zeros } from "../simd";

@unmanaged
class Sums {
  @inline
  start(): f64 {
    return 0;
  }
  @inline
  four(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
  @inline
  two(a: v128, b: v128): v128 {
    return f64x2.add(a, b);
  }
  @inline
  one(a: f64, b: f64): f64 {
    return a + b;
  }
}

@unmanaged
class Products {
  @inline
  start(): f64 {
    return 1;
  }
  @inline
  four(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
  @inline
  two(a: v128, b: v128): v128 {
    return f64x2.mul(a, b);
  }
  @inline
  one(a: f64, b: f64): f64 {
    return a * b;
  }
}

/** Four float32 of two times two float64. */
// @ts-ignore: decorator
@inline
function demote(low: v128, high: v128): v128 {
  const a = f32x4.demote_f64x2_zero(low), b = f32x4.demote_f64x2_zero(high);
  return v128.shuffle<i64>(a, b, 0, 2);
}

// @ts-ignore: decorator
@inline
function upper(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0));
}

/** One row, four elements at a time: what they come to among themselves, then what came before. */
function row<T>(x: usize, y: usize, n: i32): void {
  const op = changetype<T>(0);
  const none = f32x4.splat(<f32>op.start());
  let carry = f64x2.splat(op.start());
  for (; n >= 4; n -= 4, x += 16, y += 16) {
    let v = v128.load(x);
    v = op.four(v, v128.shuffle<i32>(none, v, 3, 4, 5, 6));
    v = op.four(v, v128.shuffle<i32>(none, v, 2, 3, 4, 5));
    const high = op.two(carry, upper(v));
    v128.store(y, demote(op.two(carry, f64x2.promote_low_f32x4(v)), high));
    carry = v128.shuffle<i64>(high, high, 1, 1);
  }
  let total = f64x2.extract_lane(carry, 0);
  for (; n > 0; n--, x += 4, y += 4) {
    total = op.one(total, <f64>load<f32>(x));
    store<f32>(y, <f32>total);
  }
}

/** The same from the end on, one by one: gradients. */
function rowBack<T>(x: usize, y: usize, n: i32): void {
  const op = changetype<T>(0);
  let total = op.start();
  for (let i = n - 1; i >= 0; i--) {
    total = op.one(total, <f64>load<f32>(at(x, i)));
    store<f32>(at(y, i), <f32>total);
  }
}

/** y[i, :] = what x[i, :] comes to up to each element, x [rows, n]; rows begin to end. y may be x. */
export function scanRows(
  op: i32,
  x: usize,
  y: usize,
  n: i32,
  reversed: i32,
  begin: i32,
  end: i32,
): void {
  for (let i = begin; i < end; i++) {
    const from = at(x, i * n), to = at(y, i * n);
    if (op == ScanOp.Sum) {
      if (reversed) rowBack<Sums>(from, to, n);
      else row<Sums>(from, to, n);
    } else if (reversed) rowBack<Products>(from, to, n);
    else row<Products>(from, to, n);
  }
}

/** Four columns, or the last one to three. */
function columns<T>(x: usize, y: usize, n: i32, step: usize, count: i32): void {
  const op = changetype<T>(0);
  const none = f32x4.splat(<f32>op.start());
  let low = f64x2.splat(op.start()), high = low;
  for (; n > 0; n--, x += step, y += step) {
    const v = count >= 4 ? v128.load(x) : loadPart(x, count, none);
    low = op.two(low, f64x2.promote_low_f32x4(v));
    high = op.two(high, upper(v));
    if (count >= 4) v128.store(y, demote(low, high));
    else storePart(y, demote(low, high), count);
  }
}

/**
 * The same down the middle of x [outer, n, inner]: columns begin to end of inner, for outer from
 * outerBegin to outerEnd.
 */
export function scanCols(
  op: i32,
  x: usize,
  y: usize,
  n: i32,
  inner: i32,
  reversed: i32,
  outerBegin: i32,
  outerEnd: i32,
  begin: i32,
  end: i32,
): void {
  const size = <usize>inner << 2;
  const step = reversed ? 0 - size : size;
  for (let o = outerBegin; o < outerEnd; o++) {
    const first = (o * n + (reversed ? n - 1 : 0)) * inner;
    for (let c = begin; c < end; c += 4) {
      const from = at(x, first + c), to = at(y, first + c);
      if (op == ScanOp.Sum) columns<Sums>(from, to, n, step, end - c);
      else columns<Products>(from, to, n, step, end - c);
    }
  }
}

/** Sums of int32 down columns of [n, inner], `width` of them, row by row: each out of the one before. */
function sums(x: usize, y: usize, n: i32, step: usize, width: i32): void {
  for (let j = 0; j < n; j++, x += step, y += step) {
    for (let c = 0; c < width; c += 4) {
      const count = min(width - c, 4), to = at(y, c);
      let v = loadUpTo(at(x, c), count);
      if (j > 0) v = i32x4.add(v, loadUpTo(to - step, count));
      storeUpTo(to, v, count);
    }
  }
}

/** y = the sums of int32 up to each element: columns begin to end of outer · inner. */
export function scanI32(
  x: usize,
  y: usize,
  n: i32,
  inner: i32,
  reversed: i32,
  begin: i32,
  end: i32,
): void {
  const size = <usize>inner << 2;
  const step = reversed ? 0 - size : size;
  while (begin < end) {
    const c = begin % inner, width = min(inner - c, end - begin);
    const first = (begin / inner * n + (reversed ? n - 1 : 0)) * inner + c;
    let from = at(x, first), to = at(y, first);
    if (inner > 1) sums(from, to, n, step, width);
    else {
      for (let j = 0, sum = 0; j < n; j++, from += step, to += step) {
        sum += load<i32>(from);
        store<i32>(to, sum);
      }
    }
    begin += width;
  }
}

/**
 * Elements as whole numbers in their order, turned round by a `turn` of all bits: the extreme is the
 * largest. NaN is larger than any number, and smaller.
 */
// @ts-ignore: decorator
@inline
function keysOf(v: v128, isInt: i32, turn: v128): v128 {
  if (isInt) return v128.xor(v, turn);
  const x = f32x4.add(v, zeros()); // -0 becomes 0
  const key = v128.xor(v128.xor(x, i32x4.shr_u(i32x4.shr_s(x, 31), 1)), turn);
  return v128.bitselect(i32x4.splat(0x7fffffff), key, f32x4.ne(v, v));
}

/** The elements again. */
// @ts-ignore: decorator
@inline
function elementsOf(key: v128, isInt: i32, turn: v128): v128 {
  const v = v128.xor(key, turn);
  return isInt ? v : v128.xor(v, i32x4.shr_u(i32x4.shr_s(v, 31), 1));
}

/** The extremes along one line. */
function extremeLine(x: usize, y: usize, index: usize, n: i32, isInt: i32, turn: v128): void {
  let value = i32x4.splat(0x80000000), place = 0;
  for (let j = 0; j < n;) {
    // mostly none of the next four is an extreme
    if (j + 4 <= n && i32x4.all_true(i32x4.lt_s(keysOf(v128.load(x), isInt, turn), value))) {
      v128.store(y, elementsOf(value, isInt, turn));
      v128.store(index, i32x4.splat(place));
      j += 4, x += 16, y += 16, index += 16;
      continue;
    }
    const key = keysOf(v128.load32_splat(x), isInt, turn);
    if (!v128.any_true(i32x4.lt_s(key, value))) value = key, place = j;
    v128.store32_lane(y, elementsOf(value, isInt, turn), 0);
    store<i32>(index, place);
    j++, x += 4, y += 4, index += 4;
  }
}

/** The same down columns of [n, inner], `width` of them, row by row: each out of the one before. */
function extremeColumns(
  x: usize,
  y: usize,
  index: usize,
  n: i32,
  step: usize,
  width: i32,
  isInt: i32,
  turn: v128,
): void {
  for (let j = 0; j < n; j++, x += step, y += step, index += step) {
    for (let c = 0; c < width; c += 4) {
      const count = min(width - c, 4), to = at(y, c), where = at(index, c);
      let value = keysOf(loadUpTo(at(x, c), count), isInt, turn), place = i32x4.splat(j);
      if (j > 0) {
        const before = keysOf(loadUpTo(to - step, count), isInt, turn);
        const stays = i32x4.lt_s(value, before);
        value = v128.bitselect(before, value, stays);
        place = v128.bitselect(loadUpTo(where - step, count), place, stays);
      }
      storeUpTo(to, elementsOf(value, isInt, turn), count);
      storeUpTo(where, place, count);
    }
  }
}

/**
 * y = the largest element up to each, or the smallest, of float32 or int32, and index (int32) = which
 * element of the line was the last such: columns begin to end of outer · inner.
 */
export function scanExtremes(
  op: i32,
  isInt: i32,
  x: usize,
  y: usize,
  index: usize,
  n: i32,
  inner: i32,
  begin: i32,
  end: i32,
): void {
  const turn = i32x4.splat(op == ScanOp.Min ? -1 : 0), step = <usize>inner << 2;
  while (begin < end) {
    const c = begin % inner, width = min(inner - c, end - begin);
    const first = begin / inner * n * inner + c;
    const from = at(x, first), to = at(y, first), where = at(index, first);
    if (inner == 1) extremeLine(from, to, where, n, isInt, turn);
    else extremeColumns(from, to, where, n, step, width, isInt, turn);
    begin += width;
  }
}

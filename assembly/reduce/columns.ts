// Sums, maxima and minima down the columns of [outer, n, inner]. Goes down 16 columns at a time,
// which is one cache line a row.

import { ReduceOp } from "../ops";
import { at, loadPart, storePart, zeros } from "../simd";
import { Elements, Max, MaxI32, Min, MinI32, Prod, ProdI32, Squares, SumI32 } from "./reduce";

/** Rows that a sum adds in float32 before it goes over to float64. */
const enum Block {
  Rows = 16,
}

/** t + v in float64, for lanes 0 and 1. */
// @ts-ignore: decorator
@inline
function addLow(t: v128, v: v128): v128 {
  return f64x2.add(t, f64x2.promote_low_f32x4(v));
}

/** The same for lanes 2 and 3. */
// @ts-ignore: decorator
@inline
function addHigh(t: v128, v: v128): v128 {
  return f64x2.add(t, f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0)));
}

/** Both halves as float32. */
// @ts-ignore: decorator
@inline
function demote(low: v128, high: v128): v128 {
  const a = f32x4.demote_f64x2_zero(low), b = f32x4.demote_f64x2_zero(high);
  return v128.shuffle<i64>(a, b, 0, 2);
}

/** Sums of 16 columns, `stride` bytes from row to row. */
function sum16<T>(x: usize, y: usize, n: i32, stride: usize): void {
  const op = changetype<T>(0);
  let a0 = zeros(), a1 = zeros(), b0 = zeros(), b1 = zeros();
  let c0 = zeros(), c1 = zeros(), d0 = zeros(), d1 = zeros();
  while (n > 0) {
    let a = zeros(), b = zeros(), c = zeros(), d = zeros();
    let left = min(n, <i32> Block.Rows);
    n -= left;
    do {
      a = f32x4.add(a, op.of(v128.load(x)));
      b = f32x4.add(b, op.of(v128.load(x, 16)));
      c = f32x4.add(c, op.of(v128.load(x, 32)));
      d = f32x4.add(d, op.of(v128.load(x, 48)));
      x += stride;
    } while (--left);
    a0 = addLow(a0, a);
    a1 = addHigh(a1, a);
    b0 = addLow(b0, b);
    b1 = addHigh(b1, b);
    c0 = addLow(c0, c);
    c1 = addHigh(c1, c);
    d0 = addLow(d0, d);
    d1 = addHigh(d1, d);
  }
  v128.store(y, demote(b0, b1), 16);
  v128.store(y, demote(a0, a1));
  v128.store(y, demote(d0, d1), 48);
  v128.store(y, demote(c0, c1), 32);
}

/** Sums of 4 columns, or of 1 to 3 at the end of a row. */
function sum4<T>(x: usize, y: usize, n: i32, stride: usize, columns: i32): void {
  const op = changetype<T>(0);
  let low = zeros(), high = zeros();
  while (n > 0) {
    let a = zeros();
    let left = min(n, <i32> Block.Rows);
    n -= left;
    do {
      a = f32x4.add(a, op.of(columns >= 4 ? v128.load(x) : loadPart(x, columns, zeros())));
      x += stride;
    } while (--left);
    low = addLow(low, a);
    high = addHigh(high, a);
  }
  const total = demote(low, high);
  if (columns >= 4) v128.store(y, total);
  else storePart(y, total, columns);
}

/** T down 16 columns. */
function fold16<T>(x: usize, y: usize, n: i32, stride: usize): void {
  const op = changetype<T>(0);
  let a = op.identity(), b = op.identity(), c = op.identity(), d = op.identity();
  for (; n > 0; n--) {
    a = op.step(a, v128.load(x));
    b = op.step(b, v128.load(x, 16));
    c = op.step(c, v128.load(x, 32));
    d = op.step(d, v128.load(x, 48));
    x += stride;
  }
  v128.store(y, b, 16);
  v128.store(y, a);
  v128.store(y, d, 48);
  v128.store(y, c, 32);
}

/** T down 4 columns, or 1 to 3 at the end of a row. */
function fold4<T>(x: usize, y: usize, n: i32, stride: usize, columns: i32): void {
  const op = changetype<T>(0);
  let a = op.identity();
  for (; n > 0; n--) {
    a = op.step(a, columns >= 4 ? v128.load(x) : loadPart(x, columns, op.identity()));
    x += stride;
  }
  if (columns >= 4) v128.store(y, a);
  else storePart(y, a, columns);
}

@unmanaged
class Sum<T> {
  @inline
  wide(x: usize, y: usize, n: i32, stride: usize): void {
    sum16<T>(x, y, n, stride);
  }
  @inline
  narrow(x: usize, y: usize, n: i32, stride: usize, columns: i32): void {
    sum4<T>(x, y, n, stride, columns);
  }
}

@unmanaged
class Fold<T> {
  @inline
  wide(x: usize, y: usize, n: i32, stride: usize): void {
    fold16<T>(x, y, n, stride);
  }
  @inline
  narrow(x: usize, y: usize, n: i32, stride: usize, columns: i32): void {
    fold4<T>(x, y, n, stride, columns);
  }
}

function columns<T>(
  x: usize,
  y: usize,
  n: i32,
  inner: i32,
  outerBegin: i32,
  outerEnd: i32,
  begin: i32,
  end: i32,
): void {
  const op = changetype<T>(0);
  const stride = <usize>inner << 2;
  for (let o = outerBegin; o < outerEnd; o++) {
    let source = at(x, o * n * inner + begin), target = at(y, o * inner + begin);
    let left = end - begin;
    for (; left >= 16; left -= 16) {
      op.wide(source, target, n, stride);
      source += 64;
      target += 64;
    }
    for (; left > 0; left -= 4) {
      op.narrow(source, target, n, stride, left);
      source += 16;
      target += 16;
    }
  }
}

/**
 * y [outer, inner] = op over the middle dimension of x [outer, n, inner]; columns begin to end of
 * inner, for outer from outerBegin to outerEnd.
 */
export function reduceCols(
  op: i32,
  x: usize,
  y: usize,
  n: i32,
  inner: i32,
  outerBegin: i32,
  outerEnd: i32,
  begin: i32,
  end: i32,
): void {
  if (op == ReduceOp.Max) columns<Fold<Max>>(x, y, n, inner, outerBegin, outerEnd, begin, end);
  else if (op == ReduceOp.Min) columns<Fold<Min>>(x, y, n, inner, outerBegin, outerEnd, begin, end);
  else if (op == ReduceOp.Prod) {
    columns<Fold<Prod>>(x, y, n, inner, outerBegin, outerEnd, begin, end);
  } else if (op == ReduceOp.Sum) {
    columns<Sum<Elements>>(x, y, n, inner, outerBegin, outerEnd, begin, end);
  } else columns<Sum<Squares>>(x, y, n, inner, outerBegin, outerEnd, begin, end);
}

/** The same for int32; sums wrap. */
export function reduceColsI32(
  op: i32,
  x: usize,
  y: usize,
  n: i32,
  inner: i32,
  outerBegin: i32,
  outerEnd: i32,
  begin: i32,
  end: i32,
): void {
  if (op == ReduceOp.Max) columns<Fold<MaxI32>>(x, y, n, inner, outerBegin, outerEnd, begin, end);
  else if (op == ReduceOp.Min) {
    columns<Fold<MinI32>>(x, y, n, inner, outerBegin, outerEnd, begin, end);
  } else if (op == ReduceOp.Prod) {
    columns<Fold<ProdI32>>(x, y, n, inner, outerBegin, outerEnd, begin, end);
  } else columns<Fold<SumI32>>(x, y, n, inner, outerBegin, outerEnd, begin, end);
}

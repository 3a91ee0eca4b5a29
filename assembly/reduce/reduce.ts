// Sums, maxima and minima along rows and down columns, and the place of a maximum in a row.
//
// An output is one chain of operations that depends on n alone, never on the range: a row goes
// through vectors side by side, a column straight down. Sums run in float32 in blocks (256 elements of a
// row, 16 of a column) and the blocks are added in float64, so 10^7 terms lose no more than 16.

import { ReduceOp } from "../ops";
import {
  at,
  loadPart,
  maxNaN,
  minNaN,
  storePart,
  sumLanes,
  swapHalves,
  swapPairs,
  zeros,
} from "../simd";
import { WIDE } from "../target";

@unmanaged
export class Max {
  @inline
  identity(): v128 {
    return f32x4.splat(-Infinity);
  }
  @inline
  step(a: v128, b: v128): v128 {
    return maxNaN(a, b);
  }
  /** Lanes where v is m, or both are NaN. */
  @inline
  same(v: v128, m: v128): v128 {
    return v128.or(f32x4.eq(v, m), v128.and(f32x4.ne(v, v), f32x4.ne(m, m)));
  }
}

@unmanaged
export class Min {
  @inline
  identity(): v128 {
    return f32x4.splat(Infinity);
  }
  @inline
  step(a: v128, b: v128): v128 {
    return minNaN(a, b);
  }
  @inline
  same(v: v128, m: v128): v128 {
    return changetype<Max>(0).same(v, m);
  }
}

@unmanaged
export class Prod {
  @inline
  identity(): v128 {
    return f32x4.splat(1);
  }
  @inline
  step(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}

@unmanaged
export class ProdI32 {
  @inline
  identity(): v128 {
    return i32x4.splat(1);
  }
  @inline
  step(a: v128, b: v128): v128 {
    return i32x4.mul(a, b);
  }
}

/** What is summed: the elements. */
@unmanaged
export class Elements {
  @inline
  of(v: v128): v128 {
    return v;
  }
}

/** What is summed: their squares. */
@unmanaged
export class Squares {
  @inline
  of(v: v128): v128 {
    return f32x4.mul(v, v);
  }
}

@unmanaged
export class SumI32 {
  @inline
  identity(): v128 {
    return zeros();
  }
  @inline
  step(a: v128, b: v128): v128 {
    return i32x4.add(a, b);
  }
}

@unmanaged
export class MaxI32 {
  @inline
  identity(): v128 {
    return i32x4.splat(i32.MIN_VALUE);
  }
  @inline
  step(a: v128, b: v128): v128 {
    return i32x4.max_s(a, b);
  }
  @inline
  same(v: v128, m: v128): v128 {
    return i32x4.eq(v, m);
  }
}

@unmanaged
export class MinI32 {
  @inline
  identity(): v128 {
    return i32x4.splat(i32.MAX_VALUE);
  }
  @inline
  step(a: v128, b: v128): v128 {
    return i32x4.min_s(a, b);
  }
  @inline
  same(v: v128, m: v128): v128 {
    return i32x4.eq(v, m);
  }
}

/**
 * T over n elements, in every lane. V8 finds pairs of vectors from stores on, so to be joined the eight
 * go through memory: aside is room for them, 32 numbers, or 0.
 */
// @ts-ignore: decorator
@inline
function span<T>(x: usize, n: i32, aside: usize): v128 {
  const op = changetype<T>(0);
  let all = op.identity();
  if (n >= 32) {
    let a = op.identity(), b = op.identity(), c = op.identity(), d = op.identity();
    let e = op.identity(), f = op.identity(), g = op.identity(), h = op.identity();
    for (; n >= 32; n -= 32, x += 128) {
      a = op.step(a, v128.load(x)), b = op.step(b, v128.load(x, 16));
      c = op.step(c, v128.load(x, 32)), d = op.step(d, v128.load(x, 48));
      e = op.step(e, v128.load(x, 64)), f = op.step(f, v128.load(x, 80));
      g = op.step(g, v128.load(x, 96)), h = op.step(h, v128.load(x, 112));
    }
    if (WIDE && aside) {
      v128.store(aside, a), v128.store(aside, b, 16), v128.store(aside, c, 32);
      v128.store(aside, d, 48), v128.store(aside, e, 64), v128.store(aside, f, 80);
      v128.store(aside, g, 96), v128.store(aside, h, 112);
      a = v128.load(aside), b = v128.load(aside, 16), c = v128.load(aside, 32);
      d = v128.load(aside, 48), e = v128.load(aside, 64), f = v128.load(aside, 80);
      g = v128.load(aside, 96), h = v128.load(aside, 112);
    }
    a = op.step(op.step(a, b), op.step(c, d));
    all = op.step(a, op.step(op.step(e, f), op.step(g, h)));
  }
  for (; n >= 4; n -= 4, x += 16) all = op.step(all, v128.load(x));
  if (n) all = op.step(all, loadPart(x, n, op.identity()));
  all = op.step(all, swapHalves(all));
  return op.step(all, swapPairs(all));
}

/** The largest of n elements; NaN if one is NaN. aside: room for 32 numbers, or 0. */
export function maxSpan(x: usize, n: i32, aside: usize): f32 {
  return f32x4.extract_lane(span<Max>(x, n, aside), 0);
}

/** The sum of n elements. */
export function sumSpan(x: usize, n: i32): f32 {
  return sumOf<Elements>(x, n);
}

/** The sum of n elements' squares. */
export function squareSum(x: usize, n: i32): f32 {
  return sumOf<Squares>(x, n);
}

/** The sum of T of n elements. */
function sumOf<T>(x: usize, n: i32): f32 {
  const op = changetype<T>(0);
  let total: f64 = 0;
  while (n >= 16) {
    let a = zeros(), b = zeros(), c = zeros(), d = zeros();
    let left = min(n >> 4, 16);
    n -= left << 4;
    do {
      a = f32x4.add(a, op.of(v128.load(x)));
      b = f32x4.add(b, op.of(v128.load(x, 16)));
      c = f32x4.add(c, op.of(v128.load(x, 32)));
      d = f32x4.add(d, op.of(v128.load(x, 48)));
      x += 64;
    } while (--left);
    total += sumLanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  }
  if (n) {
    let a = zeros();
    while (n >= 4) {
      a = f32x4.add(a, op.of(v128.load(x)));
      x += 16;
      n -= 4;
    }
    if (n) a = f32x4.add(a, op.of(loadPart(x, n, zeros())));
    total += sumLanes(a);
  }
  return <f32>total;
}

/** Room for 32 numbers at output i, if there is: those from i on are written later. */
// @ts-ignore: decorator
@inline
function roomAt(y: usize, i: i32, end: i32): usize {
  return i + 32 <= end ? at(y, i) : 0;
}

function rows<T>(x: usize, y: usize, n: i32, begin: i32, end: i32): void {
  for (let i = begin; i < end; i++) {
    storePart(at(y, i), span<T>(at(x, i * n), n, roomAt(y, i, end)), 1);
  }
}

/** y[i] = op over x[i, :], x [rows, n]; rows begin to end. */
export function reduceRows(op: i32, x: usize, y: usize, n: i32, begin: i32, end: i32): void {
  if (op == ReduceOp.Max) rows<Max>(x, y, n, begin, end);
  else if (op == ReduceOp.Min) rows<Min>(x, y, n, begin, end);
  else if (op == ReduceOp.Prod) rows<Prod>(x, y, n, begin, end);
  else {
    for (let i = begin; i < end; i++) {
      const row = at(x, i * n);
      store<f32>(at(y, i), op == ReduceOp.Sum ? sumSpan(row, n) : sumOf<Squares>(row, n));
    }
  }
}

/** The same for int32; sums wrap. */
export function reduceRowsI32(op: i32, x: usize, y: usize, n: i32, begin: i32, end: i32): void {
  if (op == ReduceOp.Max) rows<MaxI32>(x, y, n, begin, end);
  else if (op == ReduceOp.Min) rows<MinI32>(x, y, n, begin, end);
  else if (op == ReduceOp.Prod) rows<ProdI32>(x, y, n, begin, end);
  else rows<SumI32>(x, y, n, begin, end);
}

function place<T>(x: usize, y: usize, n: i32, begin: i32, end: i32): void {
  const op = changetype<T>(0);
  for (let i = begin; i < end; i++) {
    const row = at(x, i * n);
    const m = span<T>(row, n, roomAt(y, i, end));
    let j = 0;
    while (j + 4 <= n && !v128.any_true(op.same(v128.load(at(row, j)), m))) j += 4;
    while (j < n && !v128.any_true(op.same(v128.load32_splat(at(row, j)), m))) j++;
    store<i32>(at(y, i), j);
  }
}

/** y[i] (int32) = index of the first largest (op 1), smallest (op 2) or NaN element of x[i, :]. */
export function argRows(op: i32, x: usize, y: usize, n: i32, begin: i32, end: i32): void {
  if (op == ReduceOp.Max) place<Max>(x, y, n, begin, end);
  else place<Min>(x, y, n, begin, end);
}

/** The same for int32. */
export function argRowsI32(op: i32, x: usize, y: usize, n: i32, begin: i32, end: i32): void {
  if (op == ReduceOp.Max) place<MaxI32>(x, y, n, begin, end);
  else place<MinI32>(x, y, n, begin, end);
}

// Elementwise kernels of two inputs: `f` on floats, of the same shape or broadcast, and `i` on int32.

import { powSpan } from "./pow";
import { at, loadPart, maxNaN, minNaN, storePart, zeros } from "../simd";

/** Codes of the functions; src/wasm/elementwise.ts has them by name. */
export const enum BinaryOp {
  Add = 0,
  Sub = 1,
  Mul = 2,
  Div = 3,
  Maximum = 4,
  Minimum = 5,
  Pow = 6,
  /** a > b ? 1 : a == b ? 0.5 : 0, the share of the gradient that maximum(a, b) gives to a. */
  Share = 7,
}

@unmanaged
class Add {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
  @inline
  i(a: v128, b: v128): v128 {
    return i32x4.add(a, b);
  }
}

@unmanaged
class Sub {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }
  @inline
  i(a: v128, b: v128): v128 {
    return i32x4.sub(a, b);
  }
}

@unmanaged
class Mul {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
  @inline
  i(a: v128, b: v128): v128 {
    return i32x4.mul(a, b);
  }
}

@unmanaged
class Div {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}

@unmanaged
class Maximum {
  @inline
  f(a: v128, b: v128): v128 {
    return maxNaN(a, b);
  }
  @inline
  i(a: v128, b: v128): v128 {
    return i32x4.max_s(a, b);
  }
}

@unmanaged
class Minimum {
  @inline
  f(a: v128, b: v128): v128 {
    return minNaN(a, b);
  }
  @inline
  i(a: v128, b: v128): v128 {
    return i32x4.min_s(a, b);
  }
}

/** a to the power of b, wrapping; of a negative b the fraction's whole part, and 0 for a = 0. */
function power(a: i32, b: i32): i32 {
  if (b < 0) return a == 1 ? 1 : a == -1 ? (b & 1 ? -1 : 1) : 0;
  let result = 1;
  for (let square = a; b > 0; b >>= 1) {
    if (b & 1) result *= square;
    square *= square;
  }
  return result;
}

@unmanaged
class Pow {
  @inline
  i(a: v128, b: v128): v128 {
    let r = i32x4.splat(power(i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0)));
    r = i32x4.replace_lane(r, 1, power(i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1)));
    r = i32x4.replace_lane(r, 2, power(i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2)));
    return i32x4.replace_lane(r, 3, power(i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3)));
  }
}

@unmanaged
class Share {
  @inline
  f(a: v128, b: v128): v128 {
    const half = f32x4.splat(0.5);
    // Half for a not below b and half for a not equal to it either: beside NaN both hold.
    const notBelow = v128.andnot(half, f32x4.lt(a, b));
    return f32x4.add(notBelow, v128.andnot(half, f32x4.le(a, b)));
  }
}

/** T on lanes of type E, float or int32. */
// @ts-ignore: decorator
@inline
function apply<T, E>(a: v128, b: v128): v128 {
  return isFloat<E>() ? changetype<T>(0).f(a, b) : changetype<T>(0).i(a, b);
}

/** c = T(a, b), n elements each. */
function map<T, E>(a: usize, b: usize, c: usize, n: i32): void {
  // Four a turn, loads before stores: V8 looks up the memory's size again after each store.
  while (n >= 16) {
    const u = apply<T, E>(v128.load(a), v128.load(b));
    const v = apply<T, E>(v128.load(a, 16), v128.load(b, 16));
    const x = apply<T, E>(v128.load(a, 32), v128.load(b, 32));
    const y = apply<T, E>(v128.load(a, 48), v128.load(b, 48));
    v128.store(c, v, 16);
    v128.store(c, u);
    v128.store(c, y, 48);
    v128.store(c, x, 32);
    a += 64;
    b += 64;
    c += 64;
    n -= 16;
  }
  while (n >= 4) {
    v128.store(c, apply<T, E>(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
    c += 16;
    n -= 4;
  }
  if (n) storePart(c, apply<T, E>(loadPart(a, n, zeros()), loadPart(b, n, zeros())), n);
}

/** c = T(a, b) with one b for all n elements of a. */
function mapRight<T>(a: usize, b: v128, c: usize, n: i32): void {
  const op = changetype<T>(0);
  for (; n >= 8; n -= 8, a += 32, c += 32) {
    const u = op.f(v128.load(a), b), v = op.f(v128.load(a, 16), b);
    v128.store(c, v, 16);
    v128.store(c, u);
  }
  if (n >= 4) {
    v128.store(c, op.f(v128.load(a), b));
    a += 16;
    c += 16;
    n -= 4;
  }
  if (n) storePart(c, op.f(loadPart(a, n, zeros()), b), n);
}

/** c = T(a, b) with one a for all n elements of b. */
function mapLeft<T>(a: v128, b: usize, c: usize, n: i32): void {
  const op = changetype<T>(0);
  for (; n >= 8; n -= 8, b += 32, c += 32) {
    const u = op.f(a, v128.load(b)), v = op.f(a, v128.load(b, 16));
    v128.store(c, v, 16);
    v128.store(c, u);
  }
  if (n >= 4) {
    v128.store(c, op.f(a, v128.load(b)));
    b += 16;
    c += 16;
    n -= 4;
  }
  if (n) storePart(c, op.f(a, loadPart(b, n, zeros())), n);
}

/** c = T(a, b) for any strides of a and b, one element at a time through the vector code. */
function mapStrided<T>(a: usize, da: i32, b: usize, db: i32, c: usize, n: i32): void {
  const op = changetype<T>(0);
  for (; n > 0; n--) {
    v128.store_lane<f32>(c, op.f(v128.load32_splat(a), v128.load32_splat(b)), 0);
    a = at(a, da);
    b = at(b, db);
    c += 4;
  }
}

function broadcast<T>(
  a: usize,
  a0: i32,
  a1: i32,
  a2: i32,
  b: usize,
  b0: i32,
  b1: i32,
  b2: i32,
  c: usize,
  n1: i32,
  n2: i32,
  begin: i32,
  end: i32,
): void {
  c = at(c, begin * n1 * n2);
  for (let i = begin; i < end; i++) {
    let ai = at(a, i * a0), bi = at(b, i * b0);
    for (let j = 0; j < n1; j++) {
      if (a2 == 1 && b2 == 1) map<T, f32>(ai, bi, c, n2);
      else if (a2 == 1 && b2 == 0) mapRight<T>(ai, v128.load32_splat(bi), c, n2);
      else if (a2 == 0 && b2 == 1) mapLeft<T>(v128.load32_splat(ai), bi, c, n2);
      else mapStrided<T>(ai, a2, bi, b2, c, n2);
      ai = at(ai, a1);
      bi = at(bi, b1);
      c = at(c, n2);
    }
  }
}

/** c = op(a, b), elements begin to end. c may be a or b. */
export function binary(op: i32, a: usize, b: usize, c: usize, begin: i32, end: i32): void {
  a = at(a, begin);
  b = at(b, begin);
  c = at(c, begin);
  const n = end - begin;
  switch (op) {
    case BinaryOp.Add:
      return map<Add, f32>(a, b, c, n);
    case BinaryOp.Sub:
      return map<Sub, f32>(a, b, c, n);
    case BinaryOp.Mul:
      return map<Mul, f32>(a, b, c, n);
    case BinaryOp.Div:
      return map<Div, f32>(a, b, c, n);
    case BinaryOp.Maximum:
      return map<Maximum, f32>(a, b, c, n);
    case BinaryOp.Minimum:
      return map<Minimum, f32>(a, b, c, n);
    case BinaryOp.Pow:
      return powSpan(a, 1, b, 1, c, n);
    case BinaryOp.Share:
      return map<Share, f32>(a, b, c, n);
    default:
      unreachable();
  }
}

/**
 * c = op(a, b) with c contiguous [n0, n1, n2] and a, b at any strides, 0 where they are repeated.
 * Rows begin to end of n0. c may be an input only where that is contiguous too.
 */
export function binaryBroadcast(
  op: i32,
  a: usize,
  a0: i32,
  a1: i32,
  a2: i32,
  b: usize,
  b0: i32,
  b1: i32,
  b2: i32,
  c: usize,
  n1: i32,
  n2: i32,
  begin: i32,
  end: i32,
): void {
  switch (op) {
    case BinaryOp.Add:
      return broadcast<Add>(a, a0, a1, a2, b, b0, b1, b2, c, n1, n2, begin, end);
    case BinaryOp.Sub:
      return broadcast<Sub>(a, a0, a1, a2, b, b0, b1, b2, c, n1, n2, begin, end);
    case BinaryOp.Mul:
      return broadcast<Mul>(a, a0, a1, a2, b, b0, b1, b2, c, n1, n2, begin, end);
    case BinaryOp.Div:
      return broadcast<Div>(a, a0, a1, a2, b, b0, b1, b2, c, n1, n2, begin, end);
    case BinaryOp.Maximum:
      return broadcast<Maximum>(a, a0, a1, a2, b, b0, b1, b2, c, n1, n2, begin, end);
    case BinaryOp.Minimum:
      return broadcast<Minimum>(a, a0, a1, a2, b, b0, b1, b2, c, n1, n2, begin, end);
    case BinaryOp.Pow:
      for (let i = begin; i < end; i++) {
        for (let j = 0; j < n1; j++) {
          powSpan(at(a, i * a0 + j * a1), a2, at(b, i * b0 + j * b1), b2, at(c, (i * n1 + j) * n2), n2);
        }
      }
      return;
    case BinaryOp.Share:
      return broadcast<Share>(a, a0, a1, a2, b, b0, b1, b2, c, n1, n2, begin, end);
    default:
      unreachable();
  }
}

/** c = op(a, b) on int32, wrapping: add, sub, mul, maximum, minimum, pow. c may be a or b. */
export function binaryI32(op: i32, a: usize, b: usize, c: usize, begin: i32, end: i32): void {
  a = at(a, begin);
  b = at(b, begin);
  c = at(c, begin);
  const n = end - begin;
  switch (op) {
    case BinaryOp.Add:
      return map<Add, i32>(a, b, c, n);
    case BinaryOp.Sub:
      return map<Sub, i32>(a, b, c, n);
    case BinaryOp.Mul:
      return map<Mul, i32>(a, b, c, n);
    case BinaryOp.Maximum:
      return map<Maximum, i32>(a, b, c, n);
    case BinaryOp.Minimum:
      return map<Minimum, i32>(a, b, c, n);
    case BinaryOp.Pow:
      return map<Pow, i32>(a, b, c, n);
    default:
      unreachable();
  }
}

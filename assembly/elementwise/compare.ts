// Comparisons, which make bytes of 0 and 1, and the choice between two inputs by such bytes.

import { at, storePart, zeros } from "../simd";

/** Codes of the comparisons; src/wasm/elementwise.ts has them by name. */
export const enum CompareOp {
  Eq = 0,
  Gt = 1,
  Lt = 2,
  Ge = 3,
  Le = 4,
  Ne = 5,
}

@unmanaged
class Eq {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.eq(a, b);
  }
  @inline
  i(a: v128, b: v128): v128 {
    return i32x4.eq(a, b);
  }
}

@unmanaged
class Gt {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.gt(a, b);
  }
  @inline
  i(a: v128, b: v128): v128 {
    return i32x4.gt_s(a, b);
  }
}

@unmanaged
class Lt {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.lt(a, b);
  }
  @inline
  i(a: v128, b: v128): v128 {
    return i32x4.lt_s(a, b);
  }
}

@unmanaged
class Ge {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.ge(a, b);
  }
  @inline
  i(a: v128, b: v128): v128 {
    return i32x4.ge_s(a, b);
  }
}

@unmanaged
class Le {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.le(a, b);
  }
  @inline
  i(a: v128, b: v128): v128 {
    return i32x4.le_s(a, b);
  }
}

@unmanaged
class Ne {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.ne(a, b);
  }
  @inline
  i(a: v128, b: v128): v128 {
    return i32x4.ne(a, b);
  }
}

/** The mask of T on lanes of type E, float or int32. */
// @ts-ignore: decorator
@inline
function mask<T, E>(a: v128, b: v128): v128 {
  return isFloat<E>() ? changetype<T>(0).f(a, b) : changetype<T>(0).i(a, b);
}

function map<T, E>(a: usize, b: usize, out: usize, n: i32): void {
  const one = i8x16.splat(1);
  while (n >= 16) {
    const m0 = mask<T, E>(v128.load(a), v128.load(b));
    const m1 = mask<T, E>(v128.load(a, 16), v128.load(b, 16));
    const m2 = mask<T, E>(v128.load(a, 32), v128.load(b, 32));
    const m3 = mask<T, E>(v128.load(a, 48), v128.load(b, 48));
    // 16 lanes of 0 or -1 saturate to 16 bytes of 0 or -1.
    const low = i16x8.narrow_i32x4_s(m0, m1), high = i16x8.narrow_i32x4_s(m2, m3);
    v128.store(out, v128.and(i8x16.narrow_i16x8_s(low, high), one));
    a += 64;
    b += 64;
    out += 16;
    n -= 16;
  }
  for (; n > 0; n--) {
    const m = mask<T, E>(v128.load32_zero(a), v128.load32_zero(b));
    store<u8>(out, i32x4.extract_lane(m, 0) & 1);
    a += 4;
    b += 4;
    out += 1;
  }
}

// @ts-ignore: decorator
@inline
function dispatch<E>(op: i32, a: usize, b: usize, out: usize, begin: i32, end: i32): void {
  a = at(a, begin);
  b = at(b, begin);
  out += begin;
  const n = end - begin;
  switch (op) {
    case CompareOp.Eq:
      return map<Eq, E>(a, b, out, n);
    case CompareOp.Gt:
      return map<Gt, E>(a, b, out, n);
    case CompareOp.Lt:
      return map<Lt, E>(a, b, out, n);
    case CompareOp.Ge:
      return map<Ge, E>(a, b, out, n);
    case CompareOp.Le:
      return map<Le, E>(a, b, out, n);
    case CompareOp.Ne:
      return map<Ne, E>(a, b, out, n);
    default:
      unreachable();
  }
}

/** out (bytes) = a op b ? 1 : 0, elements begin to end; NaN is only unequal. */
export function compare(op: i32, a: usize, b: usize, out: usize, begin: i32, end: i32): void {
  dispatch<f32>(op, a, b, out, begin, end);
}

/** The same for int32. */
export function compareI32(op: i32, a: usize, b: usize, out: usize, begin: i32, end: i32): void {
  dispatch<i32>(op, a, b, out, begin, end);
}

/** c = condition (bytes) ? a : b, elements of 4 bytes, begin to end. c may be a or b. */
export function where(
  condition: usize,
  a: usize,
  b: usize,
  c: usize,
  begin: i32,
  end: i32,
): void {
  condition += begin;
  a = at(a, begin);
  b = at(b, begin);
  c = at(c, begin);
  let n = end - begin;
  while (n >= 8) {
    const bytes = v128.load8x8_u(condition);
    const low = i32x4.ne(i32x4.extend_low_i16x8_u(bytes), zeros());
    const high = i32x4.ne(i32x4.extend_high_i16x8_u(bytes), zeros());
    const u = v128.bitselect(v128.load(a), v128.load(b), low);
    const v = v128.bitselect(v128.load(a, 16), v128.load(b, 16), high);
    v128.store(c, v, 16);
    v128.store(c, u);
    condition += 8;
    a += 32;
    b += 32;
    c += 32;
    n -= 8;
  }
  for (; n > 0; n--) {
    storePart(c, v128.load32_zero(load<u8>(condition) ? a : b), 1);
    condition += 1;
    a += 4;
    b += 4;
    c += 4;
  }
}

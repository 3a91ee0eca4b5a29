// Conversion between element types. Counts are unsigned: of bytes there can be more than 2³¹.

import { Dtype } from "../ops";

/** An element as number: a float becomes an integer by truncation toward 0 (NaN becomes 0). */
// @ts-ignore: decorator
@inline
function convert<From, To>(v: From): To {
  // A byte keeps the low bits of an integer, as in PyTorch (from 2⁶³ on these are 0); int32 saturates.
  if (isFloat<From>() && sizeof<To>() == 1) return v < <From>(2.0 ** 63.0) ? <To>(<i64>v) : 0;
  return <To>v;
}

function toNumber<From, To>(x: usize, y: usize, n: u32): void {
  for (; n > 0; n--) {
    store<To>(y, convert<From, To>(load<From>(x)));
    x += sizeof<From>();
    y += sizeof<To>();
  }
}

/** Which of the lanes of a vector at x are not 0. */
// @ts-ignore: decorator
@inline
function truths<From>(x: usize): v128 {
  const zero = i32x4.splat(0);
  return isFloat<From>() ? f32x4.ne(v128.load(x), zero) : i32x4.ne(v128.load(x), zero);
}

function toBool<From>(x: usize, y: usize, n: u32): void {
  const one = i8x16.splat(1);
  for (; n >= 16; n -= 16, x += 16 * sizeof<From>(), y += 16) {
    let mask: v128;
    if (sizeof<From>() == 1) mask = i8x16.ne(v128.load(x), i8x16.splat(0));
    else {
      // 16 lanes of 0 or -1 saturate to 16 bytes of 0 or -1
      const low = i16x8.narrow_i32x4_s(truths<From>(x), truths<From>(x + 16));
      const high = i16x8.narrow_i32x4_s(truths<From>(x + 32), truths<From>(x + 48));
      mask = i8x16.narrow_i16x8_s(low, high);
    }
    v128.store(y, v128.and(mask, one));
  }
  for (; n > 0; n--) {
    store<u8>(y, <u8>(load<From>(x) != <From>0));
    x += sizeof<From>();
    y += 1;
  }
}

function floatToInt(x: usize, y: usize, n: u32): void {
  while (n >= 4) {
    v128.store(y, i32x4.trunc_sat_f32x4_s(v128.load(x)));
    x += 16;
    y += 16;
    n -= 4;
  }
  toNumber<f32, i32>(x, y, n);
}

function intToFloat(x: usize, y: usize, n: u32): void {
  while (n >= 4) {
    v128.store(y, f32x4.convert_i32x4_s(v128.load(x)));
    x += 16;
    y += 16;
    n -= 4;
  }
  toNumber<i32, f32>(x, y, n);
}

function byteToFloat(x: usize, y: usize, n: u32): void {
  while (n >= 8) {
    const v = v128.load8x8_u(x);
    v128.store(y, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(v)), 16);
    v128.store(y, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(v)));
    x += 8;
    y += 32;
    n -= 8;
  }
  toNumber<u8, f32>(x, y, n);
}

/** From T, which is 4 bytes wide or a byte, to any type. */
// @ts-ignore: decorator
@inline
function castFrom<T>(to: i32, x: usize, y: usize, n: u32): void {
  switch (to) {
    case Dtype.Float32:
      if (sizeof<T>() == 1) return byteToFloat(x, y, n);
      if (isFloat<T>()) return memory.copy(y, x, <usize>n << 2);
      return intToFloat(x, y, n);
    case Dtype.Int32:
      if (isFloat<T>()) return floatToInt(x, y, n);
      return toNumber<T, i32>(x, y, n);
    case Dtype.Uint8:
      return toNumber<T, u8>(x, y, n);
    case Dtype.Bool:
      return toBool<T>(x, y, n);
    default:
      unreachable();
  }
}

/**
 * y (dtype `to`) = x (dtype `from`), elements begin to end. float32 to int32 truncates toward 0 and
 * saturates; to uint8 wraps; to bool is x != 0. y does not overlap x.
 */
export function cast(from: i32, to: i32, x: usize, y: usize, begin: u32, end: u32): void {
  const n = end - begin;
  const wide = from <= Dtype.Int32;
  x += <usize>begin << (wide ? 2 : 0);
  y += <usize>begin << (to <= Dtype.Int32 ? 2 : 0);
  if (from == Dtype.Float32) castFrom<f32>(to, x, y, n);
  else if (from == Dtype.Int32) castFrom<i32>(to, x, y, n);
  else castFrom<u8>(to, x, y, n);
}

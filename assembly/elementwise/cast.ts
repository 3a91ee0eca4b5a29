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

function toBool<From>(x: usize, y: usize, n: u32): void {
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
    v128.store(y, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(v)));
    v128.store(y, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(v)), 16);
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

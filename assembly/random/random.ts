// Random numbers by counter: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random
// numbers: as easy as 1, 2, 3", 2011). Element i is word i & 3 of block i >> 2,
//
//   counter (i >> 2, 0, streamLo, streamHi), key (seedLo, seedHi),
//
// so any range of any output can be made alone. Nothing here is fused: both builds give the same
// bits.

import { log4 } from "../elementwise/log";
import { at, zeros } from "../simd";

const enum Philox {
  M0 = 0xd2511f53,
  M1 = 0xcd9e8d57,
  W0 = 0x9e3779b9,
  W1 = 0xbb67ae85,
}

// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The upper 24 bits of a word as a number in [0, 1). */
// @ts-ignore: decorator
@inline
function unit(word: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(word, 8)), f32x4.splat(5.9604644775390625e-8));
}

/** low + (high - low) u, below high; a = low, b = high - low, c = the number before high. */
@unmanaged
class Uniform {
  @inline
  scales(): bool {
    return false;
  }
  @inline
  even(first: v128, _second: v128, a: v128, b: v128, c: v128): v128 {
    return f32x4.pmin(madd(b, unit(first), a), c);
  }
  @inline
  odd(_first: v128, second: v128, a: v128, b: v128, c: v128): v128 {
    return f32x4.pmin(madd(b, unit(second), a), c);
  }
}

/** √(-2 log u) of a word's u in (0, 1]. */
// @ts-ignore: decorator
@inline
function radius(word: v128): v128 {
  const u = f32x4.add(unit(word), f32x4.splat(5.9604644775390625e-8));
  return f32x4.sqrt(f32x4.mul(f32x4.splat(-2), log4(u, false)));
}

/**
 * sin (turn 0) or cos (turn 1) of 2 π u, u in [0, 1): 4 u = q + r with |r| <= ½ exactly; sin and cos
 * of r π / 2 are minimax polynomials in r² (3e-9), and q says which of the two, and the sign.
 */
// @ts-ignore: decorator
@inline
function wave(u: v128, turn: i32): v128 {
  const t = f32x4.mul(u, f32x4.splat(4));
  const rounded = f32x4.add(t, f32x4.splat(12582912.0)); // q stands in the low bits
  const r = f32x4.sub(t, f32x4.sub(rounded, f32x4.splat(12582912.0)));
  const z = f32x4.mul(r, r);
  let s = madd(f32x4.splat(-0.00460165785625577), z, f32x4.splat(0.07968003302812576));
  s = madd(s, z, f32x4.splat(-0.6459634900093079));
  s = madd(s, z, f32x4.splat(1.5707963705062866));
  s = f32x4.mul(s, r);
  let c = madd(f32x4.splat(0.0009033629903569818), z, f32x4.splat(-0.020859936252236366));
  c = madd(c, z, f32x4.splat(0.2536691725254059));
  c = madd(c, z, f32x4.splat(-1.2337005138397217));
  c = madd(c, z, f32x4.splat(1));
  const q = i32x4.add(rounded, i32x4.splat(turn));
  const swapped = i32x4.shr_s(i32x4.shl(q, 31), 31);
  const sign = i32x4.shl(i32x4.shr_u(q, 1), 31);
  return v128.xor(v128.bitselect(c, s, swapped), sign);
}

/** mean + std z: Box and Muller's pair of normal numbers from two words; a = mean, b = std. */
@unmanaged
class Normal {
  @inline
  scales(): bool {
    return false;
  }
  @inline
  even(first: v128, second: v128, a: v128, b: v128, _c: v128): v128 {
    return madd(b, f32x4.mul(radius(first), wave(unit(second), 1)), a);
  }
  @inline
  odd(first: v128, second: v128, a: v128, b: v128, _c: v128): v128 {
    return madd(b, f32x4.mul(radius(first), wave(unit(second), 0)), a);
  }
}

/** Stores the lanes of v, elements i to i + 3, that lie in begin to end. */
function storeWithin(out: usize, i: i32, v: v128, begin: i32, end: i32): void {
  const p = at(out, i);
  if (i >= begin && i < end) v128.store_lane<f32>(p, v, 0);
  if (i + 1 >= begin && i + 1 < end) v128.store_lane<f32>(p, v, 1, 4);
  if (i + 2 >= begin && i + 2 < end) v128.store_lane<f32>(p, v, 2, 8);
  if (i + 3 >= begin && i + 3 < end) v128.store_lane<f32>(p, v, 3, 12);
}

/** 0 where a number in [0, 1) is below a, else b: what dropout multiplies by. */
@unmanaged
class Keep {
  @inline
  scales(): bool {
    return true;
  }
  @inline
  even(first: v128, _second: v128, a: v128, b: v128, _c: v128): v128 {
    return v128.and(f32x4.ge(unit(first), a), b);
  }
  @inline
  odd(_first: v128, second: v128, a: v128, b: v128, _c: v128): v128 {
    return v128.and(f32x4.ge(unit(second), a), b);
  }
}

/** Elements i to i + 3 of x, or 0 for those that are not in begin to end. */
function loadWithin(x: usize, i: i32, begin: i32, end: i32): v128 {
  let v = zeros();
  if (i >= begin && i < end) v = v128.load_lane<f32>(at(x, i), v, 0);
  if (i + 1 >= begin && i + 1 < end) v = v128.load_lane<f32>(at(x, i), v, 1, 4);
  if (i + 2 >= begin && i + 2 < end) v = v128.load_lane<f32>(at(x, i), v, 2, 8);
  if (i + 3 >= begin && i + 3 < end) v = v128.load_lane<f32>(at(x, i), v, 3, 12);
  return v;
}

/** Stores v, or x times v, as elements i to i + 3. */
// @ts-ignore: decorator
@inline
function put<T>(x: usize, out: usize, i: i32, v: v128, begin: i32, end: i32): void {
  if (i >= begin && i + 4 <= end) {
    v128.store(at(out, i), changetype<T>(0).scales() ? f32x4.mul(v128.load(at(x, i)), v) : v);
  } else {
    if (changetype<T>(0).scales()) v = f32x4.mul(loadWithin(x, i, begin, end), v);
    storeWithin(out, i, v, begin, end);
  }
}

/** The words of two vectors of products: the low ones of both. */
// @ts-ignore: decorator
@inline
function lows(p: v128, q: v128): v128 {
  return v128.shuffle<i32>(p, q, 0, 2, 4, 6);
}

/** The high ones. */
// @ts-ignore: decorator
@inline
function highs(p: v128, q: v128): v128 {
  return v128.shuffle<i32>(p, q, 1, 3, 5, 7);
}

/** The sixteen elements from i on that words 0 to 3 of four blocks make. */
// @ts-ignore: decorator
@inline
function putAll<T>(
  x: usize,
  out: usize,
  i: i32,
  w0: v128,
  w1: v128,
  w2: v128,
  w3: v128,
  a: v128,
  b: v128,
  c: v128,
  begin: i32,
  end: i32,
): void {
  const op = changetype<T>(0);
  const v0 = op.even(w0, w1, a, b, c), v1 = op.odd(w0, w1, a, b, c);
  const v2 = op.even(w2, w3, a, b, c), v3 = op.odd(w2, w3, a, b, c);
  // From one vector a word to one vector a block.
  const t0 = v128.shuffle<i32>(v0, v1, 0, 4, 1, 5), t1 = v128.shuffle<i32>(v0, v1, 2, 6, 3, 7);
  const u0 = v128.shuffle<i32>(v2, v3, 0, 4, 1, 5), u1 = v128.shuffle<i32>(v2, v3, 2, 6, 3, 7);
  put<T>(x, out, i, v128.shuffle<i64>(t0, u0, 0, 2), begin, end);
  put<T>(x, out, i + 4, v128.shuffle<i64>(t0, u0, 1, 3), begin, end);
  put<T>(x, out, i + 8, v128.shuffle<i64>(t1, u1, 0, 2), begin, end);
  put<T>(x, out, i + 12, v128.shuffle<i64>(t1, u1, 1, 3), begin, end);
}

/**
 * Eight blocks at a time, in two fours, so that one works while the other waits for its products: lane j
 * of w0 … w3 are the words of block j, of x0 … x3 those of block 4 + j. Where T scales, what it makes is
 * a factor of x's elements.
 */
function fill<T>(
  x: usize,
  out: usize,
  seedLo: i32,
  seedHi: i32,
  streamLo: i32,
  streamHi: i32,
  a: v128,
  b: v128,
  c: v128,
  begin: i32,
  end: i32,
): void {
  const zero = (end - begin) >> 31; // see `hoisted`
  const m0 = i32x4.splat(<i32> Philox.M0 ^ zero), m1 = i32x4.splat(<i32> Philox.M1 ^ zero);
  const step0 = i32x4.splat(<i32> Philox.W0 ^ zero), step1 = i32x4.splat(<i32> Philox.W1 ^ zero);
  for (let i = begin & ~31; i < end; i += 32) {
    let w0 = i32x4.add(i32x4.splat(i >> 2), i32x4(0, 1, 2, 3));
    let x0 = i32x4.add(w0, i32x4.splat(4));
    let w1 = i32x4.splat(0), x1 = w1;
    let w2 = i32x4.splat(streamLo), x2 = w2, w3 = i32x4.splat(streamHi), x3 = w3;
    let key0 = i32x4.splat(seedLo), key1 = i32x4.splat(seedHi);
    for (let round = 0; round < 10; round++) {
      const p0 = i64x2.extmul_low_i32x4_u(w0, m0), p1 = i64x2.extmul_high_i32x4_u(w0, m0);
      const q0 = i64x2.extmul_low_i32x4_u(w2, m1), q1 = i64x2.extmul_high_i32x4_u(w2, m1);
      const r0 = i64x2.extmul_low_i32x4_u(x0, m0), r1 = i64x2.extmul_high_i32x4_u(x0, m0);
      const s0 = i64x2.extmul_low_i32x4_u(x2, m1), s1 = i64x2.extmul_high_i32x4_u(x2, m1);
      w0 = v128.xor(highs(q0, q1), v128.xor(w1, key0));
      x0 = v128.xor(highs(s0, s1), v128.xor(x1, key0));
      w2 = v128.xor(highs(p0, p1), v128.xor(w3, key1));
      x2 = v128.xor(highs(r0, r1), v128.xor(x3, key1));
      w1 = lows(q0, q1), x1 = lows(s0, s1), w3 = lows(p0, p1), x3 = lows(r0, r1);
      key0 = i32x4.add(key0, step0), key1 = i32x4.add(key1, step1);
    }
    for (let half = 0; half < 2; half++) { // one after the other: the code stands there once
      putAll<T>(x, out, i + 16 * half, w0, w1, w2, w3, a, b, c, begin, end);
      w0 = x0, w1 = x1, w2 = x2, w3 = x3;
    }
  }
}

/** The float32 before x: a finite number, or infinity. */
// @ts-ignore: decorator
@inline
function before(x: f32): f32 {
  if (x == 0) return reinterpret<f32>(0x80000001);
  const bits = reinterpret<i32>(x);
  return reinterpret<f32>(x > 0 ? bits - 1 : bits + 1);
}

/** Uniform numbers in [low, high), elements begin to end; low where low = high. */
export function randomUniform(
  out: usize,
  seedLo: i32,
  seedHi: i32,
  streamLo: i32,
  streamHi: i32,
  low: f32,
  high: f32,
  begin: i32,
  end: i32,
): void {
  const a = f32x4.splat(low), b = f32x4.splat(high - low);
  const c = f32x4.splat(max<f32>(low, before(high)));
  fill<Uniform>(0, out, seedLo, seedHi, streamLo, streamHi, a, b, c, begin, end);
}

/** Normal numbers with this mean and standard deviation, elements begin to end. */
export function randomNormal(
  out: usize,
  seedLo: i32,
  seedHi: i32,
  streamLo: i32,
  streamHi: i32,
  mean: f32,
  std: f32,
  begin: i32,
  end: i32,
): void {
  const a = f32x4.splat(mean), b = f32x4.splat(std);
  fill<Normal>(0, out, seedLo, seedHi, streamLo, streamHi, a, b, a, begin, end);
}

/**
 * y = x scale where element i of the uniform numbers in [0, 1) is at least p, else x · 0; elements
 * begin to end. y may be x. The gradient is the same function of dy.
 */
export function dropout(
  x: usize,
  y: usize,
  seedLo: i32,
  seedHi: i32,
  streamLo: i32,
  streamHi: i32,
  p: f32,
  scale: f32,
  begin: i32,
  end: i32,
): void {
  const a = f32x4.splat(p), b = f32x4.splat(scale);
  fill<Keep>(x, y, seedLo, seedHi, streamLo, streamHi, a, b, a, begin, end);
}

// GELU and SiLU, which are an exponential and a few operations around it, and leaky ReLU.
//
// GELU is x Φ(x), Φ the normal distribution function. The smaller of Φ(x) and 1 - Φ(x) is
//
//   Q(a) = exp(-a²/2) (P1 t + … + P8 t⁸),  a = |x|,  t = 1 / (1 + 0.3 a)
//
// P is fitted for the least relative error, 2e-7 for a up to 14.5, where Q leaves float32. So the
// left tail keeps its digits, which 1 + erf loses.

import { expWith } from "./exp";
import { at, fma, loadPart, storePart, zeros } from "../simd";

/** √(2/π), and that times 0.044715. */
// @ts-ignore: decorator
@inline
const TANH_1: f32 = 0.7978845608028654;
// @ts-ignore: decorator
@inline
const TANH_3: f32 = 0.035677408136300125;
/** 1 / √(2π). */
// @ts-ignore: decorator
@inline
const DENSITY: f32 = 0.3989422804014327;

/** Φ(x) from e = exp(-x²/2). */
// @ts-ignore: decorator
@inline
function normal(x: v128, e: v128, one: v128): v128 {
  const t = f32x4.div(one, fma(f32x4.abs(x), f32x4.splat(0.3), one));
  let p = fma(f32x4.splat(0.03542385995388031), t, f32x4.splat(-0.1561589390039444));
  p = fma(p, t, f32x4.splat(0.20455756783485413));
  p = fma(p, t, f32x4.splat(-0.052034683525562286));
  p = fma(p, t, f32x4.splat(0.1276920884847641));
  p = fma(p, t, f32x4.splat(0.10017585754394531));
  p = fma(p, t, f32x4.splat(0.12071214616298676));
  p = fma(p, t, f32x4.splat(0.11963200569152832));
  const q = f32x4.mul(e, f32x4.mul(p, t));
  return v128.bitselect(q, f32x4.sub(one, q), f32x4.lt(x, zeros()));
}

/** -x²/2, where the exponential of GELU is taken. */
// @ts-ignore: decorator
@inline
function gaussian(x: v128): v128 {
  return f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5));
}

@unmanaged
class Gelu {
  @inline
  argument(x: v128): v128 {
    return gaussian(x);
  }
  @inline
  result(x: v128, e: v128, one: v128, _dy: v128): v128 {
    return f32x4.mul(x, normal(x, e, one));
  }
}

/** Φ(x) + x φ(x), φ the density. */
@unmanaged
class GeluGrad {
  @inline
  argument(x: v128): v128 {
    return gaussian(x);
  }
  @inline
  result(x: v128, e: v128, one: v128, dy: v128): v128 {
    const slope = fma(f32x4.mul(x, f32x4.splat(DENSITY)), e, normal(x, e, one));
    return f32x4.mul(dy, slope);
  }
}

/** -x², where the exponential of the error function is taken. */
// @ts-ignore: decorator
@inline
function minusSquare(x: v128): v128 {
  return f32x4.neg(f32x4.mul(x, x));
}

/** 1 - erf(x) = 2 Φ(-√2 x). */
@unmanaged
class Erfc {
  @inline
  argument(x: v128): v128 {
    return minusSquare(x);
  }
  @inline
  result(x: v128, e: v128, one: v128, _dy: v128): v128 {
    // What the rounding of x² left out, in halves whose products are exact.
    const high = v128.and(x, i32x4.splat(0xfffff000));
    const low = f32x4.sub(x, high);
    const both = f32x4.mul(high, low);
    let left = f32x4.sub(f32x4.mul(high, high), f32x4.mul(x, x));
    left = f32x4.add(left, f32x4.add(f32x4.add(both, both), f32x4.mul(low, low)));
    const exact = f32x4.sub(e, f32x4.mul(e, left));
    const right = v128.bitselect(e, exact, f32x4.eq(e, zeros())); // infinite squares have no rest
    const half = normal(f32x4.mul(x, f32x4.splat(-1.4142135623730951)), right, one);
    return f32x4.add(half, half);
  }
}

/** 2/√π exp(-x²). */
@unmanaged
class ErfGrad {
  @inline
  argument(x: v128): v128 {
    return minusSquare(x);
  }
  @inline
  result(_x: v128, e: v128, _one: v128, dy: v128): v128 {
    return f32x4.mul(f32x4.mul(dy, e), f32x4.splat(1.1283791670955126));
  }
}

@unmanaged
class ErfcGrad {
  @inline
  argument(x: v128): v128 {
    return minusSquare(x);
  }
  @inline
  result(_x: v128, e: v128, _one: v128, dy: v128): v128 {
    return f32x4.mul(f32x4.mul(dy, e), f32x4.splat(-1.1283791670955126));
  }
}

/** 1 / (1 + exp(-|z|)) and its counterpart from e = exp(-|z|), d = 1 + e: the logistic function of z. */
// @ts-ignore: decorator
@inline
function logistic(z: v128, e: v128, one: v128, d: v128): v128 {
  return f32x4.div(v128.bitselect(one, e, f32x4.ge(z, zeros())), d);
}

/** √(2/π) (x + 0.044715 x³), twice: (1 + tanh u) / 2 is the logistic function of 2u. */
// @ts-ignore: decorator
@inline
function twiceInner(x: v128): v128 {
  const u = f32x4.mul(x, fma(f32x4.mul(x, x), f32x4.splat(TANH_3), f32x4.splat(TANH_1)));
  return f32x4.add(u, u);
}

@unmanaged
class GeluTanh {
  @inline
  argument(x: v128): v128 {
    return f32x4.neg(f32x4.abs(twiceInner(x)));
  }
  @inline
  result(x: v128, e: v128, one: v128, _dy: v128): v128 {
    return f32x4.mul(x, logistic(x, e, one, f32x4.add(one, e))); // x has the sign of 2u
  }
}

/** s + x s (1 - s) (2u)′, s the logistic function of 2u. */
@unmanaged
class GeluTanhGrad {
  @inline
  argument(x: v128): v128 {
    return f32x4.neg(f32x4.abs(twiceInner(x)));
  }
  @inline
  result(x: v128, e: v128, one: v128, dy: v128): v128 {
    const d = f32x4.add(one, e);
    const s = logistic(x, e, one, d);
    // From 2e19 up x² is infinite and what follows NaN, as in PyTorch. Not from x², which the compiler
    // would share with `argument` in one half of a pair only, and V8 not join them.
    const inner = fma(f32x4.mul(x, f32x4.splat(6 * TANH_3)), x, f32x4.splat(2 * TANH_1));
    const slope = f32x4.div(e, f32x4.mul(d, d)); // s (1 - s)
    return f32x4.mul(dy, fma(f32x4.mul(x, slope), inner, s));
  }
}

@unmanaged
class Silu {
  @inline
  argument(x: v128): v128 {
    return f32x4.neg(f32x4.abs(x));
  }
  @inline
  result(x: v128, e: v128, one: v128, _dy: v128): v128 {
    return f32x4.mul(x, logistic(x, e, one, f32x4.add(one, e)));
  }
}

/** s + x s (1 - s). */
@unmanaged
class SiluGrad {
  @inline
  argument(x: v128): v128 {
    return f32x4.neg(f32x4.abs(x));
  }
  @inline
  result(x: v128, e: v128, one: v128, dy: v128): v128 {
    const d = f32x4.add(one, e);
    const slope = f32x4.div(e, f32x4.mul(d, d));
    return f32x4.mul(dy, fma(x, slope, logistic(x, e, one, d)));
  }
}

/** y = GELU of x, n elements. y may be x. */
export function geluSpan(x: usize, y: usize, n: i32): void {
  expWith<Gelu>(x, x, y, n);
}

/** dx = dy GELU′(x), n elements. */
export function geluGradSpan(x: usize, dy: usize, dx: usize, n: i32): void {
  expWith<GeluGrad>(x, dy, dx, n);
}

/** y = x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, n elements. y may be x. */
export function geluTanhSpan(x: usize, y: usize, n: i32): void {
  expWith<GeluTanh>(x, x, y, n);
}

/** Its gradient. */
export function geluTanhGradSpan(x: usize, dy: usize, dx: usize, n: i32): void {
  expWith<GeluTanhGrad>(x, dy, dx, n);
}

/** y = x / (1 + exp(-x)), n elements. y may be x. */
export function siluSpan(x: usize, y: usize, n: i32): void {
  expWith<Silu>(x, x, y, n);
}

/** Its gradient. */
export function siluGradSpan(x: usize, dy: usize, dx: usize, n: i32): void {
  expWith<SiluGrad>(x, dy, dx, n);
}

/** y = 1 - erf(x), n elements. y may be x. */
export function erfcSpan(x: usize, y: usize, n: i32): void {
  expWith<Erfc>(x, x, y, n);
}

/** dx = dy erf′(x), n elements. */
export function erfGradSpan(x: usize, dy: usize, dx: usize, n: i32): void {
  expWith<ErfGrad>(x, dy, dx, n);
}

/** Its counterpart. */
export function erfcGradSpan(x: usize, dy: usize, dx: usize, n: i32): void {
  expWith<ErfcGrad>(x, dy, dx, n);
}

/** y where x > 0, else y slope: y = x is the function itself, y = dy its gradient. */
// @ts-ignore: decorator
@inline
function leaky(x: v128, y: v128, slope: v128): v128 {
  return v128.bitselect(y, f32x4.mul(y, slope), f32x4.gt(x, zeros()));
}

/**
 * z = y where x > 0, else slope y; elements begin to end. With y = x that is leaky ReLU, with y = dy
 * its gradient. z may be x or y.
 */
export function leakyRelu(x: usize, y: usize, z: usize, slope: f32, begin: i32, end: i32): void {
  x = at(x, begin);
  y = at(y, begin);
  z = at(z, begin);
  let n = end - begin;
  const s = f32x4.splat(slope);
  for (; n >= 8; n -= 8, x += 32, y += 32, z += 32) {
    const a = leaky(v128.load(x), v128.load(y), s);
    const b = leaky(v128.load(x, 16), v128.load(y, 16), s);
    v128.store(z, a);
    v128.store(z, b, 16);
  }
  if (n >= 4) {
    v128.store(z, leaky(v128.load(x), v128.load(y), s));
    x += 16;
    y += 16;
    z += 16;
    n -= 4;
  }
  if (n) storePart(z, leaky(loadPart(x, n, zeros()), loadPart(y, n, zeros()), s), n);
}

// SiLU and GELU by tanh, which are an exponential and a few operations around it, the error function's
// gradient, likewise, and leaky ReLU.

import { expWith } from "./exp";
import { at, fma, loadPart, storePart, zeros } from "../simd";

/** √(2/π), and that times 0.044715. */
// @ts-ignore: decorator
@inline
const TANH_1: f32 = 0.7978845608028654;
// @ts-ignore: decorator
@inline
const TANH_3: f32 = 0.035677408136300125;
/** -x², where the exponential of the error function is taken. */
// @ts-ignore: decorator
@inline
function minusSquare(x: v128): v128 {
  return f32x4.neg(f32x4.mul(x, x));
}

/** 2/√π exp(-x²). */
@unmanaged
class ErfGrad {
  @inline
  isGrad(): bool {
    return true;
  }
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
  isGrad(): bool {
    return true;
  }
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
  isGrad(): bool {
    return false;
  }
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
  isGrad(): bool {
    return true;
  }
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
  isGrad(): bool {
    return false;
  }
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
  isGrad(): bool {
    return true;
  }
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
    v128.store(z, b, 16);
    v128.store(z, a);
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

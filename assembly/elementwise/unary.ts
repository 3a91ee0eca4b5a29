// Elementwise kernels of one input, and their gradients.

import {
  erfcGradSpan,
  erfGradSpan,
  geluTanhGradSpan,
  geluTanhSpan,
  siluGradSpan,
  siluSpan,
} from "./activation";
import { acosSpan, asinSpan, atanSpan } from "./arc";
import { erfSpan } from "./erf";
import { exp2Span, expm1Span, expSpan, sigmoidSpan, tanhSpan } from "./exp";
import { log10Span, log1pSpan, log2Span, logSpan } from "./log";
import { erfcSpan, geluGradSpan, geluSpan } from "./normal";
import { cosSpan, sinSpan, tanSpan } from "./sine";
import { at, loadPart, storePart, zeros } from "../simd";

/** Codes of the functions; src/wasm/elementwise.ts has them by name. */
export const enum UnaryOp {
  Neg = 0,
  Abs = 1,
  Exp = 2,
  Log = 3,
  Sqrt = 4,
  Relu = 5,
  Tanh = 6,
  Sigmoid = 7,
  Reciprocal = 8,
  Square = 9,
  Sign = 10,
  Gelu = 11,
  GeluTanh = 12,
  Silu = 13,
  Floor = 14,
  Ceil = 15,
  Trunc = 16,
  Round = 17,
  Frac = 18,
  Rsqrt = 19,
  Sin = 20,
  Cos = 21,
  Exp2 = 22,
  Expm1 = 23,
  Log2 = 24,
  Log10 = 25,
  Log1p = 26,
  Erf = 27,
  Erfc = 28,
  Tan = 29,
  Atan = 30,
  Asin = 31,
  Acos = 32,
}

@unmanaged
class Neg {
  @inline
  f(x: v128): v128 {
    return f32x4.neg(x);
  }
  @inline
  grad(_x: v128, dy: v128): v128 {
    return f32x4.neg(dy);
  }
}

@unmanaged
class Abs {
  @inline
  f(x: v128): v128 {
    return f32x4.abs(x);
  }
  @inline
  grad(x: v128, dy: v128): v128 {
    return f32x4.mul(dy, changetype<Sign>(0).f(x));
  }
}

@unmanaged
class Sqrt {
  @inline
  f(x: v128): v128 {
    return f32x4.sqrt(x);
  }
  @inline
  grad(y: v128, dy: v128): v128 {
    return f32x4.div(dy, f32x4.add(y, y));
  }
}

@unmanaged
class Relu {
  @inline
  f(x: v128): v128 {
    return f32x4.pmax(x, zeros()); // in this order NaN stays NaN
  }
  @inline
  grad(y: v128, dy: v128): v128 {
    return v128.andnot(dy, f32x4.le(y, zeros())); // a NaN lets the gradient through, as in PyTorch
  }
}

@unmanaged
class Reciprocal {
  @inline
  f(x: v128): v128 {
    return f32x4.div(f32x4.splat(1), x);
  }
  @inline
  grad(y: v128, dy: v128): v128 {
    return f32x4.neg(f32x4.mul(dy, f32x4.mul(y, y)));
  }
}

@unmanaged
class Square {
  @inline
  f(x: v128): v128 {
    return f32x4.mul(x, x);
  }
  @inline
  grad(x: v128, dy: v128): v128 {
    return f32x4.mul(dy, f32x4.add(x, x));
  }
}

@unmanaged
class Sign {
  /** 1, 0 or -1; 0 for NaN, as in PyTorch. */
  @inline
  f(x: v128): v128 {
    const one = f32x4.splat(1);
    const positive = v128.and(f32x4.gt(x, zeros()), one);
    return f32x4.sub(positive, v128.and(f32x4.lt(x, zeros()), one));
  }
  @inline
  grad(_x: v128, _dy: v128): v128 {
    return zeros();
  }
}

@unmanaged
class Floor {
  @inline
  f(x: v128): v128 {
    return f32x4.floor(x);
  }
}

@unmanaged
class Ceil {
  @inline
  f(x: v128): v128 {
    return f32x4.ceil(x);
  }
}

@unmanaged
class Trunc {
  @inline
  f(x: v128): v128 {
    return f32x4.trunc(x);
  }
}

/** A tie goes to the even number. */
@unmanaged
class Round {
  @inline
  f(x: v128): v128 {
    return f32x4.nearest(x);
  }
}

@unmanaged
class Frac {
  @inline
  f(x: v128): v128 {
    return f32x4.sub(x, f32x4.trunc(x));
  }
  @inline
  grad(_x: v128, dy: v128): v128 {
    return dy;
  }
}

@unmanaged
class Rsqrt {
  @inline
  f(x: v128): v128 {
    return f32x4.div(f32x4.splat(1), f32x4.sqrt(x));
  }
  @inline
  grad(y: v128, dy: v128): v128 {
    return f32x4.mul(f32x4.mul(dy, f32x4.splat(-0.5)), f32x4.mul(f32x4.mul(y, y), y));
  }
}

@unmanaged
class Exp2Grad {
  @inline
  grad(y: v128, dy: v128): v128 {
    return f32x4.mul(dy, f32x4.mul(y, f32x4.splat(0.6931471805599453)));
  }
}

@unmanaged
class Expm1Grad {
  @inline
  grad(y: v128, dy: v128): v128 {
    return f32x4.mul(dy, f32x4.add(y, f32x4.splat(1)));
  }
}

@unmanaged
class Log2Grad {
  @inline
  grad(x: v128, dy: v128): v128 {
    return f32x4.div(dy, f32x4.mul(x, f32x4.splat(0.6931471805599453)));
  }
}

@unmanaged
class Log10Grad {
  @inline
  grad(x: v128, dy: v128): v128 {
    return f32x4.div(dy, f32x4.mul(x, f32x4.splat(2.302585092994046)));
  }
}

@unmanaged
class Log1pGrad {
  @inline
  grad(x: v128, dy: v128): v128 {
    return f32x4.div(dy, f32x4.add(x, f32x4.splat(1)));
  }
}

@unmanaged
class ExpGrad {
  @inline
  grad(y: v128, dy: v128): v128 {
    return f32x4.mul(dy, y);
  }
}

@unmanaged
class LogGrad {
  @inline
  grad(x: v128, dy: v128): v128 {
    return f32x4.div(dy, x);
  }
}

@unmanaged
class TanhGrad {
  @inline
  grad(y: v128, dy: v128): v128 {
    return f32x4.mul(dy, f32x4.sub(f32x4.splat(1), f32x4.mul(y, y)));
  }
}

@unmanaged
class SigmoidGrad {
  @inline
  grad(y: v128, dy: v128): v128 {
    return f32x4.mul(dy, f32x4.mul(y, f32x4.sub(f32x4.splat(1), y)));
  }
}

/** y = T(x), n elements. */
function map<T>(x: usize, y: usize, n: i32): void {
  const op = changetype<T>(0);
  // Eight a turn, loads before stores: V8 looks up the memory's size again after each store.
  while (n >= 32) {
    const a = op.f(v128.load(x));
    const b = op.f(v128.load(x, 16));
    const c = op.f(v128.load(x, 32));
    const d = op.f(v128.load(x, 48));
    const e = op.f(v128.load(x, 64));
    const f = op.f(v128.load(x, 80));
    const g = op.f(v128.load(x, 96));
    const h = op.f(v128.load(x, 112));
    v128.store(y, b, 16);
    v128.store(y, a);
    v128.store(y, d, 48);
    v128.store(y, c, 32);
    v128.store(y, f, 80);
    v128.store(y, e, 64);
    v128.store(y, h, 112);
    v128.store(y, g, 96);
    x += 128;
    y += 128;
    n -= 32;
  }
  while (n >= 4) {
    v128.store(y, op.f(v128.load(x)));
    x += 16;
    y += 16;
    n -= 4;
  }
  if (n) storePart(y, op.f(loadPart(x, n, zeros())), n);
}

/** dx = the gradient of T, from what it saved and dy; n elements. */
function mapGrad<T>(saved: usize, dy: usize, dx: usize, n: i32): void {
  const op = changetype<T>(0);
  while (n >= 8) {
    const a = op.grad(v128.load(saved), v128.load(dy));
    const b = op.grad(v128.load(saved, 16), v128.load(dy, 16));
    v128.store(dx, b, 16);
    v128.store(dx, a);
    saved += 32;
    dy += 32;
    dx += 32;
    n -= 8;
  }
  if (n >= 4) {
    v128.store(dx, op.grad(v128.load(saved), v128.load(dy)));
    saved += 16;
    dy += 16;
    dx += 16;
    n -= 4;
  }
  if (n) storePart(dx, op.grad(loadPart(saved, n, zeros()), loadPart(dy, n, zeros())), n);
}

/** y = op(x), elements begin to end. y may be x. */
export function unary(op: i32, x: usize, y: usize, begin: i32, end: i32): void {
  x = at(x, begin);
  y = at(y, begin);
  const n = end - begin;
  switch (op) {
    case UnaryOp.Neg:
      return map<Neg>(x, y, n);
    case UnaryOp.Abs:
      return map<Abs>(x, y, n);
    case UnaryOp.Exp:
      return expSpan(x, y, n);
    case UnaryOp.Log:
      return logSpan(x, y, n);
    case UnaryOp.Sqrt:
      return map<Sqrt>(x, y, n);
    case UnaryOp.Relu:
      return map<Relu>(x, y, n);
    case UnaryOp.Tanh:
      return tanhSpan(x, y, n);
    case UnaryOp.Sigmoid:
      return sigmoidSpan(x, y, n);
    case UnaryOp.Reciprocal:
      return map<Reciprocal>(x, y, n);
    case UnaryOp.Square:
      return map<Square>(x, y, n);
    case UnaryOp.Sign:
      return map<Sign>(x, y, n);
    case UnaryOp.Gelu:
      return geluSpan(x, y, n);
    case UnaryOp.GeluTanh:
      return geluTanhSpan(x, y, n);
    case UnaryOp.Silu:
      return siluSpan(x, y, n);
    case UnaryOp.Floor:
      return map<Floor>(x, y, n);
    case UnaryOp.Ceil:
      return map<Ceil>(x, y, n);
    case UnaryOp.Trunc:
      return map<Trunc>(x, y, n);
    case UnaryOp.Round:
      return map<Round>(x, y, n);
    case UnaryOp.Frac:
      return map<Frac>(x, y, n);
    case UnaryOp.Rsqrt:
      return map<Rsqrt>(x, y, n);
    case UnaryOp.Sin:
      return sinSpan(x, y, n);
    case UnaryOp.Cos:
      return cosSpan(x, y, n);
    case UnaryOp.Exp2:
      return exp2Span(x, y, n);
    case UnaryOp.Expm1:
      return expm1Span(x, y, n);
    case UnaryOp.Log2:
      return log2Span(x, y, n);
    case UnaryOp.Log10:
      return log10Span(x, y, n);
    case UnaryOp.Log1p:
      return log1pSpan(x, y, n);
    case UnaryOp.Erf:
      return erfSpan(x, y, n);
    case UnaryOp.Erfc:
      return erfcSpan(x, y, n);
    case UnaryOp.Tan:
      return tanSpan(x, y, n);
    case UnaryOp.Atan:
      return atanSpan(x, y, n);
    case UnaryOp.Asin:
      return asinSpan(x, y, n);
    case UnaryOp.Acos:
      return acosSpan(x, y, n);
    default:
      unreachable();
  }
}

/**
 * dx = dy · op′, elements begin to end. `saved` is the input x or the output y, as the op's row in
 * src/ops says; where it says neither, it is only read. dx may be dy.
 */
export function unaryGrad(
  op: i32,
  saved: usize,
  dy: usize,
  dx: usize,
  begin: i32,
  end: i32,
): void {
  saved = at(saved, begin);
  dy = at(dy, begin);
  dx = at(dx, begin);
  const n = end - begin;
  switch (op) {
    case UnaryOp.Neg:
      return mapGrad<Neg>(saved, dy, dx, n);
    case UnaryOp.Abs:
      return mapGrad<Abs>(saved, dy, dx, n);
    case UnaryOp.Exp:
      return mapGrad<ExpGrad>(saved, dy, dx, n);
    case UnaryOp.Log:
      return mapGrad<LogGrad>(saved, dy, dx, n);
    case UnaryOp.Sqrt:
      return mapGrad<Sqrt>(saved, dy, dx, n);
    case UnaryOp.Relu:
      return mapGrad<Relu>(saved, dy, dx, n);
    case UnaryOp.Tanh:
      return mapGrad<TanhGrad>(saved, dy, dx, n);
    case UnaryOp.Sigmoid:
      return mapGrad<SigmoidGrad>(saved, dy, dx, n);
    case UnaryOp.Reciprocal:
      return mapGrad<Reciprocal>(saved, dy, dx, n);
    case UnaryOp.Square:
      return mapGrad<Square>(saved, dy, dx, n);
    case UnaryOp.Sign:
    case UnaryOp.Floor:
    case UnaryOp.Ceil:
    case UnaryOp.Trunc:
    case UnaryOp.Round:
      return mapGrad<Sign>(saved, dy, dx, n);
    case UnaryOp.Gelu:
      return geluGradSpan(saved, dy, dx, n);
    case UnaryOp.GeluTanh:
      return geluTanhGradSpan(saved, dy, dx, n);
    case UnaryOp.Silu:
      return siluGradSpan(saved, dy, dx, n);
    case UnaryOp.Frac:
      return mapGrad<Frac>(saved, dy, dx, n);
    case UnaryOp.Rsqrt:
      return mapGrad<Rsqrt>(saved, dy, dx, n);
    case UnaryOp.Exp2:
      return mapGrad<Exp2Grad>(saved, dy, dx, n);
    case UnaryOp.Expm1:
      return mapGrad<Expm1Grad>(saved, dy, dx, n);
    case UnaryOp.Log2:
      return mapGrad<Log2Grad>(saved, dy, dx, n);
    case UnaryOp.Log10:
      return mapGrad<Log10Grad>(saved, dy, dx, n);
    case UnaryOp.Log1p:
      return mapGrad<Log1pGrad>(saved, dy, dx, n);
    case UnaryOp.Erf:
      return erfGradSpan(saved, dy, dx, n);
    case UnaryOp.Erfc:
      return erfcGradSpan(saved, dy, dx, n);
    default:
      unreachable();
  }
}

// Activations of straight lines and quotients, with up to two settings a and b, and their gradients.

import { at, loadUpTo, storeUpTo, zeros } from "../simd";

/** Codes of the activations; src/wasm/elementwise.ts has them by name. */
export const enum ActivationOp {
  Hardshrink = 0,
  Hardsigmoid = 1,
  Hardswish = 2,
  Hardtanh = 3,
  Softshrink = 4,
  Softsign = 5,
  Threshold = 6,
}

/** y, but 0 where x is from -a to a: with y = x the function itself, with y = dy its gradient. */
@unmanaged
class Hardshrink {
  @inline
  f(x: v128, y: v128, a: v128, _b: v128): v128 {
    return v128.andnot(y, v128.and(f32x4.ge(x, f32x4.neg(a)), f32x4.le(x, a)));
  }
}

/** x between low and high; NaN stays. */
// @ts-ignore: decorator
@inline
function between(x: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, low), high);
}

@unmanaged
class Hardsigmoid {
  @inline
  f(x: v128, _y: v128, _a: v128, _b: v128): v128 {
    const sixfold = between(f32x4.add(x, f32x4.splat(3)), zeros(), f32x4.splat(6));
    return f32x4.mul(sixfold, f32x4.splat(1.0 / 6.0));
  }
}

@unmanaged
class HardsigmoidGrad {
  @inline
  f(x: v128, dy: v128, _a: v128, _b: v128): v128 {
    return v128.and(f32x4.mul(dy, f32x4.splat(1.0 / 6.0)), f32x4.lt(f32x4.abs(x), f32x4.splat(3)));
  }
}

@unmanaged
class Hardswish {
  @inline
  f(x: v128, y: v128, a: v128, b: v128): v128 {
    return f32x4.mul(x, changetype<Hardsigmoid>(0).f(x, y, a, b));
  }
}

@unmanaged
class HardswishGrad {
  @inline
  f(x: v128, dy: v128, _a: v128, _b: v128): v128 {
    const three = f32x4.splat(3);
    const slope = f32x4.add(f32x4.mul(x, f32x4.splat(1.0 / 3.0)), f32x4.splat(0.5));
    const right = v128.bitselect(f32x4.mul(dy, slope), dy, f32x4.lt(x, three));
    return v128.andnot(right, f32x4.le(x, f32x4.neg(three)));
  }
}

@unmanaged
class Hardtanh {
  @inline
  f(x: v128, _y: v128, a: v128, b: v128): v128 {
    return between(x, a, b);
  }
}

@unmanaged
class HardtanhGrad {
  @inline
  f(x: v128, dy: v128, a: v128, b: v128): v128 {
    return v128.andnot(dy, v128.or(f32x4.le(x, a), f32x4.ge(x, b)));
  }
}

@unmanaged
class Softshrink {
  @inline
  f(x: v128, _y: v128, a: v128, _b: v128): v128 {
    const left = f32x4.lt(x, f32x4.neg(a));
    const low = v128.bitselect(f32x4.add(x, a), f32x4.mul(x, zeros()), left);
    return v128.bitselect(f32x4.sub(x, a), low, f32x4.gt(x, a));
  }
}

@unmanaged
class Softsign {
  @inline
  f(x: v128, _y: v128, _a: v128, _b: v128): v128 {
    return f32x4.div(x, f32x4.add(f32x4.splat(1), f32x4.abs(x)));
  }
}

@unmanaged
class SoftsignGrad {
  @inline
  f(x: v128, dy: v128, _a: v128, _b: v128): v128 {
    const d = f32x4.add(f32x4.splat(1), f32x4.abs(x));
    return f32x4.div(dy, f32x4.mul(d, d));
  }
}

/** b where x is at most a, else y: with y = x the function itself, with y = dy and b = 0 its gradient. */
@unmanaged
class Threshold {
  @inline
  f(x: v128, y: v128, a: v128, b: v128): v128 {
    return v128.bitselect(b, y, f32x4.le(x, a));
  }
}

/** z = T of x and y with its settings, n elements. z may be x or y. */
function map<T>(x: usize, y: usize, z: usize, a: f32, b: f32, n: i32): void {
  const op = changetype<T>(0);
  const u = f32x4.splat(a), v = f32x4.splat(b);
  for (; n >= 8; n -= 8, x += 32, y += 32, z += 32) {
    const p = op.f(v128.load(x), v128.load(y), u, v);
    const q = op.f(v128.load(x, 16), v128.load(y, 16), u, v);
    v128.store(z, q, 16);
    v128.store(z, p);
  }
  for (; n > 0; n -= 4, x += 16, y += 16, z += 16) {
    const m = min(n, 4);
    storeUpTo(z, op.f(loadUpTo(x, m), loadUpTo(y, m), u, v), m);
  }
}

/** y = op(x) with its settings, elements begin to end. y may be x. */
export function activation(
  op: i32,
  x: usize,
  y: usize,
  a: f32,
  b: f32,
  begin: i32,
  end: i32,
): void {
  x = at(x, begin);
  y = at(y, begin);
  const n = end - begin;
  switch (op) {
    case ActivationOp.Hardshrink:
      return map<Hardshrink>(x, x, y, a, b, n);
    case ActivationOp.Hardsigmoid:
      return map<Hardsigmoid>(x, x, y, a, b, n);
    case ActivationOp.Hardswish:
      return map<Hardswish>(x, x, y, a, b, n);
    case ActivationOp.Hardtanh:
      return map<Hardtanh>(x, x, y, a, b, n);
    case ActivationOp.Softshrink:
      return map<Softshrink>(x, x, y, a, b, n);
    case ActivationOp.Softsign:
      return map<Softsign>(x, x, y, a, b, n);
    case ActivationOp.Threshold:
      return map<Threshold>(x, x, y, a, b, n);
    default:
      unreachable();
  }
}

/** dx = dy · op′, elements begin to end. dx may be x or dy. */
export function activationGrad(
  op: i32,
  x: usize,
  dy: usize,
  dx: usize,
  a: f32,
  b: f32,
  begin: i32,
  end: i32,
): void {
  x = at(x, begin);
  dy = at(dy, begin);
  dx = at(dx, begin);
  const n = end - begin;
  switch (op) {
    case ActivationOp.Hardshrink:
    case ActivationOp.Softshrink:
      return map<Hardshrink>(x, dy, dx, a, b, n);
    case ActivationOp.Hardsigmoid:
      return map<HardsigmoidGrad>(x, dy, dx, a, b, n);
    case ActivationOp.Hardswish:
      return map<HardswishGrad>(x, dy, dx, a, b, n);
    case ActivationOp.Hardtanh:
      return map<HardtanhGrad>(x, dy, dx, a, b, n);
    case ActivationOp.Softsign:
      return map<SoftsignGrad>(x, dy, dx, a, b, n);
    case ActivationOp.Threshold:
      return map<Threshold>(x, dy, dx, a, 0, n);
    default:
      unreachable();
  }
}

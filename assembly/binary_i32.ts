// Elementwise kernels of two int32 inputs of the same shape.

import { map } from "./binary";
import { BinaryOp } from "./ops";
import { at } from "./simd";

@unmanaged
class AddI32 {
  @inline
  f(a: v128, b: v128): v128 {
    return i32x4.add(a, b);
  }
}

@unmanaged
class SubI32 {
  @inline
  f(a: v128, b: v128): v128 {
    return i32x4.sub(a, b);
  }
}

@unmanaged
class MulI32 {
  @inline
  f(a: v128, b: v128): v128 {
    return i32x4.mul(a, b);
  }
}

@unmanaged
class MaximumI32 {
  @inline
  f(a: v128, b: v128): v128 {
    return i32x4.max_s(a, b);
  }
}

@unmanaged
class MinimumI32 {
  @inline
  f(a: v128, b: v128): v128 {
    return i32x4.min_s(a, b);
  }
}

/** c = op(a, b) on int32, wrapping: add, sub, mul, maximum, minimum. c may be a or b. */
export function binaryI32(op: i32, a: usize, b: usize, c: usize, begin: i32, end: i32): void {
  a = at(a, begin);
  b = at(b, begin);
  c = at(c, begin);
  const n = end - begin;
  switch (op) {
    case BinaryOp.Add:
      return map<AddI32>(a, b, c, n);
    case BinaryOp.Sub:
      return map<SubI32>(a, b, c, n);
    case BinaryOp.Mul:
      return map<MulI32>(a, b, c, n);
    case BinaryOp.Maximum:
      return map<MaximumI32>(a, b, c, n);
    case BinaryOp.Minimum:
      return map<MinimumI32>(a, b, c, n);
    default:
      unreachable();
  }
}

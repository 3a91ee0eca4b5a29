// Elementwise kernels of two int32 inputs of the same shape.

import { map } from "./binary";
import { BinaryOp } from "../ops";
import { at } from "../simd";

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
class PowI32 {
  @inline
  f(a: v128, b: v128): v128 {
    let r = i32x4.splat(power(i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0)));
    r = i32x4.replace_lane(r, 1, power(i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1)));
    r = i32x4.replace_lane(r, 2, power(i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2)));
    return i32x4.replace_lane(r, 3, power(i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3)));
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
      return map<AddI32>(a, b, c, n);
    case BinaryOp.Sub:
      return map<SubI32>(a, b, c, n);
    case BinaryOp.Mul:
      return map<MulI32>(a, b, c, n);
    case BinaryOp.Maximum:
      return map<MaximumI32>(a, b, c, n);
    case BinaryOp.Minimum:
      return map<MinimumI32>(a, b, c, n);
    case BinaryOp.Pow:
      return map<PowI32>(a, b, c, n);
    default:
      unreachable();
  }
}

// Bits of two arrays, whatever their elements are.

/** Codes of the operations. */
export const enum BitsOp {
  And = 0,
  Or = 1,
  Xor = 2,
  /** Of bools: 1 for 0, and 0 for 1. */
  Not = 3,
}

// @ts-ignore: decorator
@inline
function join(op: i32, a: v128, b: v128): v128 {
  if (op == BitsOp.And) return v128.and(a, b);
  if (op == BitsOp.Or) return v128.or(a, b);
  return v128.xor(a, op == BitsOp.Xor ? b : i8x16.splat(1));
}

/** c = a op b, bytes begin to end, or of `Not` a alone. c may be a or b. */
export function bits(op: i32, a: usize, b: usize, c: usize, begin: i32, end: i32): void {
  let i = <usize>begin;
  const last = <usize>end;
  for (; i + 32 <= last; i += 32) {
    const u = join(op, v128.load(a + i), v128.load(b + i));
    const v = join(op, v128.load(a + i, 16), v128.load(b + i, 16));
    v128.store(c + i, u);
    v128.store(c + i, v, 16);
  }
  for (; i < last; i++) {
    const u = i8x16.splat(load<i8>(a + i)), v = i8x16.splat(load<i8>(b + i));
    store<i8>(c + i, <i8>i8x16.extract_lane_s(join(op, u, v), 0));
  }
}

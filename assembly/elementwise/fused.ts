// Functions of elements that are made of several steps, in one walk: a block of elements goes through
// all steps while it stays in the first cache. What the steps are comes as a table, so that a function
// costs no code of its own.

import { unary } from "./unary";
import { at, fma, swapHalves } from "../simd";

/** Codes of the steps of two and three operands; below them are those of `UnaryOp`. */
export const enum FusedOp {
  Add = 64,
  Sub = 65,
  Mul = 66,
  Div = 67,
  /** a < b ? b : a; NaN in either gives a. */
  Max = 68,
  /** b < a ? b : a; NaN in either gives a. */
  Min = 69,
  /** All bits of a lane where it holds, else none. */
  Lt = 70,
  Le = 71,
  Eq = 72,
  And = 73,
  /** a and not b. */
  AndNot = 74,
  Or = 75,
  Xor = 76,
  /** a b + c. */
  Fma = 77,
  /** a's bits ? b : c. */
  Select = 78,
  /** What trunc(a / b) times b leaves of a, exactly. */
  Rem = 79,
  /** a + c (b - a), from the nearer end. */
  Lerp = 84,
  /** Of int32: a - b, the larger, a < b as `Lt`, and a 2^b, rounded down, for one b from -31 to 31. */
  SubI = 80,
  MaxI = 81,
  LtI = 82,
  ShiftI = 83,
  MulI = 85,
  /** a / b, its fraction cut off; any number where b is 0. */
  QuotientI = 86,
}

/** Elements of a block. */
// @ts-ignore: decorator
@inline
const BLOCK = 1024;

/** Where things are in the scratch space: addresses, the settings a and b, the last few elements. */
const enum At {
  A = 64,
  B = 128,
  Rest = 192,
}

@unmanaged
class Add {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

@unmanaged
class Sub {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }
}

@unmanaged
class Mul {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}

@unmanaged
class Div {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}

@unmanaged
class Max {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.pmax(a, b);
  }
}

@unmanaged
class Min {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.pmin(a, b);
  }
}

@unmanaged
class Lt {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.lt(a, b);
  }
}

@unmanaged
class Le {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.le(a, b);
  }
}

@unmanaged
class Eq {
  @inline
  f(a: v128, b: v128): v128 {
    return f32x4.eq(a, b);
  }
}

@unmanaged
class And {
  @inline
  f(a: v128, b: v128): v128 {
    return v128.and(a, b);
  }
}

@unmanaged
class AndNot {
  @inline
  f(a: v128, b: v128): v128 {
    return v128.andnot(a, b);
  }
}

@unmanaged
class Or {
  @inline
  f(a: v128, b: v128): v128 {
    return v128.or(a, b);
  }
}

@unmanaged
class Xor {
  @inline
  f(a: v128, b: v128): v128 {
    return v128.xor(a, b);
  }
}

@unmanaged
class Fma {
  @inline
  f(a: v128, b: v128, c: v128): v128 {
    return fma(a, b, c);
  }
}

@unmanaged
class Select {
  @inline
  f(a: v128, b: v128, c: v128): v128 {
    return v128.bitselect(b, c, a);
  }
}

@unmanaged
class Lerp {
  @inline
  f(a: v128, b: v128, c: v128): v128 {
    const isNear = f32x4.lt(f32x4.abs(c), f32x4.splat(0.5));
    const share = f32x4.sub(c, v128.andnot(f32x4.splat(1), isNear));
    return f32x4.add(v128.bitselect(a, b, isNear), f32x4.mul(f32x4.sub(b, a), share));
  }
}

@unmanaged
class SubI {
  @inline
  f(a: v128, b: v128): v128 {
    return i32x4.sub(a, b);
  }
}

@unmanaged
class MaxI {
  @inline
  f(a: v128, b: v128): v128 {
    return i32x4.max_s(a, b);
  }
}

@unmanaged
class LtI {
  @inline
  f(a: v128, b: v128): v128 {
    return i32x4.lt_s(a, b);
  }
}

@unmanaged
class MulI {
  @inline
  f(a: v128, b: v128): v128 {
    return i32x4.mul(a, b);
  }
}

/** a / b of the two low lanes as their integers, modulo 2^32, in lanes 0 and 2: exact in float64. */
// @ts-ignore: decorator
@inline
function quotient(a: v128, b: v128): v128 {
  const q = f64x2.trunc(f64x2.div(f64x2.convert_low_i32x4_s(a), f64x2.convert_low_i32x4_s(b)));
  return f64x2.add(q, f64x2.splat(6755399441055744.0)); // 1.5 * 2^52
}

@unmanaged
class QuotientI {
  @inline
  f(a: v128, b: v128): v128 {
    const low = quotient(a, b), high = quotient(swapHalves(a), swapHalves(b));
    return v128.shuffle<i32>(low, high, 0, 2, 4, 6);
  }
}

/** y = a 2^b, n elements of int32. */
function shift(a: usize, b: i32, y: usize, n: i32): void {
  for (; n > 0; n -= 8, a += 32, y += 32) {
    const p = v128.load(a), q = v128.load(a, 16);
    v128.store(y, b < 0 ? i32x4.shr_s(q, -b) : i32x4.shl(q, b), 16);
    v128.store(y, b < 0 ? i32x4.shr_s(p, -b) : i32x4.shl(p, b));
  }
}

/** a - b trunc(a / b) of two low lanes, as two low lanes; its quotients are exact as far as 2^29. */
// @ts-ignore: decorator
@inline
function rest(a: v128, b: v128): v128 {
  const x = f64x2.promote_low_f32x4(a), y = f64x2.promote_low_f32x4(b);
  const r = f64x2.sub(x, f64x2.mul(f64x2.trunc(f64x2.div(x, y)), y));
  // A quotient that was rounded up to a whole number is 1 too large: the rest has the wrong sign.
  const isOver = f64x2.lt(f64x2.mul(r, x), f64x2.splat(0));
  return f32x4.demote_f64x2_zero(f64x2.add(r, v128.and(f64x2.abs(y), isOver)));
}

@unmanaged
class Rem {
  @inline
  f(a: v128, b: v128): v128 {
    const r = v128.shuffle<i64>(rest(a, b), rest(swapHalves(a), swapHalves(b)), 0, 2);
    return v128.or(f32x4.abs(r), v128.and(a, i32x4.splat(0x80000000)));
  }
}

/** y = Rem, n elements: one by one where a quotient is beyond 2^28 or NaN, or b infinite. */
function remainders(a: usize, da: usize, b: usize, db: usize, y: usize, n: i32): void {
  const most = f32x4.splat(268435456.0), infinite = f32x4.splat(Infinity);
  for (; n > 0; n -= 4, y += 16) {
    const u = v128.load(a), v = v128.load(b);
    const isNear = f32x4.lt(f32x4.abs(f32x4.div(u, v)), most);
    if (v128.all_true<i32>(v128.and(isNear, f32x4.lt(f32x4.abs(v), infinite)))) {
      v128.store(y, changetype<Rem>(0).f(u, v));
    } else {
      for (let i: usize = 0; i < 16; i += 4) store<f32>(y + i, load<f32>(a + i) % load<f32>(b + i));
    }
    a += da;
    b += db;
  }
}

/** y = T(a, b), n elements, a multiple of 16. An operand's step is 64, or 0 of one number 16 times. */
function two<T>(a: usize, da: usize, b: usize, db: usize, y: usize, n: i32): void {
  const op = changetype<T>(0);
  for (; n > 0; n -= 16, a += da, b += db, y += 64) {
    const p = op.f(v128.load(a), v128.load(b));
    const q = op.f(v128.load(a, 16), v128.load(b, 16));
    const r = op.f(v128.load(a, 32), v128.load(b, 32));
    const s = op.f(v128.load(a, 48), v128.load(b, 48));
    v128.store(y, q, 16);
    v128.store(y, p);
    v128.store(y, s, 48);
    v128.store(y, r, 32);
  }
}

/** y = T(a, b, c), likewise. */
function three<T>(
  a: usize,
  da: usize,
  b: usize,
  db: usize,
  c: usize,
  dc: usize,
  y: usize,
  n: i32,
): void {
  const op = changetype<T>(0);
  for (; n > 0; n -= 16, a += da, b += db, c += dc, y += 64) {
    const p = op.f(v128.load(a), v128.load(b), v128.load(c));
    const q = op.f(v128.load(a, 16), v128.load(b, 16), v128.load(c, 16));
    const r = op.f(v128.load(a, 32), v128.load(b, 32), v128.load(c, 32));
    const s = op.f(v128.load(a, 48), v128.load(b, 48), v128.load(c, 48));
    v128.store(y, q, 16);
    v128.store(y, p);
    v128.store(y, s, 48);
    v128.store(y, r, 32);
  }
}

/**
 * The address of an operand: bytes from one place to it, times four, and what the place is: 0 scratch
 * space, 1 the table, 2 what the scratch space says, 3 scratch space. Of odd ones there is one number.
 */
// @ts-ignore: decorator
@inline
function place(operand: i32, table: usize, scratch: usize): usize {
  const kind = operand & 3;
  const bytes = <usize>(operand >> 2);
  return kind == 1 ? table + bytes : kind == 2 ? load<usize>(scratch + bytes) : scratch + bytes;
}

// @ts-ignore: decorator
@inline
function step(operand: i32): usize {
  return operand & 1 ? 0 : 64;
}

/** All steps of the table on n elements, a multiple of 16. */
function run(table: usize, steps: i32, scratch: usize, n: i32): void {
  const last = table + <usize>(20 * steps);
  for (let p = table; p < last; p += 20) {
    const op = load<i32>(p);
    const o0 = load<i32>(p, 8), o1 = load<i32>(p, 12), o2 = load<i32>(p, 16);
    const y = place(load<i32>(p, 4), table, scratch);
    const a = place(o0, table, scratch), da = step(o0);
    if (op < FusedOp.Add) {
      unary(op, a, y, 0, n);
      continue;
    }
    const b = place(o1, table, scratch), db = step(o1);
    const c = place(o2, table, scratch), dc = step(o2);
    switch (op) {
      case FusedOp.Add:
        two<Add>(a, da, b, db, y, n);
        break;
      case FusedOp.Sub:
        two<Sub>(a, da, b, db, y, n);
        break;
      case FusedOp.Mul:
        two<Mul>(a, da, b, db, y, n);
        break;
      case FusedOp.Div:
        two<Div>(a, da, b, db, y, n);
        break;
      case FusedOp.Max:
        two<Max>(a, da, b, db, y, n);
        break;
      case FusedOp.Min:
        two<Min>(a, da, b, db, y, n);
        break;
      case FusedOp.Lt:
        two<Lt>(a, da, b, db, y, n);
        break;
      case FusedOp.Le:
        two<Le>(a, da, b, db, y, n);
        break;
      case FusedOp.Eq:
        two<Eq>(a, da, b, db, y, n);
        break;
      case FusedOp.And:
        two<And>(a, da, b, db, y, n);
        break;
      case FusedOp.AndNot:
        two<AndNot>(a, da, b, db, y, n);
        break;
      case FusedOp.Or:
        two<Or>(a, da, b, db, y, n);
        break;
      case FusedOp.Xor:
        two<Xor>(a, da, b, db, y, n);
        break;
      case FusedOp.Fma:
        three<Fma>(a, da, b, db, c, dc, y, n);
        break;
      case FusedOp.Select:
        three<Select>(a, da, b, db, c, dc, y, n);
        break;
      case FusedOp.Lerp:
        three<Lerp>(a, da, b, db, c, dc, y, n);
        break;
      case FusedOp.Rem:
        remainders(a, da >> 2, b, db >> 2, y, n);
        break;
      case FusedOp.SubI:
        two<SubI>(a, da, b, db, y, n);
        break;
      case FusedOp.MaxI:
        two<MaxI>(a, da, b, db, y, n);
        break;
      case FusedOp.LtI:
        two<LtI>(a, da, b, db, y, n);
        break;
      case FusedOp.MulI:
        two<MulI>(a, da, b, db, y, n);
        break;
      case FusedOp.QuotientI:
        two<QuotientI>(a, da, b, db, y, n);
        break;
      case FusedOp.ShiftI:
        shift(a, <i32>load<f32>(b), y, n);
        break;
      default:
        unreachable();
    }
  }
}

/** Says where an array is for the steps: its elements from i on, or a copy of the n that are left. */
// @ts-ignore: decorator
@inline
function point(scratch: usize, array: i32, p: usize, i: i32, n: i32): void {
  let from = at(p, i);
  if (n < 16) {
    const copy = scratch + At.Rest + 64 * array;
    for (let j: usize = 0; j < <usize>n << 2; j += 4) store<i32>(copy + j, load<i32>(from + j));
    from = copy;
  }
  store<usize>(scratch + 4 * array, from);
}

function splat(p: usize, value: f32): void {
  const v = f32x4.splat(value);
  v128.store(p, v, 16);
  v128.store(p, v);
  v128.store(p, v, 48);
  v128.store(p, v, 32);
}

/**
 * out = a function of the elements of up to three arrays and of two settings; elements begin to end, in
 * rows of `inner`, which are xr, yr, zr and outr elements from one to the next. `table` holds its steps, each a code and where its result and its operands are, and then numbers, each
 * 16 times: src/wasm/fused.ts makes it. Arrays that it does not use are 0. out may be x, y or z.
 */
export function fused(
  table: usize,
  steps: i32,
  x: usize,
  y: usize,
  z: usize,
  out: usize,
  inner: i32,
  xr: i32,
  yr: i32,
  zr: i32,
  outr: i32,
  a: f32,
  b: f32,
  scratch: usize,
  begin: i32,
  end: i32,
): void {
  splat(scratch + At.A, a);
  splat(scratch + At.B, b);
  for (let i = begin; i < end;) {
    const row = i / inner, j = i - row * inner, left = min(end - i, inner - j);
    const n = left < 16 ? left : min(left & ~15, BLOCK), to = at(out, row * outr + j);
    if (x) point(scratch, 1, x, row * xr + j, n);
    if (y) point(scratch, 2, y, row * yr + j, n);
    if (z) point(scratch, 3, z, row * zr + j, n);
    store<usize>(scratch, n < 16 ? scratch + At.Rest : to);
    run(table, steps, scratch, (n + 15) & ~15);
    if (n < 16) {
      for (let j: usize = 0; j < <usize>n << 2; j += 4) {
        store<i32>(to + j, load<i32>(scratch + At.Rest + j));
      }
    }
    i += n;
  }
}

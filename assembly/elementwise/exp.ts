// exp, and what is made of it: tanh and sigmoid.
//
//   x = n ln 2 + r, n an integer, |r| <= ln 2 / 2
//   exp(x) = 2^n (1 + m),  m = exp(r) - 1 = r + r² Q(r)
//
// Q is the minimax fit of degree 4 in relative error; its own error, 3e-9, is a fortieth of a unit
// in the last place, so what remains is rounding: exp is right to 1 unit over the whole range,
// denormal results included, tanh and sigmoid to 2.5.

import { curve, Everywhere } from "./curve";
import { fma, hoisted, loadPart, storePart, sumLanes, zeros } from "../simd";
import { WIDE } from "../target";

// @ts-ignore: decorator
@inline
const LOG2E: f32 = 1.4426950408889634;
/** 1.5 * 2^23: adding it rounds to an integer, which then stands in the low bits. */
// @ts-ignore: decorator
@inline
const ROUND: f32 = 12582912.0;
// @ts-ignore: decorator
@inline
const LN2: f32 = 0.6931471805599453;
/** -ln 2 in two parts. The first has 9 bits, so n times it is exact. */
// @ts-ignore: decorator
@inline
const LN2_HI: f32 = -0.693359375;
// @ts-ignore: decorator
@inline
const LN2_LO: f32 = 0.00021219444170128554;
// @ts-ignore: decorator
@inline
const Q0: f32 = 0.4999999403953552;
// @ts-ignore: decorator
@inline
const Q1: f32 = 0.1666651964187622;
// @ts-ignore: decorator
@inline
const Q2: f32 = 0.04166839271783829;
// @ts-ignore: decorator
@inline
const Q3: f32 = 0.008368780836462975;
// @ts-ignore: decorator
@inline
const Q4: f32 = 0.0013814467238262296;

/** 2^n; n stands in the low bits, and what ROUND has above them is shifted out. */
// @ts-ignore: decorator
@inline
function powerOf(n: v128, one: v128): v128 {
  return i32x4.add(i32x4.shl(n, 23), one);
}

/** What stands above ROUND's integers where `lower` takes them, even, so that ties go where they did. */
// @ts-ignore: decorator
@inline
const RAISED: f32 = 152;
/** 2^-25. */
// @ts-ignore: decorator
@inline
const LOWERED: f32 = 2.9802322387695312e-08;

/** 2^n (1 + m) of n <= 0 by a power 2^25 times as large, so that the result may be denormal. */
// @ts-ignore: decorator
@inline
function lower(n: v128, m: v128, lowered: v128): v128 {
  const power = i32x4.shl(n, 23);
  return f32x4.mul(fma(power, m, power), lowered);
}

/** 2^n (1 + m) in two steps, so that neither factor leaves the range where the result does not. */
// @ts-ignore: decorator
@inline
function scale(n: v128, m: v128, one: v128): v128 {
  const half = i32x4.shr_s(n, 1); // half of ROUND, too: its low bits are none
  const first = powerOf(half, one), second = powerOf(i32x4.sub(n, half), one);
  return f32x4.mul(f32x4.mul(f32x4.add(one, m), first), second);
}

// Below the first bound the result is 0, above the second infinite.
// @ts-ignore: decorator
@inline
const EXP_LO: f32 = -104.0;
// @ts-ignore: decorator
@inline
const EXP_HI: f32 = 89.0;
/** exp of it is the smallest normal number, 2^-126. */
// @ts-ignore: decorator
@inline
const NORMAL_LO: f32 = -87.33654;

/** What else there is to a function. */
const enum Kind {
  Any,
  /** No argument is above `hi`. */
  Bounded,
  /** None is either, and the results are added. */
  Sum,
  /** A power of 2, where `ln2Hi` is all of ln 2. */
  OfTwo,
  /** Whatever the argument is, it is not cut off. */
  Uncut,
}

/** exp(x). */
@unmanaged
class Exp {
  @inline
  kind(): Kind {
    return Kind.Any;
  }
  @inline
  lo(): f32 {
    return EXP_LO;
  }
  @inline
  hi(): f32 {
    return EXP_HI;
  }
  @inline
  bias(): f32 {
    return 0;
  }
  @inline
  argument(x: v128, _shift: v128): v128 {
    return x;
  }
  @inline
  result(_x: v128, n: v128, m: v128, one: v128, _shift: v128, _lo: v128, _hi: v128): v128 {
    return scale(n, m, one);
  }
}

/** exp(x) that is neither infinite nor denormal: 2^n is added to the exponent. */
@unmanaged
class NearExp {
  @inline
  kind(): Kind {
    return Kind.Uncut;
  }
  @inline
  lo(): f32 {
    return 0;
  }
  @inline
  hi(): f32 {
    return 0;
  }
  @inline
  bias(): f32 {
    return 0;
  }
  @inline
  argument(x: v128, _shift: v128): v128 {
    return x;
  }
  @inline
  result(_x: v128, n: v128, m: v128, one: v128, _shift: v128, _lo: v128, _hi: v128): v128 {
    return i32x4.add(f32x4.add(one, m), i32x4.shl(n, 23));
  }
}

/** exp of any four lanes, by themselves. */
function exp4(x: v128): v128 {
  return step<Exp>(
    x,
    x,
    f32x4.splat(EXP_LO),
    f32x4.splat(EXP_HI),
    f32x4.splat(LOG2E),
    f32x4.splat(ROUND),
    f32x4.splat(LN2_HI),
    f32x4.splat(LN2_LO),
    f32x4.splat(Q0),
    f32x4.splat(Q1),
    f32x4.splat(Q2),
    f32x4.splat(Q3),
    f32x4.splat(Q4),
    f32x4.splat(1),
  );
}

/**
 * exp(x - shift), and the sum of it, where no x is above the shift. So nothing can be infinite, and
 * results below the smallest normal number are 0: that spares scaling in two steps.
 */
@unmanaged
class ExpSum {
  @inline
  kind(): Kind {
    return Kind.Sum;
  }
  @inline
  lo(): f32 {
    return NORMAL_LO;
  }
  @inline
  hi(): f32 {
    return EXP_HI;
  }
  @inline
  bias(): f32 {
    return 0;
  }
  @inline
  argument(x: v128, shift: v128): v128 {
    return f32x4.sub(x, shift);
  }
  @inline
  result(x: v128, n: v128, m: v128, one: v128, shift: v128, lo: v128, _hi: v128): v128 {
    const power = powerOf(n, one);
    // not "where it is at least lo": NaN has to stay
    return v128.andnot(fma(power, m, power), f32x4.lt(f32x4.sub(x, shift), lo));
  }
}

/** 1 / (1 + exp(-x)) as (x >= 0 ? 1 : e) / (1 + e), e = exp(-|x|) <= 1: accurate at both ends. */
@unmanaged
class Sigmoid {
  @inline
  kind(): Kind {
    return Kind.Bounded;
  }
  @inline
  lo(): f32 {
    return EXP_LO;
  }
  @inline
  hi(): f32 {
    return LOWERED;
  }
  @inline
  bias(): f32 {
    return RAISED;
  }
  @inline
  argument(x: v128, sign: v128): v128 {
    return v128.or(x, sign);
  }
  @inline
  result(x: v128, n: v128, m: v128, one: v128, _shift: v128, _lo: v128, lowered: v128): v128 {
    const e = lower(n, m, lowered);
    return f32x4.div(v128.bitselect(one, e, f32x4.ge(x, zeros())), f32x4.add(one, e));
  }
}

/** tanh |x| = -e / (e + 2) with e = exp(-2 |x|) - 1, which is accurate down to the smallest x. */
@unmanaged
class Tanh {
  @inline
  kind(): Kind {
    return Kind.Bounded;
  }
  @inline
  lo(): f32 {
    return -20.0; // tanh 10 is 1
  }
  @inline
  hi(): f32 {
    return 2.0; // which the result takes
  }
  @inline
  bias(): f32 {
    return 0;
  }
  @inline
  argument(x: v128, sign: v128): v128 {
    const a = v128.or(x, sign);
    return f32x4.add(a, a);
  }
  @inline
  result(x: v128, n: v128, m: v128, one: v128, sign: v128, _lo: v128, two: v128): v128 {
    const power = powerOf(n, one);
    const e = fma(power, m, f32x4.sub(power, one));
    const t = f32x4.div(e, f32x4.add(e, two));
    return v128.bitselect(x, t, sign); // the sign of x
  }
}

/** 2^x: r is what x is more than a whole number, times ln 2. */
@unmanaged
class Exp2 {
  @inline
  kind(): Kind {
    return Kind.OfTwo;
  }
  @inline
  lo(): f32 {
    return -151.0;
  }
  @inline
  hi(): f32 {
    return 129.0;
  }
  @inline
  bias(): f32 {
    return 0;
  }
  @inline
  argument(x: v128, _shift: v128): v128 {
    return x;
  }
  @inline
  result(_x: v128, n: v128, m: v128, one: v128, _shift: v128, _lo: v128, _hi: v128): v128 {
    return scale(n, m, one);
  }
}

/** exp(x) - 1 from a fourth of it, which is finite where n is 129. */
@unmanaged
class Expm1 {
  @inline
  kind(): Kind {
    return Kind.Any;
  }
  @inline
  lo(): f32 {
    return -20.0; // where it is -1
  }
  @inline
  hi(): f32 {
    return EXP_HI;
  }
  @inline
  bias(): f32 {
    return 0;
  }
  @inline
  argument(x: v128, _shift: v128): v128 {
    return x;
  }
  @inline
  result(x: v128, n: v128, m: v128, one: v128, sign: v128, _lo: v128, _hi: v128): v128 {
    const power = powerOf(i32x4.sub(n, i32x4.splat(2)), one);
    const fourth = fma(power, m, f32x4.sub(power, f32x4.splat(0.25)));
    const y = f32x4.mul(fourth, f32x4.splat(4));
    return v128.bitselect(x, y, sign); // the sign of x
  }
}

/** One vector of T: everything but x is the same for all vectors, so it comes hoisted. */
// @ts-ignore: decorator
@inline
function step<T>(
  x: v128,
  shift: v128,
  lo: v128,
  hi: v128,
  log2e: v128,
  round: v128,
  ln2Hi: v128,
  ln2Lo: v128,
  q0: v128,
  q1: v128,
  q2: v128,
  q3: v128,
  q4: v128,
  one: v128,
): v128 {
  const op = changetype<T>(0);
  let a = op.argument(x, shift);
  if (op.kind() == Kind.Any || op.kind() == Kind.OfTwo) a = f32x4.pmin(a, hi);
  if (op.kind() != Kind.Uncut) a = f32x4.pmax(a, lo); // in this order NaN stays NaN
  let t: v128, r: v128;
  if (op.kind() == Kind.OfTwo) {
    t = f32x4.add(a, round);
    r = f32x4.mul(f32x4.sub(a, f32x4.sub(t, round)), ln2Hi);
  } else {
    t = fma(a, log2e, round);
    const n = f32x4.sub(t, round);
    r = fma(n, ln2Lo, fma(n, ln2Hi, a));
  }
  const rr = f32x4.mul(r, r);
  let q = fma(q4, r, q3);
  // A shorter chain of additions, where trainings of the past do not depend on the last bit.
  if (op.kind() == Kind.OfTwo || op.bias() == RAISED) q = fma(q, rr, fma(q2, r, q1));
  else q = fma(fma(q, r, q2), r, q1);
  q = fma(q, r, q0);
  return op.result(x, t, fma(rr, q, r), one, shift, lo, hi);
}

/** T's numbers in the order in which `step` takes them, but the first. */
// @ts-ignore: decorator
@inline
function number<T>(i: i32): f32 {
  const op = changetype<T>(0);
  if (i == 1) return op.lo();
  if (i == 2) return op.hi();
  if (i == 3) return LOG2E;
  if (i == 4) return ROUND + op.bias();
  if (i == 5) return op.kind() == Kind.OfTwo ? LN2 : LN2_HI;
  if (i == 6) return LN2_LO;
  if (i == 7) return Q0;
  if (i == 8) return Q1;
  if (i == 9) return Q2;
  if (i == 10) return Q3;
  if (i == 11) return Q4;
  return 1.0;
}

/** T as a curve. */
@unmanaged
class Whole<T> extends Everywhere {
  @inline
  k(i: i32): f32 {
    return i == 0 ? -0.0 : number<T>(i);
  }
  @inline
  f(
    x: v128,
    sign: v128,
    lo: v128,
    hi: v128,
    log2e: v128,
    round: v128,
    ln2Hi: v128,
    ln2Lo: v128,
    q0: v128,
    q1: v128,
    q2: v128,
    q3: v128,
    q4: v128,
    one: v128,
    _k13: v128,
  ): v128 {
    return step<T>(x, sign, lo, hi, log2e, round, ln2Hi, ln2Lo, q0, q1, q2, q3, q4, one);
  }
}

/** exp as a curve: where |x| is above 87, or NaN, in full. */
@unmanaged
class ExpCurve {
  @inline
  isRanked(): bool {
    return true;
  }
  @inline
  by(): f32 {
    return reinterpret<f32>(0x7fffffff);
  }
  @inline
  most(): i32 {
    return reinterpret<i32>(<f32>87);
  }
  @inline
  rank(x: v128, by: v128, _k2: v128): v128 {
    return v128.and(x, by);
  }
  @inline
  far(x: v128, _y: v128): v128 {
    return exp4(x);
  }
  @inline
  k(i: i32): f32 {
    return number<NearExp>(i);
  }
  @inline
  f(
    x: v128,
    k0: v128,
    k1: v128,
    k2: v128,
    log2e: v128,
    round: v128,
    ln2Hi: v128,
    ln2Lo: v128,
    q0: v128,
    q1: v128,
    q2: v128,
    q3: v128,
    q4: v128,
    one: v128,
    _k13: v128,
  ): v128 {
    return step<NearExp>(x, k0, k1, k2, log2e, round, ln2Hi, ln2Lo, q0, q1, q2, q3, q4, one);
  }
}

/** y = exp(x), n elements. */
export function expSpan(x: usize, y: usize, n: i32): void {
  curve<ExpCurve>(x, y, n);
}

/** y = 1 / (1 + exp(-x)), n elements. */
export function sigmoidSpan(x: usize, y: usize, n: i32): void {
  curve<Whole<Sigmoid>>(x, y, n);
}

/** y = tanh(x), n elements. */
export function tanhSpan(x: usize, y: usize, n: i32): void {
  curve<Whole<Tanh>>(x, y, n);
}

/** y = 2^x, n elements. */
export function exp2Span(x: usize, y: usize, n: i32): void {
  curve<Whole<Exp2>>(x, y, n);
}

/** y = exp(x) - 1, n elements. */
export function expm1Span(x: usize, y: usize, n: i32): void {
  curve<Whole<Expm1>>(x, y, n);
}

/**
 * y = exp(x - shift), n elements, unless y is 0; returns the sum, made in blocks of 256 that are added in
 * float64.
 */
export function expSumSpan(x: usize, y: usize, n: i32, shift: f32): f32 {
  const zero = n >> 31;
  const s = hoisted(shift, zero);
  const lo = hoisted(number<ExpSum>(1), zero), hi = hoisted(number<ExpSum>(2), zero);
  const log2e = hoisted(number<ExpSum>(3), zero), round = hoisted(number<ExpSum>(4), zero);
  const ln2Hi = hoisted(number<ExpSum>(5), zero), ln2Lo = hoisted(number<ExpSum>(6), zero);
  const q0 = hoisted(number<ExpSum>(7), zero), q1 = hoisted(number<ExpSum>(8), zero);
  const q2 = hoisted(number<ExpSum>(9), zero), q3 = hoisted(number<ExpSum>(10), zero);
  const q4 = hoisted(number<ExpSum>(11), zero), one = hoisted(number<ExpSum>(12), zero);
  let total: f64 = 0;
  while (n >= 4) {
    let sum = zeros();
    let left = min(n >> 2, 64);
    n -= left << 2;
    if (WIDE && y != 0) {
      for (; left >= 2; left -= 2, x += 32, y += 32) {
        const u0 = v128.load(x), u1 = v128.load(x, 16);
        const v0 = step<ExpSum>(u0, s, lo, hi, log2e, round, ln2Hi, ln2Lo, q0, q1, q2, q3, q4, one);
        const v1 = step<ExpSum>(u1, s, lo, hi, log2e, round, ln2Hi, ln2Lo, q0, q1, q2, q3, q4, one);
        v128.store(y, v1, 16);
        v128.store(y, v0);
        sum = f32x4.add(f32x4.add(sum, v0), v1);
      }
    }
    for (; left > 0; left--) {
      const u = v128.load(x);
      const v = step<ExpSum>(u, s, lo, hi, log2e, round, ln2Hi, ln2Lo, q0, q1, q2, q3, q4, one);
      if (y != 0) {
        v128.store(y, v);
        y += 16;
      }
      sum = f32x4.add(sum, v);
      x += 16;
    }
    total += sumLanes(sum);
  }
  if (n) {
    const part = loadPart(x, n, f32x4.splat(-Infinity)); // exp of the lanes that are not there: 0
    const v = step<ExpSum>(part, s, lo, hi, log2e, round, ln2Hi, ln2Lo, q0, q1, q2, q3, q4, one);
    if (y != 0) storePart(y, v, n);
    total += sumLanes(v);
  }
  return <f32>total;
}

/**
 * x = exp(x - shift) of rows of n numbers, a multiple of 8, `pitch` bytes from row to row, none of them above
 * the shift of its row. `shifts`: of each row, `next` bytes apart. sums: of each row, unless it is 0.
 */
export function expSumRows(
  x: usize, pitch: usize, rows: i32, n: i32, shifts: usize, next: usize, sums: usize,
): void {
  const zero = n >> 31;
  const lo = hoisted(number<ExpSum>(1), zero), hi = hoisted(number<ExpSum>(2), zero);
  const log2e = hoisted(number<ExpSum>(3), zero), round = hoisted(number<ExpSum>(4), zero);
  const ln2Hi = hoisted(number<ExpSum>(5), zero), ln2Lo = hoisted(number<ExpSum>(6), zero);
  const q0 = hoisted(number<ExpSum>(7), zero), q1 = hoisted(number<ExpSum>(8), zero);
  const q2 = hoisted(number<ExpSum>(9), zero), q3 = hoisted(number<ExpSum>(10), zero);
  const q4 = hoisted(number<ExpSum>(11), zero), one = hoisted(number<ExpSum>(12), zero);
  for (; rows > 0; rows--, x += pitch, shifts += next) {
    const s = v128.load32_splat(shifts), end = x + (<usize>n << 2);
    let even = zeros(), odd = zeros();
    for (let y = x; y < end; y += 32) {
      const u0 = v128.load(y), u1 = v128.load(y, 16);
      const v0 = step<ExpSum>(u0, s, lo, hi, log2e, round, ln2Hi, ln2Lo, q0, q1, q2, q3, q4, one);
      const v1 = step<ExpSum>(u1, s, lo, hi, log2e, round, ln2Hi, ln2Lo, q0, q1, q2, q3, q4, one);
      v128.store(y, v1, 16);
      v128.store(y, v0);
      even = f32x4.add(even, v0);
      odd = f32x4.add(odd, v1);
    }
    if (sums) {
      f32.store(sums, sumLanes(f32x4.add(even, odd)));
      sums += 4;
    }
  }
}

/** exp of T's argument, which must not be positive, handed on with x and dy to T's result. */
@unmanaged
class With<T> {
  @inline
  kind(): Kind {
    return Kind.Bounded;
  }
  @inline
  bias(): f32 {
    return RAISED;
  }
  @inline
  argument(x: v128, _dy: v128): v128 {
    return changetype<T>(0).argument(x);
  }
  @inline
  result(x: v128, n: v128, m: v128, one: v128, dy: v128, _lo: v128, lowered: v128): v128 {
    return changetype<T>(0).result(x, lower(n, m, lowered), one, dy);
  }
}

/** y = T of x, of dy if it is a gradient, and the exponential that T asks for; n elements. y may be x or dy. */
export function expWith<T>(x: usize, dy: usize, y: usize, n: i32): void {
  const op = changetype<T>(0);
  const zero = n >> 31;
  const lo = hoisted(EXP_LO, zero);
  const by = hoisted(LOWERED, zero);
  const log2e = hoisted(LOG2E, zero);
  const round = hoisted(ROUND + RAISED, zero);
  const ln2Hi = hoisted(LN2_HI, zero);
  const ln2Lo = hoisted(LN2_LO, zero);
  const q0 = hoisted(Q0, zero);
  const q1 = hoisted(Q1, zero);
  const q2 = hoisted(Q2, zero);
  const q3 = hoisted(Q3, zero);
  const q4 = hoisted(Q4, zero);
  const one = hoisted(1.0, zero);
  if (WIDE) {
    for (; n >= 8; n -= 8, x += 32, dy += 32, y += 32) {
      const u0 = v128.load(x), u1 = v128.load(x, 16);
      const d0 = op.isGrad() ? v128.load(dy) : u0, d1 = op.isGrad() ? v128.load(dy, 16) : u1;
      const v0 =
        step<With<T>>(u0, d0, lo, by, log2e, round, ln2Hi, ln2Lo, q0, q1, q2, q3, q4, one);
      const v1 =
        step<With<T>>(u1, d1, lo, by, log2e, round, ln2Hi, ln2Lo, q0, q1, q2, q3, q4, one);
      v128.store(y, v1, 16);
      v128.store(y, v0);
    }
  }
  while (n >= 4) {
    const u = v128.load(x), d = op.isGrad() ? v128.load(dy) : u;
    v128.store(
      y,
      step<With<T>>(u, d, lo, by, log2e, round, ln2Hi, ln2Lo, q0, q1, q2, q3, q4, one),
    );
    x += 16;
    dy += 16;
    y += 16;
    n -= 4;
  }
  if (n) {
    const u = loadPart(x, n, zeros()), d = op.isGrad() ? loadPart(dy, n, zeros()) : u;
    const v = step<With<T>>(u, d, lo, by, log2e, round, ln2Hi, ln2Lo, q0, q1, q2, q3, q4, one);
    storePart(y, v, n);
  }
}

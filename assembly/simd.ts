// Helpers that every kernel file shares. All are @inline: no call is left in the compiled code.

/** a * b + c, lane by lane: fused where the build allows relaxed SIMD, two roundings otherwise. */
// @ts-ignore: decorator
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  // @ts-ignore: a constant of the compiler, so only one branch is compiled
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** c - a * b, lane by lane: fused as `fma` is. */
// @ts-ignore: decorator
@inline
export function fnma(a: v128, b: v128, c: v128): v128 {
  // @ts-ignore: a constant of the compiler, so only one branch is compiled
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

/**
 * Four times c, for a local outside a hot loop. V8 makes a v128 constant anew at each use (three
 * instructions); xor with a `zero` that no optimiser can see through (n >> 31 of a length n)
 * leaves a value that is computed once and then stays in a register.
 */
// @ts-ignore: decorator
@inline
export function hoisted(c: f32, zero: i32): v128 {
  return i32x4.splat(reinterpret<i32>(c) ^ zero);
}

/** The address of element i of 4-byte elements. */
// @ts-ignore: decorator
@inline
export function at(p: usize, i: i32): usize {
  return p + (<usize>i << 2);
}

/** The first n (1 to 3) lanes from p, the others from `fill`. Reads nothing behind them. */
// @ts-ignore: decorator
@inline
export function loadPart(p: usize, n: i32, fill: v128): v128 {
  let v = v128.load_lane<f32>(p, fill, 0);
  if (n > 1) v = v128.load_lane<f32>(p, v, 1, 4);
  if (n > 2) v = v128.load_lane<f32>(p, v, 2, 8);
  return v;
}

/** Stores the first n (1 to 3) lanes. */
// @ts-ignore: decorator
@inline
export function storePart(p: usize, v: v128, n: i32): void {
  v128.store_lane<f32>(p, v, 0);
  if (n > 1) v128.store_lane<f32>(p, v, 1, 4);
  if (n > 2) v128.store_lane<f32>(p, v, 2, 8);
}

/** The first n (1 to 4) lanes from p, the others 0. */
// @ts-ignore: decorator
@inline
export function loadUpTo(p: usize, n: i32): v128 {
  return n == 4 ? v128.load(p) : loadPart(p, n, zeros());
}

/** Stores the first n (1 to 4) lanes. */
// @ts-ignore: decorator
@inline
export function storeUpTo(p: usize, v: v128, n: i32): void {
  if (n == 4) v128.store(p, v);
  else storePart(p, v, n);
}

// @ts-ignore: decorator
@inline
export function zeros(): v128 {
  return i32x4.splat(0);
}

/** Lanes [2, 3, 0, 1]. */
// @ts-ignore: decorator
@inline
export function swapHalves(v: v128): v128 {
  return v128.shuffle<i32>(v, v, 2, 3, 0, 1);
}

/** Lanes [1, 0, 3, 2]. */
// @ts-ignore: decorator
@inline
export function swapPairs(v: v128): v128 {
  return v128.shuffle<i32>(v, v, 1, 0, 3, 2);
}

/** (v0 + v2) + (v1 + v3). */
// @ts-ignore: decorator
@inline
export function sumLanes(v: v128): f32 {
  const w = f32x4.add(v, swapHalves(v));
  return f32x4.extract_lane(f32x4.add(w, swapPairs(w)), 0);
}

/**
 * √x, by a vector: V8 has f32.sqrt in an encoding that does not clear the upper half of its register,
 * and waits for it, 130 ns a time, once instructions of 256 bits have run.
 */
// @ts-ignore: decorator
@inline
export function root(x: f32): f32 {
  return f32x4.extract_lane(f32x4.sqrt(f32x4.splat(x)), 0);
}

/** The larger of a and b, NaN where either is NaN: fewer instructions than f32x4.max on x86. */
// @ts-ignore: decorator
@inline
export function maxNaN(a: v128, b: v128): v128 {
  // pmax keeps a NaN in a; the mask of a NaN in b is all ones, itself a NaN.
  return v128.or(f32x4.pmax(a, b), f32x4.ne(b, b));
}

/**
 * The bits of a float's exponent, in each lane. `n`, of at least 0, changes nothing: but what V8 takes
 * for a constant it makes anew at each use, in four instructions.
 */
// @ts-ignore: decorator
@inline
export function exponentBits(n: i32): v128 {
  return i32x4.splat(0x7f800000 | n >> 31);
}

/**
 * x, with 0 for what is denormal, below 2^-126: a processor takes some 150 cycles for an operation on
 * one, and an average that decays towards 0 would stay one for ever, as the smallest round to
 * themselves. `bits`: {@link exponentBits}.
 */
// @ts-ignore: decorator
@inline
export function flushDenormal(x: v128, bits: v128): v128 {
  return v128.andnot(x, i32x4.eq(v128.and(x, bits), zeros()));
}

/** The smaller of a and b, NaN where either is NaN. */
// @ts-ignore: decorator
@inline
export function minNaN(a: v128, b: v128): v128 {
  return v128.or(f32x4.pmin(a, b), f32x4.ne(b, b));
}

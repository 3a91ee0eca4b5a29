// Inner dimension of 1 to 4 (the weight gradient of a small batch): C is written as fast as memory
// takes it.
//
//   a: [m, k], any strides       b: [k, n], rows of contiguous elements
//
// The numbers of A for two rows of C stand in registers, splatted, while the rows of B run past. An
// element is the same chain over k as in the tiled product.

import { fma, loadPart, storePart, zeros } from "../simd";

// @ts-ignore: decorator
@inline
function load(at: usize, left: i32): v128 {
  return left >= 4 ? v128.load(at) : loadPart(at, left, zeros());
}

// @ts-ignore: decorator
@inline
function store(at: usize, v: v128, left: i32): void {
  if (left >= 4) v128.store(at, v);
  else storePart(at, v, left);
}

/** Four columns, or what is `left` of them, of one or two rows: C (+)= s0·b0 + s1·b1 + … */
// @ts-ignore: decorator
@inline
function step(
  two: bool, k: i32, b: usize, bs: usize, c: usize, d: usize, add: bool, left: i32,
  s0: v128, s1: v128, s2: v128, s3: v128, t0: v128, t1: v128, t2: v128, t3: v128,
): void {
  let v = zeros(), w = v;
  if (add) {
    v = f32x4.add(v, load(c, left));
    if (two) w = f32x4.add(w, load(d, left));
  }
  let x = load(b, left);
  v = fma(s0, x, v);
  if (two) w = fma(t0, x, w);
  if (k > 1) {
    x = load(b + bs, left);
    v = fma(s1, x, v);
    if (two) w = fma(t1, x, w);
  }
  if (k > 2) {
    x = load(b + 2 * bs, left);
    v = fma(s2, x, v);
    if (two) w = fma(t2, x, w);
    x = load(b + 3 * bs, left);
    v = fma(s3, x, v);
    if (two) w = fma(t3, x, w);
  }
  store(c, v, left);
  if (two) store(d, w, left);
}

// @ts-ignore: decorator
@inline
function rows(
  two: bool, k: i32, a: usize, ars: usize, acs: usize, b: usize, bs: usize, c: usize, cs: usize,
  n: i32, add: bool,
): void {
  const zero = zeros(), a1 = a + ars;
  const s0 = v128.load32_splat(a), t0 = two ? v128.load32_splat(a1) : zero;
  const s1 = k > 1 ? v128.load32_splat(a + acs) : zero;
  const t1 = two && k > 1 ? v128.load32_splat(a1 + acs) : zero;
  const s2 = k > 2 ? v128.load32_splat(a + 2 * acs) : zero;
  const t2 = two && k > 2 ? v128.load32_splat(a1 + 2 * acs) : zero;
  const s3 = k > 2 ? v128.load32_splat(a + 3 * acs) : zero;
  const t3 = two && k > 2 ? v128.load32_splat(a1 + 3 * acs) : zero;
  let d = c + cs;
  for (const end = c + (<usize>(n & ~3) << 2); c != end; b += 16, c += 16, d += 16) {
    step(two, k, b, bs, c, d, add, 4, s0, s1, s2, s3, t0, t1, t2, t3);
  }
  if (n & 3) step(two, k, b, bs, c, d, add, n & 3, s0, s1, s2, s3, t0, t1, t2, t3);
}

// @ts-ignore: decorator
@inline
function all(
  k: i32, a: usize, ars: usize, acs: usize, b: usize, bs: usize, c: usize, cs: usize,
  m: i32, n: i32, add: bool,
): void {
  let i = 0;
  for (; i + 2 <= m; i += 2) rows(true, k, a + ars * i, ars, acs, b, bs, c + cs * i, cs, n, add);
  if (i < m) rows(false, k, a + ars * i, ars, acs, b, bs, c + cs * i, cs, n, add);
}

/** k = 1: all that counts is stores, so four rows share each load of B. */
function rank1(
  a: usize, ars: usize, b: usize, c: usize, cs: usize, m: i32, n: i32, add: bool,
): void {
  const end = <usize>(n & ~3) << 2, left = n & 3;
  for (; m >= 4; m -= 4, a += 4 * ars, c += 4 * cs) {
    const s = v128.load32_splat(a), t = v128.load32_splat(a + ars);
    const u = v128.load32_splat(a + 2 * ars), w = v128.load32_splat(a + 3 * ars);
    let x = b, d = c, e = c + cs, f = e + cs, g = f + cs;
    for (const stop = b + end; x != stop; x += 16, d += 16, e += 16, f += 16, g += 16) {
      const v = v128.load(x);
      axpy4(s, v, d, add, 4);
      axpy4(t, v, e, add, 4);
      axpy4(u, v, f, add, 4);
      axpy4(w, v, g, add, 4);
    }
    if (left) {
      const v = loadPart(x, left, zeros());
      axpy4(s, v, d, add, left);
      axpy4(t, v, e, add, left);
      axpy4(u, v, f, add, left);
      axpy4(w, v, g, add, left);
    }
  }
  for (; m > 0; m--, a += ars, c += cs) {
    const s = v128.load32_splat(a);
    let x = b, d = c;
    for (const stop = b + end; x != stop; x += 16, d += 16) axpy4(s, v128.load(x), d, add, 4);
    if (left) axpy4(s, loadPart(x, left, zeros()), d, add, left);
  }
}

/** Four elements of C, or what is `left` of them: (+)= s·x. */
// @ts-ignore: decorator
@inline
function axpy4(s: v128, x: v128, c: usize, add: bool, left: i32): void {
  const zero = zeros();
  store(c, fma(s, x, add ? f32x4.add(zero, load(c, left)) : zero), left);
}

function rank2(
  a: usize, ars: usize, acs: usize, b: usize, bs: usize, c: usize, cs: usize, m: i32, n: i32,
  add: bool,
): void {
  all(2, a, ars, acs, b, bs, c, cs, m, n, add);
}

function rank4(
  a: usize, ars: usize, acs: usize, b: usize, bs: usize, c: usize, cs: usize, m: i32, n: i32,
  add: bool,
): void {
  all(4, a, ars, acs, b, bs, c, cs, m, n, add);
}

/** C, m × n, (+)= the product of k (1 to 4) columns of A and rows of B. Strides in bytes. */
export function outer(
  a: usize, ars: usize, acs: usize, b: usize, bs: usize, c: usize, cs: usize,
  m: i32, n: i32, k: i32, add: bool,
): void {
  if (k == 4) rank4(a, ars, acs, b, bs, c, cs, m, n, add);
  else {
    if (k > 1) rank2(a, ars, acs, b, bs, c, cs, m, n, add);
    if (k == 1) rank1(a, ars, b, c, cs, m, n, add);
    if (k == 3) rank1(a + 2 * acs, ars, b + 2 * bs, c, cs, m, n, true);
  }
}

// The 36 products of Winograd's convolution, on matrices that lie as the transforms leave them.
//
//   rows · panels          M[t, :] = V[t, :] · U                 tiles t, panels of 8 columns
//   columns · rows         dU += Vᵀ · dM                         both with a row for each tile
//
// A tile of 4 × 8 sums takes 8 of V8's 15 registers; the others hold four vectors of the left
// operand, two of the right and one splat. Where the engine joins neighbouring vectors, it is one of
// 4 × 16: eight pairs of sums, and both halves share a splat. An element is the same chain in both.

import { fma, zeros } from "../simd";
import { WIDE } from "../target";

/** Lane i of v in all lanes. */
// @ts-ignore: decorator
@inline
function lane(v: v128, i: i32): v128 {
  if (i == 0) return v128.shuffle<f32>(v, v, 0, 0, 0, 0);
  if (i == 1) return v128.shuffle<f32>(v, v, 1, 1, 1, 1);
  if (i == 2) return v128.shuffle<f32>(v, v, 2, 2, 2, 2);
  return v128.shuffle<f32>(v, v, 3, 3, 3, 3);
}

/**
 * C = A · B. A: [rows, depth], rows and depth multiples of 4. B: `panels` panels [depth, 8], one
 * behind the other. C: [rows, 8 · panels].
 */
export function rowsByPanels(
  a: usize, rows: i32, depth: i32, b: usize, panels: i32, c: usize,
): void {
  const as = <usize>depth << 2, cs = <usize>panels << 5;
  if (WIDE) {
    for (; panels > 1; panels -= 2) {
      let ap = a, cp = c;
      for (let r = rows; r > 0; r -= 4) {
        wideTile(ap, as, depth, b, cp, cs);
        ap += as << 2;
        cp += cs << 2;
      }
      b += as << 4;
      c += 64;
    }
  }
  for (; panels > 0; panels--) {
    let ap = a, cp = c, next = b;
    for (let r = rows; r > 0; r -= 4) {
      next = tile(ap, as, depth, b, cp, cs);
      ap += as << 2;
      cp += cs << 2;
    }
    b = next;
    c += 32;
  }
}

/** 4 × 8 of C. Returns where the panel ends. */
// @ts-ignore: decorator
@inline
function tile(a: usize, as: usize, depth: i32, b: usize, c: usize, cs: usize): usize {
  const a1 = a + as, a2 = a1 + as, a3 = a2 + as;
  let v00 = zeros(), v01 = v00, v10 = v00, v11 = v00, v20 = v00, v21 = v00, v30 = v00, v31 = v00;
  let far: usize = 0;
  const end = b + (<usize>depth << 5);
  while (b != end) {
    const x0 = v128.load(a + far), x1 = v128.load(a1 + far);
    const x2 = v128.load(a2 + far), x3 = v128.load(a3 + far);
    let b0 = v128.load(b), b1 = v128.load(b, 16), s = lane(x0, 0);
    v00 = fma(s, b0, v00), v01 = fma(s, b1, v01);
    s = lane(x1, 0);
    v10 = fma(s, b0, v10), v11 = fma(s, b1, v11);
    s = lane(x2, 0);
    v20 = fma(s, b0, v20), v21 = fma(s, b1, v21);
    s = lane(x3, 0);
    v30 = fma(s, b0, v30), v31 = fma(s, b1, v31);
    b0 = v128.load(b, 32), b1 = v128.load(b, 48), s = lane(x0, 1);
    v00 = fma(s, b0, v00), v01 = fma(s, b1, v01);
    s = lane(x1, 1);
    v10 = fma(s, b0, v10), v11 = fma(s, b1, v11);
    s = lane(x2, 1);
    v20 = fma(s, b0, v20), v21 = fma(s, b1, v21);
    s = lane(x3, 1);
    v30 = fma(s, b0, v30), v31 = fma(s, b1, v31);
    b0 = v128.load(b, 64), b1 = v128.load(b, 80), s = lane(x0, 2);
    v00 = fma(s, b0, v00), v01 = fma(s, b1, v01);
    s = lane(x1, 2);
    v10 = fma(s, b0, v10), v11 = fma(s, b1, v11);
    s = lane(x2, 2);
    v20 = fma(s, b0, v20), v21 = fma(s, b1, v21);
    s = lane(x3, 2);
    v30 = fma(s, b0, v30), v31 = fma(s, b1, v31);
    b0 = v128.load(b, 96), b1 = v128.load(b, 112), s = lane(x0, 3);
    v00 = fma(s, b0, v00), v01 = fma(s, b1, v01);
    s = lane(x1, 3);
    v10 = fma(s, b0, v10), v11 = fma(s, b1, v11);
    s = lane(x2, 3);
    v20 = fma(s, b0, v20), v21 = fma(s, b1, v21);
    s = lane(x3, 3);
    v30 = fma(s, b0, v30), v31 = fma(s, b1, v31);
    far += 16;
    b += 128;
  }
  v128.store(c, v01, 16);
  v128.store(c, v00);
  c += cs;
  v128.store(c, v11, 16);
  v128.store(c, v10);
  c += cs;
  v128.store(c, v21, 16);
  v128.store(c, v20);
  c += cs;
  v128.store(c, v31, 16);
  v128.store(c, v30);
  return end;
}

/** 4 × 16 of C, from two panels. */
// @ts-ignore: decorator
@inline
function wideTile(a: usize, as: usize, depth: i32, b: usize, c: usize, cs: usize): void {
  const across = <usize>depth << 5, end = b + across;
  const c1 = c + cs, c2 = c1 + cs, c3 = c2 + cs;
  let a1 = a + as, a2 = a1 + as, a3 = a2 + as, q = end;
  let v00 = zeros(), v01 = v00, v02 = v00, v03 = v00, v10 = v00, v11 = v00, v12 = v00, v13 = v00;
  let v20 = v00, v21 = v00, v22 = v00, v23 = v00, v30 = v00, v31 = v00, v32 = v00, v33 = v00;
  while (b != end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16), b2 = v128.load(q), b3 = v128.load(q, 16);
    let s = v128.load32_splat(a);
    v00 = fma(s, b0, v00), v01 = fma(s, b1, v01), v02 = fma(s, b2, v02), v03 = fma(s, b3, v03);
    s = v128.load32_splat(a1);
    v10 = fma(s, b0, v10), v11 = fma(s, b1, v11), v12 = fma(s, b2, v12), v13 = fma(s, b3, v13);
    s = v128.load32_splat(a2);
    v20 = fma(s, b0, v20), v21 = fma(s, b1, v21), v22 = fma(s, b2, v22), v23 = fma(s, b3, v23);
    s = v128.load32_splat(a3);
    v30 = fma(s, b0, v30), v31 = fma(s, b1, v31), v32 = fma(s, b2, v32), v33 = fma(s, b3, v33);
    a += 4, a1 += 4, a2 += 4, a3 += 4, b += 32, q += 32;
  }
  v128.store(c, v01, 16), v128.store(c, v00), v128.store(c, v03, 48), v128.store(c, v02, 32);
  v128.store(c1, v11, 16), v128.store(c1, v10), v128.store(c1, v13, 48), v128.store(c1, v12, 32);
  v128.store(c2, v21, 16), v128.store(c2, v20), v128.store(c2, v23, 48), v128.store(c2, v22, 32);
  v128.store(c3, v31, 16), v128.store(c3, v30), v128.store(c3, v33, 48), v128.store(c3, v32, 32);
}

/**
 * C = Aᵀ · B, or C += where `add` is true. A: [depth, m], B: [depth, n], C: [m, n], all row-major
 * without gaps; m a multiple of 4, n of 8.
 */
export function columnsByRows(
  a: usize, m: i32, b: usize, n: i32, depth: i32, c: usize, add: bool,
): void {
  const as = <usize>m << 2, bs = <usize>n << 2;
  let j = 0;
  if (WIDE) {
    for (; j + 16 <= n; j += 16) {
      let ai = a, ci = c;
      for (let i = 0; i < m; i += 4) {
        wideColumn(ai, as, b, bs, depth, ci, bs, add);
        ai += 16;
        ci += bs << 2;
      }
      b += 64;
      c += 64;
    }
  }
  for (; j < n; j += 8) {
    let ai = a, ci = c;
    for (let i = 0; i < m; i += 4) {
      column(ai, as, b, bs, depth, ci, bs, add);
      ai += 16;
      ci += bs << 2;
    }
    b += 32;
    c += 32;
  }
}

// @ts-ignore: decorator
@inline
function column(
  a: usize, as: usize, b: usize, bs: usize, depth: i32, c: usize, cs: usize, add: bool,
): void {
  const c1 = c + cs, c2 = c1 + cs, c3 = c2 + cs;
  let v00 = zeros(), v01 = v00, v10 = v00, v11 = v00, v20 = v00, v21 = v00, v30 = v00, v31 = v00;
  if (add) {
    v00 = v128.load(c), v01 = v128.load(c, 16), v10 = v128.load(c1), v11 = v128.load(c1, 16);
    v20 = v128.load(c2), v21 = v128.load(c2, 16), v30 = v128.load(c3), v31 = v128.load(c3, 16);
  }
  const end2 = b + bs * (depth & ~1), end = b + bs * depth;
  let av = v00, b0 = v00, b1 = v00, s = v00;
  while (b != end2) {
    av = v128.load(a), b0 = v128.load(b), b1 = v128.load(b, 16);
    s = lane(av, 0);
    v00 = fma(s, b0, v00), v01 = fma(s, b1, v01);
    s = lane(av, 1);
    v10 = fma(s, b0, v10), v11 = fma(s, b1, v11);
    s = lane(av, 2);
    v20 = fma(s, b0, v20), v21 = fma(s, b1, v21);
    s = lane(av, 3);
    v30 = fma(s, b0, v30), v31 = fma(s, b1, v31);
    a += as, b += bs;
    av = v128.load(a), b0 = v128.load(b), b1 = v128.load(b, 16);
    s = lane(av, 0);
    v00 = fma(s, b0, v00), v01 = fma(s, b1, v01);
    s = lane(av, 1);
    v10 = fma(s, b0, v10), v11 = fma(s, b1, v11);
    s = lane(av, 2);
    v20 = fma(s, b0, v20), v21 = fma(s, b1, v21);
    s = lane(av, 3);
    v30 = fma(s, b0, v30), v31 = fma(s, b1, v31);
    a += as, b += bs;
  }
  if (b != end) {
    av = v128.load(a), b0 = v128.load(b), b1 = v128.load(b, 16);
    s = lane(av, 0);
    v00 = fma(s, b0, v00), v01 = fma(s, b1, v01);
    s = lane(av, 1);
    v10 = fma(s, b0, v10), v11 = fma(s, b1, v11);
    s = lane(av, 2);
    v20 = fma(s, b0, v20), v21 = fma(s, b1, v21);
    s = lane(av, 3);
    v30 = fma(s, b0, v30), v31 = fma(s, b1, v31);
  }
  v128.store(c, v01, 16);
  v128.store(c, v00);
  v128.store(c1, v11, 16);
  v128.store(c1, v10);
  v128.store(c2, v21, 16);
  v128.store(c2, v20);
  v128.store(c3, v31, 16);
  v128.store(c3, v30);
}

/** 4 × 16 of C. */
// @ts-ignore: decorator
@inline
function wideColumn(
  a: usize, as: usize, b: usize, bs: usize, depth: i32, c: usize, cs: usize, add: bool,
): void {
  const c1 = c + cs, c2 = c1 + cs, c3 = c2 + cs, end = b + bs * depth;
  let v00 = zeros(), v01 = v00, v02 = v00, v03 = v00, v10 = v00, v11 = v00, v12 = v00, v13 = v00;
  let v20 = v00, v21 = v00, v22 = v00, v23 = v00, v30 = v00, v31 = v00, v32 = v00, v33 = v00;
  if (add) {
    v00 = v128.load(c), v01 = v128.load(c, 16), v02 = v128.load(c, 32), v03 = v128.load(c, 48);
    v10 = v128.load(c1), v11 = v128.load(c1, 16), v12 = v128.load(c1, 32), v13 = v128.load(c1, 48);
    v20 = v128.load(c2), v21 = v128.load(c2, 16), v22 = v128.load(c2, 32), v23 = v128.load(c2, 48);
    v30 = v128.load(c3), v31 = v128.load(c3, 16), v32 = v128.load(c3, 32), v33 = v128.load(c3, 48);
  }
  while (b != end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16), b2 = v128.load(b, 32), b3 = v128.load(b, 48);
    let s = v128.load32_splat(a);
    v00 = fma(s, b0, v00), v01 = fma(s, b1, v01), v02 = fma(s, b2, v02), v03 = fma(s, b3, v03);
    s = v128.load32_splat(a, 4);
    v10 = fma(s, b0, v10), v11 = fma(s, b1, v11), v12 = fma(s, b2, v12), v13 = fma(s, b3, v13);
    s = v128.load32_splat(a, 8);
    v20 = fma(s, b0, v20), v21 = fma(s, b1, v21), v22 = fma(s, b2, v22), v23 = fma(s, b3, v23);
    s = v128.load32_splat(a, 12);
    v30 = fma(s, b0, v30), v31 = fma(s, b1, v31), v32 = fma(s, b2, v32), v33 = fma(s, b3, v33);
    a += as, b += bs;
  }
  v128.store(c, v01, 16), v128.store(c, v00), v128.store(c, v03, 48), v128.store(c, v02, 32);
  v128.store(c1, v11, 16), v128.store(c1, v10), v128.store(c1, v13, 48), v128.store(c1, v12, 32);
  v128.store(c2, v21, 16), v128.store(c2, v20), v128.store(c2, v23, 48), v128.store(c2, v22, 32);
  v128.store(c3, v31, 16), v128.store(c3, v30), v128.store(c3, v33, 48), v128.store(c3, v32, 32);
}

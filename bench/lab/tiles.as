// AssemblyScript, which gemm.ts compiles: micro-kernels on panels that stay in L1, and the limit
// that they are held against.

import { fma, zeros } from "../../assembly/simd";
import { strip16, strip8 } from "../../assembly/gemm/tiles";

export { gemm, gemmScratch } from "../../assembly/gemm/gemm";

/** 40 multiply-adds a turn between registers alone: ten chains, enough to cover the latency. */
export function limit(p: usize, turns: i32): void {
  const x = v128.load(p), y = v128.load(p, 16);
  let a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x;
  for (; turns > 0; turns--) {
    a = fma(x, y, a), b = fma(x, y, b), c = fma(x, y, c), d = fma(x, y, d), e = fma(x, y, e);
    f = fma(x, y, f), g = fma(x, y, g), h = fma(x, y, h), i = fma(x, y, i), j = fma(x, y, j);
    a = fma(x, y, a), b = fma(x, y, b), c = fma(x, y, c), d = fma(x, y, d), e = fma(x, y, e);
    f = fma(x, y, f), g = fma(x, y, g), h = fma(x, y, h), i = fma(x, y, i), j = fma(x, y, j);
    a = fma(x, y, a), b = fma(x, y, b), c = fma(x, y, c), d = fma(x, y, d), e = fma(x, y, e);
    f = fma(x, y, f), g = fma(x, y, g), h = fma(x, y, h), i = fma(x, y, i), j = fma(x, y, j);
    a = fma(x, y, a), b = fma(x, y, b), c = fma(x, y, c), d = fma(x, y, d), e = fma(x, y, e);
    f = fma(x, y, f), g = fma(x, y, g), h = fma(x, y, h), i = fma(x, y, i), j = fma(x, y, j);
  }
  a = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  f = f32x4.add(f32x4.add(e, f), f32x4.add(g, h));
  v128.store(p, f32x4.add(f32x4.add(a, f), f32x4.add(i, j)), 32);
}

/** The same for vectors in pairs, 80 multiply-adds a turn: the limit of an engine that joins them. */
export function limitOfPairs(p: usize, turns: i32): void {
  const x0 = v128.load(p), x1 = v128.load(p, 16), y0 = v128.load(p, 32), y1 = v128.load(p, 48);
  let a0 = x0, b0 = x0, c0 = x0, d0 = x0, e0 = x0, f0 = x0, g0 = x0, h0 = x0, i0 = x0, j0 = x0;
  let a1 = x1, b1 = x1, c1 = x1, d1 = x1, e1 = x1, f1 = x1, g1 = x1, h1 = x1, i1 = x1, j1 = x1;
  for (turns *= 4; turns > 0; turns--) {
    a0 = fma(x0, y0, a0), a1 = fma(x1, y1, a1), b0 = fma(x0, y0, b0), b1 = fma(x1, y1, b1);
    c0 = fma(x0, y0, c0), c1 = fma(x1, y1, c1), d0 = fma(x0, y0, d0), d1 = fma(x1, y1, d1);
    e0 = fma(x0, y0, e0), e1 = fma(x1, y1, e1), f0 = fma(x0, y0, f0), f1 = fma(x1, y1, f1);
    g0 = fma(x0, y0, g0), g1 = fma(x1, y1, g1), h0 = fma(x0, y0, h0), h1 = fma(x1, y1, h1);
    i0 = fma(x0, y0, i0), i1 = fma(x1, y1, i1), j0 = fma(x0, y0, j0), j1 = fma(x1, y1, j1);
  }
  v128.store(p, a0, 64), v128.store(p, a1, 80), v128.store(p, b0, 96), v128.store(p, b1, 112);
  v128.store(p, c0, 128), v128.store(p, c1, 144), v128.store(p, d0, 160), v128.store(p, d1, 176);
  v128.store(p, e0, 192), v128.store(p, e1, 208), v128.store(p, f0, 224), v128.store(p, f1, 240);
  v128.store(p, g0, 256), v128.store(p, g1, 272), v128.store(p, h0, 288), v128.store(p, h1, 304);
  v128.store(p, i0, 320), v128.store(p, i1, 336), v128.store(p, j0, 352), v128.store(p, j1, 368);
}

/** a[i] in all lanes: by a shuffle of the vector of the first four, or by a load of its own. */
// @ts-ignore: decorator
@inline
function splat(vector: bool, i: i32, v: v128, a: usize): v128 {
  if (i == 0) return vector ? v128.shuffle<f32>(v, v, 0, 0, 0, 0) : v128.load32_splat(a);
  if (i == 1) return vector ? v128.shuffle<f32>(v, v, 1, 1, 1, 1) : v128.load32_splat(a, 4);
  if (i == 2) return vector ? v128.shuffle<f32>(v, v, 2, 2, 2, 2) : v128.load32_splat(a, 8);
  if (i == 3) return vector ? v128.shuffle<f32>(v, v, 3, 3, 3, 3) : v128.load32_splat(a, 12);
  return i == 4 ? v128.load32_splat(a, 16) : v128.load32_splat(a, 20);
}

/** rows × 8, one k a turn; `vector`: the first four of A come in one load. */
// @ts-ignore: decorator
@inline
function tile(
  rows: i32, vector: bool, a0: usize, b0: usize, depth: i32, c: usize, times: i32,
): void {
  for (; times > 0; times--) {
    let a = a0, b = b0, s = zeros(), v = s;
    let c00 = s, c10 = s, c20 = s, c30 = s, c40 = s, c50 = s;
    let c01 = s, c11 = s, c21 = s, c31 = s, c41 = s, c51 = s;
    const end = b + <usize>depth * 32;
    while (b != end) {
      const x = v128.load(b), y = v128.load(b, 16);
      if (vector) v = v128.load(a);
      s = splat(vector, 0, v, a), c00 = fma(s, x, c00), c01 = fma(s, y, c01);
      s = splat(vector, 1, v, a), c10 = fma(s, x, c10), c11 = fma(s, y, c11);
      s = splat(vector, 2, v, a), c20 = fma(s, x, c20), c21 = fma(s, y, c21);
      s = splat(vector, 3, v, a), c30 = fma(s, x, c30), c31 = fma(s, y, c31);
      if (rows > 4) s = splat(vector, 4, v, a), c40 = fma(s, x, c40), c41 = fma(s, y, c41);
      if (rows > 5) s = splat(vector, 5, v, a), c50 = fma(s, x, c50), c51 = fma(s, y, c51);
      a += 4 * rows;
      b += 32;
    }
    v128.store(c, c00), v128.store(c, c01, 16), v128.store(c, c10, 32), v128.store(c, c11, 48);
    v128.store(c, c20, 64), v128.store(c, c21, 80), v128.store(c, c30, 96), v128.store(c, c31, 112);
    if (rows > 4) v128.store(c, c40, 128), v128.store(c, c41, 144);
    if (rows > 5) v128.store(c, c50, 160), v128.store(c, c51, 176);
  }
}

export function loads4x8(a: usize, b: usize, depth: i32, c: usize, times: i32): void {
  tile(4, false, a, b, depth, c, times);
}

export function loads5x8(a: usize, b: usize, depth: i32, c: usize, times: i32): void {
  tile(5, false, a, b, depth, c, times);
}

export function loads6x8(a: usize, b: usize, depth: i32, c: usize, times: i32): void {
  tile(6, false, a, b, depth, c, times);
}

export function shuffles4x8(a: usize, b: usize, depth: i32, c: usize, times: i32): void {
  tile(4, true, a, b, depth, c, times);
}

export function mixed5x8(a: usize, b: usize, depth: i32, c: usize, times: i32): void {
  tile(5, true, a, b, depth, c, times);
}

export function mixed6x8(a: usize, b: usize, depth: i32, c: usize, times: i32): void {
  tile(6, true, a, b, depth, c, times);
}

export function library4x8(a: usize, b: usize, depth: i32, c: usize, times: i32): void {
  for (; times > 0; times--) strip8(4, 1, 1, a, b, 32, 0, depth, c, 32, 0, 0);
}

export function library5x8(a: usize, b: usize, depth: i32, c: usize, times: i32): void {
  for (; times > 0; times--) strip8(5, 1, 1, a, b, 32, 0, depth, c, 32, 0, 0);
}

/** In the wide build only; in the others it does nothing. */
export function library6x16(a: usize, b: usize, depth: i32, c: usize, times: i32): void {
  for (; times > 0; times--) strip16(6, 1, 1, a, 24, 0, b, 64, 0, depth, c, 64, 0, 0);
}

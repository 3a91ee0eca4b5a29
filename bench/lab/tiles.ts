// @ts-nocheck: AssemblyScript, compiled by gemm.ts beside it

@inline
function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}
@inline
function lane(v: v128, i: i32): v128 {
  if (i == 0) return v128.shuffle<f32>(v, v, 0, 0, 0, 0);
  if (i == 1) return v128.shuffle<f32>(v, v, 1, 1, 1, 1);
  if (i == 2) return v128.shuffle<f32>(v, v, 2, 2, 2, 2);
  return v128.shuffle<f32>(v, v, 3, 3, 3, 3);
}

export function limit8(a: usize, c: usize, kc: i32, reps: i32): void {
  let x = v128.load(a), y = v128.load(a, 16);
  let v0 = x, v1 = y, v2 = x, v3 = x, v4 = x, v5 = x, v6 = x, v7 = x, v8 = x, v9 = x;
  for (let r = 0; r < reps * kc; r += 4) {
    v0 = fma(x, y, v0); v1 = fma(x, y, v1); v2 = fma(x, y, v2); v3 = fma(x, y, v3); v4 = fma(x, y, v4);
    v5 = fma(x, y, v5); v6 = fma(x, y, v6); v7 = fma(x, y, v7); v8 = fma(x, y, v8); v9 = fma(x, y, v9);
    v0 = fma(x, y, v0); v1 = fma(x, y, v1); v2 = fma(x, y, v2); v3 = fma(x, y, v3); v4 = fma(x, y, v4);
    v5 = fma(x, y, v5); v6 = fma(x, y, v6); v7 = fma(x, y, v7); v8 = fma(x, y, v8); v9 = fma(x, y, v9);
    v0 = fma(x, y, v0); v1 = fma(x, y, v1); v2 = fma(x, y, v2); v3 = fma(x, y, v3); v4 = fma(x, y, v4);
    v5 = fma(x, y, v5); v6 = fma(x, y, v6); v7 = fma(x, y, v7); v8 = fma(x, y, v8); v9 = fma(x, y, v9);
    v0 = fma(x, y, v0); v1 = fma(x, y, v1); v2 = fma(x, y, v2); v3 = fma(x, y, v3); v4 = fma(x, y, v4);
    v5 = fma(x, y, v5); v6 = fma(x, y, v6); v7 = fma(x, y, v7); v8 = fma(x, y, v8); v9 = fma(x, y, v9);
  }
  v128.store(c, f32x4.add(f32x4.add(f32x4.add(v0, v1), f32x4.add(v2, v3)), f32x4.add(f32x4.add(v4, v5), f32x4.add(f32x4.add(v6, v7), f32x4.add(v8, v9)))));
}

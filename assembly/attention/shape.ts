// What attention's kernels have to know of it: int32 words in memory, in this order. Steps are in
// elements; q0, q1 and q2 are those along the dimensions of the batch, of lengths n0, n1 and n2.
//
//   q, dq: [n0, n1, n2, l, d]      k, dk: [n0, n1, n2, s, d]      mask: [n0, n1, n2, l, s]
//   y, dy: [n0, n1, n2, l, e]      v, dv: [n0, n1, n2, s, e]      stats: [n0, n1, n2, l, 2]

@unmanaged
export class AttentionShape {
  n1: i32;
  n2: i32;
  l: i32;
  s: i32;
  d: i32;
  e: i32;
  /** Queries and keys of a tile, but for the last of a row or column of tiles; keys in fours. */
  rows: i32;
  keys: i32;
  /** Which matrix of all is the first of these: masks of dropout count on from call to call. */
  first: i32;
  /** Matrices that share a number of keys. */
  each: i32;
  /** Whether query i looks at keys 0 to i only. */
  causal: i32;
  /** Bytes of an element of the mask: 1 says where to look, 4 is added to the scores. */
  maskBytes: i32;
  q0: i32; q1: i32; q2: i32; qr: i32; qc: i32;
  k0: i32; k1: i32; k2: i32; kr: i32; kc: i32;
  v0: i32; v1: i32; v2: i32; vr: i32; vc: i32;
  m0: i32; m1: i32; m2: i32; mr: i32; mc: i32;
  /** Columns of what is written lie side by side. */
  y0: i32; y1: i32; y2: i32; yr: i32; yc: i32;
  /** What follows is for the gradients. */
  g0: i32; g1: i32; g2: i32; gr: i32; gc: i32;
  dq0: i32; dq1: i32; dq2: i32; dqr: i32; dqc: i32;
  dk0: i32; dk1: i32; dk2: i32; dkr: i32; dkc: i32;
  dv0: i32; dv1: i32; dv2: i32; dvr: i32; dvc: i32;
}

/** Where a matrix of the batch begins, in elements. */
// @ts-ignore: decorator
@inline
export function matrixOf(s: AttentionShape, i: i32, step0: i32, step1: i32, step2: i32): i32 {
  const j = i / s.n2, i2 = i - j * s.n2, i0 = j / s.n1, i1 = j - i0 * s.n1;
  return i0 * step0 + i1 * step1 + i2 * step2;
}

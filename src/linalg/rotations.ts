/**
 * Jacobi's rotations, by which eigenvalues and singular values are found: each makes one pair of columns
 * orthogonal, until all are.
 *
 * @module
 */
import { unit } from "./elimination.ts";
import type { Matrix } from "./matrices.ts";

/** More sweeps than any matrix takes: each squares how far it is from the end. */
const MOST_SWEEPS = 60;

/** Two columns of a [rows, n] matrix, turned. */
function turn(a: Matrix, rows: number, n: number, p: number, q: number, c: number, s: number) {
  for (let i = 0; i < rows; i++) {
    const x = a[i * n + p]!, y = a[i * n + q]!;
    a[i * n + p] = c * x - s * y;
    a[i * n + q] = s * x + c * y;
  }
}

/** Cosine and sine of the angle that makes two columns orthogonal: their squares and their product. */
function angle(pp: number, qq: number, pq: number): [c: number, s: number] {
  const ratio = (qq - pp) / (2 * pq);
  const t = (ratio >= 0 ? 1 : -1) / (Math.abs(ratio) + Math.hypot(1, ratio));
  const c = 1 / Math.hypot(1, t);
  return [c, t * c];
}

/** Eigenvalues in rising order, and eigenvectors as columns. */
export interface Eigen {
  values: Float64Array;
  vectors: Matrix;
}

/** Those of a symmetric n × n matrix, which is used up. */
export function eigen(a: Matrix, n: number): Eigen {
  const vectors = unit(n);
  const least = a.reduce((most, x) => Math.max(most, Math.abs(x)), 0) * 1e-17;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let isDone = true;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = a[p * n + q]!, app = a[p * (n + 1)]!, aqq = a[q * (n + 1)]!;
        if (Math.abs(apq) <= least) continue;
        isDone = false;
        const [c, s] = angle(app, aqq, apq);
        turn(a, n, n, p, q, c, s);
        for (let j = 0; j < n; j++) {
          const x = a[p * n + j]!, y = a[q * n + j]!;
          a[p * n + j] = c * x - s * y;
          a[q * n + j] = s * x + c * y;
        }
        a[p * n + q] = a[q * n + p] = 0;
        turn(vectors, n, n, p, q, c, s);
      }
    }
    if (isDone) break;
  }
  const order = Array.from({ length: n }, (_, i) => i)
    .sort((i, j) => a[i * (n + 1)]! - a[j * (n + 1)]!);
  const sorted = new Float64Array(n * n);
  order.forEach((from, to) => {
    for (let i = 0; i < n; i++) sorted[i * n + to] = vectors[i * n + from]!;
  });
  return { values: Float64Array.from(order, (i) => a[i * (n + 1)]!), vectors: sorted };
}

/** A = u·diag(s)·vᵀ: u [m, k], s [k] in falling order, v [n, k], k = min(m, n). */
export interface Decomposed {
  u: Matrix;
  s: Float64Array;
  v: Matrix;
}

/** That of an m × n matrix. */
export function decomposed(a: Matrix, m: number, n: number): Decomposed {
  if (m >= n) return ofTall(a.slice(), m, n);
  const turned = new Float64Array(n * m);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) turned[j * m + i] = a[i * n + j]!;
  const { u, s, v } = ofTall(turned, n, m);
  return { u: v, s, v: u };
}

/** Of a matrix with no fewer rows than columns, which is used up. */
function ofTall(a: Matrix, m: number, n: number): Decomposed {
  const v = unit(n);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let isDone = true;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        let pp = 0, qq = 0, pq = 0;
        for (let i = 0; i < m; i++) {
          const x = a[i * n + p]!, y = a[i * n + q]!;
          pp += x * x;
          qq += y * y;
          pq += x * y;
        }
        if (Math.abs(pq) <= 1e-15 * Math.sqrt(pp * qq) || pq === 0) continue;
        isDone = false;
        const [c, s] = angle(pp, qq, pq);
        turn(a, m, n, p, q, c, s);
        turn(v, n, n, p, q, c, s);
      }
    }
    if (isDone) break;
  }
  const lengths = Array.from({ length: n }, (_, j) => {
    let length = 0;
    for (let i = 0; i < m; i++) length = Math.hypot(length, a[i * n + j]!);
    return length;
  });
  const order = lengths.map((_, i) => i).sort((i, j) => lengths[j]! - lengths[i]!);
  const out = { u: new Float64Array(m * n), s: new Float64Array(n), v: new Float64Array(n * n) };
  const least = lengths[order[0]!]! * 1e-15;
  order.forEach((from, to) => {
    out.s[to] = lengths[from]!;
    for (let i = 0; i < n; i++) out.v[i * n + to] = v[i * n + from]!;
    if (lengths[from]! <= least) return; // no direction of its own: see below
    for (let i = 0; i < m; i++) out.u[i * n + to] = a[i * n + from]! / lengths[from]!;
  });
  completed(out.u, m, n);
  return out;
}

/** Fills columns of zeros of an [m, n] matrix with what is orthonormal to all others. */
export function completed(u: Matrix, m: number, n: number): void {
  for (let j = 0, next = 0; j < n; j++) {
    let length = 0;
    for (let i = 0; i < m; i++) length += u[i * n + j]! ** 2;
    if (length > 0.5) continue;
    for (; length < 0.5; next++) { // each axis in turn, without what others have of it
      for (let i = 0; i < m; i++) u[i * n + j] = i === next ? 1 : 0;
      for (let twice = 0; twice < 2; twice++) {
        for (let k = 0; k < n; k++) {
          if (k === j) continue;
          let dot = 0;
          for (let i = 0; i < m; i++) dot += u[i * n + k]! * u[i * n + j]!;
          for (let i = 0; i < m; i++) u[i * n + j]! -= dot * u[i * n + k]!;
        }
        length = 0;
        for (let i = 0; i < m; i++) length = Math.hypot(length, u[i * n + j]!);
        if (length * length * m < 0.5) break; // of all axes one has more than this
        for (let i = 0; i < m; i++) u[i * n + j]! /= length;
        length = 1;
      }
      if (length < 1) length = 0;
    }
  }
}

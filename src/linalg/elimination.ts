/**
 * Elimination with the largest pivot of each column.
 *
 * @module
 */
import type { Matrix } from "./matrices.ts";

/** L and U of a matrix in one, L's diagonal of ones left out, and how its rows were swapped. */
export interface Factors {
  lu: Matrix;
  /** Row i of L·U is row rows[i] of the matrix. */
  rows: Int32Array;
  /** Which row was swapped with row k, for each column. */
  pivots: Int32Array;
  /** 1, or −1 where the rows were swapped an odd number of times. */
  sign: number;
  /** The first column without a pivot, or −1. */
  singular: number;
}

/**
 * Factors an m × n matrix; what has no pivot in a column is left as it is there. Without pivoting no rows
 * are swapped, and what is divided by 0 is not finite.
 */
export function factored(a: Matrix, m: number, n: number = m, isPivoting = true): Factors {
  const lu = a.slice(), rows = Int32Array.from({ length: m }, (_, i) => i);
  const steps = Math.min(m, n), pivots = rows.slice(0, steps);
  let sign = 1, singular = -1;
  for (let k = 0; k < steps; k++) {
    let top = k;
    for (let i = k + 1; isPivoting && i < m; i++) {
      if (Math.abs(lu[i * n + k]!) > Math.abs(lu[top * n + k]!)) top = i;
    }
    const pivot = lu[top * n + k]!;
    if (pivot === 0) {
      if (singular < 0) singular = k;
      if (isPivoting) continue;
    }
    if (top !== k) {
      sign = -sign;
      pivots[k] = top;
      [rows[k], rows[top]] = [rows[top]!, rows[k]!];
      for (let j = 0; j < n; j++) {
        [lu[k * n + j], lu[top * n + j]] = [lu[top * n + j]!, lu[k * n + j]!];
      }
    }
    for (let i = k + 1; i < m; i++) {
      const factor = lu[i * n + k]! /= pivot;
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) lu[i * n + j]! -= factor * lu[k * n + j]!;
    }
  }
  return { lu, rows, pivots, sign, singular };
}

/** x [n, m] of A·x = b from A's factors. */
export function solved({ lu, rows }: Factors, b: Matrix, x: Matrix, n: number, m: number): void {
  for (let i = 0; i < n; i++) x.set(b.subarray(rows[i]! * m, (rows[i]! + 1) * m), i * m);
  substituted(lu, x, n, m, { upper: false, unitriangular: true });
  substituted(lu, x, n, m, { upper: true, unitriangular: false });
}

/** What of a square matrix counts. */
export interface Triangle {
  upper: boolean;
  unitriangular: boolean;
}

/** x [n, m] ← T⁻¹·x, by the triangle T of a matrix. */
export function substituted(
  t: Matrix,
  x: Matrix,
  n: number,
  m: number,
  { upper, unitriangular }: Triangle,
): void {
  for (let step = 0; step < n; step++) {
    const i = upper ? n - 1 - step : step;
    const [from, to] = upper ? [i + 1, n] : [0, i];
    for (let k = from; k < to; k++) {
      const factor = t[i * n + k]!;
      if (factor === 0) continue;
      for (let j = 0; j < m; j++) x[i * m + j]! -= factor * x[k * m + j]!;
    }
    if (unitriangular) continue;
    for (let j = 0; j < m; j++) x[i * m + j]! /= t[i * n + i]!;
  }
}

/** The matrix whose diagonal is 1. */
export function unit(n: number): Matrix {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * (n + 1)] = 1;
  return out;
}

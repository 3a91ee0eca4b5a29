/**
 * The LU decomposition, of matrices of any shape.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { atMost, checkOptions, flag, type Kinds } from "../core/options.ts";
import { alloc, type Buffer } from "../device/buffer.ts";
import { fill } from "../device/transfer.ts";
import { add } from "../ops/binary.ts";
import { tril, triu } from "../ops/diagonal.ts";
import { neg } from "../ops/elementwise.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { cat } from "../ops/join.ts";
import { takeAlongDim } from "../ops/mask.ts";
import { matmul } from "../ops/matmul.ts";
import { narrow, reshape } from "../ops/view.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { factored } from "./elimination.ts";
import { eachMatrix, matricesOf, turned, unitLike, withoutElements } from "./matrices.ts";
import { solveTriangular } from "./solve.ts";

/** Options of {@link lu} and {@link luFactor}. */
export interface LuOptions {
  /** Whether rows are swapped so that each pivot is the largest of its column. Default: true. */
  pivot?: boolean;
}

const LU: Kinds<LuOptions> = { pivot: flag };

/** What {@link lu} gives. */
export interface PLU {
  /** The permutation, [..., m, m]; without elements where rows are not swapped. */
  P: Tensor;
  /** Lower triangular with a diagonal of ones, [..., m, k]. */
  L: Tensor;
  /** Upper triangular, [..., k, n]. */
  U: Tensor;
}

/** What {@link luFactor} gives. */
export interface LuFactors {
  /** U, and L below it without its diagonal of ones: [..., m, n]. */
  LU: Tensor;
  /** Which row was swapped with row i, counted from 1: int32 [..., k]. */
  pivots: Tensor;
}

/** What is found of each matrix of a batch. */
interface Found {
  /** L and U in one. */
  factors: Buffer;
  /** Which row of x each of L·U is, and which rows were swapped, a matrix after the other. */
  rows: Int32Array[];
  pivots: Int32Array[];
}

function found(op: string, x: Tensor, isPivoting: boolean): Found {
  const [m, n] = x.shape.slice(-2) as [number, number];
  const rows: Int32Array[] = [], pivots: Int32Array[] = [];
  const [factors] = eachMatrix(op, [x], [[m, n]], ([a], [y]) => {
    const of = factored(a!, m, n, isPivoting);
    y!.set(of.lu);
    rows.push(of.rows);
    pivots.push(of.pivots);
  });
  return { factors: factors!, rows, pivots };
}

/** Numbers for each matrix of a batch, [..., length]. */
export function whole(like: Tensor, lists: readonly Int32Array[], length: number): Tensor {
  const out = alloc(like, [...like.shape.slice(0, -2), length], "int32");
  fill(out, (to) => lists.forEach((list, i) => (to as Int32Array).set(list, i * length)));
  return record("lu", out, []);
}

/** x [..., m, n] with the rows of each matrix in an order, [..., m]. */
export function inOrder(x: Tensor, rows: Tensor): Tensor {
  return takeAlongDim(x, reshape(rows, [...rows.shape, 1]), -2);
}

/** What undoes an order of rows. */
export function undone(rows: Int32Array): Int32Array {
  const back = new Int32Array(rows.length);
  rows.forEach((row, i) => back[row] = i);
  return back;
}

/** Adds rows or columns of zeros at the end. */
function padded(x: Tensor, dim: -2 | -1, length: number): Tensor {
  const missing = length - x.shape.at(dim)!;
  if (missing === 0) return x;
  const zeros = eachMatrix("lu", [x], [
    dim === -2 ? [missing, x.shape.at(-1)!] : [x.shape.at(-2)!, missing],
  ], () => {});
  return cat([x, record("lu", zeros[0]!, [])], dim);
}

/** The square part of L and U, which has k rows, and what stands below or beside it. */
function split(x: Tensor, dim: -2 | -1, k: number): [square: Tensor, rest: Tensor | null] {
  const more = x.shape.at(dim)! - k;
  return [narrow(x, dim, 0, k), more === 0 ? null : narrow(x, dim, k, more)];
}

/** The gradient of x by that of L, and by that of U, if rows were in the order that they have in L·U. */
function gradient(L: Tensor, U: Tensor, dL: Tensor | null, dU: Tensor | null): Tensor {
  const [m, k, n] = [L.shape.at(-2)!, L.shape.at(-1)!, U.shape.at(-1)!];
  const [L1, L2] = split(L, -2, k), [U1, U2] = split(U, -1, k);
  let lower: Tensor | null = null, upper: Tensor | null = null;
  let below: Tensor | null = null, beside: Tensor | null = null;
  if (dL !== null) {
    const [dL1, dL2] = split(dL, -2, k);
    lower = matmul(turned(L1), dL1);
    if (L2 !== null) { // L2 is what stands below, times the inverse of U
      upper = neg(matmul(turned(L2), dL2!));
      below = solveTriangular(turned(U1), dL2!, { upper: false, left: false });
    }
  }
  if (dU !== null) {
    const [dU1, dU2] = split(dU, -1, k);
    upper = matmul(dU1, turned(U1));
    if (U2 !== null) { // U2 is the inverse of L, times what stands beside
      lower = neg(matmul(dU2!, turned(U2)));
      beside = solveTriangular(turned(L1), dU2!, { upper: true, unitriangular: true });
    }
  }
  const parts = [lower === null ? null : tril(lower, -1), upper === null ? null : triu(upper)];
  const [a, b] = parts.filter((part) => part !== null);
  const middle = b === undefined ? a! : add(a!, b);
  const left = solveTriangular(turned(L1), middle, { upper: true, unitriangular: true });
  const square = solveTriangular(turned(U1), left, { upper: false, left: false });
  const tall = below === null ? padded(square, -2, m) : cat([square, below], -2);
  return beside === null ? padded(tall, -1, n) : cat([tall, beside], -1);
}

/**
 * P·L·U = x, [..., m, n]: P swaps rows, L is lower triangular with a diagonal of ones, U upper triangular;
 * k = min(m, n) columns and rows.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@glim/glim";
 * const { P, L, U } = linalg.lu(tensor([[1, 2], [2, 2]]));
 * console.log(U.toArray(), P.matmul(L).matmul(U).toArray()); // [[2, 2], [0, 1]] [[1, 2], [2, 2]]
 * ```
 */
export function lu(x: Tensor, options: LuOptions = {}): PLU {
  atMost(2, arguments.length, "lu(x, { pivot })");
  return inNameOf("lu", () => {
    const { pivot = true } = checkOptions("lu", options, LU);
    x = matricesOf("lu", x);
    const [m, n] = x.shape.slice(-2) as [number, number];
    const k = Math.min(m, n);
    const { factors, rows } = found("lu", x, pivot);
    const [l, u, p] = eachMatrix("lu", [record("lu", factors, [])], [[m, k], [k, n], [m, m]], (
      [a],
      [l, u, p],
      place,
    ) => {
      unpacked(a!, l!, u!, m, n);
      rows[place]!.forEach((row, i) => p![row * m + i] = 1);
    });
    const back = whole(x, rows.map(undone), m);
    const how = { saved: [l!, u!], differentiable: true };
    const L: Tensor = record("lu", l!, [[x, (dL) => {
      return inOrder(gradient(L, U, dL, null), back);
    }]], how);
    const U: Tensor = record("lu", u!, [[x, (dU) => {
      return inOrder(gradient(L, U, null, dU), back);
    }]], how);
    return { P: pivot ? record("lu", p!, []) : withoutElements("lu", x), L, U };
  });
}

/** l [m, k] and u [k, n] of both in one. */
function unpacked(a: Float64Array, l: Float64Array, u: Float64Array, m: number, n: number): void {
  const k = Math.min(m, n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      if (j < i) l[i * k + j] = a[i * n + j]!;
      else u[i * n + j] = a[i * n + j]!;
    }
    if (i < k) l[i * (k + 1)] = 1;
  }
}

/** `lu` as it is kept: L and U in one, and which rows were swapped. See `luSolve`. */
export function luFactor(x: Tensor, options: LuOptions = {}): LuFactors {
  atMost(2, arguments.length, "luFactor(x, { pivot })");
  return inNameOf("luFactor", () => {
    const { pivot = true } = checkOptions("luFactor", options, LU);
    x = matricesOf("luFactor", x);
    const [m, n] = x.shape.slice(-2) as [number, number];
    const k = Math.min(m, n);
    const { factors, rows, pivots } = found("luFactor", x, pivot);
    const back = whole(x, rows.map(undone), m);
    const both: Tensor = record("luFactor", factors, [[x, (d) => {
      const dL = tril(narrow(d, -1, 0, k), -1), dU = triu(narrow(d, -2, 0, k));
      const [L, U] = parts(both);
      return inOrder(add(gradient(L, U, dL, null), gradient(L, U, null, dU)), back);
    }]], { saved: [factors], differentiable: true });
    return { LU: both, pivots: whole(x, pivots.map((list) => list.map((i) => i + 1)), k) };
  });
}

/** L and U of both in one. */
export function parts(both: Tensor): [L: Tensor, U: Tensor] {
  const [m, n] = both.shape.slice(-2) as [number, number];
  const k = Math.min(m, n);
  const lower = tril(narrow(both, -1, 0, k), -1);
  return [
    add(lower, padded(unitLike("lu", narrow(lower, -2, 0, k)), -2, m)),
    triu(narrow(both, -2, 0, k)),
  ];
}

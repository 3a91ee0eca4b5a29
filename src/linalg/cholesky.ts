/**
 * Cholesky's decomposition, of positive definite matrices, and what is solved by it.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { atMost, check, checkOptions, flag, type Kinds } from "../core/options.ts";
import { add, mul } from "../ops/binary.ts";
import { tril } from "../ops/diagonal.ts";
import { neg } from "../ops/elementwise.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { matmul } from "../ops/matmul.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { substituted } from "./elimination.ts";
import {
  eachMatrix,
  matricesOf,
  type Matrix,
  placeOf,
  squaresOf,
  turned,
  unitLike,
} from "./matrices.ts";
import { solveTriangular, together } from "./solve.ts";

/** Options of what has a triangle. */
export interface TriangleOptions {
  /** Whether the triangle is the upper one. Default: false. */
  upper?: boolean;
}

const TRIANGLE: Kinds<TriangleOptions> = { upper: flag };

/** L of the lower triangle of a matrix; false where it is not positive definite. */
function decomposed(a: Matrix, l: Matrix, n: number): boolean {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = a[i * n + j]!;
      for (let k = 0; k < j; k++) rest -= l[i * n + k]! * l[j * n + k]!;
      if (i !== j) l[i * n + j] = rest / l[j * (n + 1)]!;
      else if (rest > 0) l[i * (n + 1)] = Math.sqrt(rest);
      else return false;
    }
  }
  return true;
}

/**
 * Lower triangular L of L·Lᵀ = x, [..., n, n], from the lower triangle of x; with `upper` the transpose,
 * from the upper one. RangeError where a matrix is not positive definite.
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@glim/glim";
 * console.log(linalg.cholesky(tensor([[4, 2], [2, 5]])).toArray()); // [[2, 0], [1, 2]]
 * ```
 */
export function cholesky(x: Tensor, options: TriangleOptions = {}): Tensor {
  atMost(2, arguments.length, "cholesky(x, { upper })");
  const { upper = false } = checkOptions("cholesky", options, TRIANGLE);
  x = squaresOf("cholesky", x);
  return upper ? turned(lower(turned(x))) : lower(x);
}

function lower(x: Tensor): Tensor {
  const n = x.shape.at(-1)!;
  const [out] = eachMatrix("cholesky", [x], [[n, n]], ([a], [l], place) => {
    if (decomposed(a!, l!, n)) return;
    throw new RangeError(
      `cholesky: the matrix must be positive definite: ${placeOf(x, place)} is not`,
    );
  });
  const L: Tensor = record("cholesky", out!, [[x, (dL) => {
    const products = tril(matmul(turned(L), dL));
    const both = mul(add(products, turned(tril(products, -1))), 0.5);
    const half = solveTriangular(turned(L), both, { upper: true });
    return solveTriangular(L, half, { upper: false, left: false });
  }]], { saved: [out!], differentiable: true });
  return L;
}

/** x of a·x = b, where `factor` is a's `cholesky`: b [..., n, m], factor [..., n, n]. */
export function choleskySolve(b: Tensor, factor: Tensor, upper = false): Tensor {
  atMost(3, arguments.length, "choleskySolve(b, factor, upper)");
  return inNameOf("choleskySolve", () => {
    const [r, f] = together(
      "choleskySolve",
      matricesOf("choleskySolve", b, "b"),
      squaresOf("choleskySolve", factor, "the factor"),
    );
    check("choleskySolve", "upper", upper, flag);
    return solved(r, f, upper);
  });
}

function solved(b: Tensor, factor: Tensor, upper: boolean): Tensor {
  const [n, m] = b.shape.slice(-2) as [number, number];
  const [out] = eachMatrix("choleskySolve", [b, factor], [[n, m]], ([b, l], [x]) => {
    x!.set(b!);
    const [lower, other] = upper ? [flipped(l!, n), l!] : [l!, flipped(l!, n)];
    substituted(lower, x!, n, m, { upper: false, unitriangular: false });
    substituted(other, x!, n, m, { upper: true, unitriangular: false });
  });
  const x: Tensor = record("choleskySolve", out!, [
    [b, (_, db) => db],
    [factor, (_, db) => { // of a whole matrix, as in PyTorch: cholesky() takes its triangle
      const one = matmul(db, turned(x));
      const both = neg(add(one, turned(one)));
      return upper ? matmul(factor, both) : matmul(both, factor);
    }],
  ], {
    shared: (dx: Tensor) => solved(dx, factor, upper),
    saved: [factor, out!],
    differentiable: true,
  });
  return x;
}

function flipped(a: Matrix, n: number): Matrix {
  return a.map((_, i) => a[(i % n) * n + Math.floor(i / n)]!);
}

/** The inverse of a, where `factor` is a's `cholesky`. */
export function choleskyInverse(factor: Tensor, upper = false): Tensor {
  atMost(2, arguments.length, "choleskyInverse(factor, upper)");
  return inNameOf("choleskyInverse", () => {
    factor = squaresOf("choleskyInverse", factor, "the factor");
    check("choleskyInverse", "upper", upper, flag);
    return solved(unitLike("choleskyInverse", factor), factor, upper);
  });
}

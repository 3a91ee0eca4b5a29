/**
 * Least squares.
 *
 * @module
 */
import { atMost, checkOptions, type Kinds, notNegative, orNull } from "../core/options.ts";
import { sub } from "../ops/binary.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { matmul } from "../ops/matmul.ts";
import { sum } from "../ops/sum.ts";
import { square } from "../ops/unary.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { matricesOf, withoutElements } from "./matrices.ts";
import { together } from "./solve.ts";
import { matrixRank, pinv } from "./svd.ts";

/** What {@link lstsq} gives. */
export interface LeastSquares {
  /** x, [..., n, k]. */
  solution: Tensor;
  /** Σ (a·x − b)² of each column, [..., k]; without elements unless each a has more rows than columns, and n is its rank. */
  residuals: Tensor;
  /** How many of a's columns are independent, int32, [...]. */
  rank: Tensor;
}

/** Options of {@link lstsq}. */
export interface LeastSquaresOptions {
  /** Singular values of `a` up to this share of the largest count as 0. Default: max(m, n) · 2⁻²³. */
  rcond?: number | null;
}

const LSTSQ: Kinds<LeastSquaresOptions> = { rcond: orNull(notNegative) };

/**
 * The x of the least |a·x − b|, the shortest where there are several: a [..., m, n], b [..., m, k].
 *
 * @example
 * ```ts
 * import { linalg, tensor } from "@glim/glim";
 * const a = tensor([[1, 0], [1, 1], [1, 2]]); // a line through three points
 * console.log(linalg.lstsq(a, tensor([[1], [3], [5]])).solution.toArray()); // near [[1], [2]]
 * ```
 */
export function lstsq(a: Tensor, b: Tensor, options: LeastSquaresOptions = {}): LeastSquares {
  atMost(3, arguments.length, "lstsq(a, b, { rcond })");
  return inNameOf("lstsq", () => {
    const { rcond = null } = checkOptions("lstsq", options, LSTSQ);
    const tolerance = rcond === null ? {} : { rtol: rcond };
    a = matricesOf("lstsq", a, "a");
    b = matricesOf("lstsq", b, "b");
    const [m, n] = a.shape.slice(-2) as [number, number];
    [a, b] = together("lstsq", a, b);
    const solution = matmul(pinv(a, tolerance), b);
    const rank = matrixRank(a, tolerance);
    const isOf = m > n && Array.from(rank.toTypedArray()).every((r) => r === n);
    return {
      solution,
      residuals: isOf ? sum(square(sub(matmul(a, solution), b)), -2) : withoutElements("lstsq", a),
      rank,
    };
  });
}

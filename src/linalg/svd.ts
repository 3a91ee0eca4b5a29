/**
 * Singular values, and what they tell: pseudo-inverses, ranks, condition numbers.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { GradientError } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  either,
  flag,
  type Kinds,
  notNegative,
} from "../core/options.ts";
import { add, div, maximum, mul, sub } from "../ops/binary.ts";
import { asFloat } from "../ops/cast.ts";
import { tensorKind } from "../ops/check.ts";
import { gt, le } from "../ops/compare.ts";
import { diagEmbed } from "../ops/diagonal.ts";
import { filledLike } from "../ops/filled_like.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { neg } from "../ops/elementwise.ts";
import { matmul } from "../ops/matmul.ts";
import { matrixNorm, type NormOrder } from "../ops/vector_norm.ts";
import { amax } from "../ops/reduce.ts";
import { sum } from "../ops/sum.ts";
import { abs } from "../ops/unary.ts";
import { narrow, squeeze, unsqueeze } from "../ops/view.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkFinite, eachMatrix, matricesOf, squaresOf, turned } from "./matrices.ts";
import { eigh } from "./eigh.ts";
import { completed, decomposed } from "./rotations.ts";
import { inv } from "./solve.ts";

/** What {@link svd} gives. */
export interface SingularValues {
  /** Orthonormal columns, [..., m, k], or [..., m, m]. */
  U: Tensor;
  /** In falling order, [..., k], k = min(m, n). */
  S: Tensor;
  /** Orthonormal rows, [..., k, n], or [..., n, n]. */
  Vh: Tensor;
}

/**
 * U·diag(S)·Vh = x, [..., m, n]. Without `fullMatrices` only as many columns of U and rows of Vh as there
 * are singular values. Where these are alike, the gradients of U and Vh are not finite.
 */
export function svd(x: Tensor, fullMatrices = true): SingularValues {
  atMost(2, arguments.length, "svd(x, fullMatrices)");
  x = matricesOf("svd", x);
  check("svd", "fullMatrices", fullMatrices, flag);
  const [m, n] = x.shape.slice(-2) as [number, number];
  const k = Math.min(m, n);
  const [p, q] = fullMatrices ? [m, n] : [k, k];
  const [u, s, vh] = eachMatrix("svd", [x], [[m, p], [k], [q, n]], ([a], [u, s, vh], place) => {
    checkFinite("svd", x, a!, place);
    const found = decomposed(a!, m, n);
    s!.set(found.s);
    const v = new Float64Array(n * q);
    for (let j = 0; j < k; j++) {
      for (let i = 0; i < m; i++) u![i * p + j] = found.u[i * k + j]!;
      for (let i = 0; i < n; i++) v[i * q + j] = found.v[i * k + j]!;
    }
    completed(u!, m, p);
    completed(v, n, q);
    for (let i = 0; i < n; i++) for (let j = 0; j < q; j++) vh![j * n + i] = v[i * q + j]!;
  });
  const how = { saved: [u!, s!, vh!], differentiable: true };
  /** U·inner·Vh. */
  const back = (inner: Tensor) => matmul(matmul(U, inner), Vh);
  /** (xᵀ dx − dxᵀ x) / (sⱼ² − sᵢ²). */
  const turns = (product: Tensor) => {
    const squares = mul(S, S), one = diagEmbed(filledLike(S, 1));
    const apart = add(sub(unsqueeze(squares, -2), unsqueeze(squares, -1)), one);
    return div(sub(product, turned(product)), apart);
  };
  /** What of d does not lie in the space of the columns of c, divided by S. */
  const outside = (d: Tensor, c: Tensor) =>
    div(sub(d, matmul(c, matmul(turned(c), d))), unsqueeze(S, -2));
  const checkReduced = () => {
    if (p === k && q === k) return;
    throw new GradientError(
      `backward: the gradient of svd's U and Vh needs fullMatrices = false: x is [${m}, ${n}]`,
    );
  };
  const S: Tensor = record("svd", s!, [[x, (dS) => {
    const [left, right] = [narrow(U, -1, 0, k), narrow(Vh, -2, 0, k)];
    return matmul(matmul(left, diagEmbed(dS)), right);
  }]], how);
  const U: Tensor = record("svd", u!, [[x, (dU) => {
    checkReduced();
    const inside = back(mul(turns(matmul(turned(U), dU)), unsqueeze(S, -2)));
    return m > k ? add(inside, matmul(outside(dU, U), Vh)) : inside;
  }]], how);
  const Vh: Tensor = record("svd", vh!, [[x, (dVh) => {
    checkReduced();
    const V = turned(Vh), dV = turned(dVh);
    const inside = back(mul(turns(matmul(turned(V), dV)), unsqueeze(S, -1)));
    return n > k ? add(inside, matmul(U, turned(outside(dV, V)))) : inside;
  }]], how);
  return { U, S, Vh };
}

/** The singular values alone, in falling order. */
export function svdvals(x: Tensor): Tensor {
  atMost(1, arguments.length, "svdvals(x)");
  return inNameOf("svdvals", () => svd(x, false).S);
}

/** Options of {@link pinv} and {@link matrixRank}: which singular values count as 0. */
export interface ToleranceOptions {
  /** Those up to this; a tensor tells it of each matrix. Default: 0. */
  atol?: number | Tensor;
  /**
   * Those up to this share of the largest; a tensor tells it of each matrix. Default: max(m, n) · 2⁻²³, or
   * 0 where `atol` is above 0.
   */
  rtol?: number | Tensor;
  /** Whether matrices are symmetric, of which the lower triangle is read: it is faster. Default: false. */
  hermitian?: boolean;
}

const TOLERANCE: Kinds<ToleranceOptions> = {
  atol: either(notNegative, tensorKind),
  rtol: either(notNegative, tensorKind),
  hermitian: flag,
};

/** x = left · diag(S) · right, where S may be negative for symmetric matrices. */
function apart(op: string, x: Tensor, hermitian = false): [left: Tensor, S: Tensor, right: Tensor] {
  if (!hermitian) {
    const { U, S, Vh } = svd(x.detach(), false);
    return [U, S, Vh];
  }
  const { eigenvalues, eigenvectors } = eigh(squaresOf(op, x.detach()));
  return [eigenvectors, eigenvalues, turned(eigenvectors)];
}

/** Which singular values count, as 1 and 0. */
function counting(op: string, x: Tensor, S: Tensor, { atol, rtol }: ToleranceOptions): Tensor {
  const usual = Math.max(...x.shape.slice(-2)) * 2 ** -23;
  /** A number of each matrix beside its singular values. */
  const beside = (of: number | Tensor) =>
    typeof of === "number" ? of : unsqueeze(asFloat(op, of.detach(), "the tolerance"), -1);
  const least = beside(atol ?? 0);
  const share = rtol !== undefined
    ? beside(rtol)
    : typeof least === "number"
    ? least > 0 ? 0 : usual
    : mul(le(least, 0).float(), usual);
  if (S.shape.at(-1) === 0) return S.bool();
  const sizes = abs(S);
  return gt(sizes, maximum(mul(amax(sizes, -1, true), share), least));
}

/** Moore and Penrose's inverses: [..., m, n] → [..., n, m]. */
export function pinv(x: Tensor, options: ToleranceOptions = {}): Tensor {
  atMost(2, arguments.length, "pinv(x, { atol, rtol, hermitian })");
  return inNameOf("pinv", () => {
    x = matricesOf("pinv", x);
    checkOptions("pinv", options, TOLERANCE);
    const [left, S, right] = apart("pinv", x, options.hermitian);
    const counts = counting("pinv", x, S, options).float();
    const inverse = div(counts, add(mul(S, counts), sub(1, counts)));
    const found = matmul(turned(right), mul(unsqueeze(inverse, -1), turned(left)));
    // Golub and Pereyra's, which needs no singular vectors
    const y: Tensor = record("pinv", found, [[x, (dy) => {
      const t = turned(y), dt = turned(dy);
      const rows = sub(dt, matmul(x, matmul(y, dt)));
      const columns = sub(dt, matmul(matmul(dt, y), x));
      const whole = neg(matmul(matmul(t, dy), t));
      return add(whole, add(matmul(matmul(rows, y), t), matmul(t, matmul(y, columns))));
    }]], { saved: [x, found], differentiable: true });
    return y;
  });
}

/** How many singular values count: int32. */
export function matrixRank(x: Tensor, options: ToleranceOptions = {}): Tensor {
  atMost(2, arguments.length, "matrixRank(x, { atol, rtol, hermitian })");
  return inNameOf("matrixRank", () => {
    x = matricesOf("matrixRank", x);
    checkOptions("matrixRank", options, TOLERANCE);
    const [, S] = apart("matrixRank", x, options.hermitian);
    return sum(counting("matrixRank", x, S, options), -1);
  });
}

/** The largest singular value over the smallest, or |x| · |x⁻¹| by another norm of matrices. */
export function cond(x: Tensor, p: NormOrder | null = null): Tensor {
  atMost(2, arguments.length, "cond(x, p)");
  return inNameOf("cond", () => {
    if (p !== null && p !== 2 && p !== -2) {
      x = squaresOf("cond", x);
      return mul(matrixNorm(x, p as "fro"), matrixNorm(inv(x), p as "fro"));
    }
    const S = svd(matricesOf("cond", x), false).S;
    const [most, least] = [narrow(S, -1, 0, 1), narrow(S, -1, S.shape.at(-1)! - 1, 1)];
    return squeeze(p === -2 ? div(least, most) : div(most, least), -1);
  });
}

/**
 * Decompositions, equations, norms and products of matrices: PyTorch's `torch.linalg`. All take batches,
 * [..., m, n]. What is no product or norm is computed in float64 on the host: a tensor on a GPU is
 * brought by `cpu()` first.
 *
 * @module
 */
export {
  inv,
  solve,
  type SolveOptions,
  solveTriangular,
  type SolveTriangularOptions,
  tensorinv,
  tensorsolve,
  type TensorsolveOptions,
} from "./solve.ts";
export { det, logdet, type SignAndLog, slogdet } from "./determinant.ts";
export { cholesky, choleskyInverse, choleskySolve, type TriangleOptions } from "./cholesky.ts";
export { lu, luFactor, type LuFactors, type LuOptions, type PLU } from "./lu.ts";
export { luSolve, type LuSolveOptions, luUnpack } from "./lu_solve.ts";
export { type QAndR, qr } from "./qr.ts";
export { type LeastSquares, type LeastSquaresOptions, lstsq } from "./lstsq.ts";
export { type EigenvaluesAndVectors, eigh, eigvalsh, type UPLO } from "./eigh.ts";
export {
  cond,
  matrixRank,
  pinv,
  type SingularValues,
  svd,
  svdvals,
  type ToleranceOptions,
} from "./svd.ts";
export { matrixExp } from "./matrix_exp.ts";
export { matrixNorm, norm } from "./norms.ts";
export { cross, diagonal, matrixPower, vander, vecdot } from "./products.ts";
export { multiDot } from "../ops/linear_algebra.ts";
export { matmul } from "../ops/matmul.ts";
export { vectorNorm } from "../ops/vector_norm.ts";

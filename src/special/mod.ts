/**
 * PyTorch's `torch.special`: functions of statistics and physics. What `functional` has too stands here
 * under the names that it has there.
 *
 * @example
 * ```ts
 * import { special, tensor } from "@glim/glim";
 * console.log(special.gammainc(tensor([1, 2]), tensor([0.5, 3])).toArray()); // near [0.393, 0.801]
 * ```
 *
 * @module
 */
export {
  besselJ0,
  besselJ1,
  besselY0,
  besselY1,
  erfcx,
  i0,
  i0e,
  i1,
  i1e,
  ndtri,
} from "./of_one.ts";
export { gammainc, gammaincc, zeta } from "./of_two.ts";
export { digamma, erf, erfc, erfinv, exp2, expm1, log1p } from "../ops/exponential.ts";
export { entr, logNdtr, ndtr, xlog1py } from "../ops/special.ts";
export { xlogy } from "../ops/binary_more.ts";
export { logit, round } from "../ops/pointwise.ts";
export { polygamma } from "../ops/polygamma.ts";
export { logSoftmax, softmax } from "../ops/softmax.ts";
export { logsumexp } from "../ops/statistics.ts";
export { sinc } from "../ops/trigonometry.ts";
export { expit, gammaln, multigammaln, psi } from "./second_names.ts";

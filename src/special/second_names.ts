/**
 * Functions that `functional` has, under the names that `torch.special` gives them.
 *
 * @module
 */
import { atMost } from "../core/options.ts";
import { digamma, lgamma } from "../ops/exponential.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { mvlgamma } from "../ops/special.ts";
import { sigmoid } from "../ops/unary.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** `sigmoid`, the inverse of `logit`: `1 / (1 + e⁻ˣ)`. */
export function expit(x: Tensor): Tensor {
  atMost(1, arguments.length, "expit(x)");
  return inNameOf("expit", () => sigmoid(x));
}

/** `lgamma`, the logarithm of |Γ(x)|. */
export function gammaln(x: Tensor): Tensor {
  atMost(1, arguments.length, "gammaln(x)");
  return inNameOf("gammaln", () => lgamma(x));
}

/** `mvlgamma`: the logarithm of the multivariate gamma function of p dimensions. */
export function multigammaln(x: Tensor, p: number): Tensor {
  atMost(2, arguments.length, "multigammaln(x, p)");
  return inNameOf("multigammaln", () => mvlgamma(x, p));
}

/** `digamma`, the derivative of `gammaln`. */
export function psi(x: Tensor): Tensor {
  atMost(1, arguments.length, "psi(x)");
  return inNameOf("psi", () => digamma(x));
}

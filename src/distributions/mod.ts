/**
 * Distributions, as in PyTorch's `torch.distributions`.
 *
 * @module
 */
export { Distribution } from "./distribution.ts";
export { Normal } from "./normal.ts";
export { Bernoulli } from "./bernoulli.ts";
export { Categorical } from "./categorical.ts";
export type { ProbsOrLogits } from "./probs_or_logits.ts";
export { Uniform } from "./uniform.ts";
export { Beta } from "./beta.ts";
export { Gamma } from "./gamma.ts";
export { Exponential } from "./exponential.ts";
export { Laplace } from "./laplace.ts";
export { LogNormal } from "./log_normal.ts";
export { HalfNormal } from "./half_normal.ts";
export { Cauchy } from "./cauchy.ts";
export { StudentT } from "./student_t.ts";
export { Poisson } from "./poisson.ts";
export { Geometric } from "./geometric.ts";
export { Binomial } from "./binomial.ts";
export { Multinomial } from "./multinomial.ts";
export { Dirichlet } from "./dirichlet.ts";
export { type CovarianceOptions, MultivariateNormal } from "./multivariate_normal.ts";
export { Independent } from "./independent.ts";
export { Chi2 } from "./chi2.ts";
export { InverseGamma } from "./inverse_gamma.ts";
export { HalfCauchy } from "./half_cauchy.ts";
export { Gumbel } from "./gumbel.ts";
export { Weibull } from "./weibull.ts";
export { Pareto } from "./pareto.ts";
export { NegativeBinomial } from "./negative_binomial.ts";
export { OneHotCategorical, OneHotCategoricalStraightThrough } from "./one_hot_categorical.ts";
export { RelaxedBernoulli, RelaxedOneHotCategorical } from "./relaxed.ts";
export { MixtureSameFamily } from "./mixture_same_family.ts";
export { TransformedDistribution } from "./transformed_distribution.ts";
export {
  AffineTransform,
  ComposeTransform,
  ExpTransform,
  IndependentTransform,
  PowerTransform,
  SigmoidTransform,
  SoftplusTransform,
  TanhTransform,
  Transform,
} from "./transforms.ts";
export { klDivergence } from "./kl.ts";

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
export { Independent } from "./independent.ts";
export { klDivergence } from "./kl.ts";

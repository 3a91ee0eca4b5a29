import { crossEntropy, type LossOptions, mseLoss, nllLoss } from "../ops/mod.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** What the losses share: their options. */
abstract class Loss extends Module {
  /** How the losses of single samples are reduced. */
  readonly options: LossOptions;

  /** See {@link LossOptions}. */
  constructor(options: LossOptions = {}) {
    super();
    this.options = options;
  }
}

/** Negative log-likelihood of log-probabilities [n, c] and labels [n]. */
export class NLLLoss extends Loss {
  /** logp: [n, c], labels: [n]. */
  forward(logp: Tensor, labels: Tensor): Tensor {
    return nllLoss(logp, labels, this.options);
  }
}

/** Cross-entropy of logits [n, c] and labels [n]. */
export class CrossEntropyLoss extends Loss {
  /** logits: [n, c], labels: [n]. */
  forward(logits: Tensor, labels: Tensor): Tensor {
    return crossEntropy(logits, labels, this.options);
  }
}

/** Mean squared error of two tensors of the same shape. */
export class MSELoss extends Loss {
  /** Both of the same shape. */
  forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, this.options);
  }
}

import {
  type ClassLossOptions,
  crossEntropy,
  type CrossEntropyOptions,
  type LossOptions,
  mseLoss,
  nllLoss,
} from "../ops/mod.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** What the losses share: their options. */
abstract class Loss<Options extends LossOptions = LossOptions> extends Module {
  /** How the losses of single samples are made and reduced. */
  readonly options: Options;

  /** See the loss of the same name in `functional`. */
  constructor(options: Options = {} as Options) {
    super();
    this.options = options;
  }
}

/** A loss of labels; weights of the classes are its buffer `weight`, as in PyTorch. */
abstract class ClassLoss<Options extends ClassLossOptions> extends Loss<Options> {
  /** See the loss of the same name in `functional`. */
  constructor(options: Options = {} as Options) {
    super(options);
    if (options.weight) this.registerBuffer("weight", options.weight);
  }
}

/** Negative log-likelihood of log-probabilities [n, c] and labels [n]. */
export class NLLLoss extends ClassLoss<ClassLossOptions> {
  /** logp: [n, c], labels: [n]. */
  forward(logp: Tensor, labels: Tensor): Tensor {
    return nllLoss(logp, labels, this.options);
  }
}

/** Cross-entropy of logits [n, c] and labels [n]. */
export class CrossEntropyLoss extends ClassLoss<CrossEntropyOptions> {
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

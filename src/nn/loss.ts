import type { ClassLossOptions, CrossEntropyOptions, LossOptions } from "../ops/mod.ts";
import {
  CLASS_LOSS,
  CROSS_ENTROPY,
  crossEntropyUnchecked,
  LOSS,
  mseLossUnchecked,
  nllLossUnchecked,
} from "../ops/loss.ts";
import { atMost, checkOptions, copyOptions, type Kinds } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

/** What the losses share: their options. */
export abstract class Loss<Options extends LossOptions = LossOptions>
  extends Module<[input: Tensor, target: Tensor]> {
  /** How the losses of single samples are made and reduced. */
  readonly options: Options;

  /** See the loss of the same name in `functional`. */
  constructor(name: string, kinds: Kinds<Options>, options: Options = {} as Options) {
    checkOptions(name, options, kinds);
    super();
    this.options = copyOptions(options);
  }
}

/** A loss of labels; weights of the classes are its buffer `weight`, as in PyTorch. */
export abstract class ClassLoss<Options extends ClassLossOptions> extends Loss<Options> {
  /** See the loss of the same name in `functional`. */
  constructor(name: string, kinds: Kinds<Options>, options: Options = {} as Options) {
    super(name, kinds, options);
    if (options.weight) this.registerBuffer("weight", options.weight);
  }
}

/** Negative log-likelihood of log-probabilities [n, c] and labels [n]. */
export class NLLLoss extends ClassLoss<ClassLossOptions> {
  /** See the loss of the same name in `functional`. */
  constructor(options: ClassLossOptions = {}) {
    atMost(1, arguments.length, "NLLLoss(options)");
    super("NLLLoss", CLASS_LOSS, options);
  }

  /** logp: [n, c], labels: [n]. */
  forward(logp: Tensor, labels: Tensor): Tensor {
    atMost(2, arguments.length, "NLLLoss.forward(logp, labels)");
    return nllLossUnchecked(logp, labels, this.options);
  }
}

/** Cross-entropy of logits [n, c] and labels [n]. */
export class CrossEntropyLoss extends ClassLoss<CrossEntropyOptions> {
  /** See the loss of the same name in `functional`. */
  constructor(options: CrossEntropyOptions = {}) {
    atMost(1, arguments.length, "CrossEntropyLoss(options)");
    super("CrossEntropyLoss", CROSS_ENTROPY, options);
  }

  /** logits: [n, c], labels: [n]. */
  forward(logits: Tensor, labels: Tensor): Tensor {
    atMost(2, arguments.length, "CrossEntropyLoss.forward(logits, labels)");
    return crossEntropyUnchecked(logits, labels, this.options);
  }
}

/** Mean squared error of two tensors of the same shape. */
export class MSELoss extends Loss {
  /** See the loss of the same name in `functional`. */
  constructor(options: LossOptions = {}) {
    atMost(1, arguments.length, "MSELoss(options)");
    super("MSELoss", LOSS, options);
  }

  /** Both of the same shape. */
  forward(input: Tensor, target: Tensor): Tensor {
    atMost(2, arguments.length, "MSELoss.forward(input, target)");
    return mseLossUnchecked(input, target, this.options);
  }
}

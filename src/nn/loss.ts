import {
  binaryCrossEntropy,
  type BinaryCrossEntropyOptions,
  binaryCrossEntropyWithLogits,
  type ClassLossOptions,
  cosineEmbeddingLoss,
  type CrossEntropyOptions,
  ctcLoss,
  type CtcOptions,
  gaussianNllLoss,
  type GaussianNllOptions,
  hingeEmbeddingLoss,
  huberLoss,
  type HuberOptions,
  klDiv,
  type KlDivOptions,
  l1Loss,
  type LossOptions,
  type MarginOptions,
  marginRankingLoss,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  multiMarginLoss,
  type MultiMarginOptions,
  poissonNllLoss,
  type PoissonNllOptions,
  smoothL1Loss,
  type SmoothL1Options,
  softMarginLoss,
  tripletMarginLoss,
  type TripletMarginOptions,
  type WeightedLossOptions,
} from "../ops/mod.ts";
import { CTC } from "../ops/ctc_loss.ts";
import { MARGIN, MULTI_MARGIN, TRIPLET } from "../ops/margin_loss.ts";
import { BINARY, KL_DIV, WEIGHTED } from "../ops/probability_loss.ts";
import { GAUSSIAN, HUBER, mseLossUnchecked, POISSON, SMOOTH_L1 } from "../ops/regression_loss.ts";
import { CLASS_LOSS, CROSS_ENTROPY, crossEntropyUnchecked, nllLossUnchecked } from "../ops/loss.ts";
import { LOSS } from "../ops/reduction.ts";
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

/**
 * Negative log-likelihood of log-probabilities [n, c] and labels [n]: what follows a `LogSoftmax`. For
 * plain scores take {@link CrossEntropyLoss}.
 */
export class NLLLoss extends ClassLoss<ClassLossOptions> {
  /** See the loss of the same name in `functional`. */
  constructor(options: ClassLossOptions = {}) {
    atMost(1, arguments.length, "NLLLoss(options)");
    super("NLLLoss", CLASS_LOSS, options);
  }

  /** logp: [n, c], labels: [n], int32 or uint8 → a scalar, or [n] unreduced. */
  forward(logp: Tensor, labels: Tensor): Tensor {
    atMost(2, arguments.length, "NLLLoss.forward(logp, labels)");
    return nllLossUnchecked(logp, labels, this.options);
  }
}

/**
 * Cross-entropy of logits [n, c] and labels [n]. The softmax is in it: give it scores, not probabilities.
 * Its options are those of `functional.crossEntropy`: weights of the classes, a label to ignore, label
 * smoothing, and how the losses of samples are reduced.
 */
export class CrossEntropyLoss extends ClassLoss<CrossEntropyOptions> {
  /** See the loss of the same name in `functional`. */
  constructor(options: CrossEntropyOptions = {}) {
    atMost(1, arguments.length, "CrossEntropyLoss(options)");
    super("CrossEntropyLoss", CROSS_ENTROPY, options);
  }

  /**
   * logits: [n, c], labels: [n], int32 or uint8, or probabilities [n, c] → a scalar, or [n] unreduced.
   * RangeError names a label outside 0 … c − 1.
   */
  forward(logits: Tensor, labels: Tensor): Tensor {
    atMost(2, arguments.length, "CrossEntropyLoss.forward(logits, labels)");
    return crossEntropyUnchecked(logits, labels, this.options);
  }
}

/** Mean squared error: the mean of (input − target)² over all elements. */
export class MSELoss extends Loss {
  /** See the loss of the same name in `functional`. */
  constructor(options: LossOptions = {}) {
    atMost(1, arguments.length, "MSELoss(options)");
    super("MSELoss", LOSS, options);
  }

  /** Both of the same shape, else ShapeError → a scalar, or that shape unreduced. */
  forward(input: Tensor, target: Tensor): Tensor {
    atMost(2, arguments.length, "MSELoss.forward(input, target)");
    return mseLossUnchecked(input, target, this.options);
  }
}

/** What losses that need no code of their own share: a function of `functional` of the same name. */
export abstract class FunctionLoss<I extends Tensor[], Options extends object> extends Module<I> {
  /** How the losses of single samples are made and reduced. */
  readonly options: Options;
  private readonly loss: (...inputs: [...I, Options]) => Tensor;
  private readonly count: number;

  /** See the function. */
  constructor(
    name: string,
    count: number,
    loss: (...inputs: [...I, Options]) => Tensor,
    kinds: Kinds<Options>,
    options: Options,
  ) {
    checkOptions(name, options, kinds);
    super();
    this.options = copyOptions(options);
    this.loss = loss;
    this.count = count;
    const { weight, posWeight } = options as { weight?: Tensor | null; posWeight?: Tensor | null };
    if (weight) this.registerBuffer("weight", weight);
    if (posWeight) this.registerBuffer("pos_weight", posWeight);
  }

  /** Of what `functional` takes, without its options. */
  forward(...inputs: I): Tensor {
    const names = ["input", "target", "third"].slice(0, this.count);
    atMost(this.count, inputs.length, `${this.constructor.name}.forward(${names.join(", ")})`);
    return this.loss(...inputs, this.options);
  }
}

/** The distance of two tensors of the same shape. */
export class L1Loss extends FunctionLoss<[input: Tensor, target: Tensor], LossOptions> {
  /** Options of the function. */
  constructor(options: LossOptions = {}) {
    atMost(1, arguments.length, "L1Loss(options)");
    super("L1Loss", 2, l1Loss, LOSS, options);
  }
}

/** A parabola near 0, else a distance; see `functional.smoothL1Loss`. */
export class SmoothL1Loss extends FunctionLoss<[input: Tensor, target: Tensor], SmoothL1Options> {
  /** Options of the function. */
  constructor(options: SmoothL1Options = {}) {
    atMost(1, arguments.length, "SmoothL1Loss(options)");
    super("SmoothL1Loss", 2, smoothL1Loss, SMOOTH_L1, options);
  }
}

/** A parabola near 0, else a distance times δ; see `functional.huberLoss`. */
export class HuberLoss extends FunctionLoss<[input: Tensor, target: Tensor], HuberOptions> {
  /** Options of the function. */
  constructor(options: HuberOptions = {}) {
    atMost(1, arguments.length, "HuberLoss(options)");
    super("HuberLoss", 2, huberLoss, HUBER, options);
  }
}

/** Of counts; see `functional.poissonNllLoss`. */
export class PoissonNLLLoss
  extends FunctionLoss<[input: Tensor, target: Tensor], PoissonNllOptions> {
  /** Options of the function. */
  constructor(options: PoissonNllOptions = {}) {
    atMost(1, arguments.length, "PoissonNLLLoss(options)");
    super("PoissonNLLLoss", 2, poissonNllLoss, POISSON, options);
  }
}

/** Of numbers and their expected variance; see `functional.gaussianNllLoss`. */
export class GaussianNLLLoss
  extends FunctionLoss<[input: Tensor, target: Tensor, variance: Tensor], GaussianNllOptions> {
  /** Options of the function. */
  constructor(options: GaussianNllOptions = {}) {
    atMost(1, arguments.length, "GaussianNLLLoss(options)");
    super("GaussianNLLLoss", 3, gaussianNllLoss, GAUSSIAN, options);
  }
}

/** Of probabilities of two classes; see `functional.binaryCrossEntropy`. */
export class BCELoss extends FunctionLoss<[input: Tensor, target: Tensor], WeightedLossOptions> {
  /** Options of the function. */
  constructor(options: WeightedLossOptions = {}) {
    atMost(1, arguments.length, "BCELoss(options)");
    super("BCELoss", 2, binaryCrossEntropy, WEIGHTED, options);
  }
}

/** Of the logits of two classes; see `functional.binaryCrossEntropyWithLogits`. */
export class BCEWithLogitsLoss
  extends FunctionLoss<[input: Tensor, target: Tensor], BinaryCrossEntropyOptions> {
  /** Options of the function. */
  constructor(options: BinaryCrossEntropyOptions = {}) {
    atMost(1, arguments.length, "BCEWithLogitsLoss(options)");
    super("BCEWithLogitsLoss", 2, binaryCrossEntropyWithLogits, BINARY, options);
  }
}

/** Of scores and targets of 1 and −1; see `functional.softMarginLoss`. */
export class SoftMarginLoss extends FunctionLoss<[input: Tensor, target: Tensor], LossOptions> {
  /** Options of the function. */
  constructor(options: LossOptions = {}) {
    atMost(1, arguments.length, "SoftMarginLoss(options)");
    super("SoftMarginLoss", 2, softMarginLoss, LOSS, options);
  }
}

/** Of scores [n, c] and, of each class, 1 or 0; see `functional.multilabelSoftMarginLoss`. */
export class MultiLabelSoftMarginLoss
  extends FunctionLoss<[input: Tensor, target: Tensor], WeightedLossOptions> {
  /** Options of the function. */
  constructor(options: WeightedLossOptions = {}) {
    atMost(1, arguments.length, "MultiLabelSoftMarginLoss(options)");
    super("MultiLabelSoftMarginLoss", 2, multilabelSoftMarginLoss, WEIGHTED, options);
  }
}

/** Of the logarithms of a distribution and another one; see `functional.klDiv`. */
export class KLDivLoss extends FunctionLoss<[input: Tensor, target: Tensor], KlDivOptions> {
  /** Options of the function. */
  constructor(options: KlDivOptions = {}) {
    atMost(1, arguments.length, "KLDivLoss(options)");
    super("KLDivLoss", 2, klDiv, KL_DIV, options);
  }
}

/** Of two lists of vectors and of 1 or −1; see `functional.cosineEmbeddingLoss`. */
export class CosineEmbeddingLoss
  extends FunctionLoss<[input1: Tensor, input2: Tensor, target: Tensor], MarginOptions> {
  /** Options of the function. */
  constructor(options: MarginOptions = {}) {
    atMost(1, arguments.length, "CosineEmbeddingLoss(options)");
    super("CosineEmbeddingLoss", 3, cosineEmbeddingLoss, MARGIN, options);
  }
}

/** Of distances and of 1 or −1; see `functional.hingeEmbeddingLoss`. */
export class HingeEmbeddingLoss
  extends FunctionLoss<[input: Tensor, target: Tensor], MarginOptions> {
  /** Options of the function. */
  constructor(options: MarginOptions = {}) {
    atMost(1, arguments.length, "HingeEmbeddingLoss(options)");
    super("HingeEmbeddingLoss", 2, hingeEmbeddingLoss, MARGIN, options);
  }
}

/** Of two scores and which is to be larger; see `functional.marginRankingLoss`. */
export class MarginRankingLoss
  extends FunctionLoss<[input1: Tensor, input2: Tensor, target: Tensor], MarginOptions> {
  /** Options of the function. */
  constructor(options: MarginOptions = {}) {
    atMost(1, arguments.length, "MarginRankingLoss(options)");
    super("MarginRankingLoss", 3, marginRankingLoss, MARGIN, options);
  }
}

/** Of scores [n, c] and labels [n]; see `functional.multiMarginLoss`. */
export class MultiMarginLoss
  extends FunctionLoss<[input: Tensor, target: Tensor], MultiMarginOptions> {
  /** Options of the function. */
  constructor(options: MultiMarginOptions = {}) {
    atMost(1, arguments.length, "MultiMarginLoss(options)");
    super("MultiMarginLoss", 2, multiMarginLoss, MULTI_MARGIN, options);
  }
}

/** Of scores [n, c] and lists of labels [n, c]; see `functional.multilabelMarginLoss`. */
export class MultiLabelMarginLoss
  extends FunctionLoss<[input: Tensor, target: Tensor], LossOptions> {
  /** Options of the function. */
  constructor(options: LossOptions = {}) {
    atMost(1, arguments.length, "MultiLabelMarginLoss(options)");
    super("MultiLabelMarginLoss", 2, multilabelMarginLoss, LOSS, options);
  }
}

/** Of an anchor, one like it and one unlike it; see `functional.tripletMarginLoss`. */
export class TripletMarginLoss
  extends FunctionLoss<[anchor: Tensor, positive: Tensor, negative: Tensor], TripletMarginOptions> {
  /** Options of the function. */
  constructor(options: TripletMarginOptions = {}) {
    atMost(1, arguments.length, "TripletMarginLoss(options)");
    super("TripletMarginLoss", 3, tripletMarginLoss, TRIPLET, options);
  }
}

/** Of log-probabilities and labels of unknown place; see `functional.ctcLoss`. */
export class CTCLoss extends Module<
  [
    logProbs: Tensor,
    targets: Tensor,
    inputLengths: Tensor | readonly number[],
    targetLengths: Tensor | readonly number[],
  ]
> {
  /** Which class is blank, and how losses are reduced. */
  readonly options: CtcOptions;

  /** Options of the function. */
  constructor(options: CtcOptions = {}) {
    atMost(1, arguments.length, "CTCLoss(options)");
    checkOptions("CTCLoss", options, CTC);
    super();
    this.options = copyOptions(options);
  }

  /** logProbs: [steps, n, classes]; lengths of both for each sample. */
  forward(
    logProbs: Tensor,
    targets: Tensor,
    inputLengths: Tensor | readonly number[],
    targetLengths: Tensor | readonly number[],
  ): Tensor {
    atMost(4, arguments.length, "CTCLoss.forward(logProbs, targets, inputLengths, targetLengths)");
    return ctcLoss(logProbs, targets, inputLengths, targetLengths, this.options);
  }
}

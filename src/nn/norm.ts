import { ones, zeros } from "../tensor/create.ts";
import { ShapeError, show } from "../core/errors.ts";
import { checkTensor } from "../ops/check.ts";
import { type BatchNormOptions, batchNormUnchecked, takesRelu } from "../ops/batch_norm.ts";
import { layerNormUnchecked, NORMALIZED_SHAPE } from "../ops/layer_norm.ts";
import {
  atMost,
  check,
  checkOptions,
  flag,
  type Kinds,
  number,
  orNull,
  whole,
} from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { noGrad, Parameter, type Tensor } from "../tensor/tensor.ts";
import { fuse } from "./fused.ts";
import { Module } from "./module.ts";
import { python } from "./python.ts";

/** Options of {@link BatchNorm1d} and {@link BatchNorm2d}. */
export interface BatchNormModuleOptions {
  /** What is added to the variance. Default: 1e-5. */
  eps?: number;
  /** The fraction of a batch in the running moments; null for their plain average. Default: 0.1. */
  momentum?: number | null;
  /** Whether there are a weight and a bias. Default: true. */
  affine?: boolean;
  /** Whether there is a bias beside the weight. Default: true. */
  bias?: boolean;
  /** Whether running moments are kept; without them the batch's own serve always. Default: true. */
  trackRunningStats?: boolean;
}

const BATCH_NORM: Kinds<BatchNormModuleOptions> = {
  eps: number,
  momentum: orNull(number),
  affine: flag,
  bias: flag,
  trackRunningStats: flag,
};

const CHANNELS = whole(1);

/** What normalisations of batches share: all but the shapes they take. */
export abstract class BatchNorm extends Module<[x: Tensor]> {
  /** Number of channels. */
  readonly numFeatures: number;
  /** What is added to the variance; it may be changed. */
  eps: number;
  /** The fraction of a batch in the running moments, null for their plain average; it may be changed. */
  momentum: number | null;
  /** γ: [c], starts as ones; null without `affine`. */
  readonly weight: Parameter | null;
  /** β: [c], starts as zeros; null without `affine`. */
  readonly bias: Parameter | null;
  /** The buffer `running_mean`: [c]; null unless tracked. */
  readonly runningMean: Tensor | null;
  /** The buffer `running_var`: [c]; null unless tracked. */
  readonly runningVar: Tensor | null;
  /** The buffer `num_batches_tracked`: an int32; null unless tracked. */
  readonly numBatchesTracked: Tensor | null;

  /** RangeError where the number of channels is not a whole number ≥ 1. */
  constructor(numFeatures: number, options: BatchNormModuleOptions = {}) {
    const name = new.target.name;
    atMost(2, arguments.length, `${name}(numFeatures, options)`);
    check(name, "the number of channels", numFeatures, CHANNELS);
    checkOptions(name, options, BATCH_NORM);
    super();
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true } = options;
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    const shape = [numFeatures];
    this.weight = affine ? new Parameter(ones(shape)) : null;
    this.bias = affine && options.bias !== false ? new Parameter(zeros(shape)) : null;
    const buffer = (name: string, make: () => Tensor) =>
      trackRunningStats ? this.registerBuffer(name, make()) : null;
    this.runningMean = buffer("running_mean", () => zeros(shape));
    this.runningVar = buffer("running_var", () => ones(shape));
    this.numBatchesTracked = buffer("num_batches_tracked", () => zeros([], { dtype: "int32" }));
  }

  /** The ranks it takes, and how they are written. */
  protected abstract get input(): { ranks: readonly number[]; form: string };

  /** Begins the running moments anew: means of 0, variances of 1, no batch. */
  resetRunningStats(): void {
    atMost(0, arguments.length, "resetRunningStats()");
    noGrad(() => {
      this.runningMean?.fill_(0);
      this.runningVar?.fill_(1);
      this.numBatchesTracked?.fill_(0);
    });
  }

  /** Same shape out. In training the running moments move towards the batch's. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "BatchNorm.forward(x)");
    return this.#normalized(x, false);
  }

  static {
    fuse<BatchNorm>(this.prototype.forward, {
      withRelu: (norm, x) =>
        takesRelu(x) && norm.momentum !== null ? norm.#normalized(x, true) : null,
    });
  }

  /** relu: with relu behind it. */
  #normalized(x: Tensor, relu: boolean): Tensor {
    const { weight, bias, eps, runningMean, runningVar, numBatchesTracked: batches } = this;
    checkTensor("batchNorm", x);
    if (!this.input.ranks.includes(x.ndim) || x.shape[1] !== this.numFeatures) {
      throw new ShapeError(
        `batchNorm: x must be ${this.input.form} with c = ${this.numFeatures}: it is ${
          show(x.shape)
        }`,
      );
    }
    if (!this.training) {
      return batchNormUnchecked(x, runningMean, runningVar, { weight, bias, eps }, relu);
    }
    const options = { weight, bias, eps, training: true };
    // counted last, so that a batch that is refused does not count
    const y = this.momentum === null && runningMean !== null
      ? this.#averaged(x, options)
      : batchNormUnchecked(
        x,
        runningMean,
        runningVar,
        { ...options, momentum: this.momentum ?? 0 },
        relu,
      );
    if (batches !== null) noGrad(() => void batches.add_(1));
    return y;
  }

  /** With running moments that are the means of all batches' so far, by a count that nobody reads. */
  #averaged(x: Tensor, options: BatchNormOptions): Tensor {
    const kept = [this.runningMean!, this.runningVar!] as const;
    const own = [kept[0].clone(), kept[1].clone()] as const;
    const y = batchNormUnchecked(x, ...own, { ...options, momentum: 1 });
    noGrad(() => {
      const weight = this.numBatchesTracked!.add(1).reciprocal();
      kept.forEach((mean, i) => mean.lerp_(own[i]!, weight));
    });
    return y;
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const { numFeatures, eps, momentum, weight, bias, runningMean } = this;
    return `${numFeatures}, eps=${python(eps)}, momentum=${python(momentum)}, affine=${
      python(weight !== null)
    }, bias=${python(bias !== null)}, track_running_stats=${python(runningMean !== null)}`;
  }
}

/**
 * Batch normalisation of features, over the batch and the positions of a sequence. [n, c] or [n, c, l],
 * same shape out; the formula is that of {@link BatchNorm2d}.
 */
export class BatchNorm1d extends BatchNorm {
  /** The ranks it takes, and how they are written. */
  protected override get input(): { ranks: readonly number[]; form: string } {
    return { ranks: [2, 3], form: "[n, c] or [n, c, l]" };
  }
}

/**
 * Batch normalisation: (x − mean) / √(variance + eps) · weight + bias, channel by channel, over the batch
 * and the pixels. [n, c, h, w], same shape out. Ioffe and Szegedy, 2015.
 *
 * In training the moments are the batch's, and the running ones move towards them by `momentum`, the
 * share of the new; in evaluation they are the running ones.
 */
export class BatchNorm2d extends BatchNorm {
  /** The ranks it takes, and how they are written. */
  protected override get input(): { ranks: readonly number[]; form: string } {
    return { ranks: [4], form: "[n, c, h, w]" };
  }
}

/**
 * Batch normalisation of volumes, over the batch and the volume. [n, c, d, h, w], same shape out; the
 * formula is that of {@link BatchNorm2d}.
 */
export class BatchNorm3d extends BatchNorm {
  /** The ranks it takes, and how they are written. */
  protected override get input(): { ranks: readonly number[]; form: string } {
    return { ranks: [5], form: "[n, c, d, h, w]" };
  }
}

/** Options of {@link LayerNorm}. */
export interface LayerNormModuleOptions {
  /** What is added to the variance. Default: 1e-5. */
  eps?: number;
  /** Whether there are a weight and a bias. Default: true. */
  elementwiseAffine?: boolean;
  /** Whether there is a bias beside the weight. Default: true. */
  bias?: boolean;
}

const LAYER_NORM: Kinds<LayerNormModuleOptions> = {
  eps: number,
  elementwiseAffine: flag,
  bias: flag,
};

/**
 * Layer normalisation: (x − mean) / √(variance + eps) · weight + bias, with the moments of each sample's
 * last dimensions, in training and evaluation alike. Ba, Kiros and Hinton, 2016.
 */
export class LayerNorm extends Module<[x: Tensor]> {
  /** The lengths of the dimensions it normalises. */
  readonly normalizedShape: Shape;
  /** What is added to the variance. */
  readonly eps: number;
  /** γ, of the normalized shape: starts as ones. */
  readonly weight: Parameter | null;
  /** β, of the normalized shape: starts as zeros. */
  readonly bias: Parameter | null;

  /** One length, or several. */
  constructor(normalizedShape: number | Shape, options: LayerNormModuleOptions = {}) {
    atMost(2, arguments.length, "LayerNorm(normalizedShape, options)");
    check("LayerNorm", "the normalized shape", normalizedShape, NORMALIZED_SHAPE);
    checkOptions("LayerNorm", options, LAYER_NORM);
    super();
    const { eps = 1e-5, elementwiseAffine = true, bias = true } = options;
    const shape = typeof normalizedShape === "number" ? [normalizedShape] : [...normalizedShape];
    this.normalizedShape = shape;
    this.eps = eps;
    this.weight = elementwiseAffine ? new Parameter(ones(shape)) : null;
    this.bias = elementwiseAffine && bias ? new Parameter(zeros(shape)) : null;
  }

  /** [..., ...normalizedShape], same shape out. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "LayerNorm.forward(x)");
    const { weight, bias, eps } = this;
    return layerNormUnchecked(x, this.normalizedShape, { weight, bias, eps });
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const { normalizedShape, eps, weight, bias } = this;
    return `${python(normalizedShape)}, eps=${python(eps)}, elementwise_affine=${
      python(weight !== null)
    }, bias=${python(bias !== null)}`;
  }
}

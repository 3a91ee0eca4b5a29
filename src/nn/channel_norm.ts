import {
  groupNorm,
  instanceNorm,
  localResponseNorm,
  type LocalResponseNormOptions,
} from "../ops/mod.ts";
import { LOCAL_RESPONSE } from "../ops/channel_norm.ts";
import { ones, zeros } from "../tensor/create.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  copyOptions,
  flag,
  type Kinds,
  number,
  whole,
} from "../core/options.ts";
import { Parameter, type Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../ops/check.ts";
import { Module } from "./module.ts";
import { python } from "./python.ts";

/** Options of {@link GroupNorm}. */
export interface GroupNormModuleOptions {
  /** What is added to the variance. Default: 1e-5. */
  eps?: number;
  /** Whether there are a weight and a bias. Default: true. */
  affine?: boolean;
  /** Whether there is a bias beside the weight. Default: true. */
  bias?: boolean;
}

const GROUP_NORM: Kinds<GroupNormModuleOptions> = {
  eps: number,
  affine: flag,
  bias: flag,
};

/** Normalises groups of channels of each sample; see `functional.groupNorm`. */
export class GroupNorm extends Module<[x: Tensor]> {
  /** Groups. */
  readonly numGroups: number;
  /** Channels. */
  readonly numChannels: number;
  /** What is added to the variance. */
  readonly eps: number;
  /** γ: [c], starts as ones; null without `affine`. */
  readonly weight: Parameter | null;
  /** β: [c], starts as zeros; null without `affine`. */
  readonly bias: Parameter | null;

  /** RangeError unless the channels divide into groups. */
  constructor(numGroups: number, numChannels: number, options: GroupNormModuleOptions = {}) {
    atMost(3, arguments.length, "GroupNorm(numGroups, numChannels, options)");
    const { eps = 1e-5, affine = true } = checkOptions("GroupNorm", options, GROUP_NORM);
    check("GroupNorm", "the number of groups", numGroups, whole(1));
    check("GroupNorm", "the number of channels", numChannels, whole(1));
    if (numChannels % numGroups !== 0) {
      throw new RangeError(
        `GroupNorm: channels must divide into groups: ${numChannels} channels, ${numGroups} groups`,
      );
    }
    super();
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = eps;
    this.weight = affine ? new Parameter(ones([numChannels])) : null;
    this.bias = affine && options.bias !== false ? new Parameter(zeros([numChannels])) : null;
  }

  /** [n, c, …], same shape out. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "GroupNorm.forward(x)");
    const { weight, bias, eps } = this;
    return groupNorm(x, this.numGroups, { weight, bias, eps });
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `${this.numGroups}, ${this.numChannels}, eps=${python(this.eps)}, affine=${
      python(this.weight !== null)
    }, bias=${python(this.bias !== null)}`;
  }
}

/** Options of {@link InstanceNorm1d} and {@link InstanceNorm2d}. */
export interface InstanceNormModuleOptions {
  /** What is added to the variance. Default: 1e-5. */
  eps?: number;
  /** The fraction of a batch in the running moments. Default: 0.1. */
  momentum?: number;
  /** Whether there are a weight and a bias. Default: false. */
  affine?: boolean;
  /** Whether there is a bias beside the weight. Default: true. */
  bias?: boolean;
  /** Whether running moments are kept, which serve in evaluation. Default: false. */
  trackRunningStats?: boolean;
}

const INSTANCE_NORM: Kinds<InstanceNormModuleOptions> = {
  eps: number,
  momentum: number,
  affine: flag,
  bias: flag,
  trackRunningStats: flag,
};

/** What normalisations of instances share. */
export abstract class InstanceNorm extends Module<[x: Tensor]> {
  /** Channels. */
  readonly numFeatures: number;
  /** What is added to the variance. */
  readonly eps: number;
  /** The fraction of a batch in the running moments. */
  readonly momentum: number;
  /** γ: [c], starts as ones; null without `affine`. */
  readonly weight: Parameter | null;
  /** β: [c], starts as zeros; null without `affine`. */
  readonly bias: Parameter | null;
  /** The buffer `running_mean`: [c]; null unless tracked. */
  readonly runningMean: Tensor | null;
  /** The buffer `running_var`: [c]; null unless tracked. */
  readonly runningVar: Tensor | null;
  /** The buffer `num_batches_tracked`, which stays 0 as PyTorch's does; null unless tracked. */
  readonly numBatchesTracked: Tensor | null;

  /** RangeError where the number of channels is not a whole number ≥ 1. */
  constructor(numFeatures: number, options: InstanceNormModuleOptions = {}) {
    const name = new.target.name;
    atMost(2, arguments.length, `${name}(numFeatures, options)`);
    check(name, "the number of channels", numFeatures, whole(1));
    const { eps = 1e-5, momentum = 0.1, affine = false, trackRunningStats = false } = checkOptions(
      name,
      options,
      INSTANCE_NORM,
    );
    super();
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    this.weight = affine ? new Parameter(ones([numFeatures])) : null;
    this.bias = affine && options.bias !== false ? new Parameter(zeros([numFeatures])) : null;
    const buffer = (name: string, make: () => Tensor) =>
      trackRunningStats ? this.registerBuffer(name, make()) : null;
    this.runningMean = buffer("running_mean", () => zeros([numFeatures]));
    this.runningVar = buffer("running_var", () => ones([numFeatures]));
    this.numBatchesTracked = buffer("num_batches_tracked", () => zeros([], { dtype: "int32" }));
  }

  /** How many dimensions there are behind the channels. */
  protected abstract get inner(): number;

  /** [n, c, …] or [c, …], same shape out. */
  forward(x: Tensor): Tensor {
    const name = this.constructor.name;
    atMost(1, arguments.length, `${name}.forward(x)`);
    checkTensor(name, x);
    const isSingle = x.ndim === this.inner + 1;
    if (
      (!isSingle && x.ndim !== this.inner + 2) || x.shape[isSingle ? 0 : 1] !== this.numFeatures
    ) {
      throw new ShapeError(
        `${name}: x must have ${this.numFeatures} channels and ${this.inner} dimensions behind them: ` +
          `it is ${show(x.shape)}`,
      );
    }
    const { weight, bias, eps, momentum, runningMean, runningVar } = this;
    const useInputStats = this.training || runningMean === null;
    const options = { weight, bias, eps, momentum, runningMean, runningVar, useInputStats };
    const y = instanceNorm(isSingle ? x.unsqueeze(0) : x, options);
    return isSingle ? y.squeeze(0) : y;
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const { numFeatures, eps, momentum, weight, bias, runningMean } = this;
    return `${numFeatures}, eps=${python(eps)}, momentum=${python(momentum)}, affine=${
      python(weight !== null)
    }, bias=${python(bias !== null)}, track_running_stats=${python(runningMean !== null)}`;
  }
}

/** Normalises each channel of each sample over the positions. [n, c, l] or [c, l]. */
export class InstanceNorm1d extends InstanceNorm {
  /** How many dimensions there are behind the channels. */
  protected override get inner(): number {
    return 1;
  }
}

/** Normalises each channel of each sample over the pixels. [n, c, h, w] or [c, h, w]. */
export class InstanceNorm2d extends InstanceNorm {
  /** How many dimensions there are behind the channels. */
  protected override get inner(): number {
    return 2;
  }
}

/** Normalises each channel of each sample over the volume. [n, c, d, h, w] or [c, d, h, w]. */
export class InstanceNorm3d extends InstanceNorm {
  /** How many dimensions there are behind the channels. */
  protected override get inner(): number {
    return 3;
  }
}

/** Normalises by neighbouring channels; see `functional.localResponseNorm`. */
export class LocalResponseNorm extends Module<[x: Tensor]> {
  /** How many channels count. */
  readonly size: number;
  /** α, β and k. */
  readonly options: LocalResponseNormOptions;

  /** RangeError unless the size is a whole number ≥ 1. */
  constructor(size: number, options: LocalResponseNormOptions = {}) {
    atMost(2, arguments.length, "LocalResponseNorm(size, options)");
    check("LocalResponseNorm", "the size", size, whole(1));
    checkOptions("LocalResponseNorm", options, LOCAL_RESPONSE);
    super();
    this.size = size;
    this.options = copyOptions(options);
  }

  /** [n, c, …], same shape out. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "LocalResponseNorm.forward(x)");
    return localResponseNorm(x, this.size, this.options);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const { alpha = 1e-4, beta = 0.75, k = 1 } = this.options;
    const float = (n: number) => Number.isInteger(n) ? `${n}.0` : python(n);
    return `${this.size}, alpha=${python(alpha)}, beta=${python(beta)}, k=${
      this.options.k === undefined ? float(k) : python(k)
    }`;
  }
}

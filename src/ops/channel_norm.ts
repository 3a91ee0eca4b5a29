/**
 * Normalisation of groups of channels, and by neighbouring channels.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
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
import { numelOf, sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, div, mul, sub } from "./binary.ts";
import { asFloat, cast } from "./cast.ts";
import { checkTensor, tensorKind } from "./check.ts";
import { inNameOf } from "./in_name_of.ts";
import { batchNormUnchecked, moveTowards } from "./batch_norm.ts";
import { layerNormUnchecked } from "./layer_norm.ts";
import { pad } from "./pad.ts";
import { avgPool2dUnchecked } from "./pool.ts";
import { pow } from "./pow.ts";
import { mean } from "./reduce.ts";
import { square } from "./unary.ts";
import { contiguous, reshape } from "./view.ts";

/** Options of {@link groupNorm}. */
export interface GroupNormOptions {
  /** γ: [c]. Default: ones. */
  weight?: Tensor | null;
  /** β: [c]. Default: zeros. */
  bias?: Tensor | null;
  /** What is added to the variance. Default: 1e-5. */
  eps?: number;
}

/** Options of {@link instanceNorm}. */
export interface InstanceNormOptions extends GroupNormOptions {
  /** [c], which moves towards the mean over all instances. Default: none. */
  runningMean?: Tensor | null;
  /** [c], which moves towards the mean of their variances. Default: none. */
  runningVar?: Tensor | null;
  /** Whether moments are the instances' own, and not the running ones. Default: true. */
  useInputStats?: boolean;
  /** The fraction of the batch in the running moments. Default: 0.1. */
  momentum?: number;
}

/** Options of {@link localResponseNorm}. */
export interface LocalResponseNormOptions {
  /** Default: 1e-4. */
  alpha?: number;
  /** Default: 0.75. */
  beta?: number;
  /** Default: 1. */
  k?: number;
}

const TENSOR_OR_NULL = orNull(tensorKind);
const GROUP_NORM: Kinds<GroupNormOptions> = {
  weight: TENSOR_OR_NULL,
  bias: TENSOR_OR_NULL,
  eps: number,
};
const INSTANCE_NORM: Kinds<InstanceNormOptions> = {
  ...GROUP_NORM,
  runningMean: TENSOR_OR_NULL,
  runningVar: TENSOR_OR_NULL,
  useInputStats: flag,
  momentum: number,
};
/** What localResponseNorm takes. */
export const LOCAL_RESPONSE: Kinds<LocalResponseNormOptions> = {
  alpha: number,
  beta: number,
  k: number,
};

/** γ y + β, channel by channel. */
function affine(
  op: string,
  y: Tensor,
  weight: Tensor | null | undefined,
  bias: Tensor | null | undefined,
): Tensor {
  const c = y.shape[1]!;
  const channel = (v: Tensor, what: string) => {
    if (!sameShape(v.shape, [c])) {
      throw new ShapeError(`${op}: the ${what} must be [${c}]: it is ${show(v.shape)}`);
    }
    return reshape(v, [c, ...y.shape.slice(2).map(() => 1)]);
  };
  if (weight) y = mul(y, channel(weight, "weight"));
  return bias ? add(y, channel(bias, "bias")) : y;
}

/**
 * γ (x − mean) / √(variance + ε) + β with the moments of each sample's groups of channels: Wu and He,
 * "Group normalization", 2018. x: [n, c] or [n, c, …], same shape out.
 */
export function groupNorm(x: Tensor, numGroups: number, options: GroupNormOptions = {}): Tensor {
  const op = "groupNorm";
  atMost(3, arguments.length, "groupNorm(x, numGroups, { weight, bias, eps })");
  const { weight, bias, eps = 1e-5 } = checkOptions(op, options, GROUP_NORM);
  check(op, "the groups", numGroups, whole(1));
  x = asFloat(op, x);
  if (x.ndim < 2 || x.shape[1]! % numGroups !== 0) {
    throw new ShapeError(
      `${op}: x must be [n, c, ...] with channels in ${numGroups} groups: it is ${show(x.shape)}`,
    );
  }
  return affine(op, normalized(x, numGroups, eps), weight, bias);
}

function normalized(x: Tensor, groups: number, eps: number): Tensor {
  const size = numelOf(x.shape.slice(1)) / groups;
  const rows = reshape(x, [x.shape[0]! * groups, size]);
  return reshape(layerNormUnchecked(rows, [size], { eps }), x.shape);
}

/**
 * The same with the moments of each channel of each sample: Ulyanov et al., "Instance normalization",
 * 2016. x: [n, c, …], same shape out. ShapeError where a channel has one value only.
 */
export function instanceNorm(x: Tensor, options: InstanceNormOptions = {}): Tensor {
  const op = "instanceNorm";
  atMost(2, arguments.length, "instanceNorm(x, options)");
  const {
    weight,
    bias,
    eps = 1e-5,
    runningMean = null,
    runningVar = null,
    useInputStats = true,
    momentum = 0.1,
  } = checkOptions(op, options, INSTANCE_NORM);
  x = asFloat(op, x);
  if (x.ndim < 3) throw new ShapeError(`${op}: x must be [n, c, ...]: it is ${show(x.shape)}`);
  if (!useInputStats) {
    const settings = { weight: weight ?? null, bias: bias ?? null, eps };
    return batchNormUnchecked(x, runningMean, runningVar, settings);
  }
  const size = numelOf(x.shape.slice(2));
  if (size < 2) {
    throw new ShapeError(`${op}: more than one value a channel is needed: x is ${show(x.shape)}`);
  }
  if (runningMean !== null && runningVar !== null && x.shape[0]! > 0) {
    const each = reshape(x.detach(), [x.shape[0]!, x.shape[1]!, size]);
    const means = mean(each, 2, true);
    const variances = mean(square(sub(each, means)), 2);
    moveTowards(runningMean, contiguous(runningMean), mean(means, [0, 2]), momentum);
    const unbiased = mul(mean(variances, 0), size / (size - 1));
    moveTowards(runningVar, contiguous(runningVar), unbiased, momentum);
  }
  return affine(op, normalized(x, x.shape[1]!, eps), weight, bias);
}

/**
 * x / (k + α · the mean of x² over `size` neighbouring channels)^β: Krizhevsky et al., 2012. x: [n, c,
 * …], same shape out.
 */
export function localResponseNorm(
  x: Tensor,
  size: number,
  options: LocalResponseNormOptions = {},
): Tensor {
  const op = "localResponseNorm";
  atMost(3, arguments.length, "localResponseNorm(x, size, { alpha, beta, k })");
  const { alpha = 1e-4, beta = 0.75, k = 1 } = checkOptions(op, options, LOCAL_RESPONSE);
  check(op, "the size", size, whole(1));
  checkTensor(op, x);
  const ofIntegers = x.dtype !== "float32";
  x = asFloat(op, x);
  if (x.ndim < 3) throw new ShapeError(`${op}: x must be [n, c, ...]: it is ${show(x.shape)}`);
  if (x.numel === 0) return x;
  const [n, c] = x.shape as [number, number];
  const planes = reshape(square(x), [n, 1, c, numelOf(x.shape.slice(2))]);
  let means = inNameOf(op, () => {
    const padded = pad(planes, [0, 0, Math.floor(size / 2), Math.floor((size - 1) / 2)]);
    return reshape(avgPool2dUnchecked(padded, [size, 1], { stride: 1 }), x.shape);
  });
  if (ofIntegers) means = asFloat(op, cast(means, "int32")); // without fractions, as in PyTorch
  return div(x, pow(add(mul(means, alpha), k), beta));
}

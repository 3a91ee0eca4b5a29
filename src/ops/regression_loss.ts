/**
 * Losses of numbers: by their distance, or as samples of a distribution.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  checkOptions,
  flag,
  type Kinds,
  notNegative,
  numberThat,
  orNull,
} from "../core/options.ts";
import { sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, div, mul, sub } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { tensorKind } from "./check.ts";
import { gt } from "./compare.ts";
import { clamp } from "./elementwise.ts";
import {
  checkBroadcast,
  checkSameShape,
  LOSS,
  type LossOptions,
  reduce,
  type Reduction,
} from "./reduction.ts";
import { sum } from "./sum.ts";
import { abs, exp, log, square } from "./unary.ts";
import { unsqueeze } from "./view.ts";
import { where } from "./where.ts";

/** Options of the losses of single elements that may be weighted. */
export interface ElementLossOptions extends LossOptions {
  /**
   * What each loss is multiplied by, of the input's shape; of the products the mean is the sum over the
   * sum of the weights. Default: 1.
   */
  weight?: Tensor | null;
}

/** Options of {@link smoothL1Loss}. */
export interface SmoothL1Options extends LossOptions {
  /** Below this distance the loss is a parabola. Default: 1. */
  beta?: number;
}

/** Options of {@link huberLoss}. */
export interface HuberOptions extends LossOptions {
  /** Below this distance the loss is a parabola. Default: 1. */
  delta?: number;
}

/** Options of {@link huberLoss} as a function. */
export interface HuberLossOptions extends HuberOptions {
  /** What each loss is multiplied by, of the input's shape. Default: 1. */
  weight?: Tensor | null;
}

/** Options of {@link poissonNllLoss}. */
export interface PoissonNllOptions extends LossOptions {
  /** Whether the input is the logarithm of the expected number. Default: true. */
  logInput?: boolean;
  /** Whether to add Stirling's term, log target!. Default: false. */
  full?: boolean;
  /** What is added to an expected number before its logarithm. Default: 1e-8. */
  eps?: number;
}

/** Options of {@link gaussianNllLoss}. */
export interface GaussianNllOptions extends LossOptions {
  /** Whether to add the constant log(2π) / 2. Default: false. */
  full?: boolean;
  /** The least variance. Default: 1e-6. */
  eps?: number;
}

const above0 = numberThat("a number above 0", (value) => value > 0);

/** What losses take that may be weighted. */
const ELEMENT_LOSS: Kinds<ElementLossOptions> = { ...LOSS, weight: orNull(tensorKind) };

/** What smoothL1Loss takes. */
export const SMOOTH_L1: Kinds<SmoothL1Options> = { ...LOSS, beta: notNegative };
/** What huberLoss takes. */
export const HUBER: Kinds<HuberOptions> = { ...LOSS, delta: above0 };
const WEIGHTED_HUBER: Kinds<HuberLossOptions> = { ...HUBER, weight: ELEMENT_LOSS.weight };
/** What poissonNllLoss takes. */
export const POISSON: Kinds<PoissonNllOptions> = {
  ...LOSS,
  logInput: flag,
  full: flag,
  eps: notNegative,
};
/** What gaussianNllLoss takes. */
export const GAUSSIAN: Kinds<GaussianNllOptions> = { ...LOSS, full: flag, eps: above0 };

/** |input − target| of two tensors that fit. */
function distance(op: string, input: Tensor, target: Tensor): Tensor {
  input = asFloat(op, input, "the input");
  target = asFloat(op, target, "the target");
  checkSameShape(op, input, target);
  return abs(sub(input, target));
}

/** Losses times weights of their shape. */
function weighted(op: string, losses: Tensor, weight: Tensor): Tensor {
  weight = asFloat(op, weight, "the weight");
  checkSameShape(op, losses, weight, "weight");
  return mul(losses, weight);
}

/** Losses, reduced; their mean, where they have weights, by these. */
function reduceWeighted(
  op: string,
  losses: Tensor,
  weight: Tensor | null | undefined,
  reduction: Reduction = "mean",
): Tensor {
  if (!weight) return reduce(losses, reduction);
  const products = weighted(op, losses, weight);
  return reduction === "mean"
    ? div(sum(products), sum(asFloat(op, weight)))
    : reduce(products, reduction);
}

/**
 * Mean squared error of a prediction and a target of the same shape.
 */
export function mseLoss(input: Tensor, target: Tensor, options: ElementLossOptions = {}): Tensor {
  atMost(3, arguments.length, "mseLoss(input, target, options)");
  checkOptions("mseLoss", options, ELEMENT_LOSS);
  return mseLossUnchecked(input, target, options);
}

/** The same with options that have been checked. */
export function mseLossUnchecked(
  input: Tensor,
  target: Tensor,
  { weight, reduction }: ElementLossOptions,
): Tensor {
  input = asFloat("mseLoss", input, "input");
  target = asFloat("mseLoss", target, "target");
  checkSameShape("mseLoss", input, target);
  const difference = sub(input, target);
  return reduceWeighted("mseLoss", mul(difference, difference), weight, reduction);
}

/** |input − target|, of one shape. */
export function l1Loss(input: Tensor, target: Tensor, options: ElementLossOptions = {}): Tensor {
  atMost(3, arguments.length, "l1Loss(input, target, { reduction, weight })");
  const { weight, reduction } = checkOptions("l1Loss", options, ELEMENT_LOSS);
  return reduceWeighted("l1Loss", distance("l1Loss", input, target), weight, reduction);
}

/** d² / 2β for distances d below β, else d − β / 2: Girshick, "Fast R-CNN", 2015. */
export function smoothL1Loss(input: Tensor, target: Tensor, options: SmoothL1Options = {}): Tensor {
  atMost(3, arguments.length, "smoothL1Loss(input, target, { beta, reduction })");
  const { beta = 1, reduction } = checkOptions("smoothL1Loss", options, SMOOTH_L1);
  const d = distance("smoothL1Loss", input, target);
  if (beta === 0) return reduce(d, reduction);
  return reduce(bent(d, beta, 1 / beta), reduction);
}

/** d² / 2 for distances d below δ, else δ (d − δ / 2): Huber, 1964. */
export function huberLoss(input: Tensor, target: Tensor, options: HuberLossOptions = {}): Tensor {
  atMost(3, arguments.length, "huberLoss(input, target, { delta, reduction, weight })");
  const { delta = 1, reduction, weight } = checkOptions("huberLoss", options, WEIGHTED_HUBER);
  const losses = bent(distance("huberLoss", input, target), delta, 1);
  return reduce(weight ? weighted("huberLoss", losses, weight) : losses, reduction);
}

/** `slope` times d² / 2 below `from`, and a line above: (d − m / 2) m of m = min(d, from), where no square overflows. */
function bent(d: Tensor, from: number, slope: number): Tensor {
  const m = clamp(d, { max: from });
  return mul(sub(d, mul(m, 0.5)), mul(m, slope));
}

/** −log of the probability of target under Poisson's distribution, without log target! unless `full`. */
export function poissonNllLoss(
  input: Tensor,
  target: Tensor,
  options: PoissonNllOptions = {},
): Tensor {
  const op = "poissonNllLoss";
  atMost(3, arguments.length, "poissonNllLoss(input, target, options)");
  const { logInput = true, full = false, eps = 1e-8, reduction } = checkOptions(
    op,
    options,
    POISSON,
  );
  input = asFloat(op, input, "the input");
  target = asFloat(op, target, "the target");
  checkBroadcast(op, input, target);
  let losses = logInput
    ? sub(exp(input), mul(target, input))
    : sub(input, mul(target, log(add(input, eps))));
  if (full) {
    const isLarge = gt(target, 1);
    const t = where(isLarge, target, 1); // whose logarithm is finite
    const stirling = add(sub(mul(t, log(t)), t), mul(log(mul(t, 2 * Math.PI)), 0.5));
    losses = add(losses, where(isLarge, stirling, 0));
  }
  return reduce(losses, reduction);
}

/**
 * −log of the density of target under a normal distribution of mean input and a variance: of the
 * input's shape, or with lengths of 1, or without the last dimension. Half of log variance +
 * (input − target)² / variance.
 */
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  options: GaussianNllOptions = {},
): Tensor {
  const op = "gaussianNllLoss";
  atMost(4, arguments.length, "gaussianNllLoss(input, target, variance, options)");
  const { full = false, eps = 1e-6, reduction } = checkOptions(op, options, GAUSSIAN);
  input = asFloat(op, input, "the input");
  target = asFloat(op, target, "the target");
  variance = asFloat(op, variance, "the variance");
  checkBroadcast(op, input, target);
  const lead = input.shape.slice(0, -1);
  if (!sameShape(variance.shape, input.shape)) {
    const fits = variance.ndim === input.ndim &&
      variance.shape.every((n, i) => n === 1 || n === input.shape[i]);
    if (sameShape(variance.shape, lead)) variance = unsqueeze(variance, -1);
    else if (!fits) {
      throw new ShapeError(
        `${op}: the variance must be ${show(input.shape)} or ${show(lead)}: it is ` +
          show(variance.shape),
      );
    }
  }
  // the gradient is that of the variance as it is, as in PyTorch
  const least = record(op, clamp(variance.detach(), { min: eps }), [[variance, (dy) => dy]], {
    saved: [],
    differentiable: true,
  });
  const losses = mul(add(log(least), div(square(sub(input, target)), least)), 0.5);
  return reduce(full ? add(losses, Math.log(2 * Math.PI) / 2) : losses, reduction);
}

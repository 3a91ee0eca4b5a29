/**
 * Losses of probabilities: of two classes, and between distributions.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { ShapeError } from "../core/errors.ts";
import { atMost, checkOptions, flag, type Kinds, oneOf, orNull } from "../core/options.ts";
import { readFirst } from "../device/transfer.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, div, mul, sub } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { tensorKind } from "./check.ts";
import { ne } from "./compare.ts";
import { clamp, neg } from "./elementwise.ts";
import { log1p } from "./exponential.ts";
import { amax, amin, mean } from "./reduce.ts";
import { checkBroadcast, checkSameShape, LOSS, type LossOptions, reduce } from "./reduction.ts";
import { sum } from "./sum.ts";
import { abs, exp, log, relu, sigmoid } from "./unary.ts";
import { where } from "./where.ts";

/** Options of losses with weights. */
export interface WeightedLossOptions extends LossOptions {
  /** What each loss is multiplied by; broadcasts. Default: 1. */
  weight?: Tensor | null;
}

/** Options of {@link binaryCrossEntropyWithLogits}. */
export interface BinaryCrossEntropyOptions extends WeightedLossOptions {
  /** What losses of targets of 1 are multiplied by; broadcasts. Default: 1. */
  posWeight?: Tensor | null;
}

/** Options of {@link klDiv}. */
export interface KlDivOptions {
  /** `"batchmean"`: the sum over the first length, which is what mathematics means. Default: `"mean"`. */
  reduction?: "mean" | "sum" | "none" | "batchmean";
  /** Whether the target is of logarithms, too. Default: false. */
  logTarget?: boolean;
}

/** What losses with weights take. */
export const WEIGHTED: Kinds<WeightedLossOptions> = { ...LOSS, weight: orNull(tensorKind) };
/** What binaryCrossEntropyWithLogits takes. */
export const BINARY: Kinds<BinaryCrossEntropyOptions> = {
  ...WEIGHTED,
  posWeight: orNull(tensorKind),
};
/** What klDiv takes. */
export const KL_DIV: Kinds<KlDivOptions> = {
  reduction: oneOf("mean", "sum", "none", "batchmean"),
  logTarget: flag,
};

function weighed(losses: Tensor, weight: Tensor | null | undefined): Tensor {
  return weight ? mul(losses, weight) : losses;
}

/** log(1 + e⁻ˣ), whose slope is −σ(−x). */
export function softplusOfNegative(x: Tensor): Tensor {
  const value = x.detach();
  const y = add(log1p(exp(neg(abs(value)))), relu(neg(value)));
  return record("softplus", y, [[x, (dy) => neg(mul(dy, sigmoid(neg(x))))]], {
    saved: [x],
    differentiable: true,
  });
}

/**
 * −(t log x + (1 − t) log(1 − x)) for probabilities x and targets t of one shape; logarithms are −100
 * at least. x must be from 0 to 1: beyond, the loss is NaN.
 */
export function binaryCrossEntropy(
  input: Tensor,
  target: Tensor,
  options: WeightedLossOptions = {},
): Tensor {
  const op = "binaryCrossEntropy";
  atMost(3, arguments.length, `${op}(input, target, { weight, reduction })`);
  const { weight, reduction } = checkOptions(op, options, WEIGHTED);
  input = asFloat(op, input, "the input");
  target = asFloat(op, target, "the target");
  checkSameShape(op, input, target);
  const [x, t] = [input.detach(), target.detach()];
  checkProbabilities(
    op,
    x,
    "the input",
    `: give sigmoid(scores), or the scores to ${op}WithLogits`,
  );
  checkProbabilities(op, t, "the target", "");
  const bounded = (p: Tensor) => clamp(log(p), { min: -100 });
  const rest = sub(1, x);
  const losses = neg(add(mul(t, bounded(x)), mul(sub(1, t), bounded(rest))));
  // 0 at the very ends is not divided by, and the bound of the logarithms has a slope
  const recorded = record(op, losses, [
    [input, (dy) => {
      const spread = clamp(mul(input, sub(1, input)), { min: 1e-12 });
      return mul(dy, div(sub(input, target), spread));
    }],
    [target, (dy) => mul(dy, sub(log(sub(1, input)), log(input)))],
  ], { saved: [input, target], differentiable: true });
  return reduce(weighed(recorded, weight), reduction);
}

/** Throws where one is NaN or outside of [0, 1], on devices that the host reads: elsewhere it gives NaN. */
function checkProbabilities(op: string, x: Tensor, what: string, advice: string): void {
  if (x.numel === 0 || x.storage.device.bytesOf === undefined) return;
  for (const extreme of [amin(x), amax(x)]) {
    const value = readFirst(op, extreme) as number;
    if (!(value >= 0 && value <= 1)) {
      throw new RangeError(
        `${op}: ${what} must be probabilities, from 0 to 1: one is ${value}${advice}`,
      );
    }
  }
}

/** `binaryCrossEntropy(sigmoid(input), target)`, without losing digits: log(1 + eˣ) − t x. */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  const op = "binaryCrossEntropyWithLogits";
  atMost(3, arguments.length, `${op}(input, target, { weight, posWeight, reduction })`);
  const { weight, posWeight, reduction } = checkOptions(op, options, BINARY);
  input = asFloat(op, input, "the input");
  target = asFloat(op, target, "the target");
  checkSameShape(op, input, target);
  // (1 − t) x + (1 + (p − 1) t) log(1 + e⁻ˣ)
  const left = softplusOfNegative(input);
  const scaled = posWeight ? mul(left, add(mul(sub(posWeight, 1), target), 1)) : left;
  return reduce(weighed(add(mul(sub(1, target), input), scaled), weight), reduction);
}

/** Σ over classes of −(t log σ(x) + (1 − t) log σ(−x)) / classes. input, target: [..., c] → [...]. */
export function multilabelSoftMarginLoss(
  input: Tensor,
  target: Tensor,
  options: WeightedLossOptions = {},
): Tensor {
  const op = "multilabelSoftMarginLoss";
  atMost(3, arguments.length, `${op}(input, target, { weight, reduction })`);
  const { weight, reduction } = checkOptions(op, options, WEIGHTED);
  input = asFloat(op, input, "the input");
  target = asFloat(op, target, "the target");
  checkSameShape(op, input, target);
  if (input.ndim === 0) throw new ShapeError(`${op}: classes are needed: the input is []`);
  if (weight) checkBroadcast(op, input, weight);
  const each = binaryCrossEntropyWithLogits(input, target, { reduction: "none" });
  return reduce(mean(weighed(each, weight), -1), reduction);
}

/** log(1 + exp(−t x)) for targets t of 1 and −1. */
export function softMarginLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const op = "softMarginLoss";
  atMost(3, arguments.length, `${op}(input, target, { reduction })`);
  const { reduction } = checkOptions(op, options, LOSS);
  input = asFloat(op, input, "the input");
  target = asFloat(op, target, "the target");
  checkSameShape(op, input, target);
  return reduce(softplusOfNegative(mul(input, target)), reduction);
}

/**
 * t (log t − x), the pointwise Kullback–Leibler divergence of target t from the distribution whose
 * logarithm x is; 0 where t is 0.
 */
export function klDiv(input: Tensor, target: Tensor, options: KlDivOptions = {}): Tensor {
  atMost(3, arguments.length, "klDiv(input, target, { logTarget, reduction })");
  const { logTarget = false, reduction } = checkOptions("klDiv", options, KL_DIV);
  input = asFloat("klDiv", input, "the input");
  target = asFloat("klDiv", target, "the target");
  checkBroadcast("klDiv", input, target);
  let losses: Tensor;
  if (logTarget) losses = mul(exp(target), sub(target, input));
  else {
    const isThere = ne(target, 0);
    const logs = where(isThere, log(where(isThere, target, 1)), 0);
    losses = sub(mul(target, logs), mul(target, input));
  }
  if (reduction !== "batchmean") return reduce(losses, reduction);
  return div(sum(losses), input.ndim === 0 ? 1 : input.shape[0]!);
}

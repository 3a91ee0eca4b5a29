/**
 * Losses.
 *
 * @module
 */
import { isRecording, record } from "../autograd/autograd.ts";
import { alloc, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import type { Blame } from "../device/kernels.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, checkOptions, fraction, integer, type Kinds, orNull } from "../core/options.ts";
import { numelOf, sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { logSoftmax, softmax } from "./softmax.ts";
import { asFloat, cast } from "./cast.ts";
import { add, div, mul, sub } from "./binary.ts";
import { ne } from "./compare.ts";
import { neg } from "./elementwise.ts";
import { checkTensor, tensorKind } from "./check.ts";
import { LOSS, type LossOptions, type Reduction } from "./reduction.ts";
import { indexSelect, indices } from "./select.ts";
import { expand, sum } from "./sum.ts";
import { contiguous, permute, reshape } from "./view.ts";
import { where } from "./where.ts";

/** Options of {@link crossEntropy} and {@link nllLoss}. */
export interface ClassLossOptions extends LossOptions {
  /** Weights of the classes, [c]; a mean is then divided by the weights of its labels. */
  weight?: Tensor | null;
  /** A label whose samples count for nothing. Default: there is none. */
  ignoreIndex?: number;
}

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions extends ClassLossOptions {
  /**
   * The fraction ε of the target that is spread evenly over all classes: Szegedy et al., "Rethinking the
   * Inception architecture", 2016. From 0 to 1. Default: 0.
   */
  labelSmoothing?: number;
}

/** What nllLoss takes. */
export const CLASS_LOSS: Kinds<ClassLossOptions> = {
  ...LOSS,
  weight: orNull(tensorKind),
  ignoreIndex: integer,
};

/** What crossEntropy takes. */
export const CROSS_ENTROPY: Kinds<CrossEntropyOptions> = {
  ...CLASS_LOSS,
  labelSmoothing: fraction,
};

/** Labels as the kernels take them. Throws unless they fit scores of [n, c]. */
function labelsOf(op: string, scores: Tensor, labels: Tensor): Tensor {
  const at = indices(op, labels, "labels");
  if (scores.ndim !== 2 || labels.ndim !== 1 || scores.shape[0] !== labels.shape[0]) {
    throw wrongLabels(op, scores, labels);
  }
  return at;
}

function wrongLabels(op: string, scores: Tensor, labels: Tensor): ShapeError {
  return new ShapeError(
    `${op}: scores must be [n, classes, ...] and labels [n, ...], or [classes] and []: scores are ` +
      `${show(scores.shape)}, labels are ${show(labels.shape)}`,
  );
}

function badLabel(op: string, classes: number): Blame {
  return (row, label) =>
    new RangeError(
      `${op}: labels must be from 0 to ${classes - 1}: the one in row ${row} is ${label}`,
    );
}

/** The losses of n samples, reduced. One sample's mean is its loss, the mean of none is NaN. */
function reduced(losses: Buffer, reduction: Reduction): Buffer {
  if (reduction === "none") return losses;
  const n = losses.numel;
  if (n === 1) return viewOf(losses, [], []);
  const out = alloc(losses, []);
  kernelsOf(out).reduce(reduction, losses, out, 1, n, 1);
  return out;
}

/**
 * Negative log-likelihood of log-probabilities: with log-softmax before it, cross-entropy.
 * logp: log-probabilities [n, c], labels: [n] of int32 or uint8 → a scalar, or [n] unreduced.
 * A single sample, [c] and [], is taken too, and images [n, c, d1, …] with labels [n, d1, …]. RangeError
 * names a label outside 0 … c − 1.
 */
export function nllLoss(logp: Tensor, labels: Tensor, options: ClassLossOptions = {}): Tensor {
  atMost(3, arguments.length, "nllLoss(logp, labels, options)");
  checkOptions("nllLoss", options, CLASS_LOSS);
  return nllLossUnchecked(logp, labels, options);
}

/** The same with options that have been checked. */
export function nllLossUnchecked(
  logp: Tensor,
  labels: Tensor,
  options: ClassLossOptions,
): Tensor {
  const { reduction = "mean" } = options;
  logp = asFloat("nllLoss", logp, "logp");
  checkTensor("nllLoss", labels, "labels");
  if (logp.ndim !== 2 || labels.ndim !== 1) {
    return inRows("nllLoss", nllLossUnchecked, logp, labels, options);
  }
  const y = labelsOf("nllLoss", logp, labels);
  if (isWeighed(options)) return weighed("nllLoss", logp, y, reduction, options);
  const [n, c] = logp.shape as [number, number];
  const losses = alloc(y, [n]);
  kernelsOf(losses).nll(contiguous(logp), y, losses, n, c, badLabel("nllLoss", c));
  const scale = reduction === "mean" ? 1 / n : 1;
  return record("nllLoss", reduced(losses, reduction), [[logp, (dloss) => {
    if (isRecording()) return mul(negatedOneHot(y, n, c), eachRow(dloss, scale, n));
    const dlogp = alloc(y, [n, c]);
    kernelsOf(dlogp).nllGrad(y, contiguous(dloss), scale, dlogp, n, c);
    return record("nllLoss", dlogp, []);
  }]], { saved: [y], differentiable: true });
}

/** −1 at each row's label, else 0: [n, c]. */
function negatedOneHot(y: Tensor, n: number, c: number): Tensor {
  const [one, out] = [alloc(y, []), alloc(y, [n, c])];
  kernelsOf(one).fill(one, 1);
  kernelsOf(out).nllGrad(y, one, 1, out, n, c);
  return record("nllLoss", out, []);
}

/** The gradient of each of n rows' losses, [n, 1], from that of what became of them. */
function eachRow(dloss: Tensor, scale: number, n: number): Tensor {
  return mul(expand(reshape(dloss, [-1, 1]), [n, 1]), scale);
}

/**
 * Cross-entropy of logits: log-softmax and negative log-likelihood in one pass, which saves neither
 * of them. logits: [n, c], labels: [n] of int32 or uint8 → a scalar, or [n] unreduced. A single
 * sample, [c] and [], is taken too, and images [n, c, d1, …] with labels [n, d1, …]. RangeError names a
 * label outside 0 … c − 1.
 *
 * A target of float32 in the shape of the logits holds probabilities of the classes instead.
 */
export function crossEntropy(
  logits: Tensor,
  labels: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  atMost(3, arguments.length, "crossEntropy(logits, labels, options)");
  checkOptions("crossEntropy", options, CROSS_ENTROPY);
  return crossEntropyUnchecked(logits, labels, options);
}

/** The same with options that have been checked. */
export function crossEntropyUnchecked(
  logits: Tensor,
  labels: Tensor,
  options: CrossEntropyOptions,
): Tensor {
  const { reduction = "mean" } = options;
  logits = asFloat("crossEntropy", logits, "logits");
  checkTensor("crossEntropy", labels, "labels");
  if (labels.dtype === "float32" && sameShape(labels.shape, logits.shape)) {
    return ofProbabilities(logits, labels, options);
  }
  if (logits.ndim !== 2 || labels.ndim !== 1) {
    return inRows("crossEntropy", crossEntropyUnchecked, logits, labels, options);
  }
  const y = labelsOf("crossEntropy", logits, labels);
  if (isWeighed(options)) {
    return weighed("crossEntropy", logSoftmax(logits, 1), y, reduction, options);
  }
  const [n, c] = logits.shape as [number, number];
  const x = contiguous(logits);
  const losses = alloc(y, [n]);
  const stats = alloc(x, [n, 2]);
  kernelsOf(losses).crossEntropy(
    x,
    y,
    losses,
    stats,
    n,
    c,
    badLabel("crossEntropy", c),
  );
  const scale = reduction === "mean" ? 1 / n : 1;
  return record("crossEntropy", reduced(losses, reduction), [[logits, (dloss) => {
    if (isRecording()) {
      return mul(add(softmax(logits, 1), negatedOneHot(y, n, c)), eachRow(dloss, scale, n));
    }
    const dx = alloc(y, [n, c]);
    kernelsOf(dx).crossEntropyGrad(x, y, stats, contiguous(dloss), scale, dx, n, c);
    return record("crossEntropy", dx, []);
  }]], { saved: [logits, y], differentiable: true });
}

/** Whether there is more to a loss than −logp at the labels. */
function isWeighed(
  { weight = null, ignoreIndex, labelSmoothing = 0 }: CrossEntropyOptions,
): boolean {
  return weight !== null || ignoreIndex !== undefined || labelSmoothing !== 0;
}

/** The losses with class weights, an ignored label and smoothed targets, made of other ops. */
function weighed(
  op: string,
  logp: Tensor,
  labels: Tensor,
  reduction: Reduction,
  { weight = null, ignoreIndex, labelSmoothing = 0 }: CrossEntropyOptions,
): Tensor {
  const [n, c] = logp.shape as [number, number];
  if (weight !== null) {
    weight = weightOf(op, weight, c);
  }
  if (ignoreIndex !== undefined && ignoreIndex !== (ignoreIndex | 0)) {
    throw new RangeError(
      `${op}: ignoreIndex must be a whole number that fits into int32: it is ${ignoreIndex}`,
    );
  }
  const counts = ignoreIndex === undefined ? null : ne(labels, ignoreIndex);
  const at = counts === null ? labels : where(counts, labels, 0);
  let losses = nllLoss(logp, at, { reduction: "none" });
  let shares = weight === null ? null : indexSelect(weight, 0, at);
  if (counts !== null) {
    shares = shares === null ? cast(counts, "float32") : where(counts, shares, 0);
  }
  if (weight !== null) losses = mul(losses, shares!);
  if (labelSmoothing > 0) {
    const even = sum(weight === null ? logp : mul(logp, weight), 1);
    losses = sub(mul(losses, 1 - labelSmoothing), mul(even, labelSmoothing / c));
  }
  if (counts !== null) losses = where(counts, losses, 0);
  if (reduction === "none") return losses;
  const total = sum(losses);
  return reduction === "sum" ? total : div(total, shares === null ? n : sum(shares));
}

/** Scores [c], or [n, c, d1, …] of labels [n, d1, …], as rows of classes. */
function inRows<O extends LossOptions>(
  op: string,
  loss: (scores: Tensor, labels: Tensor, options: O) => Tensor,
  scores: Tensor,
  labels: Tensor,
  options: O,
): Tensor {
  const around = scores.shape.toSpliced(scores.ndim === 1 ? 0 : 1, 1);
  if (scores.ndim === 0 || !sameShape(around, labels.shape)) throw wrongLabels(op, scores, labels);
  const losses = loss(rowsOf(scores), reshape(labels, [-1]), options);
  return options.reduction === "none" || scores.ndim === 1 ? reshape(losses, labels.shape) : losses;
}

/** [c] or [n, c, d1, …] → [n · d1 · …, c]. */
function rowsOf(scores: Tensor): Tensor {
  const c = scores.shape[scores.ndim === 1 ? 0 : 1]!;
  if (scores.ndim <= 2) return reshape(scores, [-1, c]);
  const order = scores.shape.map((_, i) => i).toSpliced(1, 1);
  return reshape(permute(scores, [...order, 1]), [numelOf(scores.shape) / Math.max(1, c), c]);
}

/** Cross-entropy of a distribution over the classes for each sample. */
function ofProbabilities(
  logits: Tensor,
  target: Tensor,
  { reduction = "mean", weight = null, ignoreIndex, labelSmoothing = 0 }: CrossEntropyOptions,
): Tensor {
  const op = "crossEntropy";
  if (ignoreIndex !== undefined && ignoreIndex >= 0) {
    throw new TypeError(`${op}: ignoreIndex needs labels: the target is of probabilities`);
  }
  const axis = logits.ndim === 1 ? 0 : 1;
  const c = logits.shape[axis]!;
  if (labelSmoothing > 0) target = add(mul(target, 1 - labelSmoothing), labelSmoothing / c);
  let terms = mul(logSoftmax(logits, axis), target);
  if (weight !== null) {
    const around = logits.shape.slice(axis + 1).map(() => 1);
    terms = mul(terms, reshape(weightOf(op, weight, c), [c, ...around]));
  }
  const losses = neg(sum(terms, axis));
  if (reduction === "none") return losses;
  return reduction === "sum" ? sum(losses) : div(sum(losses), losses.numel);
}

/** Weights of the classes, which are not learnt. */
function weightOf(op: string, weight: Tensor, c: number): Tensor {
  if (!sameShape(weight.shape, [c])) {
    throw new ShapeError(`${op}: the weight must be [${c}]: it is ${show(weight.shape)}`);
  }
  return asFloat(op, weight, "the weight").detach();
}

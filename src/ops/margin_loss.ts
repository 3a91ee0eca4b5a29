/**
 * Losses that ask for a margin: between distances, scores and classes.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  checkOptions,
  flag,
  type Kind,
  type Kinds,
  number,
  numberThat,
  orNull,
} from "../core/options.ts";
import { sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, div, minimum, mul, sub } from "./binary.ts";
import { asFloat, cast } from "./cast.ts";
import { checkSameDevice, checkTensor, tensorKind } from "./check.ts";
import { eq, ge, ne } from "./compare.ts";
import { logicalAnd } from "./logical.ts";
import { indexTensor } from "./pad_mode.ts";
import { clamp, neg } from "./elementwise.ts";
import { pow } from "./pow.ts";
import { checkBroadcast, LOSS, type LossOptions, reduce } from "./reduction.ts";
import { cumprod } from "./scan.ts";
import { gather, indexSelect, indices, scatterInto } from "./select.ts";
import { sum } from "./sum.ts";
import { abs, relu, sqrt, square } from "./unary.ts";
import { contiguous, reshape, unsqueeze } from "./view.ts";
import { where } from "./where.ts";

/** Options of losses with a margin. */
export interface MarginOptions extends LossOptions {
  /** The margin. Default: 1 of hinges, 0 of the others. */
  margin?: number;
}

/** Options of {@link tripletMarginLoss}. */
export interface TripletMarginOptions extends MarginOptions {
  /** The norm of the distances. Default: 2. */
  p?: number;
  /** What is added to differences. Default: 1e-6. */
  eps?: number;
  /** Whether the distance of positive and negative counts where it is the smaller one. Default: false. */
  swap?: boolean;
}

/** Options of {@link multiMarginLoss}. */
export interface MultiMarginOptions extends MarginOptions {
  /** 1, or 2: squares. Default: 1. */
  p?: number;
  /** Weights of the classes. Default: 1. */
  weight?: Tensor | null;
}

const norm: Kind = numberThat("a number above 0", (value) => value > 0);
/** What losses with a margin take. */
export const MARGIN: Kinds<MarginOptions> = { ...LOSS, margin: number };
/** What tripletMarginLoss takes. */
export const TRIPLET: Kinds<TripletMarginOptions> = { ...MARGIN, p: norm, eps: number, swap: flag };
/** What multiMarginLoss takes. */
export const MULTI_MARGIN: Kinds<MultiMarginOptions> = {
  ...MARGIN,
  p: numberThat("1 or 2", (value) => value === 1 || value === 2),
  weight: orNull(tensorKind),
};

function floats<T extends readonly Tensor[]>(op: string, ...tensors: T): T {
  return tensors.map((x, i) => asFloat(op, x, `argument ${i}`)) as readonly Tensor[] as T;
}

/** max(0, x), whose slope at 0 is 1: equal scores are driven apart even without a margin. */
function atLeast0(x: Tensor): Tensor {
  return clamp(x, { min: 0 });
}

/**
 * 1 − cos(a, b) where the target is 1, and where it is −1 the cosine beyond the margin. a and b: [n, d]
 * and targets [n], or [d] and [].
 */
export function cosineEmbeddingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  const op = "cosineEmbeddingLoss";
  atMost(4, arguments.length, `${op}(input1, input2, target, { margin, reduction })`);
  const { margin = 0, reduction } = checkOptions(op, options, MARGIN);
  [input1, input2] = floats(op, input1, input2);
  checkTensor(op, target, "the target");
  const fits = sameShape(input1.shape, input2.shape) && input1.ndim >= 1 && input1.ndim <= 2 &&
    sameShape(target.shape, input1.shape.slice(0, -1));
  if (!fits) {
    throw new ShapeError(
      `${op}: inputs must be [n, d] and targets [n], or [d] and []: they are ${
        show(input1.shape)
      }, ` +
        `${show(input2.shape)} and ${show(target.shape)}`,
    );
  }
  const squares = (x: Tensor) => add(sum(square(x), -1), 1e-12);
  const lengths = sqrt(mul(squares(input1), squares(input2)));
  const cosine = div(sum(mul(input1, input2), -1), lengths);
  const apart = where(eq(target, -1), atLeast0(sub(cosine, margin)), 0);
  return reduce(add(where(eq(target, 1), sub(1, cosine), 0), apart), reduction);
}

/** ‖a − b + ε‖ₚ along the last dimension. */
function distanceOf(a: Tensor, b: Tensor, p: number, eps: number): Tensor {
  const d = add(sub(a, b), eps);
  if (p === 1) return sum(abs(d), -1);
  return p === 2 ? sqrt(sum(square(d), -1)) : pow(sum(pow(abs(d), p), -1), 1 / p);
}

/** max(0, d(a, p) − d(a, n) + margin) for an anchor a, one like it and one unlike it, [..., d]. */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletMarginOptions = {},
): Tensor {
  const op = "tripletMarginLoss";
  atMost(4, arguments.length, `${op}(anchor, positive, negative, options)`);
  const { margin = 1, p = 2, eps = 1e-6, swap = false, reduction } = checkOptions(
    op,
    options,
    TRIPLET,
  );
  [anchor, positive, negative] = floats(op, anchor, positive, negative);
  if (anchor.ndim === 0) {
    throw new ShapeError(`${op}: at least one dimension is needed: the anchor is []`);
  }
  checkBroadcast(op, anchor, positive, negative);
  const near = distanceOf(anchor, positive, p, eps);
  let far = distanceOf(anchor, negative, p, eps);
  if (swap) far = minimum(far, distanceOf(positive, negative, p, eps));
  return reduce(atLeast0(add(sub(near, far), margin)), reduction);
}

/** The input where the target is 1, max(0, margin − input) where it is −1. */
export function hingeEmbeddingLoss(
  input: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  const op = "hingeEmbeddingLoss";
  atMost(3, arguments.length, `${op}(input, target, { margin, reduction })`);
  const { margin = 1, reduction } = checkOptions(op, options, MARGIN);
  input = asFloat(op, input, "the input");
  checkTensor(op, target, "the target");
  checkBroadcast(op, input, target);
  const apart = where(ne(target, 1), atLeast0(sub(margin, input)), 0);
  return reduce(add(apart, where(ne(target, -1), input, 0)), reduction);
}

/** max(0, −t (a − b) + margin): where the target t is 1, a is to be larger, where it is −1, b. */
export function marginRankingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  const op = "marginRankingLoss";
  atMost(4, arguments.length, `${op}(input1, input2, target, { margin, reduction })`);
  const { margin = 0, reduction } = checkOptions(op, options, MARGIN);
  [input1, input2, target] = floats(op, input1, input2, target);
  checkBroadcast(op, input1, input2, target);
  const behind = mul(neg(target), sub(input1, input2));
  return reduce(atLeast0(margin === 0 ? behind : add(behind, margin)), reduction);
}

/**
 * Σ over the other classes of max(0, margin − score of the label + score)ᵖ / classes. input: [n, c] and
 * labels [n], or [c] and [].
 */
export function multiMarginLoss(
  input: Tensor,
  labels: Tensor,
  options: MultiMarginOptions = {},
): Tensor {
  const op = "multiMarginLoss";
  atMost(3, arguments.length, `${op}(input, labels, options)`);
  const { margin = 1, p = 1, weight = null, reduction } = checkOptions(op, options, MULTI_MARGIN);
  input = asFloat(op, input, "the input");
  checkTensor(op, labels, "labels");
  const isSingle = input.ndim <= 1 && labels.ndim <= 1 && labels.numel === 1;
  const x = isSingle ? reshape(input, [1, -1]) : input;
  const at = isSingle ? reshape(indices(op, labels, "labels"), [1]) : indices(op, labels, "labels");
  if (x.ndim !== 2 || !sameShape(at.shape, [x.shape[0]!])) {
    throw new ShapeError(
      `${op}: scores must be [n, classes] and labels [n]: they are ${show(input.shape)} and ` +
        show(labels.shape),
    );
  }
  const own = unsqueeze(at, 1);
  let terms = relu(add(sub(x, gather(x, 1, own)), margin));
  if (p === 2) terms = square(terms);
  if (weight !== null) terms = mul(terms, unsqueeze(indexSelect(weight, 0, at), 1));
  const isOther = ne(indexTensor(x, [...Array(x.shape[1]!).keys()]), own);
  const losses = div(sum(where(isOther, terms, 0), 1), x.shape[1]!);
  return reduce(
    isSingle && reduction === "none" ? reshape(losses, labels.shape) : losses,
    reduction,
  );
}

/**
 * Σ over pairs of a label and a class that is none of max(0, 1 − score of the label + score) / classes.
 * input: [n, c] and labels [n, c], of which those before the first −1 count, or [c] and [c].
 */
export function multilabelMarginLoss(
  input: Tensor,
  labels: Tensor,
  options: LossOptions = {},
): Tensor {
  const op = "multilabelMarginLoss";
  atMost(3, arguments.length, `${op}(input, labels, { reduction })`);
  const { reduction } = checkOptions(op, options, LOSS);
  const x = asFloat(op, input, "the input");
  checkTensor(op, labels, "labels");
  const at = indices(op, labels, "labels");
  if (!sameShape(x.shape, at.shape) || x.ndim > 2) {
    throw new ShapeError(
      `${op}: scores and labels must be [n, classes] both: they are ${show(x.shape)} and ` +
        show(at.shape),
    );
  }
  checkSameDevice(op, at, x, "the labels");
  const c = x.shape.at(-1) ?? 1, n = x.ndim === 2 ? x.shape[0]! : 1;
  const list = reshape(at, [n, c]);
  const counting = cumprod(cast(ge(list, 0), "int32"), 1); // 0 from the first −1 on
  const label = where(eq(counting, 1), list, 0);
  const counts = alloc(x, [n, c]);
  kernelsOf(counts).fill(counts, 0);
  scatterInto("add", counts, 1, contiguous(label), cast(counting, "float32"), op);
  const own = record(op, counts, []);
  const scores = reshape(x, [n, c]);
  const gaps = relu(add(sub(1, unsqueeze(scores, 2)), unsqueeze(scores, 1))); // [n, label, other]
  const isPair = logicalAnd(unsqueeze(own, 2), unsqueeze(eq(own, 0), 1));
  const each = where(isPair, mul(gaps, unsqueeze(own, 2)), 0);
  const losses = div(sum(each, [1, 2]), c);
  return reduce(reduction === "none" && x.ndim < 2 ? reshape(losses, []) : losses, reduction);
}

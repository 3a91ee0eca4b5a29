/**
 * Normalisation.
 *
 * @module
 */
import { isRecording, type Pair, record } from "../autograd/autograd.ts";
import { MUL } from "../device/arithmetic.ts";
import { alloc, type Buffer, kernelsOf } from "../device/buffer.ts";
import { training } from "../families/training.ts";
import { normalization } from "../families/normalization.ts";
import { ShapeError, show } from "../core/errors.ts";
import type { Channels } from "../device/kernels.ts";
import {
  atMost,
  check,
  checkOptions,
  either,
  flag,
  type Kind,
  type Kinds,
  listOf,
  number,
  orNull,
  whole,
} from "../core/options.ts";
import { numelOf, sameShape, type Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { allocImages, areChannelsLast, inLayout } from "./images.ts";
import { asFloat } from "./cast.ts";
import { checkFloat, tensorKind } from "./check.ts";
import { type NormGradients, normGradients } from "./norm_gradients.ts";
import { checkNotRepeated } from "./layout.ts";
import { filled } from "./operand.ts";
import { RELU } from "./relu.ts";
import { contiguous } from "./view.ts";

/** Options of {@link batchNorm}. */
export interface BatchNormOptions {
  /** γ: [c]. Default: ones. */
  weight?: Tensor | null;
  /** β: [c]. Default: zeros. */
  bias?: Tensor | null;
  /** Whether to use the batch's own moments and update the running ones. Default: false. */
  training?: boolean;
  /** The fraction of the batch in the running moments. Default: 0.1. */
  momentum?: number;
  /** What is added to the variance. Default: 1e-5. */
  eps?: number;
}

const TENSOR_OR_NULL = orNull(tensorKind);

/** What batchNorm takes. */
const BATCH_NORM: Kinds<BatchNormOptions> = {
  weight: TENSOR_OR_NULL,
  bias: TENSOR_OR_NULL,
  training: flag,
  momentum: number,
  eps: number,
};

/** A vector of parameters or moments, or of one value where x is; contiguous. Throws unless it fits. */
function vector(
  op: string,
  what: string,
  v: Tensor | null,
  x: Buffer,
  shape: Shape,
  value: number,
): Buffer {
  if (v === null) return filled(x.storage.device, shape, value, "float32");
  checkFloat(op, v);
  if (!sameShape(v.shape, shape)) {
    throw new ShapeError(`${op}: the ${what} must be ${show(shape)}: it is ${show(v.shape)}`);
  }
  return contiguous(v);
}

/**
 * γ (x − mean) / √(variance + ε) + β, channel by channel: Ioffe and Szegedy, "Batch normalization",
 * 2015. x: [n, c] or [n, c, ...]; moments, weight and bias: [c].
 *
 * In training the moments are the batch's, and the running ones move towards them in place (the
 * variance by n / (n − 1), as in PyTorch); else they are the running ones. With neither given, the
 * batch's are used in both. A batch of no samples leaves the running moments as they are. ShapeError
 * where the rank or the channels do not fit, where only one running moment is given, and in training
 * where a channel has one value only: its variance would be 0.
 */
export function batchNorm(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  options: BatchNormOptions = {},
): Tensor {
  atMost(4, arguments.length, "batchNorm(x, runningMean, runningVar, options)");
  checkOptions("batchNorm", options, BATCH_NORM);
  check("batchNorm", "the running mean", runningMean, TENSOR_OR_NULL);
  check("batchNorm", "the running variance", runningVar, TENSOR_OR_NULL);
  return batchNormUnchecked(x, runningMean, runningVar, options);
}

/** Whether one kernel does relu behind a normalisation of x, with the bits of both. */
export function takesRelu(x: Tensor): boolean {
  return x.dtype === "float32" && x.ndim >= 2 && areChannelsLast(x) &&
    kernelsOf(x, normalization).channelAffineRelu !== undefined;
}

/** The same with options that have been checked; `relu`: with relu behind it, where x takes that. */
export function batchNormUnchecked(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  options: BatchNormOptions,
  relu = false,
): Tensor {
  const op = "batchNorm";
  const { weight = null, bias = null, training = false, momentum = 0.1, eps = 1e-5 } = options;
  x = asFloat(op, x);
  if (x.ndim < 2) {
    throw new ShapeError(`${op}: x must be [n, c] or [n, c, ...]: it is ${show(x.shape)}`);
  }
  const shape = [x.shape[1]!];
  const w = vector(op, "weight", weight, x, shape, 1);
  const b = vector(op, "bias", bias, x, shape, 0);
  if ((runningMean === null) !== (runningVar === null)) {
    throw new ShapeError(
      `${op}: both running moments are needed, or neither: there is a running ` +
        (runningMean === null ? "variance only" : "mean only"),
    );
  }
  const running = runningMean === null || runningVar === null ? null : {
    mean: vector(op, "running mean", runningMean, x, shape, 0),
    variance: vector(op, "running variance", runningVar, x, shape, 1),
  };
  const ownMoments = training || running === null;
  const count = x.numel / Math.max(1, shape[0]!);
  if (ownMoments && count < 2 && x.numel > 0) {
    throw new ShapeError(
      `${op}: more than one value a channel is needed in training: x is ${show(x.shape)}`,
    );
  }
  const kernels = kernelsOf(x), norm = kernelsOf(x, normalization);
  const last = areChannelsLast(x);
  const input = inLayout(x, last);
  const channels = channelsOf(x.shape, last);
  const [mean, variance] = [alloc(x, shape), alloc(x, shape)];
  if (!ownMoments) {
    // copies: the running moments may have moved on before the gradients read them
    kernels.copy(running!.mean, mean);
    kernels.copy(running!.variance, variance);
  } else if (x.numel === 0) {
    kernels.fill(mean, 0); // of no values there are none
    kernels.fill(variance, 1);
  } else {
    kernels.channelMoments(input, mean, variance, channels);
    if (running !== null) {
      for (const moment of [runningMean!, runningVar!]) checkNotRepeated(op, moment);
      moveTowards(runningMean!, running.mean, mean, momentum);
      moveTowards(runningVar!, running.variance, unbiased(variance, count), momentum);
    }
  }
  const [inverse, scale] = [alloc(x, shape), alloc(x, shape)];
  norm.channelScale(variance, w, inverse, scale, eps);
  const y = allocImages(x, x.shape, last);
  if (relu) norm.channelAffineRelu!(input, y, mean, scale, b, channels);
  else norm.channelAffine(input, y, mean, scale, b, channels);
  // a copy: whoever changes the bias does not change what relu let through
  const shift = relu ? alloc(x, shape) : null;
  if (shift !== null) kernels.copy(b, shift);

  interface Shared {
    dy: Buffer;
    sum: Buffer;
    dw: Buffer;
    k: Buffer;
    d: Buffer;
  }
  const shared = (dy: Tensor): Shared | NormGradients => {
    if (isRecording()) {
      const dz = relu ? RELU.gradOps!(dy, x, result) : dy;
      return normGradients(x, dz, weight, {
        axes: x.shape.map((_, i) => i).filter((i) => i !== 1),
        along: x.shape.map((n, i) => i === 1 ? n : 1),
        eps,
        moments: ownMoments
          ? null
          : { mean: record(op, mean, []), variance: record(op, variance, []) },
      });
    }
    const grad = inLayout(dy, last);
    const [sum, product] = [alloc(x, shape), alloc(x, shape)];
    const [dw, k, d] = [alloc(x, shape), alloc(x, shape), alloc(x, shape)];
    const gate = shift === null ? null : [scale, shift] as const;
    norm.channelSums(input, grad, mean, sum, product, channels, gate);
    // the moments are constants where they are not x's own
    const part = ownMoments && count > 0 ? 1 / count : 0;
    norm.channelGradScale(sum, product, inverse, scale, dw, k, d, part);
    return { dy: grad, sum, dw, k, d };
  };
  const pairs: Pair<Shared | NormGradients>[] = [[x, (_, found) => {
    if ("dx" in found) return found.dx;
    const dx = allocImages(x, x.shape, last);
    if (!ownMoments) { // what x is does not matter, NaN and infinities neither
      const none = alloc(x, shape);
      kernels.fill(none, 0);
      const dz = relu ? allocImages(x, x.shape, last) : found.dy;
      if (relu) kernels.unaryGrad(RELU, y, found.dy, dz);
      norm.channelAffine(dz, dx, none, scale, none, channels);
      return record(op, dx, []);
    }
    norm.channelAffineGrad(input, found.dy, dx, mean, scale, found.k, found.d, channels, shift);
    return record(op, dx, []);
  }]];
  if (weight !== null) {
    pairs.push([weight, (_, found) => "dx" in found ? found.dw : record(op, found.dw, [])]);
  }
  if (bias !== null) {
    pairs.push([bias, (_, found) => "dx" in found ? found.db : record(op, found.sum, [])]);
  }
  const result: Tensor = record(op, y, pairs, {
    saved: relu ? [x, weight ?? w, y] : [x, weight ?? w],
    shared,
    differentiable: true,
  });
  return result;
}

/** [outer, c, inner], as the kernels walk it. */
function channelsOf(shape: Shape, channelsLast: boolean): Channels {
  const c = shape[1]!;
  const inner = numelOf(shape.slice(2));
  return channelsLast ? [shape[0]! * inner, c, 1] : [shape[0]!, c, inner];
}

/** variance · n / (n − 1). */
function unbiased(variance: Buffer, n: number): Buffer {
  const out = alloc(variance, variance.shape);
  kernelsOf(out).binary(MUL, variance, n / (n - 1), out);
  return out;
}

/** running += fraction (value − running); `row` is running itself, or a contiguous copy of it. */
export function moveTowards(running: Tensor, row: Buffer, value: Buffer, fraction: number): void {
  kernelsOf(row, training).lerp([row], [value], fraction);
  if (row !== running) kernelsOf(row).copy(row, running);
  running.storage.version++;
}

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  /** γ, of the normalised shape. Default: ones. */
  weight?: Tensor | null;
  /** β, of the normalised shape. Default: zeros. */
  bias?: Tensor | null;
  /** What is added to the variance. Default: 1e-5. */
  eps?: number;
}

/** What layerNorm takes. */
const LAYER_NORM: Kinds<LayerNormOptions> = {
  weight: TENSOR_OR_NULL,
  bias: TENSOR_OR_NULL,
  eps: number,
};

/** The lengths of the dimensions that are normalised. */
export const NORMALIZED_SHAPE: Kind = either(whole(0), listOf(whole(0), undefined, "several"));

/**
 * γ (x − mean) / √(variance + ε) + β over the last dimensions, whose lengths `normalizedShape` is: Ba,
 * Kiros and Hinton, "Layer normalization", 2016. x: [..., ...normalizedShape], same shape out.
 * ShapeError where x does not end in it.
 */
export function layerNorm(
  x: Tensor,
  normalizedShape: number | Shape,
  options: LayerNormOptions = {},
): Tensor {
  atMost(3, arguments.length, "layerNorm(x, normalizedShape, options)");
  checkOptions("layerNorm", options, LAYER_NORM);
  x = asFloat("layerNorm", x);
  check("layerNorm", "the normalized shape", normalizedShape, NORMALIZED_SHAPE);
  const shape = typeof normalizedShape === "number" ? [normalizedShape] : [...normalizedShape];
  return layerNormUnchecked(x, shape, options);
}

/** The same with a shape and options that have been checked. */
export function layerNormUnchecked(x: Tensor, shape: Shape, options: LayerNormOptions): Tensor {
  const op = "layerNorm";
  const { weight = null, bias = null, eps = 1e-5 } = options;
  x = asFloat(op, x);
  if (
    shape.length === 0 || shape.length > x.ndim || !sameShape(x.shape.slice(-shape.length), shape)
  ) {
    throw new ShapeError(
      `${op}: x must end in the normalized shape ${show(shape)}: it is ${show(x.shape)}`,
    );
  }
  const w = vector(op, "weight", weight, x, shape, 1);
  const b = vector(op, "bias", bias, x, shape, 0);
  const n = numelOf(shape);
  const rows = n === 0 ? 0 : x.numel / n;
  const norm = kernelsOf(x, normalization);
  const input = contiguous(x);
  const [y, stats] = [alloc(x, x.shape), alloc(x, [rows, 2])];
  norm.layerNorm(input, w, b, y, stats, rows, n, eps);

  interface Shared {
    dy: Buffer;
    dw: Buffer;
    db: Buffer;
  }
  const shared = (dy: Tensor): Shared | NormGradients => {
    if (isRecording()) {
      const lead = x.ndim - shape.length;
      return normGradients(x, dy, weight, {
        axes: shape.map((_, i) => lead + i),
        along: x.shape.map((n, i) => i < lead ? 1 : n),
        eps,
        moments: null,
      });
    }
    const [grad, dw, db] = [contiguous(dy), alloc(x, shape), alloc(x, shape)];
    if (weight?.requiresGrad || bias?.requiresGrad) {
      norm.layerNormGradWeight(input, grad, stats, dw, db, rows, n);
    }
    return { dy: grad, dw, db };
  };
  const pairs: Pair<Shared | NormGradients>[] = [[x, (_, found) => {
    if ("dx" in found) return found.dx;
    const dx = alloc(x, x.shape);
    norm.layerNormGrad(input, w, found.dy, stats, dx, rows, n);
    return record(op, dx, []);
  }]];
  if (weight !== null) {
    pairs.push([weight, (_, found) => "dx" in found ? found.dw : record(op, found.dw, [])]);
  }
  if (bias !== null) {
    pairs.push([bias, (_, found) => "dx" in found ? found.db : record(op, found.db, [])]);
  }
  return record(op, y, pairs, { saved: [x, weight ?? w], shared, differentiable: true });
}

/**
 * Batch normalisation.
 *
 * @module
 */
import { isRecording, record } from "../autograd/autograd.ts";
import { MUL } from "../device/arithmetic.ts";
import { alloc, type Buffer, kernelsOf } from "../device/buffer.ts";
import { training } from "../families/training.ts";
import { normalization } from "../families/normalization.ts";
import { ShapeError, show } from "../core/errors.ts";
import type { Channels } from "../device/kernels.ts";
import { atMost, check, checkOptions, flag, type Kinds, number } from "../core/options.ts";
import { numelOf, type Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { allocImages, areChannelsLast, inLayout } from "./images.ts";
import { asFloat } from "./cast.ts";
import { type NormGradients, normGradients } from "./norm_gradients.ts";
import { normPairs, parameter, TENSOR_OR_NULL } from "./norm_parameters.ts";
import { checkNotRepeated } from "./layout.ts";
import { RELU } from "./relu.ts";

const OP = "batchNorm";

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

/** What batchNorm takes. */
const BATCH_NORM: Kinds<BatchNormOptions> = {
  weight: TENSOR_OR_NULL,
  bias: TENSOR_OR_NULL,
  training: flag,
  momentum: number,
  eps: number,
};

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
  const { weight = null, bias = null, training = false, momentum = 0.1, eps = 1e-5 } = options;
  x = asFloat(OP, x);
  if (x.ndim < 2) {
    throw new ShapeError(`${OP}: x must be [n, c] or [n, c, ...]: it is ${show(x.shape)}`);
  }
  const shape = [x.shape[1]!];
  const w = parameter(OP, "weight", weight, x, shape, 1);
  const b = parameter(OP, "bias", bias, x, shape, 0);
  const running = runningMoments(x, shape, runningMean, runningVar);
  const ownMoments = training || running === null;
  const count = x.numel / Math.max(1, shape[0]!);
  if (ownMoments && count < 2 && x.numel > 0) {
    throw new ShapeError(
      `${OP}: more than one value a channel is needed in training: x is ${show(x.shape)}`,
    );
  }
  const last = areChannelsLast(x);
  const input = inLayout(x, last);
  const channels = channelsOf(x.shape, last);
  const [mean, variance] = ownMoments
    ? momentsOf(input, shape, channels, count)
    : running!.map(copyOf) as [Buffer, Buffer];
  if (ownMoments && running !== null && x.numel > 0) {
    for (const moment of [runningMean!, runningVar!]) checkNotRepeated(OP, moment);
    moveTowards(runningMean!, running[0], mean, momentum);
    moveTowards(runningVar!, running[1], unbiased(variance, count), momentum);
  }
  const kernels = kernelsOf(x), norm = kernelsOf(x, normalization);
  const [inverse, scale] = [alloc(x, shape), alloc(x, shape)];
  norm.channelScale(variance, w, inverse, scale, eps);
  const y = allocImages(x, x.shape, last);
  if (relu) norm.channelAffineRelu!(input, y, mean, scale, b, channels);
  else norm.channelAffine(input, y, mean, scale, b, channels);
  const shift = relu ? copyOf(b) : null;

  const row = () => alloc(x, shape);

  // for gradients of gradients
  const byOps = (dy: Tensor): NormGradients =>
    normGradients(x, shift === null ? dy : RELU.gradOps!(dy, x, result), weight, {
      axes: x.shape.map((_, i) => i).filter((i) => i !== 1),
      along: x.shape.map((n, i) => i === 1 ? n : 1),
      eps,
      moments: ownMoments
        ? null
        : { mean: record(OP, mean, []), variance: record(OP, variance, []) },
    });

  const shared = (dy: Tensor): ChannelSums | NormGradients => {
    if (isRecording()) return byOps(dy);
    const grad = inLayout(dy, last);
    const [db, product, dw, k, d] = [row(), row(), row(), row(), row()];
    const gate = shift === null ? null : [scale, shift] as const;
    norm.channelSums(input, grad, mean, db, product, channels, gate);
    // the moments are constants where they are not x's own
    const part = ownMoments && count > 0 ? 1 / count : 0;
    norm.channelGradScale(db, product, inverse, scale, dw, k, d, part);
    return { dy: grad, dw, db, k, d };
  };

  const dx = ({ dy, k, d }: ChannelSums): Buffer => {
    const out = allocImages(x, x.shape, last);
    if (ownMoments) {
      norm.channelAffineGrad(input, dy, out, mean, scale, k, d, channels, shift);
      return out;
    }
    // what x is does not matter, NaN and infinities neither
    const none = row();
    kernels.fill(none, 0);
    const dz = shift === null ? dy : allocImages(x, x.shape, last);
    if (shift !== null) kernels.unaryGrad(RELU, y, dy, dz);
    norm.channelAffine(dz, out, none, scale, none, channels);
    return out;
  };

  const result: Tensor = record(OP, y, normPairs(OP, [x, weight, bias], dx), {
    saved: relu ? [x, weight ?? w, y] : [x, weight ?? w],
    shared,
    differentiable: true,
  });
  return result;
}

/** Sums over each channel that the gradients have in common. */
interface ChannelSums {
  dy: Buffer;
  dw: Buffer;
  db: Buffer;
  k: Buffer;
  d: Buffer;
}

/** The running moments as contiguous rows; null where there are none. */
function runningMoments(
  x: Tensor,
  shape: Shape,
  mean: Tensor | null,
  variance: Tensor | null,
): [mean: Buffer, variance: Buffer] | null {
  if (mean !== null && variance !== null) {
    return [
      parameter(OP, "running mean", mean, x, shape, 0),
      parameter(OP, "running variance", variance, x, shape, 1),
    ];
  }
  if (mean === null && variance === null) return null;
  throw new ShapeError(
    `${OP}: both running moments are needed, or neither: there is a running ` +
      (mean === null ? "variance only" : "mean only"),
  );
}

/** The mean and the variance of each channel; 0 and 1 of no values. */
function momentsOf(
  input: Buffer,
  shape: Shape,
  channels: Channels,
  count: number,
): [mean: Buffer, variance: Buffer] {
  const kernels = kernelsOf(input);
  const [mean, variance] = [alloc(input, shape), alloc(input, shape)];
  if (count === 0) {
    kernels.fill(mean, 0);
    kernels.fill(variance, 1);
  } else kernels.channelMoments(input, mean, variance, channels);
  return [mean, variance];
}

/** What the gradients read must be copied where it may change before they do: running moments, the bias. */
function copyOf(row: Buffer): Buffer {
  const copy = alloc(row, row.shape);
  kernelsOf(row).copy(row, copy);
  return copy;
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

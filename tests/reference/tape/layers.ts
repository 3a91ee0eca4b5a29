/** Normalisation, pooling and losses. */
import { array, type NDArray, need, type Shape } from "../arrays/array.ts";
import { targets } from "../arrays/loss.ts";
import * as arrays from "../arrays/mod.ts";
import { besidesChannels } from "../arrays/norm.ts";
import { adaptiveWindows, largest, means, poolWindows, type Windows } from "../arrays/pool.ts";
import { add, div, mul, sqrt, sub } from "./elementwise.ts";
import { logSoftmax, mean, sum } from "./reduce.ts";
import { composed, record, scattered, Value } from "./value.ts";
import { detach, reshape } from "./views.ts";

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  weight?: Value | null;
  bias?: Value | null;
  eps?: number;
}

function moments(x: Value, dims: number[]): { mean: Value; variance: Value } {
  const middle = mean(x, dims, true), apart = sub(x, middle);
  return { mean: middle, variance: mean(mul(apart, apart), dims, true) };
}

export function layerNorm(
  x: Value,
  normalizedShape: number | Shape,
  { weight = null, bias = null, eps = 1e-5 }: LayerNormOptions = {},
): Value {
  const plain = { weight: weight?.array ?? null, bias: bias?.array ?? null, eps };
  arrays.layerNorm(x.array, normalizedShape, plain); // refuses what does not fit
  const n = typeof normalizedShape === "number" ? 1 : normalizedShape.length;
  const { mean, variance } = moments(x, Array.from({ length: n }, (_, i) => i - n));
  let y = div(sub(x, mean), sqrt(add(variance, eps)));
  if (weight !== null) y = mul(y, weight);
  return composed(bias === null ? y : add(y, bias), [x, weight]);
}

/** Options of {@link batchNorm}. */
export interface BatchNormOptions extends LayerNormOptions {
  training?: boolean;
  momentum?: number;
}

export function batchNorm(
  x: Value,
  runningMean: Value | null,
  runningVar: Value | null,
  { weight = null, bias = null, training = false, momentum = 0.1, eps = 1e-5 }: BatchNormOptions =
    {},
): Value {
  const along = (v: Value) => reshape(v, [v.shape[0]!, ...Array(x.shape.length - 2).fill(1)]);
  const isOwn = training || runningMean === null;
  need(!isOwn || x.array.data.length > x.shape[1]!, "several values a channel");
  // the running ones are read once: they may move on
  const now = (v: Value) => along(new Value(v.array));
  const { mean, variance } = isOwn
    ? moments(x, besidesChannels(x.shape))
    : { mean: now(runningMean!), variance: now(runningVar!) };
  if (training && runningMean !== null && runningVar !== null) {
    const moved = arrays.movedMoments(x.array, runningMean.array, runningVar.array, momentum);
    runningMean.change(moved.mean);
    runningVar.change(moved.variance);
  }
  let y = div(sub(x, mean), sqrt(add(variance, eps)));
  if (weight !== null) y = mul(y, along(weight));
  return composed(bias === null ? y : add(y, along(bias)), [x, weight]);
}

export function maxPool2d(x: Value, kernelSize: arrays.OneOrTwo, options = {}): Value {
  const windows = poolWindows(x.shape, kernelSize, options);
  const at = largest(x.array, windows);
  const y = array(windows.shape, at.map((i) => x.array.data[i]!));
  return record(y, [[x, (dy) => scattered(x.shape, at, dy.data)]]);
}

function avgPool(x: Value, windows: Windows): Value {
  const { at, divisors } = windows;
  return record(means(x.array, windows), [[x, (dy: NDArray) => {
    const data = new Float64Array(x.array.data.length);
    at.forEach((inputs, i) => inputs.forEach((j) => data[j]! += dy.data[i]! / divisors[i]!));
    return array(x.shape, data);
  }]]);
}

export function avgPool2d(x: Value, kernelSize: arrays.OneOrTwo, options = {}): Value {
  return avgPool(x, poolWindows(x.shape, kernelSize, options));
}

export function adaptiveAvgPool2d(x: Value, outputSize: arrays.OneOrTwo): Value {
  return avgPool(x, adaptiveWindows(x.shape, outputSize));
}

/** Options of the losses of classes. */
export interface ClassLossOptions {
  reduction?: arrays.Reduction;
  weight?: Value | null;
  ignoreIndex?: number;
  labelSmoothing?: number;
}

export function nllLoss(logp: Value, labels: Value, options: ClassLossOptions = {}): Value {
  const { reduction = "mean", weight = null, ...rest } = options;
  if (logp.shape.length === 1) {
    const loss = nllLoss(reshape(logp, [1, -1]), reshape(labels, [1]), options);
    return composed(reshape(loss, []), [logp, labels]);
  }
  need(logp.shape.length === 2, `scores [${logp.shape}]`);
  const plain = { ...rest, weight: weight?.array ?? null };
  const { target, total } = targets(logp.shape as [number, number], labels.array, plain);
  const losses = sum(mul(logp, new Value(arrays.mul(target, -1))), 1);
  const out = reduction === "none"
    ? losses
    : reduction === "sum"
    ? sum(losses)
    : div(sum(losses), new Value(array([], [total])));
  return composed(out, [logp, labels, weight && detach(weight)]);
}

export function crossEntropy(x: Value, labels: Value, options: ClassLossOptions = {}): Value {
  return composed(nllLoss(logSoftmax(x, -1), labels, options), [x, labels]);
}

export function mseLoss(
  input: Value,
  target: Value,
  { reduction = "mean" }: { reduction?: arrays.Reduction } = {},
): Value {
  need(String(input.shape) === String(target.shape), `[${input.shape}] and [${target.shape}]`);
  const apart = sub(input, target), squares = mul(apart, apart);
  return reduction === "none" ? squares : reduction === "sum" ? sum(squares) : mean(squares);
}

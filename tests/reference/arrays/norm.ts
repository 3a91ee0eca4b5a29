/** Normalisation. */
import { count, type Dims, type NDArray, need, sameShape, type Shape } from "./array.ts";
import { add, div, mul, sqrt, sub } from "./elementwise.ts";
import { mean } from "./reduce.ts";
import { reshape } from "./views.ts";

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  weight?: NDArray | null;
  bias?: NDArray | null;
  eps?: number;
}

/** Options of {@link batchNorm}. */
export interface BatchNormOptions extends LayerNormOptions {
  training?: boolean;
  momentum?: number;
}

/** Mean and variance along dimensions, which stay with length 1. */
export function moments(x: NDArray, dims: Dims): { mean: NDArray; variance: NDArray } {
  const middle = mean(x, dims, true), apart = sub(x, middle);
  return { mean: middle, variance: mean(mul(apart, apart), dims, true) };
}

/** γ (x − mean) / √(variance + ε) + β over the last dimensions. */
export function layerNorm(
  x: NDArray,
  normalizedShape: number | Shape,
  { weight = null, bias = null, eps = 1e-5 }: LayerNormOptions = {},
): NDArray {
  const shape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
  const lead = x.shape.length - shape.length;
  need(sameShape(x.shape.slice(lead), shape), `[${x.shape}] normalised over [${shape}]`);
  const { mean, variance } = moments(x, shape.map((_, i) => lead + i));
  let y = div(sub(x, mean), sqrt(add(variance, eps)));
  if (weight !== null) y = mul(y, weight);
  return bias === null ? y : add(y, bias);
}

/** Every dimension but the channels'. */
export function besidesChannels(shape: Shape): number[] {
  return [...shape.keys()].filter((axis) => axis !== 1);
}

/** A vector [c] as it broadcasts to [n, c, …]. */
function channelwise(v: NDArray, ndim: number): NDArray {
  return reshape(v, [v.data.length, ...Array(ndim - 2).fill(1)]);
}

/** γ (x − mean) / √(variance + ε) + β, channel by channel, by given moments or by x's own. */
export function batchNorm(
  x: NDArray,
  runningMean: NDArray | null,
  runningVar: NDArray | null,
  { weight = null, bias = null, training = false, eps = 1e-5 }: BatchNormOptions = {},
): NDArray {
  const own = training || runningMean === null;
  need(!own || x.data.length > x.shape[1]!, "several values a channel");
  const along = (v: NDArray) => channelwise(v, x.shape.length);
  const { mean, variance } = own
    ? moments(x, besidesChannels(x.shape))
    : { mean: along(runningMean!), variance: along(runningVar!) };
  let y = div(sub(x, mean), sqrt(add(variance, eps)));
  if (weight !== null) y = mul(y, along(weight));
  return bias === null ? y : add(y, along(bias));
}

/** What a running mean and variance are after a batch; the variance moves by n / (n − 1) of its. */
export function movedMoments(
  x: NDArray,
  runningMean: NDArray,
  runningVar: NDArray,
  momentum = 0.1,
): { mean: NDArray; variance: NDArray } {
  const own = moments(x, besidesChannels(x.shape));
  const n = x.data.length / x.shape[1]!;
  need(n > 1, "several values a channel");
  const moved = (running: NDArray, value: NDArray, factor: number) =>
    add(
      mul(running, 1 - momentum),
      mul(reshape(value, [count(value.shape)]), momentum * factor),
    );
  return {
    mean: moved(runningMean, own.mean, 1),
    variance: moved(runningVar, own.variance, n / (n - 1)),
  };
}

/**
 * Activations and dropout as `functional` has them, which may write their result over their input: the
 * functions of `unary.ts`, `activation.ts` and the files of other activations, `dropout.ts` and
 * `feature_dropout.ts` with that option, which layers and methods of tensors do without. Defaults are theirs: an argument
 * that is left out is left out there.
 *
 * @module
 */
import { atMost, checkOptions, type Kinds } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { silu as siluOf } from "./activation.ts";
import { DROPOUT, dropout as ofElements } from "./dropout.ts";
import * as exponential from "./exponential_activation.ts";
import * as channels from "./feature_dropout.ts";
import { inNameOf } from "./in_name_of.ts";
import { put } from "./inplace.ts";
import { INPLACE, type InplaceOptions } from "./inplace_options.ts";
import * as leaky from "./leaky_relu.ts";
import * as piecewise from "./piecewise_activation.ts";
import * as unary from "./unary.ts";

/** The function of x, or x with that in its place. */
function applied(
  op: string,
  x: Tensor,
  options: InplaceOptions,
  fn: (x: Tensor) => Tensor,
): Tensor {
  const { inplace = false } = checkOptions(op, options, INPLACE);
  return inplace ? inNameOf(op, () => put(op, x, [], fn)) : fn(x);
}

/** The same of what drops out, which leaves x alone where nothing is dropped. */
function droppedOut(
  op: string,
  x: Tensor,
  p: number,
  training: boolean,
  options: InplaceOptions,
  fn: (x: Tensor, p: number, training: boolean) => Tensor,
): Tensor {
  const isIdle = training === false || p === 0;
  return applied(op, x, isIdle ? withoutPlace(op, options) : options, (x) => fn(x, p, training));
}

function withoutPlace(op: string, options: InplaceOptions): InplaceOptions {
  checkOptions(op, options, INPLACE);
  return {};
}

/** `max(x, 0)`; its gradient at 0 is 0. */
export function relu(x: Tensor, options: InplaceOptions = {}): Tensor {
  atMost(2, arguments.length, "relu(x, { inplace })");
  return applied("relu", x, options, unary.relu);
}

/** `min(max(x, 0), 6)`. */
export function relu6(x: Tensor, options: InplaceOptions = {}): Tensor {
  atMost(2, arguments.length, "relu6(x, { inplace })");
  return applied("relu6", x, options, piecewise.relu6);
}

/** x where it is positive, else `negativeSlope · x`; its gradient at 0 is the slope. */
export function leakyRelu(x: Tensor, negativeSlope?: number, options: InplaceOptions = {}): Tensor {
  atMost(3, arguments.length, "leakyRelu(x, negativeSlope, { inplace })");
  return applied("leakyRelu", x, options, (x) => leaky.leakyRelu(x, negativeSlope));
}

/** `x / (1 + e⁻ˣ)`. */
export function silu(x: Tensor, options: InplaceOptions = {}): Tensor {
  atMost(2, arguments.length, "silu(x, { inplace })");
  return applied("silu", x, options, siluOf);
}

/** x where it is positive, else `alpha (eˣ − 1)`. */
export function elu(x: Tensor, alpha?: number, options: InplaceOptions = {}): Tensor {
  atMost(3, arguments.length, "elu(x, alpha, { inplace })");
  return applied("elu", x, options, (x) => exponential.elu(x, alpha));
}

/** `elu` times 1.0507…, of an alpha of 1.6733…, under which means and variances stay. */
export function selu(x: Tensor, options: InplaceOptions = {}): Tensor {
  atMost(2, arguments.length, "selu(x, { inplace })");
  return applied("selu", x, options, exponential.selu);
}

/** x where it is positive, else `alpha (e^(x / alpha) − 1)`, which has no kink. */
export function celu(x: Tensor, alpha?: number, options: InplaceOptions = {}): Tensor {
  atMost(3, arguments.length, "celu(x, alpha, { inplace })");
  return applied("celu", x, options, (x) => exponential.celu(x, alpha));
}

/** `min(max(x + 3, 0), 6) / 6`, a sigmoid of straight lines. */
export function hardsigmoid(x: Tensor, options: InplaceOptions = {}): Tensor {
  atMost(2, arguments.length, "hardsigmoid(x, { inplace })");
  return applied("hardsigmoid", x, options, piecewise.hardsigmoid);
}

/** `x · hardsigmoid(x)`: Howard et al., "Searching for MobileNetV3", 2019. */
export function hardswish(x: Tensor, options: InplaceOptions = {}): Tensor {
  atMost(2, arguments.length, "hardswish(x, { inplace })");
  return applied("hardswish", x, options, piecewise.hardswish);
}

/** x, but at least `minVal` and at most `maxVal`; at the bounds the gradient is 0. */
export function hardtanh(
  x: Tensor,
  minVal?: number,
  maxVal?: number,
  options: InplaceOptions = {},
): Tensor {
  atMost(4, arguments.length, "hardtanh(x, minVal, maxVal, { inplace })");
  return applied("hardtanh", x, options, (x) => piecewise.hardtanh(x, minVal, maxVal));
}

/** `x tanh(softplus(x))`: Misra, "Mish", 2019. */
export function mish(x: Tensor, options: InplaceOptions = {}): Tensor {
  atMost(2, arguments.length, "mish(x, { inplace })");
  return applied("mish", x, options, exponential.mish);
}

/** x where it is above `threshold`, else `value`. */
export function threshold(
  x: Tensor,
  threshold: number,
  value: number,
  options: InplaceOptions = {},
): Tensor {
  atMost(4, arguments.length, "threshold(x, threshold, value, { inplace })");
  return applied("threshold", x, options, (x) => piecewise.threshold(x, threshold, value));
}

/** Options of {@link rrelu}. */
export interface RreluOptions extends InplaceOptions {
  /** The least slope. Default: 1/8. */
  lower?: number;
  /** The largest slope. Default: 1/3. */
  upper?: number;
  /** Whether each element below 0 has a slope of its own, drawn at random. Default: false. */
  training?: boolean;
}

const RRELU: Kinds<RreluOptions> = { ...leaky.RRELU_KINDS, ...INPLACE };

/** `leakyRelu` of slopes that are drawn at random between two, and in evaluation of their mean. */
export function rrelu(x: Tensor, options: RreluOptions = {}): Tensor {
  atMost(2, arguments.length, "rrelu(x, { lower, upper, training, inplace })");
  const { inplace = false, ...rest } = checkOptions("rrelu", options, RRELU);
  return applied("rrelu", x, { inplace }, (x) => leaky.rrelu(x, rest));
}

/**
 * In training, sets each element to 0 with probability p and scales the others by 1 / (1 − p), so
 * that the mean stays; else returns x. The mask follows `manualSeed`. RangeError unless 0 ≤ p ≤ 1.
 */
export function dropout(
  x: Tensor,
  p: number = DROPOUT.p,
  training: boolean = DROPOUT.training,
  options: InplaceOptions = {},
): Tensor {
  atMost(4, arguments.length, "dropout(x, p, training, { inplace })");
  return droppedOut("dropout", x, p, training, options, ofElements);
}

/** In training sets each channel of [n, c, l] or [c, l] to 0 with probability p; see `dropout`. */
export function dropout1d(
  x: Tensor,
  p: number = DROPOUT.p,
  training: boolean = DROPOUT.training,
  options: InplaceOptions = {},
): Tensor {
  atMost(4, arguments.length, "dropout1d(x, p, training, { inplace })");
  return droppedOut("dropout1d", x, p, training, options, channels.dropout1d);
}

/** In training sets each channel of [n, c, h, w] or [c, h, w] to 0 with probability p; see `dropout`. */
export function dropout2d(
  x: Tensor,
  p: number = DROPOUT.p,
  training: boolean = DROPOUT.training,
  options: InplaceOptions = {},
): Tensor {
  atMost(4, arguments.length, "dropout2d(x, p, training, { inplace })");
  return droppedOut("dropout2d", x, p, training, options, channels.dropout2d);
}

/** In training sets each channel of [n, c, d, h, w] or [c, d, h, w] to 0 with probability p; see `dropout`. */
export function dropout3d(
  x: Tensor,
  p: number = DROPOUT.p,
  training: boolean = DROPOUT.training,
  options: InplaceOptions = {},
): Tensor {
  atMost(4, arguments.length, "dropout3d(x, p, training, { inplace })");
  return droppedOut("dropout3d", x, p, training, options, channels.dropout3d);
}

/**
 * In training sets each element to SELU's lowest value with probability p, and scales and shifts all so
 * that mean 0 and variance 1 stay: Klambauer et al., "Self-normalizing neural networks", 2017.
 */
export function alphaDropout(
  x: Tensor,
  p: number = channels.ALPHA_DROPOUT.p,
  training: boolean = channels.ALPHA_DROPOUT.training,
  options: InplaceOptions = {},
): Tensor {
  atMost(4, arguments.length, "alphaDropout(x, p, training, { inplace })");
  return droppedOut("alphaDropout", x, p, training, options, channels.alphaDropout);
}

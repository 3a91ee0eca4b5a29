/**
 * ReLUs with a slope where x is below 0: a number, what is learned, or drawn at random.
 *
 * @module
 */
import { isRecording, isTracked, record } from "../autograd/autograd.ts";
import { kernelsOf } from "../device/buffer.ts";
import { canLook, readFirst } from "../device/transfer.ts";
import { activations } from "../families/activations.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, checkOptions, flag, type Kinds, number } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mul } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { gt } from "./compare.ts";
import { inNameOf } from "./in_name_of.ts";
import { allocLike, dense, inLayoutOf } from "./layout.ts";
import { uniformLike } from "./random.ts";
import { reshape } from "./view.ts";
import { where } from "./where.ts";

/** x where it is positive, else `negativeSlope · x`; its gradient at 0 is the slope. */
export function leakyRelu(x: Tensor, negativeSlope = 0.01): Tensor {
  atMost(2, arguments.length, "leakyRelu(x, negativeSlope)");
  check("leakyRelu", "negativeSlope", negativeSlope, number);
  x = asFloat("leakyRelu", x);
  const input = dense(x);
  const y = allocLike(input);
  kernelsOf(y, activations).leakyRelu(input, input, y, negativeSlope);
  return record("leakyRelu", y, [[x, (dy) => {
    if (isRecording()) return where(gt(x, 0), dy, mul(dy, negativeSlope));
    const dx = allocLike(input);
    kernelsOf(dx, activations).leakyRelu(input, inLayoutOf(input, dy), dx, negativeSlope);
    return record("leakyRelu", dx, []);
  }]], { saved: [x], differentiable: true });
}

/**
 * x where it is positive, else x times a weight that is learned: one number for all, or one a channel
 * (dimension 1).
 */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  atMost(2, arguments.length, "prelu(x, weight)");
  return inNameOf("prelu", () => {
    x = asFloat("prelu", x);
    weight = asFloat("prelu", weight, "the weight");
    const channels = x.ndim < 2 ? 1 : x.shape[1]!;
    if (weight.ndim > 1 || (weight.numel !== 1 && weight.numel !== channels)) {
      throw new ShapeError(
        `prelu: the weight must have one element, or one for each of the ${channels} channels: x is ` +
          `${show(x.shape)}, the weight is ${show(weight.shape)}`,
      );
    }
    if (weight.numel === 1 && !isTracked(x) && !isTracked(weight) && canLook(weight)) {
      return leakyRelu(x, readFirst("prelu", weight) as number);
    }
    const shape = x.shape.map((_, i) => i === 1 || (i === 0 && x.ndim === 1) ? weight.numel : 1);
    const w = reshape(weight, shape);
    const isAbove = gt(x, 0);
    return where(isAbove, x, mul(where(isAbove, 0, w), where(isAbove, 0, x)));
  });
}

/** Options of {@link rrelu}. */
export interface RreluOptions {
  /** The least slope. Default: 1/8. */
  lower?: number;
  /** The largest slope. Default: 1/3. */
  upper?: number;
  /** Whether each element below 0 has a slope of its own, drawn at random. Default: false. */
  training?: boolean;
}

/** What rrelu takes. */
export const RRELU_KINDS: Kinds<RreluOptions> = { lower: number, upper: number, training: flag };

/** `leakyRelu` of slopes that are drawn at random between two, and in evaluation of their mean. */
export function rrelu(x: Tensor, options: RreluOptions = {}): Tensor {
  atMost(2, arguments.length, "rrelu(x, { lower, upper, training })");
  return inNameOf("rrelu", () => {
    const { lower = 1 / 8, upper = 1 / 3, training = false } = checkOptions(
      "rrelu",
      options,
      RRELU_KINDS,
    );
    x = asFloat("rrelu", x);
    if (!training) return leakyRelu(x, (lower + upper) / 2);
    return where(gt(x, 0), x, mul(x, uniformLike("rrelu", x, x.shape, lower, upper)));
  });
}

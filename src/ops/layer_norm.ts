/**
 * Layer normalisation.
 *
 * @module
 */
import { isRecording, record } from "../autograd/autograd.ts";
import { alloc, type Buffer, kernelsOf } from "../device/buffer.ts";
import { normalization } from "../families/normalization.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  either,
  type Kind,
  type Kinds,
  listOf,
  number,
  whole,
} from "../core/options.ts";
import { numelOf, sameShape, type Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { asFloat } from "./cast.ts";
import { type NormGradients, normGradients } from "./norm_gradients.ts";
import { normPairs, parameter, TENSOR_OR_NULL } from "./norm_parameters.ts";
import { contiguous } from "./view.ts";

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
  const w = parameter(op, "weight", weight, x, shape, 1);
  const b = parameter(op, "bias", bias, x, shape, 0);
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
  const shared = (dy: Tensor, isNeeded: (x: Tensor) => boolean): Shared | NormGradients => {
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
    if ((weight !== null && isNeeded(weight)) || (bias !== null && isNeeded(bias))) {
      norm.layerNormGradWeight(input, grad, stats, dw, db, rows, n);
    }
    return { dy: grad, dw, db };
  };
  const dx = ({ dy }: Shared): Buffer => {
    const out = alloc(x, x.shape);
    norm.layerNormGrad(input, w, dy, stats, out, rows, n);
    return out;
  };
  const pairs = normPairs(op, [x, weight, bias], dx);
  return record(op, y, pairs, { saved: [x, weight ?? w], shared, differentiable: true });
}

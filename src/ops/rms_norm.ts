/**
 * Normalisation by the root mean square.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, checkOptions, type Kinds, notNegative, orNull } from "../core/options.ts";
import { sameShape, type Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, div, mul } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { tensorKind } from "./check.ts";
import { NORMALIZED_SHAPE } from "./layer_norm.ts";
import { mean } from "./reduce.ts";
import { sqrt } from "./unary.ts";

/** Options of {@link rmsNorm}. */
export interface RmsNormOptions {
  /** γ, of the normalized shape. Default: none. */
  weight?: Tensor | null;
  /** What is added to the mean square. Default: 2⁻²³, as in PyTorch. */
  eps?: number;
}

/** The distance from 1 to the next float32. */
const EPS = 2 ** -23;

const OPTIONS: Kinds<RmsNormOptions> = { weight: orNull(tensorKind), eps: notNegative };

/**
 * x / √(mean of x² + ε) · γ over the last dimensions: Zhang and Sennrich, "Root mean square layer
 * normalization", 2019. x: [..., ...normalizedShape], the same shape out. ShapeError where the shapes do
 * not agree.
 */
export function rmsNorm(
  x: Tensor,
  normalizedShape: number | Shape,
  options: RmsNormOptions = {},
): Tensor {
  atMost(3, arguments.length, "rmsNorm(x, normalizedShape, options)");
  x = asFloat("rmsNorm", x);
  check("rmsNorm", "the normalized shape", normalizedShape, NORMALIZED_SHAPE);
  const { weight = null, eps = EPS } = checkOptions("rmsNorm", options, OPTIONS);
  const shape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
  if (!sameShape(x.shape.slice(-shape.length), shape)) {
    throw new ShapeError(
      `rmsNorm: x must be [..., ${shape.join(", ")}]: it is ${show(x.shape)}`,
    );
  }
  if (weight !== null && !sameShape(weight.shape, shape)) {
    throw new ShapeError(`rmsNorm: the weight must be ${show(shape)}: it is ${show(weight.shape)}`);
  }
  const square = mean(mul(x, x), shape.map((_, i) => i - shape.length), true);
  const y = div(x, sqrt(add(square, eps)));
  return weight === null ? y : mul(y, weight);
}

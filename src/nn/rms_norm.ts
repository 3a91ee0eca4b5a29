import { ones } from "../tensor/create.ts";
import { rmsNorm } from "../ops/mod.ts";
import { NORMALIZED_SHAPE } from "../ops/layer_norm.ts";
import {
  atMost,
  check,
  checkOptions,
  flag,
  type Kinds,
  notNegative,
  orNull,
} from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { Parameter, type Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";
import { python } from "./python.ts";

/** Options of {@link RMSNorm}. */
export interface RMSNormOptions {
  /** What is added to the mean square; null: 2⁻²³. Default: null. */
  eps?: number | null;
  /** Whether there is a weight. Default: true. */
  elementwiseAffine?: boolean;
}

const OPTIONS: Kinds<RMSNormOptions> = { eps: orNull(notNegative), elementwiseAffine: flag };

/**
 * Divides the last dimensions of each sample by their root mean square; see `functional.rmsNorm`.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@glim/glim";
 * console.log(new nn.RMSNorm(2).forward(tensor([[3.0, 4.0]])).toArray()); // [[0.8485, 1.1314]]
 * ```
 */
export class RMSNorm extends Module<[x: Tensor]> {
  /** The lengths of the dimensions it normalises. */
  readonly normalizedShape: Shape;
  /** What is added to the mean square; null: 2⁻²³. */
  readonly eps: number | null;
  /** γ, of the normalized shape: starts as ones. */
  readonly weight: Parameter | null;

  /** One length, or several. */
  constructor(normalizedShape: number | Shape, options: RMSNormOptions = {}) {
    atMost(2, arguments.length, "RMSNorm(normalizedShape, options)");
    check("RMSNorm", "the normalized shape", normalizedShape, NORMALIZED_SHAPE);
    const { eps = null, elementwiseAffine = true } = checkOptions("RMSNorm", options, OPTIONS);
    super();
    const shape = typeof normalizedShape === "number" ? [normalizedShape] : [...normalizedShape];
    this.normalizedShape = shape;
    this.eps = eps;
    this.weight = elementwiseAffine ? new Parameter(ones(shape)) : null;
  }

  /** [..., ...normalizedShape], same shape out. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "RMSNorm.forward(x)");
    const { weight, eps } = this;
    return rmsNorm(x, this.normalizedShape, { weight, ...eps !== null && { eps } });
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const { normalizedShape, eps, weight } = this;
    return `${python(normalizedShape)}, eps=${eps === null ? "None" : python(eps)}, ` +
      `elementwise_affine=${python(weight !== null)}`;
  }
}

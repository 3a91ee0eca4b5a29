/**
 * Gradients of normalisations, made of ops: for gradients of gradients.
 *
 * @module
 */
import { numelOf, type Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, mul, sub } from "./binary.ts";
import { pow } from "./pow.ts";
import { mean } from "./reduce.ts";
import { sumTo } from "./sum.ts";
import { reshape } from "./view.ts";

/** The gradients of x, of the weight and of the bias. */
export interface NormGradients {
  /** Of x. */
  dx: Tensor;
  /** Of the weight, in its shape. */
  dw: Tensor;
  /** Of the bias, in its shape. */
  db: Tensor;
}

/** A normalisation: the dimensions that moments are of, and the shape along which weights lie. */
export interface Normalisation {
  readonly axes: readonly number[];
  /** The weight's shape, with as many dimensions as x. */
  readonly along: Shape;
  readonly eps: number;
  /** Moments that are constants; null: they are x's own. */
  readonly moments: { mean: Tensor; variance: Tensor } | null;
}

/**
 * With x̂ = (x − mean) / √(variance + ε) and g = γ dy, dx is g / √(variance + ε) where moments are
 * constants, and less its mean and x̂ times the mean of g x̂ where they are x's own.
 */
export function normGradients(
  x: Tensor,
  dy: Tensor,
  weight: Tensor | null,
  { axes, along, eps, moments }: Normalisation,
): NormGradients {
  const center = moments === null ? mean(x, axes, true) : reshape(moments.mean, along);
  const centered = sub(x, center);
  const variance = moments === null
    ? mean(mul(centered, centered), axes, true)
    : reshape(moments.variance, along);
  const inverse = pow(add(variance, eps), -0.5);
  const normal = mul(centered, inverse);
  const g = weight === null ? dy : mul(dy, reshape(weight, along));
  const rest = moments !== null
    ? g
    : sub(sub(g, mean(g, axes, true)), mul(normal, mean(mul(g, normal), axes, true)));
  const shape = weight === null ? [numelOf(along)] : weight.shape;
  const ofWeight = (d: Tensor) => reshape(sumTo(d, along), shape);
  return { dx: mul(inverse, rest), dw: ofWeight(mul(dy, normal)), db: ofWeight(dy) };
}

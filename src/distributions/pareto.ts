import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { gt, type Operand, where } from "../ops/mod.ts";
import { rand } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { broadcast, checkPositive, Distribution } from "./distribution.ts";
import { asTensor } from "./gamma.ts";

/** The Pareto distribution, whose density is a power above a least value. */
export class Pareto extends Distribution {
  /** The least value. */
  readonly scale: Tensor;
  /** How fast the density falls. */
  readonly alpha: Tensor;

  /** RangeError where a parameter is not above 0. */
  constructor(scale: Operand, alpha: Operand) {
    atMost(2, arguments.length, "Pareto(scale, alpha)");
    const [s, a] = broadcast("Pareto", ["scale", "alpha"], [scale, alpha]);
    checkPositive("Pareto", "scale", s);
    checkPositive("Pareto", "alpha", a);
    super(s.shape);
    this.scale = s;
    this.alpha = a;
  }

  /** The mean: infinite where alpha is at most 1. */
  override get mean(): Tensor {
    const { alpha, scale } = this;
    return where(gt(alpha, 1), alpha.mul(scale).div(alpha.sub(1)), Infinity);
  }

  /** The variance: infinite where alpha is at most 2. */
  override get variance(): Tensor {
    const { alpha, scale } = this;
    const finite = scale.square().mul(alpha).div(alpha.sub(1).square().mul(alpha.sub(2)));
    return where(gt(alpha, 2), finite, Infinity);
  }

  /** The least value. */
  override get mode(): Tensor {
    return this.scale;
  }

  /** The logarithm of the density. */
  override logProb(value: Operand): Tensor {
    const { alpha, scale } = this;
    const x = asTensor(value, scale).log();
    return alpha.log().add(alpha.mul(scale.log())).sub(alpha.add(1).mul(x));
  }

  /** The share of values up to one. */
  override cdf(value: Operand): Tensor {
    const { alpha, scale } = this;
    return scale.div(value).log().mul(alpha).expm1().neg();
  }

  /** The value up to which there is a share. */
  override icdf(share: Operand): Tensor {
    const { alpha, scale } = this;
    return scale.mul(asTensor(share, scale).neg().log1p().div(alpha).neg().exp());
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    const { alpha, scale } = this;
    return scale.div(alpha).log().add(alpha.reciprocal()).add(1);
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    return this.icdf(rand(shape, { device: this.scale.device })); // below 1
  }
}

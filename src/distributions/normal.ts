import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import type { Operand } from "../ops/mod.ts";
import { randn } from "../tensor/create.ts";
import { asTensor } from "./gamma.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { broadcast, checkPositive, Distribution } from "./distribution.ts";

/**
 * The normal distribution.
 *
 * @example
 * ```ts
 * import { distributions, tensor } from "@glim/glim";
 * const mean = tensor([0, 1], { requiresGrad: true });
 * const normal = new distributions.Normal(mean, 2);
 * normal.rsample([3]).sum().backward(); // through the samples, [3, 2]
 * console.log(mean.grad?.toArray(), normal.logProb(0).toArray());
 * ```
 */
export class Normal extends Distribution {
  /** The mean. */
  readonly loc: Tensor;
  /** The standard deviation. */
  readonly scale: Tensor;

  /** RangeError where a scale is not above 0. */
  constructor(loc: Operand, scale: Operand) {
    atMost(2, arguments.length, "Normal(loc, scale)");
    const [l, s] = broadcast("Normal", ["loc", "scale"], [loc, scale]);
    checkPositive("Normal", "scale", s);
    super(l.shape);
    this.loc = l;
    this.scale = s;
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.loc;
  }

  /** The variance. */
  override get variance(): Tensor {
    return this.scale.square();
  }

  /** The likeliest value. */
  override get mode(): Tensor {
    return this.loc;
  }

  /** The logarithm of the density. */
  override logProb(value: Operand): Tensor {
    const z = this.loc.sub(value).div(this.scale);
    return z.square().mul(-0.5).sub(this.scale.log()).sub(0.5 * Math.log(2 * Math.PI));
  }

  /** The share of values up to one. */
  override cdf(value: Operand): Tensor {
    const z = this.loc.sub(value).neg().div(this.scale);
    return z.div(Math.SQRT2).erf().add(1).div(2);
  }

  /** The value up to which there is a share. */
  override icdf(share: Operand): Tensor {
    const z = asTensor(share, this.loc).mul(2).sub(1).erfinv();
    return this.loc.add(this.scale.mul(z.mul(Math.SQRT2)));
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    return this.scale.log().add(0.5 + 0.5 * Math.log(2 * Math.PI));
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    return this.loc.add(this.scale.mul(randn(shape, { device: this.loc.device })));
  }
}

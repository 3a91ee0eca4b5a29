import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import type { Operand } from "../ops/mod.ts";
import { fullLike } from "../tensor/create_more.ts";
import { rand } from "../tensor/create.ts";
import { asTensor } from "./gamma.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { broadcast, checkPositive, Distribution } from "./distribution.ts";

/** The Cauchy distribution, whose tails are so heavy that it has no mean. */
export class Cauchy extends Distribution {
  /** The median. */
  readonly loc: Tensor;
  /** Half the distance between the quartiles. */
  readonly scale: Tensor;

  /** RangeError where a scale is not above 0. */
  constructor(loc: Operand, scale: Operand) {
    atMost(2, arguments.length, "Cauchy(loc, scale)");
    const [l, s] = broadcast("Cauchy", ["loc", "scale"], [loc, scale]);
    checkPositive("Cauchy", "scale", s);
    super(l.shape);
    this.loc = l;
    this.scale = s;
  }

  /** NaN. */
  override get mean(): Tensor {
    return fullLike(this.loc, NaN);
  }

  /** Infinite. */
  override get variance(): Tensor {
    return fullLike(this.loc, Infinity);
  }

  /** The likeliest value. */
  override get mode(): Tensor {
    return this.loc;
  }

  /** The logarithm of the density. */
  override logProb(value: Operand): Tensor {
    const z = this.loc.sub(value).div(this.scale);
    return z.square().log1p().add(this.scale.log()).add(Math.log(Math.PI)).neg();
  }

  /** The share of values up to one. */
  override cdf(value: Operand): Tensor {
    return this.loc.sub(value).neg().div(this.scale).atan().div(Math.PI).add(0.5);
  }

  /** The value up to which there is a share. */
  override icdf(share: Operand): Tensor {
    const angle = asTensor(share, this.loc).sub(0.5).mul(Math.PI);
    return this.loc.add(this.scale.mul(angle.tan()));
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    return this.scale.log().add(Math.log(4 * Math.PI));
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    const angle = rand(shape, { device: this.loc.device }).sub(0.5).mul(Math.PI);
    return this.loc.add(this.scale.mul(angle.tan()));
  }
}

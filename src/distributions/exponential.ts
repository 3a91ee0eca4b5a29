import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import type { Operand } from "../ops/mod.ts";
import { rand, zerosLike } from "../tensor/create.ts";
import { asTensor } from "./gamma.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { broadcast, checkPositive, Distribution } from "./distribution.ts";

/** The exponential distribution. */
export class Exponential extends Distribution {
  /** 1 / mean. */
  readonly rate: Tensor;

  /** RangeError where a rate is not above 0. */
  constructor(rate: Operand) {
    atMost(1, arguments.length, "Exponential(rate)");
    const [r] = broadcast("Exponential", ["rate"], [rate]);
    checkPositive("Exponential", "rate", r);
    super(r.shape);
    this.rate = r;
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.rate.reciprocal();
  }

  /** The variance. */
  override get variance(): Tensor {
    return this.rate.square().reciprocal();
  }

  /** 0. */
  override get mode(): Tensor {
    return zerosLike(this.rate);
  }

  /** The logarithm of the density. */
  override logProb(value: Operand): Tensor {
    return this.rate.log().sub(this.rate.mul(value));
  }

  /** The share of values up to one. */
  override cdf(value: Operand): Tensor {
    return this.rate.mul(value).neg().expm1().neg();
  }

  /** The value up to which there is a share. */
  override icdf(share: Operand): Tensor {
    return asTensor(share, this.rate).neg().log1p().neg().div(this.rate);
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    return this.rate.log().neg().add(1);
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    const u = rand(shape, { device: this.rate.device }); // below 1
    return u.neg().add(1).log().neg().div(this.rate);
  }
}

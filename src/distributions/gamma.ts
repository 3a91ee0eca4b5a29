import { filledLike } from "../ops/filled_like.ts";
import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { expand, log, type Operand } from "../ops/mod.ts";
import { gammainc } from "../special/of_two.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { broadcast, checkPositive, Distribution } from "./distribution.ts";
import { digamma, lgamma } from "./gamma_functions.ts";
import { standardGamma } from "./gamma_samples.ts";

/** The gamma distribution. Its samples are drawn on the host. */
export class Gamma extends Distribution {
  /** The shape, α. */
  readonly concentration: Tensor;
  /** β: the mean is α / β. */
  readonly rate: Tensor;

  /** RangeError where a parameter is not above 0. */
  constructor(concentration: Operand, rate: Operand) {
    atMost(2, arguments.length, "Gamma(concentration, rate)");
    const [c, r] = broadcast("Gamma", ["concentration", "rate"], [concentration, rate]);
    checkPositive("Gamma", "concentration", c);
    checkPositive("Gamma", "rate", r);
    super(c.shape);
    this.concentration = c;
    this.rate = r;
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.concentration.div(this.rate);
  }

  /** The variance. */
  override get variance(): Tensor {
    return this.concentration.div(this.rate.square());
  }

  /** The likeliest value. */
  override get mode(): Tensor {
    return this.concentration.sub(1).div(this.rate).clamp({ min: 0 });
  }

  /** The logarithm of the density. */
  override logProb(value: Operand): Tensor {
    const { concentration: c, rate: r } = this;
    return c.mul(r.log()).add(c.sub(1).mul(log(asTensor(value, c)))).sub(r.mul(value))
      .sub(lgamma(c));
  }

  /** The share of values up to one. Its gradients are those of the value and the rate. */
  override cdf(value: Operand): Tensor {
    return gammainc(this.concentration, this.rate.mul(value));
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    const { concentration: c, rate: r } = this;
    return c.sub(r.log()).add(lgamma(c)).add(c.neg().add(1).mul(digamma(c)));
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    return standardGamma(expand(this.concentration, shape)).div(this.rate);
  }
}

/** A value where a parameter is. */
export function asTensor(value: Operand, like: Tensor): Tensor {
  return typeof value === "number" ? filledLike(like, value) : value;
}

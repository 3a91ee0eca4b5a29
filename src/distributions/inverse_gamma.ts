import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { gt, type Operand, where } from "../ops/mod.ts";
import { gammaincc } from "../special/of_two.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { askedFor, Distribution } from "./distribution.ts";
import { asTensor, Gamma } from "./gamma.ts";
import { digamma, lgamma } from "./gamma_functions.ts";

/** The distribution of 1 / x where x is of a gamma distribution. */
export class InverseGamma extends Distribution {
  /** Of 1 / x. */
  readonly baseDist: Gamma;

  /** RangeError where a parameter is not above 0. */
  constructor(concentration: Operand, rate: Operand) {
    atMost(2, arguments.length, "InverseGamma(concentration, rate)");
    const base = inNameOf("InverseGamma", () => new Gamma(concentration, rate));
    super(base.batchShape);
    this.baseDist = base;
  }

  /** The shape, α. */
  get concentration(): Tensor {
    return this.baseDist.concentration;
  }

  /** β. */
  get rate(): Tensor {
    return this.baseDist.rate;
  }

  /** The mean: infinite where the shape is at most 1. */
  override get mean(): Tensor {
    const { concentration: c, rate: r } = this;
    return where(gt(c, 1), r.div(c.sub(1)), Infinity);
  }

  /** The variance: infinite where the shape is at most 2. */
  override get variance(): Tensor {
    const { concentration: c, rate: r } = this;
    return where(gt(c, 2), r.square().div(c.sub(1).square().mul(c.sub(2))), Infinity);
  }

  /** The likeliest value. */
  override get mode(): Tensor {
    return this.rate.div(this.concentration.add(1));
  }

  /** The logarithm of the density. */
  override logProb(value: Operand): Tensor {
    const { concentration: c, rate: r } = this;
    const x = asTensor(value, c);
    return c.mul(r.log()).sub(lgamma(c)).sub(c.add(1).mul(x.log())).sub(r.div(x));
  }

  /** The share of values up to one. Its gradients are those of the value and the rate. */
  override cdf(value: Operand): Tensor {
    return gammaincc(this.concentration, this.rate.div(value));
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    const { concentration: c, rate: r } = this;
    return c.add(r.log()).add(lgamma(c)).sub(c.add(1).mul(digamma(c)));
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    return this.baseDist.rsample(askedFor(shape, this)).reciprocal();
  }
}

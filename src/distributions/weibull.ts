import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import type { Operand } from "../ops/mod.ts";
import { rand } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { broadcast, checkPositive, Distribution } from "./distribution.ts";
import { asTensor } from "./gamma.ts";
import { lgamma } from "./gamma_functions.ts";
import { EULER } from "./gumbel.ts";

/** The Weibull distribution, of lifetimes whose rate of failure is a power of the age. */
export class Weibull extends Distribution {
  /** λ: the age that a share of 1/e reaches. */
  readonly scale: Tensor;
  /** k: above 1 where the rate of failure grows. */
  readonly concentration: Tensor;

  /** RangeError where a parameter is not above 0. */
  constructor(scale: Operand, concentration: Operand) {
    atMost(2, arguments.length, "Weibull(scale, concentration)");
    const [s, k] = broadcast("Weibull", ["scale", "concentration"], [scale, concentration]);
    checkPositive("Weibull", "scale", s);
    checkPositive("Weibull", "concentration", k);
    super(s.shape);
    this.scale = s;
    this.concentration = k;
  }

  /** log Γ(1 + n / k). */
  #moment(n: number): Tensor {
    return lgamma(this.concentration.reciprocal().mul(n).add(1));
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.scale.mul(this.#moment(1).exp());
  }

  /** The variance. */
  override get variance(): Tensor {
    return this.scale.square().mul(this.#moment(2).exp().sub(this.#moment(1).mul(2).exp()));
  }

  /** The likeliest value. */
  override get mode(): Tensor {
    const k = this.concentration;
    return this.scale.mul(k.sub(1).div(k).pow(k.reciprocal()));
  }

  /** (x / λ)ᵏ. */
  #power(value: Operand): Tensor {
    return asTensor(value, this.scale).div(this.scale).pow(this.concentration);
  }

  /** The logarithm of the density. */
  override logProb(value: Operand): Tensor {
    const { scale, concentration: k } = this;
    const x = asTensor(value, scale).div(scale);
    return k.div(scale).log().add(k.sub(1).mul(x.log())).sub(this.#power(value));
  }

  /** The share of values up to one. */
  override cdf(value: Operand): Tensor {
    return this.#power(value).neg().expm1().neg();
  }

  /** The value up to which there is a share. */
  override icdf(share: Operand): Tensor {
    const life = asTensor(share, this.scale).neg().log1p().neg();
    return this.scale.mul(life.pow(this.concentration.reciprocal()));
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    const inverse = this.concentration.reciprocal();
    return inverse.neg().add(1).mul(EULER).add(this.scale.mul(inverse).log()).add(1);
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    return this.icdf(rand(shape, { device: this.scale.device })); // below 1
  }
}

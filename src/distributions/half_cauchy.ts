import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { lt, type Operand, where } from "../ops/mod.ts";
import { zerosLike } from "../tensor/create.ts";
import { fullLike } from "../tensor/create_more.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Cauchy } from "./cauchy.ts";
import { askedFor, Distribution } from "./distribution.ts";
import { asTensor } from "./gamma.ts";

/** The distribution of |x| where x is of a Cauchy distribution about 0. */
export class HalfCauchy extends Distribution {
  private readonly of: Cauchy;

  /** RangeError where a scale is not above 0. */
  constructor(scale: Operand) {
    atMost(1, arguments.length, "HalfCauchy(scale)");
    const of = inNameOf("HalfCauchy", () => new Cauchy(0, scale));
    super(of.batchShape);
    this.of = of;
  }

  /** The median. */
  get scale(): Tensor {
    return this.of.scale;
  }

  /** Infinite. */
  override get mean(): Tensor {
    return fullLike(this.scale, Infinity);
  }

  /** Infinite. */
  override get variance(): Tensor {
    return this.mean;
  }

  /** 0. */
  override get mode(): Tensor {
    return zerosLike(this.scale);
  }

  /** The logarithm of the density: −∞ below 0. */
  override logProb(value: Operand): Tensor {
    const x = asTensor(value, this.scale);
    return where(lt(x, 0), -Infinity, this.of.logProb(x).add(Math.LN2));
  }

  /** The share of values up to one. */
  override cdf(value: Operand): Tensor {
    return this.of.cdf(value).mul(2).sub(1);
  }

  /** The value up to which there is a share. */
  override icdf(share: Operand): Tensor {
    return this.of.icdf(asTensor(share, this.scale).add(1).div(2));
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    return this.of.entropy().sub(Math.LN2);
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    return this.of.rsample(askedFor(shape, this)).abs();
  }
}

import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { ge, type Operand, where } from "../ops/mod.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { zerosLike } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { askedFor, Distribution } from "./distribution.ts";
import { asTensor } from "./gamma.ts";
import { Normal } from "./normal.ts";

/** The distribution of |x| where x is normal with mean 0. */
export class HalfNormal extends Distribution {
  /** Of what has a sign. */
  readonly baseDist: Normal;

  /** RangeError where a scale is not above 0. */
  constructor(scale: Operand) {
    atMost(1, arguments.length, "HalfNormal(scale)");
    const base = inNameOf("HalfNormal", () => new Normal(0, scale));
    super(base.batchShape);
    this.baseDist = base;
  }

  /** The standard deviation of what has a sign. */
  get scale(): Tensor {
    return this.baseDist.scale;
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.scale.mul(Math.sqrt(2 / Math.PI));
  }

  /** The variance. */
  override get variance(): Tensor {
    return this.scale.square().mul(1 - 2 / Math.PI);
  }

  /** 0. */
  override get mode(): Tensor {
    return zerosLike(this.scale);
  }

  /** The logarithm of the density: −∞ below 0. */
  override logProb(value: Operand): Tensor {
    const x = asTensor(value, this.scale);
    return where(ge(x, 0), this.baseDist.logProb(x).add(Math.LN2), -Infinity);
  }

  /** The share of values up to one. */
  override cdf(value: Operand): Tensor {
    return this.baseDist.cdf(value).mul(2).sub(1);
  }

  /** The value up to which there is a share. */
  override icdf(share: Operand): Tensor {
    return this.baseDist.icdf(asTensor(share, this.scale).add(1).div(2));
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    return this.baseDist.entropy().sub(Math.LN2);
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    return this.baseDist.rsample(askedFor(shape, this)).abs();
  }
}

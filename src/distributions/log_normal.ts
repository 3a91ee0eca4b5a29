import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { log, type Operand } from "../ops/mod.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { askedFor, Distribution } from "./distribution.ts";
import { asTensor } from "./gamma.ts";
import { Normal } from "./normal.ts";

/** The distribution of eˣ where x is normal. */
export class LogNormal extends Distribution {
  /** Of the logarithm. */
  readonly baseDist: Normal;

  /** The mean and the deviation of the logarithm. RangeError where a scale is not above 0. */
  constructor(loc: Operand, scale: Operand) {
    atMost(2, arguments.length, "LogNormal(loc, scale)");
    const base = inNameOf("LogNormal", () => new Normal(loc, scale));
    super(base.batchShape);
    this.baseDist = base;
  }

  /** The mean of the logarithm. */
  get loc(): Tensor {
    return this.baseDist.loc;
  }

  /** The standard deviation of the logarithm. */
  get scale(): Tensor {
    return this.baseDist.scale;
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.loc.add(this.scale.square().div(2)).exp();
  }

  /** The variance. */
  override get variance(): Tensor {
    const square = this.scale.square();
    return square.expm1().mul(this.loc.mul(2).add(square).exp());
  }

  /** The likeliest value. */
  override get mode(): Tensor {
    return this.loc.sub(this.scale.square()).exp();
  }

  /** The logarithm of the density. */
  override logProb(value: Operand): Tensor {
    const x = log(asTensor(value, this.loc));
    return this.baseDist.logProb(x).sub(x);
  }

  /** The share of values up to one. */
  override cdf(value: Operand): Tensor {
    return this.baseDist.cdf(log(asTensor(value, this.loc)));
  }

  /** The value up to which there is a share. */
  override icdf(share: Operand): Tensor {
    return this.baseDist.icdf(share).exp();
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    return this.baseDist.entropy().add(this.loc);
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    return this.baseDist.rsample(askedFor(shape, this)).exp();
  }
}

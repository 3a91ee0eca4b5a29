import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { ge, lt, mul, type Operand, where } from "../ops/mod.ts";
import { rand } from "../tensor/create.ts";
import { fullLike } from "../tensor/create_more.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { broadcast, checkPositive, Distribution } from "./distribution.ts";

/** The uniform distribution on [low, high). */
export class Uniform extends Distribution {
  /** The least value. */
  readonly low: Tensor;
  /** Above all values. */
  readonly high: Tensor;

  /** RangeError where low is not below high. */
  constructor(low: Operand, high: Operand) {
    atMost(2, arguments.length, "Uniform(low, high)");
    const [l, h] = broadcast("Uniform", ["low", "high"], [low, high]);
    checkPositive("Uniform", "high − low", h.sub(l));
    super(l.shape);
    this.low = l;
    this.high = h;
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.high.add(this.low).div(2);
  }

  /** The variance. */
  override get variance(): Tensor {
    return this.high.sub(this.low).square().div(12);
  }

  /** NaN: all are as likely. */
  override get mode(): Tensor {
    return fullLike(this.low, NaN);
  }

  /** The logarithm of the density: −∞ outside. */
  override logProb(value: Operand): Tensor {
    const isInside = mul(ge(value, this.low), lt(value, this.high)).to("bool");
    return where(isInside, this.high.sub(this.low).log().neg(), -Infinity);
  }

  /** The share of values up to one. */
  override cdf(value: Operand): Tensor {
    const width = this.high.sub(this.low);
    return this.low.sub(value).neg().div(width).clamp({ min: 0, max: 1 });
  }

  /** The value up to which there is a share. */
  override icdf(share: Operand): Tensor {
    return this.low.add(this.high.sub(this.low).mul(share));
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    return this.high.sub(this.low).log();
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    return this.low.add(rand(shape, { device: this.low.device }).mul(this.high.sub(this.low)));
  }
}

import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import type { Operand } from "../ops/mod.ts";
import { rand } from "../tensor/create.ts";
import { asTensor } from "./gamma.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { broadcast, checkPositive, Distribution } from "./distribution.ts";

/** The Laplace distribution. */
export class Laplace extends Distribution {
  /** The mean. */
  readonly loc: Tensor;
  /** The mean distance from it. */
  readonly scale: Tensor;

  /** RangeError where a scale is not above 0. */
  constructor(loc: Operand, scale: Operand) {
    atMost(2, arguments.length, "Laplace(loc, scale)");
    const [l, s] = broadcast("Laplace", ["loc", "scale"], [loc, scale]);
    checkPositive("Laplace", "scale", s);
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
    return this.scale.square().mul(2);
  }

  /** The likeliest value. */
  override get mode(): Tensor {
    return this.loc;
  }

  /** The logarithm of the density. */
  override logProb(value: Operand): Tensor {
    return this.loc.sub(value).abs().div(this.scale).neg().sub(this.scale.mul(2).log());
  }

  /** The share of values up to one. */
  override cdf(value: Operand): Tensor {
    const away = this.loc.sub(value).neg();
    const tail = away.abs().div(this.scale).neg().expm1();
    return away.sign().mul(tail).mul(-0.5).add(0.5);
  }

  /** The value up to which there is a share. */
  override icdf(share: Operand): Tensor {
    const half = asTensor(share, this.loc).sub(0.5);
    const distance = half.abs().mul(-2).log1p().neg();
    return this.loc.add(this.scale.mul(half.sign().mul(distance)));
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    return this.scale.mul(2).log().add(1);
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    const options = { device: this.loc.device };
    const distance = rand(shape, options).neg().add(1).log().neg();
    const side = rand(shape, options).sub(0.5).sign();
    return this.loc.add(this.scale.mul(distance.mul(side)));
  }
}

import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import type { Operand } from "../ops/mod.ts";
import { rand } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { broadcast, checkPositive, Distribution } from "./distribution.ts";
import { asTensor } from "./gamma.ts";

/** Euler's constant, −ψ(1). */
export const EULER = 0.5772156649015329;

/** The Gumbel distribution, that of the largest of many values. */
export class Gumbel extends Distribution {
  /** The likeliest value. */
  readonly loc: Tensor;
  /** How wide it is. */
  readonly scale: Tensor;

  /** RangeError where a scale is not above 0. */
  constructor(loc: Operand, scale: Operand) {
    atMost(2, arguments.length, "Gumbel(loc, scale)");
    const [l, s] = broadcast("Gumbel", ["loc", "scale"], [loc, scale]);
    checkPositive("Gumbel", "scale", s);
    super(l.shape);
    this.loc = l;
    this.scale = s;
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.loc.add(this.scale.mul(EULER));
  }

  /** The variance. */
  override get variance(): Tensor {
    return this.scale.square().mul(Math.PI ** 2 / 6);
  }

  /** The likeliest value. */
  override get mode(): Tensor {
    return this.loc;
  }

  /** The logarithm of the density. */
  override logProb(value: Operand): Tensor {
    const z = this.loc.sub(value).div(this.scale);
    return z.sub(z.exp()).sub(this.scale.log());
  }

  /** The share of values up to one. */
  override cdf(value: Operand): Tensor {
    return this.loc.sub(value).div(this.scale).exp().neg().exp();
  }

  /** The value up to which there is a share. */
  override icdf(share: Operand): Tensor {
    return this.loc.sub(this.scale.mul(asTensor(share, this.loc).log().neg().log()));
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    return this.scale.log().add(1 + EULER);
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    const u = rand(shape, { device: this.loc.device }).neg().add(1); // above 0
    return this.loc.sub(this.scale.mul(u.clamp({ max: 1 - 2 ** -24 }).log().neg().log()));
  }
}

import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import type { Operand } from "../ops/mod.ts";
import { rand } from "../tensor/create.ts";
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

  /** The logarithm of the density. */
  override logProb(value: Operand): Tensor {
    return this.loc.sub(value).abs().div(this.scale).neg().sub(this.scale.mul(2).log());
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

import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { expand, type Operand, poisson, xlogy } from "../ops/mod.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { broadcast, checkEach, Distribution } from "./distribution.ts";
import { asTensor } from "./gamma.ts";
import { lgamma } from "./gamma_functions.ts";

/** How often what happens at a rate does happen. Its samples are drawn on the host. */
export class Poisson extends Distribution {
  /** The mean. */
  readonly rate: Tensor;

  /** RangeError where a rate is below 0. */
  constructor(rate: Operand) {
    atMost(1, arguments.length, "Poisson(rate)");
    const [r] = broadcast("Poisson", ["rate"], [rate]);
    checkEach("Poisson", "rate", r, "at least 0", (value) => value >= 0);
    super(r.shape);
    this.rate = r;
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.rate;
  }

  /** The variance. */
  override get variance(): Tensor {
    return this.rate;
  }

  /** The likeliest count. */
  override get mode(): Tensor {
    return this.rate.floor();
  }

  /** The logarithm of the probability of 0, 1, 2 … */
  override logProb(value: Operand): Tensor {
    const x = asTensor(value, this.rate);
    return xlogy(x, this.rate).sub(this.rate).sub(lgamma(x.add(1)));
  }

  /** Samples of a whole shape. */
  protected override pick(shape: Shape): Tensor {
    return poisson(expand(this.rate, shape));
  }
}

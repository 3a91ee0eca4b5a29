import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { expand, log, lt, mul, type Operand, sub, where } from "../ops/mod.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { broadcast, checkPositive, Distribution } from "./distribution.ts";
import { asTensor } from "./gamma.ts";
import { digamma, lgamma } from "./gamma_functions.ts";
import { standardBeta } from "./gamma_samples.ts";

/** The beta distribution on (0, 1). Its samples are drawn on the host. */
export class Beta extends Distribution {
  /** α: what draws towards 1. */
  readonly concentration1: Tensor;
  /** β: what draws towards 0. */
  readonly concentration0: Tensor;

  /** RangeError where a parameter is not above 0. */
  constructor(concentration1: Operand, concentration0: Operand) {
    atMost(2, arguments.length, "Beta(concentration1, concentration0)");
    const names = ["concentration1", "concentration0"];
    const [a, b] = broadcast("Beta", names, [concentration1, concentration0]);
    checkPositive("Beta", names[0]!, a);
    checkPositive("Beta", names[1]!, b);
    super(a.shape);
    this.concentration1 = a;
    this.concentration0 = b;
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.concentration1.div(this.concentration1.add(this.concentration0));
  }

  /** The variance. */
  override get variance(): Tensor {
    const { concentration1: a, concentration0: b } = this;
    const total = a.add(b);
    return a.mul(b).div(total.square().mul(total.add(1)));
  }

  /** The likeliest value; where both concentrations are below 1 it is 1, as in PyTorch. */
  override get mode(): Tensor {
    const { concentration1: a, concentration0: b } = this;
    const [up, down] = [a.sub(1).clamp({ min: 0 }), b.sub(1).clamp({ min: 0 })];
    return where(mul(lt(a, 1), lt(b, 1)).to("bool"), 1, up.div(up.add(down)));
  }

  /** The logarithm of the density. */
  override logProb(value: Operand): Tensor {
    const { concentration1: a, concentration0: b } = this;
    const x = asTensor(value, a);
    return a.sub(1).mul(log(x)).add(b.sub(1).mul(log(sub(1, x)))).sub(logBeta(a, b));
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    const { concentration1: a, concentration0: b } = this;
    const total = a.add(b);
    return logBeta(a, b).sub(a.sub(1).mul(digamma(a))).sub(b.sub(1).mul(digamma(b)))
      .add(total.sub(2).mul(digamma(total)));
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    return standardBeta(expand(this.concentration1, shape), expand(this.concentration0, shape));
  }
}

/** log B(a, b). */
export function logBeta(a: Tensor, b: Tensor): Tensor {
  return lgamma(a).add(lgamma(b)).sub(lgamma(a.add(b)));
}

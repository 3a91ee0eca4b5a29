import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { eq, expand, type Operand, where } from "../ops/mod.ts";
import { rand, zerosLike } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { softplus } from "./bernoulli.ts";
import { checkEach, Distribution } from "./distribution.ts";
import { asTensor } from "./gamma.ts";
import { clamped, oneOfBoth, type ProbsOrLogits } from "./probs_or_logits.ts";

/** How many trials fail before the first that succeeds. */
export class Geometric extends Distribution {
  /** The probabilities of success. */
  readonly probs: Tensor;
  /** log(p / (1 − p)). */
  readonly logits: Tensor;

  /** Of probabilities, or of `{ logits }`. RangeError where one is not above 0 and at most 1. */
  constructor(probs: ProbsOrLogits) {
    atMost(1, arguments.length, "Geometric(probs)");
    const [which, given] = oneOfBoth("Geometric", probs);
    if (which === "probs") {
      checkEach("Geometric", "probs", given, "above 0, at most 1", (p) => p > 0 && p <= 1);
    }
    super(given.shape);
    this.probs = which === "probs" ? given : given.sigmoid();
    const p = which === "probs" ? clamped(given) : given;
    this.logits = which === "probs" ? p.log().sub(p.neg().log1p()) : given;
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.probs.reciprocal().sub(1);
  }

  /** The variance. */
  override get variance(): Tensor {
    return this.mean.div(this.probs);
  }

  /** 0. */
  override get mode(): Tensor {
    return zerosLike(this.probs);
  }

  /** The logarithm of the probability of 0, 1, 2 … */
  override logProb(value: Operand): Tensor {
    const x = asTensor(value, this.probs);
    return where(eq(x, 0), 0, x.mul(this.probs.neg().log1p())).add(this.probs.log());
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    return softplus(this.logits).sub(this.probs.mul(this.logits)).div(this.probs);
  }

  /** Samples of a whole shape. */
  protected override pick(shape: Shape): Tensor {
    const u = rand(shape, { device: this.probs.device }).neg().add(1); // above 0
    return u.log().div(expand(this.probs, shape).neg().log1p()).floor();
  }
}

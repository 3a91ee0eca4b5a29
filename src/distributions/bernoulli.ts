import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { eq, expand, ge, lt, type Operand, where } from "../ops/mod.ts";
import { softplusOfNegative } from "../ops/probability_loss.ts";
import { rand } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkEach, Distribution } from "./distribution.ts";
import { asTensor } from "./gamma.ts";
import { clamped, oneOfBoth, type ProbsOrLogits } from "./probs_or_logits.ts";

/** log(1 + eˣ), without overflow. */
export function softplus(x: Tensor): Tensor {
  return softplusOfNegative(x.neg());
}

/** 1 with some probability, else 0. */
export class Bernoulli extends Distribution {
  /** The probabilities of 1. */
  readonly probs: Tensor;
  /** log(p / (1 − p)). */
  readonly logits: Tensor;

  /**
   * Of probabilities, or of `{ logits }`. RangeError where a probability is not from 0 to 1, TypeError
   * where both are given.
   */
  constructor(probs: ProbsOrLogits) {
    atMost(1, arguments.length, "Bernoulli(probs)");
    const [which, given] = oneOfBoth("Bernoulli", probs);
    if (which === "probs") {
      checkEach("Bernoulli", "probs", given, "from 0 to 1", (p) => p >= 0 && p <= 1);
    }
    super(given.shape);
    this.probs = which === "probs" ? given : given.sigmoid();
    const p = which === "probs" ? clamped(given) : given;
    this.logits = which === "probs" ? p.log().sub(p.neg().add(1).log()) : given;
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.probs;
  }

  /** The variance. */
  override get variance(): Tensor {
    return this.probs.mul(this.probs.neg().add(1));
  }

  /** The likelier of 0 and 1; NaN where both are. */
  override get mode(): Tensor {
    const { probs } = this;
    return where(eq(probs, 0.5), NaN, ge(probs, 0.5).to("float32"));
  }

  /** The logarithm of the probability of 0 or 1. */
  override logProb(value: Operand): Tensor {
    // v log p + (1 − v) log(1 − p): the small logarithm of what is sure is no difference of large ones
    const v = asTensor(value, this.probs);
    const [ofOne, ofZero] = [softplusOfNegative(this.logits), softplus(this.logits)];
    return v.mul(ofOne).add(v.neg().add(1).mul(ofZero)).neg();
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    return softplus(this.logits).sub(this.probs.mul(this.logits));
  }

  /** Samples of a whole shape. */
  protected override pick(shape: Shape): Tensor {
    const p = expand(this.probs, shape);
    return lt(rand(shape, { device: p.device }), p).to("float32");
  }
}

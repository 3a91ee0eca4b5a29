import { atMost, check, whole } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { oneHot, type Operand } from "../ops/mod.ts";
import { arange } from "../tensor/create.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Binomial } from "./binomial.ts";
import { Categorical } from "./categorical.ts";
import { askedFor, Distribution } from "./distribution.ts";
import { asTensor } from "./gamma.ts";
import { lgamma, logGamma } from "./gamma_functions.ts";
import type { ProbsOrLogits } from "./probs_or_logits.ts";

/** How often each of n classes is drawn in so many draws: counts [..., n]. */
export class Multinomial extends Distribution {
  /** Draws. */
  readonly totalCount: number;
  private readonly of: Categorical;

  /** Of probabilities [..., n], which are divided by their sum, or of `{ logits }`. */
  constructor(totalCount: number, probs: ProbsOrLogits) {
    atMost(2, arguments.length, "Multinomial(totalCount, probs)");
    check("Multinomial", "the number of draws", totalCount, whole(0));
    const of = inNameOf("Multinomial", () => new Categorical(probs));
    super(of.batchShape, of.probs.shape.slice(-1));
    this.totalCount = totalCount;
    this.of = of;
  }

  /** The probabilities, which sum to 1. */
  get probs(): Tensor {
    return this.of.probs;
  }

  /** Their logarithms. */
  get logits(): Tensor {
    return this.of.logits;
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.probs.mul(this.totalCount);
  }

  /** The variance. */
  override get variance(): Tensor {
    return this.mean.mul(this.probs.neg().add(1));
  }

  /** The logarithm of the probability of counts. */
  override logProb(value: Operand): Tensor {
    const x = asTensor(value, this.probs);
    const factorials = lgamma(x.sum(-1).add(1)).sub(lgamma(x.add(1)).sum(-1));
    return factorials.add(x.mul(this.logits).sum(-1));
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    const { totalCount: n, probs } = this;
    const counts = arange(1, n + 1, { dtype: "float32", device: probs.device })
      .reshape([-1, ...probs.shape.map(() => 1)]);
    const chances = new Binomial(n, probs).logProb(counts).exp();
    const factorials = chances.mul(lgamma(counts.add(1))).sum(0).sum(-1);
    return this.of.entropy().mul(n).sub(logGamma(n + 1)).add(factorials);
  }

  /** Samples of a whole shape. */
  protected override pick(shape: Shape): Tensor {
    const draws = this.of.sample([this.totalCount, ...askedFor(shape, this)]);
    return oneHot(draws, this.eventShape[0]!).sum(0).to("float32");
  }
}

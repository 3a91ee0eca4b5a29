import { atMost } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { oneHot, type Operand } from "../ops/mod.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { noGrad } from "../tensor/tensor.ts";
import { Categorical } from "./categorical.ts";
import { askedFor, Distribution } from "./distribution.ts";
import { asTensor } from "./gamma.ts";
import type { ProbsOrLogits } from "./probs_or_logits.ts";

/** A class with the probabilities of the last dimension, as a vector of zeros with a 1 at its place. */
export class OneHotCategorical extends Distribution {
  private readonly of: Categorical;

  /** Of probabilities, which are divided by their sum, or of `{ logits }`: [..., n]. */
  constructor(probs: ProbsOrLogits) {
    const name = new.target === OneHotCategoricalStraightThrough
      ? "OneHotCategoricalStraightThrough"
      : "OneHotCategorical";
    atMost(1, arguments.length, `${name}(probs)`);
    const of = inNameOf(name, () => new Categorical(probs));
    super(of.batchShape, of.probs.shape.slice(-1));
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

  /** The probabilities. */
  override get mean(): Tensor {
    return this.probs;
  }

  /** The variance of each element. */
  override get variance(): Tensor {
    return this.probs.mul(this.probs.neg().add(1));
  }

  /** The likeliest class. */
  override get mode(): Tensor {
    return this.#hot(this.of.mode);
  }

  /** The logarithm of the probability of vectors with one 1. */
  override logProb(value: Operand): Tensor {
    return this.of.logProb(asTensor(value, this.probs).argmax(-1));
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    return this.of.entropy();
  }

  /** Samples of a whole shape. */
  protected override pick(shape: Shape): Tensor {
    return this.#hot(this.of.sample(askedFor(shape, this)));
  }

  #hot(classes: Tensor): Tensor {
    return oneHot(classes, this.eventShape[0]!).to("float32");
  }
}

/** The same with samples that pass their gradients to the probabilities, as if they were these. */
export class OneHotCategoricalStraightThrough extends OneHotCategorical {
  /** Whether samples have gradients: they have. */
  override get hasRsample(): boolean {
    return true;
  }

  /** Samples of a whole shape: Bengio et al., "Estimating or propagating gradients", 2013. */
  protected override draw(shape: Shape): Tensor {
    const samples = noGrad(() => this.pick(shape));
    return samples.add(this.probs.sub(this.probs.detach()));
  }
}

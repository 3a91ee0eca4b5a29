import { ShapeError, show } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import { broadcastShape, type Shape } from "../core/shape.ts";
import { expand, gather, type Operand } from "../ops/mod.ts";
import { full, rand } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkEach, Distribution } from "./distribution.ts";
import { clamped, oneOfBoth, type ProbsOrLogits } from "./probs_or_logits.ts";

/**
 * A class from 0 to n − 1 with the probabilities of the last dimension.
 *
 * @example
 * ```ts
 * import { distributions, tensor } from "@glim/glim";
 * const policy = new distributions.Categorical({ logits: tensor([0.5, 1, -1]) });
 * const action = policy.sample();
 * console.log(action.dtype, policy.logProb(action).item()); // int32
 * ```
 */
export class Categorical extends Distribution {
  /** The probabilities, which sum to 1. */
  readonly probs: Tensor;
  /** Their logarithms. */
  readonly logits: Tensor;

  /**
   * Of probabilities, which are divided by their sum, or of `{ logits }`, log-probabilities but for a
   * constant: [..., n]. ShapeError for scalars, RangeError where a probability is below 0.
   */
  constructor(probs: ProbsOrLogits) {
    atMost(1, arguments.length, "Categorical(probs)");
    const [which, given] = oneOfBoth("Categorical", probs);
    if (given.ndim === 0) {
      throw new ShapeError(`Categorical: ${which} must be [..., n]: they are ${show(given.shape)}`);
    }
    if (which === "probs") {
      checkEach("Categorical", "probs", given, "at least 0", (p) => p >= 0);
    }
    super(given.shape.slice(0, -1));
    this.probs = which === "probs" ? given.div(given.sum(-1, true)) : given.softmax(-1);
    this.logits = which === "probs" ? clamped(this.probs).log() : given.logSoftmax(-1);
  }

  /** NaN: classes are no numbers. */
  override get mean(): Tensor {
    return full(this.batchShape, NaN, { device: this.probs.device });
  }

  /** NaN. */
  override get variance(): Tensor {
    return this.mean;
  }

  /** The likeliest class, int32. */
  override get mode(): Tensor {
    return this.probs.argmax(-1);
  }

  /** The logarithm of the probability of classes, of int32 or of whole numbers. */
  override logProb(value: Operand): Tensor {
    const { device } = this.probs;
    const classes = typeof value === "number" ? full([], value, { device }) : value;
    const shape = broadcastShape("logProb", classes.shape, this.batchShape);
    const at = expand(classes.to("int32"), shape).unsqueeze(-1);
    const logits = expand(this.logits, [...shape, this.logits.shape.at(-1)!]);
    return gather(logits, -1, at).squeeze(-1);
  }

  /** The entropy in nats. */
  override entropy(): Tensor {
    return this.logits.clamp({ min: -3.4e38 }).mul(this.probs).sum(-1).neg();
  }

  /** Samples of a whole shape: where the logits with Gumbel's noise are largest. */
  protected override pick(shape: Shape): Tensor {
    const all = [...shape, this.probs.shape.at(-1)!];
    const noise = rand(all, { device: this.probs.device }).log().neg().log();
    return this.probs.log().sub(noise).argmax(-1);
  }
}

import { filledLike } from "../ops/filled_like.ts";
import { atMost, check, whole } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import { add, expand, le, lt, minimum, type Operand, where } from "../ops/mod.ts";
import { arange, rand, zeros } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { softplus } from "./bernoulli.ts";
import { broadcast, checkEach, Distribution } from "./distribution.ts";
import { asTensor } from "./gamma.ts";
import { lgamma } from "./gamma_functions.ts";
import { clamped, oneOfBoth, type ProbsOrLogits } from "./probs_or_logits.ts";

/** How many of so many trials succeed. */
export class Binomial extends Distribution {
  /** Trials: of all, or of each. */
  readonly totalCount: Operand;
  /** The probabilities of success. */
  readonly probs: Tensor;
  /** log(p / (1 − p)). */
  readonly logits: Tensor;

  /**
   * Of probabilities, or of `{ logits }`, and of trials, which broadcast with them. RangeError where a
   * probability is not from 0 to 1, or a number of trials is not a whole number.
   */
  constructor(totalCount: Operand, probs: ProbsOrLogits) {
    atMost(2, arguments.length, "Binomial(totalCount, probs)");
    const [which, one] = oneOfBoth("Binomial", probs);
    if (typeof totalCount === "number") {
      check("Binomial", "the number of trials", totalCount, whole(0));
    }
    const [given, trials] = broadcast("Binomial", [which, "totalCount"], [one, totalCount]);
    const isCount = (n: number) => n >= 0 && Number.isInteger(n);
    checkEach("Binomial", "totalCount", trials, "a whole number of at least 0", isCount);
    if (which === "probs") {
      checkEach("Binomial", "probs", given, "from 0 to 1", (p) => p >= 0 && p <= 1);
    }
    super(given.shape);
    this.totalCount = typeof totalCount === "number" ? totalCount : trials;
    this.probs = which === "probs" ? given : given.sigmoid();
    const p = which === "probs" ? clamped(given) : given;
    this.logits = which === "probs" ? p.log().sub(p.neg().log1p()) : given;
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.probs.mul(this.totalCount);
  }

  /** The variance. */
  override get variance(): Tensor {
    return this.mean.mul(this.probs.neg().add(1));
  }

  /** The likeliest count. */
  override get mode(): Tensor {
    return minimum(this.probs.mul(add(this.totalCount, 1)).floor(), this.totalCount);
  }

  /** The logarithm of the probability of 0, 1 … totalCount. */
  override logProb(value: Operand): Tensor {
    const n = this.totalCount;
    const x = asTensor(value, this.probs);
    return logChoose(n, x).add(x.mul(this.logits)).sub(softplus(this.logits).mul(n));
  }

  /** The entropy in nats: a sum over all counts. */
  override entropy(): Tensor {
    const counts = arange(this.#most() + 1, { dtype: "float32", device: this.probs.device })
      .reshape([-1, ...this.batchShape.map(() => 1)]);
    const logs = this.logProb(minimum(counts, this.totalCount));
    return where(le(counts, this.totalCount), logs.exp().mul(logs), 0).sum(0).neg();
  }

  /** Samples of a whole shape. */
  protected override pick(shape: Shape): Tensor {
    const { device } = this.probs;
    const p = expand(this.probs, shape);
    let sum = zeros(shape, { device });
    for (let i = 0; i < this.#most(); i++) {
      const isHit = lt(rand(shape, { device }), p);
      sum = sum.add(
        typeof this.totalCount === "number" ? isHit : isHit.mul(lt(i, this.totalCount)),
      );
    }
    return sum;
  }

  /** The most trials. */
  #most(): number {
    const { totalCount: n } = this;
    return typeof n === "number" ? n : n.numel === 0 ? 0 : n.max().item();
  }
}

/** log(n! / x! (n − x)!). */
function logChoose(n: Operand, x: Tensor): Tensor {
  const factorial = (x: Tensor) => lgamma(x.add(1));
  const all = factorial(typeof n === "number" ? filledLike(x, n) : n);
  return all.sub(factorial(x)).sub(factorial(x.neg().add(n)));
}

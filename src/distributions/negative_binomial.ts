import { atMost } from "../core/options.ts";
import { broadcastShape, type Shape } from "../core/shape.ts";
import { eq, expand, type Operand, poisson, where } from "../ops/mod.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { softplus } from "./bernoulli.ts";
import { broadcast, checkEach, Distribution } from "./distribution.ts";
import { asTensor, Gamma } from "./gamma.ts";
import { lgamma } from "./gamma_functions.ts";
import { clamped, oneOfBoth, type ProbsOrLogits } from "./probs_or_logits.ts";

/** How many trials succeed before `totalCount` have failed. Its samples are drawn on the host. */
export class NegativeBinomial extends Distribution {
  /** How many failures end it: any number of at least 0. */
  readonly totalCount: Tensor;
  /** The probabilities of success. */
  readonly probs: Tensor;
  /** log(p / (1 − p)). */
  readonly logits: Tensor;

  /** Of probabilities, or of `{ logits }`. RangeError where one is not at least 0 and below 1. */
  constructor(totalCount: Operand, probs: ProbsOrLogits) {
    atMost(2, arguments.length, "NegativeBinomial(totalCount, probs)");
    const name = "NegativeBinomial";
    const [which, given] = oneOfBoth(name, probs);
    const [count, p] = broadcast(name, ["totalCount", which], [totalCount, given]);
    checkEach(name, "totalCount", count, "at least 0", (n) => n >= 0);
    if (which === "probs") {
      checkEach(name, "probs", p, "at least 0, below 1", (p) => p >= 0 && p < 1);
    }
    super(broadcastShape(name, count.shape, p.shape));
    this.totalCount = count;
    this.probs = which === "probs" ? p : p.sigmoid();
    const inner = which === "probs" ? clamped(p) : p;
    this.logits = which === "probs" ? inner.log().sub(inner.neg().log1p()) : p;
  }

  /** The mean. */
  override get mean(): Tensor {
    return this.totalCount.mul(this.logits.exp());
  }

  /** The variance. */
  override get variance(): Tensor {
    return this.mean.div(this.logits.neg().sigmoid());
  }

  /** The likeliest count. */
  override get mode(): Tensor {
    return this.totalCount.sub(1).mul(this.logits.exp()).floor().clamp({ min: 0 });
  }

  /** The logarithm of the probability of 0, 1, 2 … */
  override logProb(value: Operand): Tensor {
    const { totalCount: n, logits } = this;
    const x = asTensor(value, n);
    const each = n.mul(softplus(logits)).add(x.mul(softplus(logits.neg()))).neg();
    const ways = lgamma(n.add(x)).sub(lgamma(x.add(1))).sub(lgamma(n));
    return each.add(where(eq(n.add(x), 0), 0, ways));
  }

  /** Samples of a whole shape: Poisson's of rates that are a gamma distribution's. */
  protected override pick(shape: Shape): Tensor {
    const rates = new Gamma(expand(this.totalCount, shape), expand(this.logits.neg().exp(), shape));
    return poisson(rates.sample());
  }
}

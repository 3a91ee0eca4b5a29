/**
 * Continuous distributions near discrete ones, whose samples have gradients: Maddison et al., "The
 * concrete distribution", 2017.
 *
 * @module
 */
import { atMost } from "../core/options.ts";
import { broadcastShape, type Shape } from "../core/shape.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { expand, logsumexp, type Operand } from "../ops/mod.ts";
import { rand } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Bernoulli, softplus } from "./bernoulli.ts";
import { Categorical } from "./categorical.ts";
import { broadcast, checkPositive, Distribution } from "./distribution.ts";
import { asTensor } from "./gamma.ts";
import { logGamma } from "./gamma_functions.ts";
import { clamped, type ProbsOrLogits } from "./probs_or_logits.ts";

/** One temperature for all. */
function temperatureOf(name: string, temperature: Operand): Tensor {
  const [t] = broadcast(name, ["temperature"], [temperature]);
  checkPositive(name, "temperature", t);
  return t;
}

/** A number from 0 to 1, near 0 and 1 where the temperature is low. */
export class RelaxedBernoulli extends Distribution {
  private readonly near: Bernoulli;
  /** How far from what is discrete it is. */
  readonly temperature: Tensor;

  /** Of probabilities, or of `{ logits }`. RangeError where the temperature is not above 0. */
  constructor(temperature: Operand, probs: ProbsOrLogits) {
    atMost(2, arguments.length, "RelaxedBernoulli(temperature, probs)");
    const name = "RelaxedBernoulli";
    const t = temperatureOf(name, temperature);
    const near = inNameOf(name, () => new Bernoulli(probs));
    super(broadcastShape(name, t.shape, near.batchShape));
    this.near = near;
    this.temperature = t;
  }

  /** The probability of 1 where the temperature is 0. */
  get probs(): Tensor {
    return this.near.probs;
  }

  /** log(p / (1 − p)). */
  get logits(): Tensor {
    return this.near.logits;
  }

  /** The logarithm of the density. */
  override logProb(value: Operand): Tensor {
    const y = clamped(asTensor(value, this.temperature));
    const x = y.log().sub(y.neg().log1p());
    const d = this.logits.sub(x.mul(this.temperature));
    const density = this.temperature.log().add(d).sub(softplus(d).mul(2));
    return density.add(softplus(x)).add(softplus(x.neg()));
  }

  /** Samples of a whole shape. */
  protected override draw(shape: Shape): Tensor {
    const u = clamped(rand(shape, { device: this.temperature.device }));
    return this.logits.add(u.log().sub(u.neg().log1p())).div(this.temperature).sigmoid();
  }
}

/** Numbers that sum to 1, near a vector with one 1 where the temperature is low. */
export class RelaxedOneHotCategorical extends Distribution {
  private readonly near: Categorical;
  /** How far from what is discrete it is. */
  readonly temperature: Tensor;

  /** Of probabilities, or of `{ logits }`, [..., n]. RangeError where the temperature is not above 0. */
  constructor(temperature: Operand, probs: ProbsOrLogits) {
    atMost(2, arguments.length, "RelaxedOneHotCategorical(temperature, probs)");
    const name = "RelaxedOneHotCategorical";
    const t = temperatureOf(name, temperature);
    const near = inNameOf(name, () => new Categorical(probs));
    super(near.batchShape, near.probs.shape.slice(-1));
    this.near = near;
    this.temperature = t;
  }

  /** The classes' probabilities where the temperature is 0. */
  get probs(): Tensor {
    return this.near.probs;
  }

  /** log p of the classes. */
  get logits(): Tensor {
    return this.near.logits;
  }

  /** The logarithm of the density of numbers above 0 that sum to 1. */
  override logProb(value: Operand): Tensor {
    const n = this.eventShape[0]!;
    const x = asTensor(value, this.temperature).log();
    const score = this.logits.sub(x.mul(this.temperature));
    const shares = score.sub(logsumexp(score, -1, true)).sub(x).sum(-1);
    return shares.add(this.temperature.log().mul(n - 1)).add(logGamma(n));
  }

  /** Samples of a whole shape: the softmax of logits with Gumbel's noise. */
  protected override draw(shape: Shape): Tensor {
    const u = clamped(rand(shape, { device: this.temperature.device }));
    const noise = u.log().neg().log().neg();
    return expand(this.logits, shape).add(noise).div(this.temperature).softmax(-1);
  }
}

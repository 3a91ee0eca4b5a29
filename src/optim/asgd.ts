/**
 * ASGD.
 *
 * @module
 */
import {
  atMost,
  checkOptions,
  flag,
  type Kinds,
  notNegative,
  number,
  withDefaults,
} from "../core/options.ts";
import type { Parameter, Tensor } from "../tensor/tensor.ts";
import { Optimizer, type ParamGroup, type Params } from "./optimizer.ts";
import { average_, penalized } from "./averages.ts";

/** Settings of {@link ASGD}. */
export interface ASGDOptions {
  /** Learning rate, η. Default: 0.01. */
  lr?: number;
  /** How fast weights and rate fall. Default: 1e-4. */
  lambd?: number;
  /** The power of the fall of the rate. Default: 0.75. */
  alpha?: number;
  /** From which step on weights are averaged. Default: 1e6. */
  t0?: number;
  /** λ: λw is added to the gradient. Default: 0. */
  weightDecay?: number;
  /** Go uphill: to the largest value. Default: false. */
  maximize?: boolean;
}

const DEFAULTS: Required<ASGDOptions> = {
  lr: 0.01,
  lambd: 1e-4,
  alpha: 0.75,
  t0: 1e6,
  weightDecay: 0,
  maximize: false,
};

const KINDS: Kinds<ASGDOptions> = {
  lr: notNegative,
  lambd: notNegative,
  alpha: number,
  t0: number,
  weightDecay: notNegative,
  maximize: flag,
};

/**
 * Averaged stochastic gradient descent (Polyak and Juditsky, "Acceleration of stochastic approximation by
 * averaging", 1992) with PyTorch's rule. The average of the weights is kept as `ax` in the state.
 *
 * ```text
 * w ← (1 − λη)w − ηg
 * a ← a + (w − a) / max(1, t − t₀)
 * η ← lr / (1 + λ lr t)^α
 * ```
 */
export class ASGD extends Optimizer<Required<ASGDOptions>> {
  /** RangeError where a setting is out of its range. */
  constructor(params: Params<Required<ASGDOptions>>, options: ASGDOptions = {}) {
    atMost(2, arguments.length, "ASGD(params, options)");
    super(params, withDefaults(DEFAULTS, checkOptions("ASGD", options, KINDS)), KINDS);
  }

  /** Changes one weight. */
  protected override change(
    w: Tensor,
    g: Tensor,
    group: ParamGroup<Required<ASGDOptions>>,
    parameter: Parameter,
  ): void {
    const { lr, lambd, alpha, t0, weightDecay } = group;
    const average = this.keptOf(parameter, "ax");
    const t = this.stepOf(parameter);
    const rate = this.numberOf(parameter, "eta", lr), part = this.numberOf(parameter, "mu", 1);
    g = penalized(g, w, weightDecay);
    w.mul_(1 - lambd * rate).sub_(g, rate);
    average_(average, w, part);
    this.keepNumber(parameter, "eta", lr / (1 + lambd * lr * t) ** alpha);
    this.keepNumber(parameter, "mu", 1 / Math.max(1, t - t0));
  }
}

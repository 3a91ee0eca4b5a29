/**
 * RAdam.
 *
 * @module
 */
import {
  atMost,
  checkOptions,
  flag,
  type Kinds,
  listOf,
  notNegative,
  withDefaults,
} from "../core/options.ts";
import type { Parameter, Tensor } from "../tensor/tensor.ts";
import { BETA } from "./adam.ts";
import { Optimizer, type ParamGroup, type Params } from "./optimizer.ts";
import { average_, penalized } from "./averages.ts";

/** Settings of {@link RAdam}. */
export interface RAdamOptions {
  /** Learning rate, η. Default: 0.001. */
  lr?: number;
  /** β₁ and β₂: what the averages of gradient and square keep at each step. Default: 0.9, 0.999. */
  betas?: readonly [number, number];
  /** ε, which keeps the divisor from 0. Default: 1e-8. */
  eps?: number;
  /** λ: λw is added to the gradient. Default: 0. */
  weightDecay?: number;
  /** Take ηλw off the weight instead, and leave the gradient alone. Default: false. */
  decoupledWeightDecay?: boolean;
  /** Go uphill: to the largest value. Default: false. */
  maximize?: boolean;
}

const DEFAULTS: Required<RAdamOptions> = {
  lr: 0.001,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  decoupledWeightDecay: false,
  maximize: false,
};

const KINDS: Kinds<RAdamOptions> = {
  lr: notNegative,
  betas: listOf(BETA, 2, "two numbers from 0 to below 1"),
  eps: notNegative,
  weightDecay: notNegative,
  decoupledWeightDecay: flag,
  maximize: flag,
};

/**
 * RAdam (Liu et al., "On the variance of the adaptive learning rate and beyond", 2020) with PyTorch's
 * rule: Adam whose divisor is left out while the mean square knows too few gradients, and then trusted by
 * degrees:
 *
 * ```text
 * ρ∞ = 2 / (1 − β₂) − 1,  ρ = ρ∞ − 2tβ₂ᵗ / (1 − β₂ᵗ)
 * w ← w − η m / (1 − β₁ᵗ)                                          where ρ ≤ 5
 * w ← w − η m / (1 − β₁ᵗ) · r √(1 − β₂ᵗ) / (√v + ε)                where ρ > 5
 * r² = (ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρ)
 * ```
 */
export class RAdam extends Optimizer<Required<RAdamOptions>> {
  /** RangeError where a setting is out of its range. */
  constructor(params: Params<Required<RAdamOptions>>, options: RAdamOptions = {}) {
    atMost(2, arguments.length, "RAdam(params, options)");
    super(params, withDefaults(DEFAULTS, checkOptions("RAdam", options, KINDS)), KINDS);
  }

  /** Changes one weight. */
  protected override change(
    w: Tensor,
    g: Tensor,
    group: ParamGroup<Required<RAdamOptions>>,
    parameter: Parameter,
  ): void {
    const { lr, betas: [b1, b2], eps, weightDecay, decoupledWeightDecay } = group;
    const m = this.keptOf(parameter, "expAvg"), v = this.keptOf(parameter, "expAvgSq");
    const t = this.stepOf(parameter);
    if (decoupledWeightDecay) w.mul_(1 - lr * weightDecay);
    else g = penalized(g, w, weightDecay);
    average_(m, g, 1 - b1);
    average_(v, g.square(), 1 - b2);
    const rate = lr / (1 - b1 ** t);
    const most = 2 / (1 - b2) - 1;
    const rho = most - 2 * t * b2 ** t / (1 - b2 ** t);
    if (rho <= 5) return void w.sub_(m, rate);
    const trust = Math.sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho));
    w.sub_(m.div(v.sqrt().add_(eps)), rate * trust * Math.sqrt(1 - b2 ** t));
  }
}

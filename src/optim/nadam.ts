/**
 * NAdam.
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

/** Settings of {@link NAdam}. */
export interface NAdamOptions {
  /** Learning rate, η. Default: 0.002. */
  lr?: number;
  /** β₁ and β₂: what the averages of gradient and square keep at each step. Default: 0.9, 0.999. */
  betas?: readonly [number, number];
  /** ε, which keeps the divisor from 0. Default: 1e-8. */
  eps?: number;
  /** λ: λw is added to the gradient. Default: 0. */
  weightDecay?: number;
  /** ψ: how fast the momentum grows to β₁. Default: 0.004. */
  momentumDecay?: number;
  /** Take ηλw off the weight instead, and leave the gradient alone. Default: false. */
  decoupledWeightDecay?: boolean;
  /** Go uphill: to the largest value. Default: false. */
  maximize?: boolean;
}

const DEFAULTS: Required<NAdamOptions> = {
  lr: 0.002,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  momentumDecay: 0.004,
  decoupledWeightDecay: false,
  maximize: false,
};

const KINDS: Kinds<NAdamOptions> = {
  lr: notNegative,
  betas: listOf(BETA, 2, "two numbers from 0 to below 1"),
  eps: notNegative,
  weightDecay: notNegative,
  momentumDecay: notNegative,
  decoupledWeightDecay: flag,
  maximize: flag,
};

/**
 * NAdam (Dozat, "Incorporating Nesterov momentum into Adam", 2016) with PyTorch's rule:
 *
 * ```text
 * μₜ = β₁(1 − 0.96^(tψ) / 2),  M = μ₁ ⋯ μₜ
 * m, v as Adam's
 * w ← w − η ((1 − μₜ) / (1 − M) · g + μₜ₊₁ / (1 − M μₜ₊₁) · m) / (√(v / (1 − β₂ᵗ)) + ε)
 * ```
 */
export class NAdam extends Optimizer<Required<NAdamOptions>> {
  /** RangeError where a setting is out of its range. */
  constructor(params: Params<Required<NAdamOptions>>, options: NAdamOptions = {}) {
    atMost(2, arguments.length, "NAdam(params, options)");
    super(params, withDefaults(DEFAULTS, checkOptions("NAdam", options, KINDS)), KINDS);
  }

  /** Changes one weight. */
  protected override change(
    w: Tensor,
    g: Tensor,
    group: ParamGroup<Required<NAdamOptions>>,
    parameter: Parameter,
  ): void {
    const { lr, betas: [b1, b2], eps, weightDecay, momentumDecay, decoupledWeightDecay } = group;
    const m = this.keptOf(parameter, "expAvg"), v = this.keptOf(parameter, "expAvgSq");
    const t = this.stepOf(parameter);
    if (decoupledWeightDecay) w.mul_(1 - lr * weightDecay);
    else g = penalized(g, w, weightDecay);
    const momentum = (t: number) => b1 * (1 - 0.5 * 0.96 ** (t * momentumDecay));
    const [now, next] = [momentum(t), momentum(t + 1)];
    const product = this.numberOf(parameter, "muProduct", 1) * now;
    this.keepNumber(parameter, "muProduct", product);
    average_(m, g, 1 - b1);
    average_(v, g.square(), 1 - b2);
    const divisor = v.div(1 - b2 ** t).sqrt().add_(eps);
    w.sub_(g.div(divisor), lr * (1 - now) / (1 - product));
    w.sub_(m.div(divisor), lr * next / (1 - product * next));
  }
}

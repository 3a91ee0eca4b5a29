/**
 * Adamax.
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

/** Settings of {@link Adamax}. */
export interface AdamaxOptions {
  /** Learning rate, η. Default: 0.002. */
  lr?: number;
  /** β₁ and β₂: what the average of gradients and their largest size keep at each step. Default: 0.9, 0.999. */
  betas?: readonly [number, number];
  /** ε, which keeps the divisor from 0. Default: 1e-8. */
  eps?: number;
  /** λ: λw is added to the gradient. Default: 0. */
  weightDecay?: number;
  /** Go uphill: to the largest value. Default: false. */
  maximize?: boolean;
}

const DEFAULTS: Required<AdamaxOptions> = {
  lr: 0.002,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  maximize: false,
};

const KINDS: Kinds<AdamaxOptions> = {
  lr: notNegative,
  betas: listOf(BETA, 2, "two numbers from 0 to below 1"),
  eps: notNegative,
  weightDecay: notNegative,
  maximize: flag,
};

/**
 * Adamax (Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 2), Adam by the
 * largest gradient instead of the mean square:
 *
 * ```text
 * m ← β₁m + (1 − β₁)g
 * u ← max(β₂u, |g| + ε)
 * w ← w − η / (1 − β₁ᵗ) · m / u
 * ```
 */
export class Adamax extends Optimizer<Required<AdamaxOptions>> {
  /** RangeError where a setting is out of its range. */
  constructor(params: Params<Required<AdamaxOptions>>, options: AdamaxOptions = {}) {
    atMost(2, arguments.length, "Adamax(params, options)");
    super(params, withDefaults(DEFAULTS, checkOptions("Adamax", options, KINDS)), KINDS);
  }

  /** Changes one weight. */
  protected override change(
    w: Tensor,
    g: Tensor,
    group: ParamGroup<Required<AdamaxOptions>>,
    parameter: Parameter,
  ): void {
    const { lr, betas: [b1, b2], eps, weightDecay } = group;
    const m = this.keptOf(parameter, "expAvg"), u = this.keptOf(parameter, "expInf");
    const t = this.stepOf(parameter);
    g = penalized(g, w, weightDecay);
    average_(m, g, 1 - b1);
    u.copy_(u.mul(b2).maximum(g.abs().add_(eps)));
    w.sub_(m.div(u), lr / (1 - b1 ** t));
  }
}

/**
 * Adadelta.
 *
 * @module
 */
import {
  atMost,
  checkOptions,
  flag,
  fraction,
  type Kinds,
  notNegative,
  withDefaults,
} from "../core/options.ts";
import type { Parameter, Tensor } from "../tensor/tensor.ts";
import { Optimizer, type ParamGroup, type Params } from "./optimizer.ts";
import { average_, penalized } from "./averages.ts";

/** Settings of {@link Adadelta}. */
export interface AdadeltaOptions {
  /** Learning rate, η. Default: 1. */
  lr?: number;
  /** ρ: what the averages keep at each step. Default: 0.9. */
  rho?: number;
  /** ε, which keeps the divisor from 0. Default: 1e-6. */
  eps?: number;
  /** λ: λw is added to the gradient. Default: 0. */
  weightDecay?: number;
  /** Go uphill: to the largest value. Default: false. */
  maximize?: boolean;
}

const DEFAULTS: Required<AdadeltaOptions> = {
  lr: 1,
  rho: 0.9,
  eps: 1e-6,
  weightDecay: 0,
  maximize: false,
};

const KINDS: Kinds<AdadeltaOptions> = {
  lr: notNegative,
  rho: fraction,
  eps: notNegative,
  weightDecay: notNegative,
  maximize: flag,
};

/**
 * Adadelta (Zeiler, "ADADELTA: an adaptive learning rate method", 2012) with PyTorch's rule:
 *
 * ```text
 * v ← ρv + (1 − ρ)g²
 * d = g √(u + ε) / √(v + ε)
 * u ← ρu + (1 − ρ)d²
 * w ← w − ηd
 * ```
 */
export class Adadelta extends Optimizer<Required<AdadeltaOptions>> {
  /** RangeError where a setting is out of its range. */
  constructor(params: Params<Required<AdadeltaOptions>>, options: AdadeltaOptions = {}) {
    atMost(2, arguments.length, "Adadelta(params, options)");
    super(params, withDefaults(DEFAULTS, checkOptions("Adadelta", options, KINDS)), KINDS);
  }

  /** Changes one weight. */
  protected override change(
    w: Tensor,
    g: Tensor,
    group: ParamGroup<Required<AdadeltaOptions>>,
    parameter: Parameter,
  ): void {
    const { lr, rho, eps, weightDecay } = group;
    const v = this.keptOf(parameter, "squareAvg"), u = this.keptOf(parameter, "accDelta");
    this.stepOf(parameter);
    g = penalized(g, w, weightDecay);
    average_(v, g.square(), 1 - rho);
    const d = g.mul(u.add(eps).sqrt().div(v.add(eps).sqrt()));
    average_(u, d.square(), 1 - rho);
    w.sub_(d, lr);
  }
}

/**
 * Adagrad.
 *
 * @module
 */
import {
  atMost,
  checkOptions,
  flag,
  type Kinds,
  notNegative,
  withDefaults,
} from "../core/options.ts";
import type { Parameter, Tensor } from "../tensor/tensor.ts";
import { zerosLike } from "../tensor/create.ts";
import { Optimizer, type ParamGroup, type Params } from "./optimizer.ts";
import { penalized } from "./averages.ts";

/** Settings of {@link Adagrad}. */
export interface AdagradOptions {
  /** Learning rate, η. Default: 0.01. */
  lr?: number;
  /** What the rate falls by: η / (1 + (t − 1) · lrDecay) at step t. Default: 0. */
  lrDecay?: number;
  /** λ: λw is added to the gradient. Default: 0. */
  weightDecay?: number;
  /** What the sums of squares begin with. Default: 0. */
  initialAccumulatorValue?: number;
  /** ε, which keeps the divisor from 0. Default: 1e-10. */
  eps?: number;
  /** Go uphill: to the largest value. Default: false. */
  maximize?: boolean;
}

const DEFAULTS: Required<AdagradOptions> = {
  lr: 0.01,
  lrDecay: 0,
  weightDecay: 0,
  initialAccumulatorValue: 0,
  eps: 1e-10,
  maximize: false,
};

const KINDS: Kinds<AdagradOptions> = {
  lr: notNegative,
  lrDecay: notNegative,
  weightDecay: notNegative,
  initialAccumulatorValue: notNegative,
  eps: notNegative,
  maximize: flag,
};

/**
 * Adagrad (Duchi, Hazan and Singer, "Adaptive subgradient methods", 2011) with PyTorch's rule:
 *
 * ```text
 * s ← s + g²
 * w ← w − ηg / (√s + ε)
 * ```
 */
export class Adagrad extends Optimizer<Required<AdagradOptions>> {
  /** RangeError where a setting is out of its range. */
  constructor(params: Params<Required<AdagradOptions>>, options: AdagradOptions = {}) {
    atMost(2, arguments.length, "Adagrad(params, options)");
    super(params, withDefaults(DEFAULTS, checkOptions("Adagrad", options, KINDS)), KINDS);
  }

  /** Changes one weight. */
  protected override change(
    w: Tensor,
    g: Tensor,
    group: ParamGroup<Required<AdagradOptions>>,
    parameter: Parameter,
  ): void {
    const { lr, lrDecay, weightDecay, initialAccumulatorValue: first, eps } = group;
    const rate = lr / (1 + (this.stepOf(parameter) - 1) * lrDecay);
    const sum = this.memoryOf(parameter, "sum", (p) => zerosLike(p).fill_(first));
    g = penalized(g, w, weightDecay);
    sum.add_(g.square());
    w.sub_(g.div(sum.sqrt().add_(eps)), rate);
  }
}

/**
 * RMSprop.
 *
 * @module
 */
import { type Buffer, kernelsOf } from "../device/buffer.ts";
import { adaptive } from "../families/adaptive.ts";
import {
  atMost,
  checkOptions,
  flag,
  type Kinds,
  notNegative,
  withDefaults,
} from "../core/options.ts";
import type { Parameter } from "../tensor/tensor.ts";
import { Optimizer, type ParamGroup, type Params } from "./optimizer.ts";

/** Settings of {@link RMSprop}. */
export interface RMSpropOptions {
  /** Learning rate, η. Default: 0.01. */
  lr?: number;
  /** α: what the averages keep at each step. Default: 0.99. */
  alpha?: number;
  /** ε, which keeps the divisor from 0. Default: 1e-8. */
  eps?: number;
  /** λ: λw is added to the gradient. Default: 0. */
  weightDecay?: number;
  /** β of the momentum of the divided gradients. Default: 0, none. */
  momentum?: number;
  /** Divide by the standard deviation of the gradient instead of its root mean square. Default: false. */
  centered?: boolean;
  /** Go uphill: to the largest value. Default: false. */
  maximize?: boolean;
}

const DEFAULTS: Required<RMSpropOptions> = {
  lr: 0.01,
  alpha: 0.99,
  eps: 1e-8,
  weightDecay: 0,
  momentum: 0,
  centered: false,
  maximize: false,
};

const KINDS: Kinds<RMSpropOptions> = {
  lr: notNegative,
  alpha: notNegative,
  eps: notNegative,
  weightDecay: notNegative,
  momentum: notNegative,
  centered: flag,
  maximize: flag,
};

/**
 * RMSprop (Tieleman and Hinton, "Lecture 6.5: divide the gradient by a running average of its recent
 * magnitude", 2012; centered: Graves, "Generating sequences with recurrent neural networks", 2013,
 * equations 38 to 41) with PyTorch's rule, which adds ε outside the root:
 *
 * ```text
 * v ← αv + (1 − α)g²
 * a ← αa + (1 − α)g            only where centered; else a = 0
 * d = g / (√(v − a²) + ε)
 * m ← βm + d                   only with momentum; else m = d
 * w ← w − ηm
 * ```
 *
 * v − a² is a variance; where rounding makes it negative it counts as 0, where PyTorch gets NaN.
 *
 * @example
 * ```ts
 * import { nn, ones, optim } from "@glim/glim";
 * const model = new nn.Linear(2, 1);
 * const rmsprop = new optim.RMSprop(model.parameters(), { lr: 0.001, momentum: 0.9 });
 * model.forward(ones([1, 2])).sum().backward();
 * rmsprop.step();
 * ```
 */
export class RMSprop extends Optimizer<Required<RMSpropOptions>> {
  /** RangeError where a setting is out of its range. */
  constructor(params: Params<Required<RMSpropOptions>>, options: RMSpropOptions = {}) {
    atMost(2, arguments.length, "RMSprop(params, options)");
    super(params, withDefaults(DEFAULTS, checkOptions("RMSprop", options, KINDS)), KINDS);
  }

  /** Changes the weights of parameters by their gradients. */
  protected override update(
    parameters: readonly Parameter[],
    w: readonly Buffer[],
    g: readonly Buffer[],
    group: ParamGroup<Required<RMSpropOptions>>,
  ): void {
    const v = this.memoriesOf(parameters, "squareAvg");
    const mean = group.centered ? this.memoriesOf(parameters, "gradAvg") : null;
    const m = group.momentum > 0 ? this.memoriesOf(parameters, "momentumBuffer") : null;
    kernelsOf(w[0]!, adaptive).rmsprop(w, g, v, mean, m, {
      lr: group.lr,
      alpha: group.alpha,
      eps: group.eps,
      weightDecay: group.weightDecay,
      momentum: group.momentum,
    });
  }
}

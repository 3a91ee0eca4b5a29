/**
 * Adam.
 *
 * @module
 */
import { type Buffer, kernelsOf } from "../device/buffer.ts";
import { adaptive } from "../families/adaptive.ts";
import {
  atMost,
  checkOptions,
  flag,
  type Kind,
  type Kinds,
  listOf,
  notNegative,
  numberThat,
  withDefaults,
} from "../core/options.ts";
import type { Parameter } from "../tensor/tensor.ts";
import { Optimizer, type ParamGroup, type Params } from "./optimizer.ts";

/** Settings of {@link Adam}. */
export interface AdamOptions {
  /** Learning rate, η. Default: 0.001. */
  lr?: number;
  /** β₁ and β₂: what the averages of gradient and square keep at each step. Default: 0.9, 0.999. */
  betas?: readonly [number, number];
  /** ε, which keeps the divisor from 0. Default: 1e-8. */
  eps?: number;
  /** λ: λw is added to the gradient. Default: 0. */
  weightDecay?: number;
  /** AMSGrad (Reddi et al., 2018): divide by the largest average square so far. Default: false. */
  amsgrad?: boolean;
  /** Take ηλw off the weight instead, and leave the gradient alone, as AdamW. Default: false. */
  decoupledWeightDecay?: boolean;
  /** Go uphill: to the largest value. Default: false. */
  maximize?: boolean;
}

const DEFAULTS: Required<AdamOptions> = {
  lr: 0.001,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  decoupledWeightDecay: false,
  maximize: false,
};

/** A number that an average keeps of itself at each step. */
export const BETA: Kind = numberThat("a number from 0 to below 1", (beta) => beta >= 0 && beta < 1);

/** What Adam takes. */
export const ADAM: Kinds<AdamOptions> = {
  lr: notNegative,
  betas: listOf(BETA, 2, "two numbers from 0 to below 1"),
  eps: notNegative,
  weightDecay: notNegative,
  amsgrad: flag,
  decoupledWeightDecay: flag,
  maximize: flag,
};

/**
 * Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1) with PyTorch's
 * rule. At step t, counted from 1 for each parameter:
 *
 * ```text
 * m ← β₁m + (1 − β₁)g
 * v ← β₂v + (1 − β₂)g²
 * w ← w − η · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)
 * ```
 *
 * One pass over memory updates w, m and v together. They cost two more tensors a parameter, AMSGrad
 * three.
 *
 * @example
 * ```ts
 * import { nn, ones, optim } from "@glim/glim";
 * const model = new nn.Linear(2, 1);
 * const adam = new optim.Adam(model.parameters(), { lr: 0.01 });
 * model.forward(ones([1, 2])).sum().backward();
 * adam.step();
 * adam.zeroGrad();
 * ```
 */
export class Adam extends Optimizer<Required<AdamOptions>> {
  /** RangeError where a setting is out of its range. */
  constructor(params: Params<Required<AdamOptions>>, options: AdamOptions = {}) {
    atMost(2, arguments.length, "Adam(params, options)");
    super(params, withDefaults(DEFAULTS, checkOptions("Adam", options, ADAM)), ADAM);
  }

  /** Changes the weights of parameters by their gradients. */
  protected override update(
    parameters: readonly Parameter[],
    w: readonly Buffer[],
    g: readonly Buffer[],
    group: ParamGroup<Required<AdamOptions>>,
  ): void {
    const m = this.memoriesOf(parameters, "expAvg");
    const v = this.memoriesOf(parameters, "expAvgSq");
    const top = group.amsgrad ? this.memoriesOf(parameters, "maxExpAvgSq") : null;
    kernelsOf(w[0]!, adaptive).adam(w, g, m, v, top, {
      lr: group.lr,
      betas: group.betas,
      eps: group.eps,
      weightDecay: group.weightDecay,
      decoupled: group.decoupledWeightDecay,
      steps: this.countSteps(parameters),
    });
  }
}

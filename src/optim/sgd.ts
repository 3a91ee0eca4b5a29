/**
 * Stochastic gradient descent.
 *
 * @module
 */
import { type Buffer, kernelsOf } from "../device/buffer.ts";
import {
  atMost,
  checkOptions,
  flag,
  type Kinds,
  notNegative,
  number,
  oneOf,
  withDefaults,
} from "../core/options.ts";
import type { Parameter } from "../tensor/tensor.ts";
import { Optimizer, type ParamGroup, type Params } from "./optimizer.ts";

/** Settings of {@link SGD}. */
export interface SGDOptions {
  /** Learning rate, η. Default: 0.001. */
  lr?: number;
  /** β. Default: 0, no momentum. */
  momentum?: number;
  /** What the torch rule takes off each new gradient. Default: 0. */
  dampening?: number;
  /** Look ahead along the momentum; torch rule, without dampening. Default: false. */
  nesterov?: boolean;
  /** λ: λw is added to the gradient. Default: 0. */
  weightDecay?: number;
  /**
   * `"torch"`: m ← βm + (1 − dampening)g, beginning with m = g.
   * `"ema"`: m ← βm + (1 − β)g, beginning with m = 0 (an exponential moving average).
   */
  momentumMode?: "torch" | "ema";
  /** Go uphill: to the largest value. Default: false. */
  maximize?: boolean;
}

const DEFAULTS: Required<SGDOptions> = {
  lr: 0.001,
  momentum: 0,
  dampening: 0,
  nesterov: false,
  weightDecay: 0,
  momentumMode: "torch",
  maximize: false,
};

const KINDS: Kinds<SGDOptions> = {
  lr: notNegative,
  momentum: notNegative,
  dampening: number,
  nesterov: flag,
  weightDecay: notNegative,
  momentumMode: oneOf("torch", "ema"),
  maximize: flag,
};

/**
 * Stochastic gradient descent: w ← w − ηm, where m is the gradient or its momentum. One pass over
 * memory updates weight and momentum together.
 *
 * The default momentum is PyTorch's (Sutskever et al., 2013, without the rate inside m). With
 * `momentumMode: "ema"` it is the exponential moving average m ← βm + (1 − β)g, which begins with
 * m = 0; that is not PyTorch's dampening = β, which begins with m = g.
 *
 * @example
 * ```ts
 * import { nn, ones, optim } from "@glim/glim";
 * const model = new nn.Linear(2, 1);
 * const sgd = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
 * model.forward(ones([1, 2])).sum().backward();
 * sgd.step();
 * sgd.zeroGrad();
 * ```
 */
export class SGD extends Optimizer<Required<SGDOptions>> {
  /** RangeError where a setting is out of its range. */
  constructor(params: Params<Required<SGDOptions>>, options: SGDOptions = {}) {
    atMost(2, arguments.length, "SGD(params, options)");
    super(params, withDefaults(DEFAULTS, checkOptions("SGD", options, KINDS)), KINDS);
  }

  /** Refuses settings that do not go together. */
  protected override checkGroup(group: ParamGroup<Required<SGDOptions>>): void {
    check(group);
  }

  /** Changes the weights of parameters by their gradients. */
  protected override update(
    parameters: readonly Parameter[],
    w: readonly Buffer[],
    g: readonly Buffer[],
    group: ParamGroup<Required<SGDOptions>>,
  ): void {
    const isMoving = group.momentum !== 0;
    const startsAtG = isMoving && group.momentumMode === "torch"; // else with m = 0
    const first = startsAtG ? parameters.map((parameter) => !this.state.has(parameter)) : [];
    kernelsOf(w[0]!).sgd(w, g, isMoving ? this.memoriesOf(parameters, "momentumBuffer") : null, {
      lr: group.lr,
      momentum: group.momentum,
      dampening: group.dampening,
      weightDecay: group.weightDecay,
      nesterov: group.nesterov,
      ema: group.momentumMode === "ema",
      first,
    });
  }
}

function check(group: Required<SGDOptions>): void {
  const { momentum, dampening, nesterov, momentumMode } = group;
  if (momentumMode === "ema" && (nesterov || dampening !== 0)) {
    throw new RangeError(
      `SGD: momentumMode "ema" has neither nesterov nor dampening: they are ${nesterov} and ` +
        dampening,
    );
  }
  if (nesterov && (momentum === 0 || dampening !== 0)) {
    throw new RangeError(
      `SGD: nesterov needs momentum and no dampening: they are ${momentum} and ${dampening}`,
    );
  }
}

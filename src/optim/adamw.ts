/**
 * Adam with decoupled weight decay.
 *
 * @module
 */
import { atMost, checkOptions } from "../core/options.ts";
import { ADAM, Adam, type AdamOptions } from "./adam.ts";
import type { Params } from "./optimizer.ts";

/** Settings of {@link AdamW}. */
export interface AdamWOptions extends Omit<AdamOptions, "decoupledWeightDecay"> {
  /** λ: each step takes ηλw off the weight. Default: 0.01. */
  weightDecay?: number;
}

const { decoupledWeightDecay: _, ...KINDS } = ADAM;

/**
 * AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019): {@link Adam} whose
 * weight decay is w ← w − ηλw beside the step, so that it is not divided by √v as a penalty in the
 * gradient would be.
 *
 * @example
 * ```ts
 * import { nn, ones, optim } from "@glim/glim";
 * const model = new nn.Linear(2, 1);
 * const adamw = new optim.AdamW(model.parameters(), { lr: 0.004, weightDecay: 0.1 });
 * model.forward(ones([1, 2])).sum().backward();
 * adamw.step();
 * ```
 */
export class AdamW extends Adam {
  /** RangeError where a setting is out of its range. */
  constructor(params: Params<Required<AdamOptions>>, options: AdamWOptions = {}) {
    atMost(2, arguments.length, "AdamW(params, options)");
    const { weightDecay = 0.01, ...rest } = checkOptions("AdamW", options, KINDS);
    super(params, { ...rest, weightDecay, decoupledWeightDecay: true });
  }
}

/**
 * Rprop.
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
  number,
  withDefaults,
} from "../core/options.ts";
import type { Parameter, Tensor } from "../tensor/tensor.ts";
import { onesLike, zerosLike } from "../tensor/create.ts";
import { where } from "../ops/mod.ts";
import { Optimizer, type ParamGroup, type Params } from "./optimizer.ts";

/** Settings of {@link Rprop}. */
export interface RpropOptions {
  /** Learning rate, η. Default: 0.01. */
  lr?: number;
  /** What a step is multiplied by where the gradient's sign changes, and where it stays. Default: 0.5, 1.2. */
  etas?: readonly [number, number];
  /** The shortest and the longest step. Default: 1e-6, 50. */
  stepSizes?: readonly [number, number];
  /** Go uphill: to the largest value. Default: false. */
  maximize?: boolean;
}

const DEFAULTS: Required<RpropOptions> = {
  lr: 0.01,
  etas: [0.5, 1.2],
  stepSizes: [1e-6, 50],
  maximize: false,
};

const KINDS: Kinds<RpropOptions> = {
  lr: notNegative,
  etas: listOf(number, 2, "two numbers"),
  stepSizes: listOf(number, 2, "two numbers"),
  maximize: flag,
};

/**
 * Rprop (Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the RPROP
 * algorithm", 1993) with PyTorch's rule: steps of lengths of their own for each weight, the first of them
 * `lr`, along the sign of the gradient. For whole data sets, not for batches.
 */
export class Rprop extends Optimizer<Required<RpropOptions>> {
  /** RangeError where a setting is out of its range. */
  constructor(params: Params<Required<RpropOptions>>, options: RpropOptions = {}) {
    atMost(2, arguments.length, "Rprop(params, options)");
    super(params, withDefaults(DEFAULTS, checkOptions("Rprop", options, KINDS)), KINDS);
  }

  /** Changes one weight. */
  protected override change(
    w: Tensor,
    g: Tensor,
    group: ParamGroup<Required<RpropOptions>>,
    parameter: Parameter,
  ): void {
    const { lr, etas: [shorter, longer], stepSizes: [least, most] } = group;
    const before = this.keptOf(parameter, "prev");
    const length = this.memoryOf(parameter, "stepSize", (p) => zerosLike(p).fill_(lr));
    this.stepOf(parameter);
    const sign = g.mul(before).sign();
    const factor = where(sign.gt(0), longer, where(sign.lt(0), shorter, onesLike(sign)));
    length.copy_(length.mul(factor).clamp({ min: least, max: most }));
    const used = where(sign.lt(0), 0, g); // after a change of sign a step is left out
    w.sub_(used.sign().mul(length));
    before.copy_(used);
  }
}

/**
 * Adafactor.
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
  numberThat,
  orNull,
  withDefaults,
} from "../core/options.ts";
import type { Parameter, Tensor } from "../tensor/tensor.ts";
import type { Shape } from "../core/shape.ts";
import { zerosLike } from "../tensor/create.ts";
import { Optimizer, type ParamGroup, type Params } from "./optimizer.ts";
import { average_ } from "./averages.ts";

/** Settings of {@link Adafactor}. */
export interface AdafactorOptions {
  /** Learning rate, η. Default: 0.01. */
  lr?: number;
  /** The power of the number of steps that is the share of the newest square. Default: −0.8. */
  beta2Decay?: number;
  /** What keeps divisors from 0 (null: float32's ε), and the least size of weights. Default: null, 0.001. */
  eps?: readonly [number | null, number];
  /** The largest root mean square of an update. Default: 1. */
  d?: number;
  /** λ: each step takes ηλw off the weight. Default: 0. */
  weightDecay?: number;
  /** Go uphill: to the largest value. Default: false. */
  maximize?: boolean;
}

const DEFAULTS: Required<AdafactorOptions> = {
  lr: 0.01,
  beta2Decay: -0.8,
  eps: [null, 0.001],
  d: 1,
  weightDecay: 0,
  maximize: false,
};

const KINDS: Kinds<AdafactorOptions> = {
  lr: notNegative,
  beta2Decay: numberThat("a number of at most 0", (power) => power <= 0),
  eps: listOf(orNull(notNegative), 2, "two numbers of at least 0, the first or null"),
  d: numberThat("a number of at least 1", (d) => d >= 1),
  weightDecay: notNegative,
  maximize: flag,
};

/**
 * Adafactor (Shazeer and Stern, "Adafactor: adaptive learning rates with sublinear memory cost", 2018)
 * with PyTorch's rule: of a matrix's mean squares it keeps those of rows and of columns, which take a row
 * and a column instead of a matrix.
 */
export class Adafactor extends Optimizer<Required<AdafactorOptions>> {
  /** RangeError where a setting is out of its range. */
  constructor(params: Params<Required<AdafactorOptions>>, options: AdafactorOptions = {}) {
    atMost(2, arguments.length, "Adafactor(params, options)");
    super(params, withDefaults(DEFAULTS, checkOptions("Adafactor", options, KINDS)), KINDS);
  }

  /** Changes one weight. */
  protected override change(
    w: Tensor,
    g: Tensor,
    group: ParamGroup<Required<AdafactorOptions>>,
    parameter: Parameter,
  ): void {
    const { lr, beta2Decay, eps: [eps1, least], d, weightDecay } = group;
    const t = this.stepOf(parameter);
    const share = t ** beta2Decay;
    const tiny = eps1 ?? 2 ** -23;
    const rate = rootMeanSquare(w).clamp({ min: least }).mul(Math.min(lr, 1 / Math.sqrt(t)));
    if (weightDecay !== 0) w.mul_(1 - lr * weightDecay);
    const squares = g.square();
    let v: Tensor;
    if (g.ndim > 1) {
      const rows = this.memoryOf(parameter, "rowVar", (p) => zerosLike(p).mean(-1, true));
      const cols = this.memoryOf(parameter, "colVar", (p) => zerosLike(p).mean(-2, true));
      average_(rows, squares.mean(-1, true), share);
      average_(cols, squares.mean(-2, true), share);
      v = rows.mul(cols).div(rows.mean(-2, true).clamp({ min: tiny }));
    } else v = average_(this.keptOf(parameter, "variance"), squares, share);
    const update = g.div(v.clamp({ min: tiny * tiny }).sqrt());
    w.sub_(update.mul(rate.div(rootMeanSquare(update).div(d).clamp({ min: 1 }))));
  }

  /** The shape of what is kept for a parameter under a name. */
  protected override memoryShape(name: string, { shape }: Parameter): Shape {
    if (name === "rowVar") return shape.with(-1, 1);
    return name === "colVar" ? shape.with(-2, 1) : shape;
  }
}

/** A scalar where x is: nobody waits for a GPU. */
function rootMeanSquare(x: Tensor): Tensor {
  return x.square().mean().sqrt();
}

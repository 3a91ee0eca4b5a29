import { atMost, checkOptions, fraction, type Kinds, whole } from "../core/options.ts";
import { EpochLR } from "./epoch_lr.ts";
import type { AnyOptimizer } from "./scheduler.ts";

/** Options of {@link ConstantLR}. */
export interface ConstantLROptions {
  /** What the rate is multiplied by at first, from 0 to 1. Default: 1/3. */
  factor?: number;
  /** After how many epochs the rate is what it was. Default: 5. */
  totalIters?: number;
}

const OPTIONS: Kinds<ConstantLROptions> = { factor: fraction, totalIters: whole(0) };

/** Multiplies the learning rate by a factor, from the constructor on, for some epochs. */
export class ConstantLR extends EpochLR {
  /** The factor. */
  readonly factor: number;
  /** Epochs for which it holds. */
  readonly totalIters: number;

  /** RangeError where an option is out of its range. */
  constructor(optimizer: AnyOptimizer, options: ConstantLROptions = {}) {
    atMost(2, arguments.length, "ConstantLR(optimizer, options)");
    const { factor = 1 / 3, totalIters = 5 } = checkOptions("ConstantLR", options, OPTIONS);
    super(optimizer);
    this.factor = factor;
    this.totalIters = totalIters;
    for (const group of optimizer.paramGroups) group.lr = this.firstLr(group.lr);
  }

  /** The rate of group i before the first step. */
  protected override firstLr(lr: number): number {
    return lr * this.factor;
  }

  /** The rate of group i after `lastEpoch` steps, at least 1. */
  protected override nextLr(lr: number): number {
    return this.lastEpoch === this.totalIters ? lr * (1 / this.factor) : lr;
  }
}

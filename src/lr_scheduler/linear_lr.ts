import { atMost, checkOptions, type Kinds, number, whole } from "../core/options.ts";
import { EpochLR } from "./epoch_lr.ts";
import type { AnyOptimizer } from "./scheduler.ts";

/** Options of {@link LinearLR}. */
export interface LinearLROptions {
  /** What the rate is multiplied by at first; above 0, at most 1. Default: 1/3. */
  startFactor?: number;
  /** What it is multiplied by at the end, from 0 to 1. Default: 1. */
  endFactor?: number;
  /** Epochs from start to end. Default: 5. */
  totalIters?: number;
}

const OPTIONS: Kinds<LinearLROptions> = {
  startFactor: number,
  endFactor: number,
  totalIters: whole(1),
};

/**
 * Multiplies the learning rate by a factor that goes from `startFactor` to `endFactor` in equal steps
 * and stays there: a warm-up or, with an `endFactor` below the other, a decay. The rate is lower from
 * the constructor on.
 */
export class LinearLR extends EpochLR {
  /** The first factor. */
  readonly startFactor: number;
  /** The last factor. */
  readonly endFactor: number;
  /** Epochs from one to the other. */
  readonly totalIters: number;

  /** RangeError where an option is out of its range. */
  constructor(
    optimizer: AnyOptimizer,
    options: LinearLROptions = {},
  ) {
    atMost(2, arguments.length, "LinearLR(optimizer, options)");
    checkOptions("LinearLR", options, OPTIONS);
    const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = options;
    if (!(startFactor > 0 && startFactor <= 1)) {
      throw new RangeError(
        `LinearLR: startFactor must be above 0 and at most 1: it is ${startFactor}`,
      );
    }
    if (!(endFactor >= 0 && endFactor <= 1)) {
      throw new RangeError(`LinearLR: endFactor must be from 0 to 1: it is ${endFactor}`);
    }
    super(optimizer);
    this.startFactor = startFactor;
    this.endFactor = endFactor;
    this.totalIters = totalIters;
    for (const group of optimizer.paramGroups) group.lr = this.firstLr(group.lr);
  }

  /** The rate of group i before the first step. */
  protected override firstLr(lr: number): number {
    return lr * this.startFactor;
  }

  /** The rate of group i after `lastEpoch` steps, at least 1. */
  protected override nextLr(lr: number): number {
    if (this.lastEpoch > this.totalIters) return lr;
    const rise = this.endFactor - this.startFactor;
    const before = this.totalIters * this.startFactor + (this.lastEpoch - 1) * rise;
    return lr * (1 + rise / before);
  }
}

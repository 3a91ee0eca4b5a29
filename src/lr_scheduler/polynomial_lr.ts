import { atMost, checkOptions, type Kinds, number, whole } from "../core/options.ts";
import { EpochLR } from "./epoch_lr.ts";
import type { AnyOptimizer } from "./scheduler.ts";

/** Options of {@link PolynomialLR}. */
export interface PolynomialLROptions {
  /** Epochs until the rate is 0. Default: 5. */
  totalIters?: number;
  /** The power. Default: 1, a line. */
  power?: number;
}

const OPTIONS: Kinds<PolynomialLROptions> = { totalIters: whole(1), power: number };

/** Lowers the learning rate to 0 along a power of the epochs that are left: η₀(1 − t / total)ᵖ. */
export class PolynomialLR extends EpochLR {
  /** Epochs until the rate is 0. */
  readonly totalIters: number;
  /** The power. */
  readonly power: number;

  /** RangeError where an option is out of its range. */
  constructor(optimizer: AnyOptimizer, options: PolynomialLROptions = {}) {
    atMost(2, arguments.length, "PolynomialLR(optimizer, options)");
    const { totalIters = 5, power = 1 } = checkOptions("PolynomialLR", options, OPTIONS);
    super(optimizer);
    this.totalIters = totalIters;
    this.power = power;
  }

  /** The rate of group i after `lastEpoch` steps, at least 1. */
  protected override nextLr(lr: number): number {
    const { lastEpoch: t, totalIters: end } = this;
    if (t > end) return lr;
    return lr * ((1 - t / end) / (1 - (t - 1) / end)) ** this.power;
  }
}

import { atMost, checkOptions, type Kinds, number } from "../core/options.ts";
import { checkCount } from "./check.ts";
import { EpochLR } from "./epoch_lr.ts";
import type { AnyOptimizer } from "./scheduler.ts";

/** Options of {@link CosineAnnealingLR}. */
export interface CosineAnnealingLROptions {
  /** The lowest rate. Default: 0. */
  etaMin?: number;
}

const OPTIONS: Kinds<CosineAnnealingLROptions> = { etaMin: number };

/**
 * Lowers the learning rate along half a cosine wave, to `etaMin` after `tMax` epochs, and raises it
 * again after that (Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts",
 * 2017, equation 5, without the restarts):
 *
 * ```text
 * η = ηmin + (η₀ − ηmin)(1 + cos(πt / tMax)) / 2
 * ```
 */
export class CosineAnnealingLR extends EpochLR {
  /** Epochs from the highest rate to the lowest. */
  readonly tMax: number;
  /** The lowest rate. */
  readonly etaMin: number;

  /** RangeError unless `tMax` is a whole number of at least 1. */
  constructor(
    optimizer: AnyOptimizer,
    tMax: number,
    options: CosineAnnealingLROptions = {},
  ) {
    atMost(3, arguments.length, "CosineAnnealingLR(optimizer, tMax, { etaMin })");
    const { etaMin = 0 } = checkOptions("CosineAnnealingLR", options, OPTIONS);
    checkCount("CosineAnnealingLR", "tMax", tMax);
    super(optimizer);
    this.tMax = tMax;
    this.etaMin = etaMin;
  }

  /** The rate of group i after `lastEpoch` steps, at least 1. */
  protected override nextLr(lr: number, i: number): number {
    const { lastEpoch: t, tMax, etaMin } = this;
    const height = (t: number) => 1 + Math.cos(Math.PI * t / tMax);
    if ((t - 1 - tMax) % (2 * tMax) === 0) {
      // the step away from etaMin, where a ratio would be 0 / 0
      return lr + (this.baseLrs[i]! - etaMin) * (1 - Math.cos(Math.PI / tMax)) / 2;
    }
    return height(t) / height(t - 1) * (lr - etaMin) + etaMin;
  }
}

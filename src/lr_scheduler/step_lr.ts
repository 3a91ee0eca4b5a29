import { atMost, checkOptions, type Kinds, number } from "../core/options.ts";
import { checkCount } from "./check.ts";
import { EpochLR } from "./epoch_lr.ts";
import type { AnyOptimizer } from "./scheduler.ts";

/** Options of {@link StepLR} and {@link MultiStepLR}. */
export interface StepLROptions {
  /** What the rate is multiplied by. Default: 0.1. */
  gamma?: number;
}

/** What both take. */
export const STEP_LR: Kinds<StepLROptions> = { gamma: number };

/** Multiplies the learning rate by γ after every `stepSize` epochs. */
export class StepLR extends EpochLR {
  /** Epochs between changes. */
  readonly stepSize: number;
  /** γ. */
  readonly gamma: number;

  /** RangeError unless `stepSize` is a whole number of at least 1. */
  constructor(optimizer: AnyOptimizer, stepSize: number, options: StepLROptions = {}) {
    atMost(3, arguments.length, "StepLR(optimizer, stepSize, { gamma })");
    const { gamma = 0.1 } = checkOptions("StepLR", options, STEP_LR);
    checkCount("StepLR", "stepSize", stepSize);
    super(optimizer);
    this.stepSize = stepSize;
    this.gamma = gamma;
  }

  /** The rate of group i after `lastEpoch` steps, at least 1. */
  protected override nextLr(lr: number): number {
    return this.lastEpoch % this.stepSize === 0 ? lr * this.gamma : lr;
  }
}

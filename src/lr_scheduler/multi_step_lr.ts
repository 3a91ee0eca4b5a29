import { atMost, checkOptions } from "../core/options.ts";
import { checkCounts } from "./check.ts";
import { EpochLR } from "./epoch_lr.ts";
import type { AnyOptimizer } from "./scheduler.ts";
import { STEP_LR, type StepLROptions } from "./step_lr.ts";

/** Multiplies the learning rate by γ after each of some numbers of epochs. */
export class MultiStepLR extends EpochLR {
  /** After how many epochs; one that is named twice counts twice. */
  readonly milestones: readonly number[];
  /** γ. */
  readonly gamma: number;

  /** RangeError unless the milestones are whole numbers of at least 1. */
  constructor(
    optimizer: AnyOptimizer,
    milestones: Iterable<number>,
    options: StepLROptions = {},
  ) {
    atMost(3, arguments.length, "MultiStepLR(optimizer, milestones, { gamma })");
    const { gamma = 0.1 } = checkOptions("MultiStepLR", options, STEP_LR);
    const counts = checkCounts("MultiStepLR", milestones);
    super(optimizer);
    this.milestones = counts;
    this.gamma = gamma;
  }

  /** The rate of group i after `lastEpoch` steps, at least 1. */
  protected override nextLr(lr: number): number {
    return lr * this.gamma ** this.milestones.filter((n) => n === this.lastEpoch).length;
  }
}

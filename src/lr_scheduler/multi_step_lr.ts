import { checkCount } from "./check.ts";
import { EpochLR } from "./epoch_lr.ts";
import type { AnyOptimizer } from "./scheduler.ts";
import type { StepLROptions } from "./step_lr.ts";

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
    { gamma = 0.1 }: StepLROptions = {},
  ) {
    super(optimizer);
    this.milestones = Array.from(milestones, (n) => checkCount("MultiStepLR", "a milestone", n));
    this.gamma = gamma;
  }

  protected override nextLr(lr: number): number {
    return lr * this.gamma ** this.milestones.filter((n) => n === this.lastEpoch).length;
  }
}

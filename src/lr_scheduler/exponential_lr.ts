import { atMost, check, number } from "../core/options.ts";
import { EpochLR } from "./epoch_lr.ts";
import type { AnyOptimizer } from "./scheduler.ts";

/** Multiplies the learning rate by γ after every epoch: η₀γᵗ. */
export class ExponentialLR extends EpochLR {
  /** γ. */
  readonly gamma: number;

  /** For an optimizer. */
  constructor(optimizer: AnyOptimizer, gamma: number) {
    atMost(2, arguments.length, "ExponentialLR(optimizer, gamma)");
    check("ExponentialLR", "gamma", gamma, number);
    super(optimizer);
    this.gamma = gamma;
  }

  /** The rate of group i after `lastEpoch` steps, at least 1. */
  protected override nextLr(lr: number): number {
    return lr * this.gamma;
  }
}

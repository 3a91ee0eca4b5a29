import { atMost } from "../core/options.ts";
import { eachLambda } from "./check.ts";
import { EpochLR } from "./epoch_lr.ts";
import type { LrLambda } from "./lambda_lr.ts";
import { type AnyOptimizer, checkOptimizer } from "./scheduler.ts";

/** Multiplies the learning rate, after each epoch, by a function of the number of epochs, from 1 on. */
export class MultiplicativeLR extends EpochLR {
  readonly #lambdas: readonly LrLambda[];

  /**
   * A schedule from the first step on.
   *
   * @param lrLambda One function for all groups, or one for each: RangeError if their number differs.
   */
  constructor(optimizer: AnyOptimizer, lrLambda: LrLambda | readonly LrLambda[]) {
    atMost(2, arguments.length, "MultiplicativeLR(optimizer, lrLambda)");
    checkOptimizer("MultiplicativeLR", optimizer);
    const lambdas = eachLambda("MultiplicativeLR", lrLambda, optimizer.paramGroups.length);
    super(optimizer);
    this.#lambdas = lambdas;
  }

  /** The rate of group i after `lastEpoch` steps, at least 1. */
  protected override nextLr(lr: number, i: number): number {
    return lr * this.#lambdas[i]!(this.lastEpoch);
  }

  /** Goes on from the rates that the other has left. */
  override follow(): void {
    this.lastEpoch = -1;
    this.step();
  }
}

import { atMost } from "../core/options.ts";
import { eachLambda } from "./check.ts";
import { EpochLR } from "./epoch_lr.ts";
import { type AnyOptimizer, checkOptimizer } from "./scheduler.ts";

/** What a rate is multiplied by after some number of epochs. */
export type LrLambda = (epoch: number) => number;

/**
 * Sets the learning rate to its base rate times a function of the number of epochs, from 0 on.
 *
 * @example
 * ```ts
 * import { lrScheduler, nn, optim } from "@glim/glim";
 * const sgd = new optim.SGD(new nn.Linear(2, 1).parameters(), { lr: 0.1 });
 * const schedule = new lrScheduler.LambdaLR(sgd, (epoch) => 1 / (1 + epoch));
 * schedule.step();
 * console.log(schedule.getLastLr()); // [0.05]
 * ```
 */
export class LambdaLR extends EpochLR {
  readonly #lambdas: readonly LrLambda[];

  /**
   * A schedule from the first step on.
   *
   * @param lrLambda One function for all groups, or one for each: RangeError if their number differs.
   */
  constructor(optimizer: AnyOptimizer, lrLambda: LrLambda | readonly LrLambda[]) {
    atMost(2, arguments.length, "LambdaLR(optimizer, lrLambda)");
    checkOptimizer("LambdaLR", optimizer);
    const lambdas = eachLambda("LambdaLR", lrLambda, optimizer.paramGroups.length);
    super(optimizer);
    this.#lambdas = lambdas;
    this.restart();
  }

  /** The rate of group i before the first step. */
  protected override firstLr(_lr: number, i: number): number {
    return this.nextLr(_lr, i);
  }

  /** The rate of group i after `lastEpoch` steps, at least 1. */
  protected override nextLr(_lr: number, i: number): number {
    return this.baseLrs[i]! * this.#lambdas[i]!(this.lastEpoch);
  }
}

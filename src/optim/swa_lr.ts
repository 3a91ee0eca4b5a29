/**
 * The schedule that goes with averages of weights.
 *
 * @module
 */
import { atMost, checkOptions, type Kinds, oneOf, whole } from "../core/options.ts";
import { eachGroup } from "../lr_scheduler/check.ts";
import { EpochLR } from "../lr_scheduler/epoch_lr.ts";
import { type AnyOptimizer, checkOptimizer } from "../lr_scheduler/scheduler.ts";

/** Options of {@link SWALR}. */
export interface SWALROptions {
  /** Epochs from the rates that there are to the last ones. Default: 10. */
  annealEpochs?: number;
  /** The curve between them. Default: `"cos"`. */
  annealStrategy?: "cos" | "linear";
}

const OPTIONS: Kinds<SWALROptions> = {
  annealEpochs: whole(0),
  annealStrategy: oneOf("cos", "linear"),
};

/**
 * Takes the learning rates to fixed ones in some epochs, and leaves them there: for the weights that
 * {@link AveragedModel} averages (Izmailov et al., "Averaging weights leads to wider optima and better
 * generalization", 2018). Its `step()` is called in place of another schedule's from some epoch on, and it
 * goes on from the rates that it finds.
 *
 * @example
 * ```ts
 * import { nn, optim } from "@glim/glim";
 * const sgd = new optim.SGD(new nn.Linear(2, 1).parameters(), { lr: 0.5 });
 * const schedule = new optim.swaUtils.SWALR(sgd, 0.1, { annealEpochs: 2, annealStrategy: "linear" });
 * for (let epoch = 0; epoch < 3; epoch++) schedule.step();
 * console.log(schedule.getLastLr()); // [0.1]
 * ```
 */
export class SWALR extends EpochLR {
  readonly #last: readonly number[];
  readonly #epochs: number;
  readonly #curve: (share: number) => number;

  /**
   * RangeError where an option is out of its range.
   *
   * @param swaLr The last rate, one or one a group.
   */
  constructor(
    optimizer: AnyOptimizer,
    swaLr: number | readonly number[],
    options: SWALROptions = {},
  ) {
    atMost(3, arguments.length, "SWALR(optimizer, swaLr, { annealEpochs, annealStrategy })");
    const { annealEpochs = 10, annealStrategy = "cos" } = checkOptions("SWALR", options, OPTIONS);
    checkOptimizer("SWALR", optimizer);
    const last = eachGroup("SWALR", "swaLr", swaLr, optimizer.paramGroups.length);
    super(optimizer);
    this.#last = last;
    this.#epochs = annealEpochs;
    this.#curve = annealStrategy === "linear" ? (t) => t : (t) => (1 - Math.cos(Math.PI * t)) / 2;
    optimizer.paramGroups.forEach((group, i) => group.lr = this.firstLr(group.lr, i));
  }

  /** The rate of group i before the first step: the last one where no epoch lies between. */
  protected override firstLr(lr: number, i: number): number {
    return this.#epochs === 0 ? this.#last[i]! : lr;
  }

  /** The rate of group i after `lastEpoch` steps, at least 1. */
  protected override nextLr(lr: number, i: number): number {
    const last = this.#last[i]!;
    const [before, now] = [this.#share(this.lastEpoch - 1), this.#share(this.lastEpoch)];
    // the rate from which it would have come so far by now, as the last step may have been another's
    const from = before === 1 ? last : (lr - before * last) / (1 - before);
    return last * now + from * (1 - now);
  }

  /** How far the rates are after some steps. */
  #share(steps: number): number {
    return this.#curve(Math.min(1, Math.max(0, steps / Math.max(1, this.#epochs))));
  }
}

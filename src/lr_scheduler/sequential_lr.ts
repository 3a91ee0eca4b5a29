import { atMost, check, describe, kind } from "../core/options.ts";
import { checkCount } from "./check.ts";
import { EpochLR } from "./epoch_lr.ts";
import {
  type AnyOptimizer,
  checkOptimizer,
  LRScheduler,
  type SchedulerState,
} from "./scheduler.ts";

const LIST = kind("an array", Array.isArray);

/**
 * Schedules one after the other. Each begins, at its milestone, from the groups' base rates.
 *
 * @example
 * ```ts
 * import { lrScheduler, nn, optim } from "@glim/glim";
 * const sgd = new optim.SGD(new nn.Linear(2, 1).parameters(), { lr: 0.1 });
 * const warmUp = new lrScheduler.LinearLR(sgd, { startFactor: 0.1, totalIters: 4 });
 * const decay = new lrScheduler.CosineAnnealingLR(sgd, 20);
 * const schedule = new lrScheduler.SequentialLR(sgd, [warmUp, decay], [4]);
 * for (let epoch = 0; epoch < 4; epoch++) schedule.step();
 * console.log(schedule.getLastLr()); // [0.1], and down from here
 * ```
 */
export class SequentialLR extends LRScheduler {
  /** Steps taken. */
  lastEpoch = 0;
  readonly #schedulers: readonly EpochLR[];
  readonly #milestones: readonly number[];

  /**
   * A schedule from the first step on.
   *
   * RangeError where there is no schedule, the milestones are not one fewer than the schedules, or
   * they fall; TypeError for a schedule that cannot stand here.
   *
   * @param schedulers Schedules of the same optimizer that depend on the number of steps alone.
   * @param milestones After how many steps each but the first begins.
   */
  constructor(
    optimizer: AnyOptimizer,
    schedulers: readonly EpochLR[],
    milestones: readonly number[],
  ) {
    atMost(3, arguments.length, "SequentialLR(optimizer, schedulers, milestones)");
    checkOptimizer("SequentialLR", optimizer);
    check("SequentialLR", "schedulers", schedulers, LIST);
    check("SequentialLR", "milestones", milestones, LIST);
    if (schedulers.length === 0) {
      throw new RangeError("SequentialLR: at least one schedule is needed");
    }
    if (milestones.length !== schedulers.length - 1) {
      throw new RangeError(
        `SequentialLR: milestones must be one fewer than schedules: there are ` +
          `${milestones.length} and ${schedulers.length}`,
      );
    }
    milestones.forEach((n, i) => {
      checkCount("SequentialLR", "a milestone", n);
      if (i > 0 && n < milestones[i - 1]!) {
        throw new RangeError(
          `SequentialLR: milestones must rise: ${n} comes after ${milestones[i - 1]}`,
        );
      }
    });
    schedulers.forEach((scheduler, i) => {
      if (!((scheduler as LRScheduler) instanceof EpochLR)) {
        throw new TypeError(
          `SequentialLR: schedules of the number of steps alone are needed: number ${i} is ` +
            describe(scheduler),
        );
      }
      if (scheduler.optimizer !== optimizer) {
        throw new TypeError(
          `SequentialLR: schedules of the same optimizer are needed: number ${i} has another`,
        );
      }
    });
    super(optimizer);
    this.#schedulers = [...schedulers];
    this.#milestones = [...milestones];
    schedulers[0]!.restart();
  }

  /** Called once an epoch, or once a batch if the schedules count in batches. */
  override step(_metric?: number): void {
    this.lastEpoch++;
    const now = this.#milestones.filter((n) => n <= this.lastEpoch).length;
    if (now > 0 && this.#milestones[now - 1] === this.lastEpoch) this.#schedulers[now]!.follow();
    else this.#schedulers[now]!.step();
  }

  /** What has been counted, by each schedule too. */
  override stateDict(): SchedulerState {
    return {
      lastEpoch: this.lastEpoch,
      schedulers: this.#schedulers.map((scheduler) => scheduler.stateDict()),
    };
  }

  /** Goes on from a state; the settings stay those of the constructors. */
  override loadStateDict(state: SchedulerState): void {
    this.lastEpoch = state["lastEpoch"] as number;
    const states = state["schedulers"] as SchedulerState[];
    this.#schedulers.forEach((scheduler, i) => scheduler.loadStateDict(states[i]!));
  }
}

import { type AnyOptimizer, LRScheduler, type SchedulerState } from "./scheduler.ts";

/**
 * Base of the schedules that depend on nothing but the number of steps taken. They are written, as in
 * PyTorch, as what a step does to a rate, so that several on one optimizer multiply, and a rate that
 * was set by hand meanwhile is gone on from.
 */
export abstract class EpochLR extends LRScheduler {
  /** Steps taken: epochs or, where `step()` is called after each batch, batches. */
  lastEpoch = 0;
  /** The groups' rates before any schedule. */
  protected baseLrs: number[];

  /** Notes where the groups' rates begin. Rules that change the first rate do so themselves. */
  constructor(optimizer: AnyOptimizer) {
    super(optimizer);
    this.baseLrs = optimizer.paramGroups.map((group) => group.initialLr ??= group.lr);
  }

  /** The rate of group i after `lastEpoch` steps, at least 1, where it was `lr` before the last. */
  protected abstract nextLr(lr: number, i: number): number;

  /** The rate of group i before the first step, where it was `lr` before the schedule. */
  protected firstLr(lr: number, _i: number): number {
    return lr;
  }

  /** What else the rule changes in the groups. */
  protected changeGroups(): void {}

  /** Called once an epoch, or once a batch if the rule counts in batches, after the optimizer's. */
  override step(_metric?: number): void {
    this.lastEpoch++;
    this.optimizer.paramGroups.forEach((group, i) => group.lr = this.nextLr(group.lr, i));
    this.changeGroups();
  }

  /** Begins from the first step, at the groups' base rates. */
  restart(): void {
    this.lastEpoch = 0;
    this.optimizer.paramGroups.forEach((group, i) => group.lr = this.firstLr(this.baseLrs[i]!, i));
    this.changeGroups();
  }

  /** Begins after another schedule of the same optimizer. */
  follow(): void {
    this.restart();
  }

  /** What has been counted. The groups' rates are in the optimizer's state. */
  override stateDict(): SchedulerState {
    return { lastEpoch: this.lastEpoch, baseLrs: [...this.baseLrs] };
  }

  /** Goes on from a state; the settings stay those of the constructor. */
  override loadStateDict(state: SchedulerState): void {
    this.lastEpoch = state["lastEpoch"] as number;
    this.baseLrs = [...state["baseLrs"] as number[]];
  }
}

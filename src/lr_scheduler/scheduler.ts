/**
 * What all learning-rate schedules share.
 *
 * @module
 */
import type { Optimizer } from "../optim/mod.ts";

/** An optimizer of any rule. */
// deno-lint-ignore no-explicit-any
export type AnyOptimizer = Optimizer<any>;

/** What a schedule has counted: JSON, but for an infinite number, which JSON makes null. */
export interface SchedulerState {
  /** A value by its name. */
  [name: string]: number | number[] | SchedulerState[];
}

/** A rule that changes the learning rates of an optimizer's groups between epochs. */
export abstract class LRScheduler {
  /** The optimizer whose rates it changes. */
  readonly optimizer: AnyOptimizer;

  /** For an optimizer. */
  constructor(optimizer: AnyOptimizer) {
    this.optimizer = optimizer;
  }

  /** Called once an epoch, with its training loss for the rules that look at it. */
  abstract step(metric?: number): void;

  /** What is needed to go on later. */
  abstract stateDict(): SchedulerState;

  /** Goes on from a state. */
  abstract loadStateDict(state: SchedulerState): void;

  /** The groups' learning rates now. */
  getLastLr(): number[] {
    return this.optimizer.paramGroups.map((group) => group.lr);
  }
}

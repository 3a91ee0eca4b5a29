/**
 * What all learning-rate schedules share.
 *
 * @module
 */
import type { Optimizer } from "../optim/mod.ts";

/** An optimizer of any rule. */
// deno-lint-ignore no-explicit-any
export type AnyOptimizer = Optimizer<any>;

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
  abstract stateDict(): Record<string, number>;

  /** Goes on from a state. */
  abstract loadStateDict(state: Record<string, number>): void;

  /** The groups' learning rates now. */
  getLastLr(): number[] {
    return this.optimizer.paramGroups.map((group) => group.lr);
  }
}

/**
 * What all learning-rate schedules share.
 *
 * @module
 */
import { describe, inspectAsString } from "../core/inspect.ts";
import { Optimizer } from "../optim/optimizer.ts";
import { anyNumber, check, type Kind, kind } from "../core/options.ts";

/** An optimizer of any rule. */
// deno-lint-ignore no-explicit-any
export type AnyOptimizer = Optimizer<any>;

/** What a schedule has counted: JSON, but for an infinite number, which JSON makes null. */
export interface SchedulerState {
  /** A value by its name. */
  [name: string]: number | number[] | SchedulerState[];
}

/** An optimizer, for checks of arguments and options. */
export const OPTIMIZER: Kind = kind("an optimizer", (value) => value instanceof Optimizer);

/** TypeError unless it is an optimizer: for schedules that look at it before their base does. */
export function checkOptimizer(schedule: string, optimizer: AnyOptimizer): void {
  check(schedule, "the first argument", optimizer, OPTIMIZER);
}

/** The metric of an epoch, NaN included. TypeError for anything but a number. */
export function checkMetric(schedule: string, metric: number): void {
  check(schedule, "the metric of step(metric)", metric, anyNumber);
}

/** A rule that changes the learning rates of an optimizer's groups between epochs. */
export abstract class LRScheduler {
  /** The optimizer whose rates it changes. */
  readonly optimizer: AnyOptimizer;

  /** For an optimizer. TypeError for anything else. */
  constructor(optimizer: AnyOptimizer) {
    checkOptimizer(new.target.name, optimizer);
    this.optimizer = optimizer;
  }

  /** Called once an epoch, with its training loss for the rules that look at it. */
  abstract step(metric?: number): void;

  /** The same, for whoever does not know which rule it is: a trainer tells each the training loss. */
  stepWith(metric: number): void {
    this.step(metric);
  }

  /** What is needed to go on later. */
  abstract stateDict(): SchedulerState;

  /** Goes on from a state. */
  abstract loadStateDict(state: SchedulerState): void;

  /** The groups' learning rates now. */
  getLastLr(): number[] {
    return this.optimizer.paramGroups.map((group) => group.lr);
  }

  /** `StepLR(lastEpoch: 3, lr: [0.1])`: the steps taken, of rules that count them, and the rates. */
  toString(): string {
    const { lastEpoch } = this as { lastEpoch?: number };
    return describe(this, { lastEpoch, lr: this.getLastLr() });
  }
}

inspectAsString(LRScheduler);

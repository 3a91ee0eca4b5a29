import { atMost, check, isListOf, kind } from "../core/options.ts";
import { LRScheduler, type SchedulerState } from "./scheduler.ts";

const LIST = kind(
  "a list of schedules",
  (value) => isListOf(value, (item) => item instanceof LRScheduler),
  (value) => value.length > 0,
);

/** Schedules of one optimizer that step together: what each does to the rate is done. */
export class ChainedScheduler extends LRScheduler {
  readonly #schedulers: readonly LRScheduler[];

  /** TypeError where schedules have different optimizers, RangeError where there is none. */
  constructor(schedulers: readonly LRScheduler[]) {
    atMost(1, arguments.length, "ChainedScheduler(schedulers)");
    check("ChainedScheduler", "schedulers", schedulers, LIST);
    const { optimizer } = schedulers[0]!;
    schedulers.forEach((scheduler, i) => {
      if (scheduler.optimizer !== optimizer) {
        throw new TypeError(
          `ChainedScheduler: schedules of one optimizer are needed: number ${i} has another`,
        );
      }
    });
    super(optimizer);
    this.#schedulers = [...schedulers];
  }

  /** Called once an epoch, or once a batch if the schedules count in batches. */
  override step(metric?: number): void {
    for (const scheduler of this.#schedulers) {
      if (metric === undefined) scheduler.step();
      else scheduler.stepWith(metric);
    }
  }

  /** What each schedule has counted. */
  override stateDict(): SchedulerState {
    return { schedulers: this.#schedulers.map((scheduler) => scheduler.stateDict()) };
  }

  /** Goes on from a state; the settings stay those of the constructors. */
  override loadStateDict(state: SchedulerState): void {
    const states = state["schedulers"] as SchedulerState[];
    this.#schedulers.forEach((scheduler, i) => scheduler.loadStateDict(states[i]!));
  }
}

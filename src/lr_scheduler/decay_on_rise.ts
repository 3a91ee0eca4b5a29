import { atMost, checkOptions, type Kinds, numberThat } from "../core/options.ts";
import { type AnyOptimizer, checkMetric, LRScheduler, type SchedulerState } from "./scheduler.ts";

/** Options of {@link DecayOnRise}. */
export interface DecayOnRiseOptions {
  /** What the rate is multiplied by, between 0 and 1. Default: 0.5. */
  factor?: number;
}

const OPTIONS: Kinds<DecayOnRiseOptions> = {
  factor: numberThat("a number between 0 and 1", (value) => value > 0 && value < 1),
};

/**
 * Multiplies the learning rate by a factor after every epoch whose training loss is above that of
 * the epoch before. (`ReduceLROnPlateau` compares with the best epoch so far instead.)
 */
export class DecayOnRise extends LRScheduler {
  /** What the rate is multiplied by. */
  readonly factor: number;
  #previous = Infinity;

  /** RangeError unless 0 < factor < 1. */
  constructor(optimizer: AnyOptimizer, options: DecayOnRiseOptions = {}) {
    atMost(2, arguments.length, "DecayOnRise(optimizer, { factor })");
    const { factor = 0.5 } = checkOptions("DecayOnRise", options, OPTIONS);
    super(optimizer);
    this.factor = factor;
  }

  /** Called once an epoch with its training loss. TypeError without one. */
  override step(metric?: number): void {
    if (metric === undefined) {
      throw new TypeError("DecayOnRise: step(loss) needs the epoch's training loss");
    }
    checkMetric("DecayOnRise", metric);
    if (metric > this.#previous) {
      for (const group of this.optimizer.paramGroups) group.lr *= this.factor;
    }
    this.#previous = metric;
  }

  /** The loss of the epoch before. */
  override stateDict(): SchedulerState {
    return { previous: this.#previous };
  }

  /** Goes on from a state. */
  override loadStateDict(state: SchedulerState): void {
    this.#previous = state["previous"] as number | null ?? Infinity;
  }
}

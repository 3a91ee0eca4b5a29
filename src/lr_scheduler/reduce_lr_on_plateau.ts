import { atMost, checkOptions, type Kinds, number, oneOf, withDefaults } from "../core/options.ts";
import { eachGroup, NUMBERS } from "./check.ts";
import {
  type AnyOptimizer,
  checkMetric,
  checkOptimizer,
  LRScheduler,
  type SchedulerState,
} from "./scheduler.ts";

/** Options of {@link ReduceLROnPlateau}. */
export interface ReduceLROnPlateauOptions {
  /** Whether lower or higher is better. Default: `"min"`. */
  mode?: "min" | "max";
  /** What the rate is multiplied by, below 1. Default: 0.1. */
  factor?: number;
  /** Epochs without a new best that are tolerated; the rate falls after one more. Default: 10. */
  patience?: number;
  /** What a new best must be better by. Default: 0.0001. */
  threshold?: number;
  /** Whether the threshold is a share of the best, or a difference. Default: `"rel"`. */
  thresholdMode?: "rel" | "abs";
  /** Epochs after a fall in which none counts as bad. Default: 0. */
  cooldown?: number;
  /** The lowest rate, one or one a group. Default: 0. */
  minLr?: number | readonly number[];
  /** A change of a rate by no more than this is left out. Default: 1e-8. */
  eps?: number;
}

const DEFAULTS: Required<ReduceLROnPlateauOptions> = {
  mode: "min",
  factor: 0.1,
  patience: 10,
  threshold: 1e-4,
  thresholdMode: "rel",
  cooldown: 0,
  minLr: 0,
  eps: 1e-8,
};

const KINDS: Kinds<ReduceLROnPlateauOptions> = {
  mode: oneOf("min", "max"),
  factor: number,
  patience: number,
  threshold: number,
  thresholdMode: oneOf("rel", "abs"),
  cooldown: number,
  minLr: NUMBERS,
  eps: number,
};

/**
 * Multiplies the learning rate by a factor when a metric has not been better than its best for more
 * than `patience` epochs. NaN is never better. (The report's rule, which compares with the epoch
 * before, is {@link DecayOnRise}.)
 */
export class ReduceLROnPlateau extends LRScheduler {
  readonly #options: Required<ReduceLROnPlateauOptions>;
  readonly #minLrs: readonly number[];
  readonly #worst: number;
  #best: number;
  #badEpochs = 0;
  #cooldown = 0;
  #epochs = 0;

  /** RangeError where an option is out of its range. */
  constructor(optimizer: AnyOptimizer, options: ReduceLROnPlateauOptions = {}) {
    atMost(2, arguments.length, "ReduceLROnPlateau(optimizer, options)");
    checkOptions("ReduceLROnPlateau", options, KINDS);
    checkOptimizer("ReduceLROnPlateau", optimizer);
    const settings = withDefaults(DEFAULTS, options);
    const { mode, factor, minLr } = settings;
    if (!(factor >= 0 && factor < 1)) {
      throw new RangeError(`ReduceLROnPlateau: factor must be from 0 to below 1: it is ${factor}`);
    }
    const minLrs = eachGroup("ReduceLROnPlateau", "minLr", minLr, optimizer.paramGroups.length);
    super(optimizer);
    this.#options = settings;
    this.#minLrs = minLrs;
    this.#worst = this.#best = mode === "min" ? Infinity : -Infinity;
  }

  /** Called once an epoch with its metric. TypeError without one. */
  override step(metric?: number): void {
    if (metric === undefined) {
      throw new TypeError("ReduceLROnPlateau: step(metric) needs the epoch's metric");
    }
    checkMetric("ReduceLROnPlateau", metric);
    this.#epochs++;
    if (this.#isBetter(metric)) {
      this.#best = metric;
      this.#badEpochs = 0;
    } else {
      this.#badEpochs++;
    }
    if (this.#cooldown > 0) {
      this.#cooldown--;
      this.#badEpochs = 0;
    }
    if (this.#badEpochs > this.#options.patience) {
      this.#reduce();
      this.#cooldown = this.#options.cooldown;
      this.#badEpochs = 0;
    }
  }

  #isBetter(metric: number): boolean {
    const { mode, threshold, thresholdMode } = this.#options;
    const sign = mode === "min" ? -1 : 1;
    const bar = thresholdMode === "rel"
      ? this.#best * (1 + sign * threshold)
      : this.#best + sign * threshold;
    return mode === "min" ? metric < bar : metric > bar;
  }

  #reduce(): void {
    this.optimizer.paramGroups.forEach((group, i) => {
      const lr = Math.max(group.lr * this.#options.factor, this.#minLrs[i]!);
      if (group.lr - lr > this.#options.eps) group.lr = lr;
    });
  }

  /** The best metric, and what has been counted. */
  override stateDict(): SchedulerState {
    return {
      best: this.#best,
      numBadEpochs: this.#badEpochs,
      cooldownCounter: this.#cooldown,
      lastEpoch: this.#epochs,
    };
  }

  /** Goes on from a state; the settings stay those of the constructor. */
  override loadStateDict(state: SchedulerState): void {
    this.#best = state["best"] as number | null ?? this.#worst; // what JSON makes of an infinity
    this.#badEpochs = state["numBadEpochs"] as number;
    this.#cooldown = state["cooldownCounter"] as number;
    this.#epochs = state["lastEpoch"] as number;
  }
}

/** What trials are compared by. */
import type { train } from "@glim/glim";
import type { TrialResult } from "./trial.ts";

/** The part of a trial's result that is compared. */
export type Measured = Pick<TrialResult, "options" | "seed" | "dev" | "bestEpoch">;

/** A figure that every trial has. */
export interface Metric {
  /** Its name in a sentence: `dev accuracy`. */
  name: string;
  isHigherBetter: boolean;
  digits: number;
  /** What a difference is multiplied by, and its unit after that: percentage points for shares. */
  difference: { scale: number; unit: string };
  of(trial: Measured): number;
  /** What is drawn over the epochs: itself, or the loss where that is not known. */
  curve: { name: string; of(record: train.EpochRecord): number };
}

/** Names of metrics of which more is better; of all others, as losses and errors, less is. */
const HIGHER = /accuracy|precision|recall|f1|auc|r2|r²|score/i;

/** Names of metrics that are shares of a whole. */
const SHARE = /accuracy|precision|recall/i;

/**
 * A metric of the dev set, by its name in a result: `accuracy`, `loss`, `mean absolute error`. The
 * larger its values for some trials are, the fewer decimals it is shown with.
 */
export function devMetric(name: string, trials: readonly Measured[] = []): Metric {
  const largest = Math.max(1, ...trials.map(({ dev }) => Math.abs(dev[name] ?? 0)));
  const isAccuracy = name === "accuracy";
  return {
    name: `dev ${name}`,
    isHigherBetter: HIGHER.test(name),
    digits: Math.max(0, 4 - Math.ceil(Math.log10(largest))),
    difference: SHARE.test(name) ? { scale: 100, unit: " points" } : { scale: 1, unit: "" },
    of: ({ dev }) => dev[name] ?? NaN,
    curve: isAccuracy
      ? { name: "dev accuracy", of: ({ devAccuracy }) => devAccuracy }
      : { name: "dev loss", of: ({ devLoss }) => devLoss },
  };
}

/** The epoch whose weights were taken: the fewer, the faster. */
export const BEST_EPOCH: Metric = {
  name: "the epoch of the best",
  isHigherBetter: false,
  digits: 2,
  difference: { scale: 1, unit: "" },
  of: ({ bestEpoch }) => bestEpoch,
  curve: { name: "epoch", of: ({ epoch }) => epoch },
};

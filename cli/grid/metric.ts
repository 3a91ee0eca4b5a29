/**
 * What trials are compared by.
 *
 * @module
 */
import type { EpochRecord } from "@glim/glim/train";
import type { TrialResult } from "./trial.ts";

/** The part of a trial's result that is compared. */
export type Measured = Pick<TrialResult, "options" | "seed" | "dev" | "bestEpoch">;

/** A figure that every trial has. */
export interface Metric {
  /** Its name in a sentence: `dev accuracy`. */
  name: string;
  /** Whether more of it is better. */
  isHigherBetter: boolean;
  /** Decimals that it is shown with. */
  digits: number;
  /** What a difference is multiplied by, and its unit after that: percentage points for shares. */
  difference: { scale: number; unit: string };
  /** Its value for a trial. */
  of(trial: Measured): number;
  /** Its value after an epoch; NaN where that is not known. */
  ofEpoch(record: EpochRecord): number;
}

/** Names of metrics of which more is better; of all others, as losses and errors, less is. */
const HIGHER = /accuracy|precision|recall|f1|auc|r2|r²|score/i;

/** Names of metrics that are shares of a whole. */
const SHARE = /accuracy|precision|recall/i;

/** A metric of the dev set, by its name in a result: `accuracy`, `loss`, `mae`. */
export function devMetric(name: string): Metric {
  const difference = SHARE.test(name) ? { scale: 100, unit: " points" } : { scale: 1, unit: "" };
  return {
    name: `dev ${name}`,
    isHigherBetter: HIGHER.test(name),
    digits: 4,
    difference,
    of: ({ dev }) => dev[name] ?? NaN,
    ofEpoch: (record) =>
      (record as unknown as Record<string, number>)[
        `dev${name[0]!.toUpperCase()}${name.slice(1)}`
      ] ?? NaN,
  };
}

/** The epoch whose weights were taken: the fewer, the faster. */
export const BEST_EPOCH: Metric = {
  name: "the epoch of the best",
  isHigherBetter: false,
  digits: 2,
  difference: { scale: 1, unit: "" },
  of: ({ bestEpoch }) => bestEpoch,
  ofEpoch: ({ epoch }) => epoch,
};

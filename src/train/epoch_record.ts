/**
 * What is known of one epoch of a training run.
 *
 * @module
 */

import { atMost, check, isListOf, isPlainObject, kind } from "../core/options.ts";

/** One epoch: a line of a run's `metrics.jsonl`, and a point of its curves. */
export interface EpochRecord {
  /** Counted from 0. */
  epoch: number;
  /** Mean loss over the epoch's training samples, each before the step made with it. */
  trainLoss: number;
  /** Share of the training samples predicted right, each before the step made with it. */
  trainAccuracy: number;
  /** Mean loss over the dev set, after the epoch. */
  devLoss: number;
  /** Share of the dev set predicted right, after the epoch. */
  devAccuracy: number;
  /** The learning rate that the epoch was trained with. */
  learningRate: number;
  /** Seconds that training took, evaluation apart. */
  seconds: number;
}

/**
 * Whether an epoch is better than another: by dev accuracy, or by dev loss where targets are not
 * labels, which leaves the accuracy NaN. A loss that is NaN is worse than any other.
 */
export function isBetter(epoch: EpochRecord, than: EpochRecord): boolean {
  if (!Number.isNaN(epoch.devAccuracy) && !Number.isNaN(than.devAccuracy)) {
    return epoch.devAccuracy > than.devAccuracy;
  }
  return epoch.devLoss < than.devLoss ||
    (Number.isNaN(than.devLoss) && !Number.isNaN(epoch.devLoss));
}

const HISTORY = kind("an array of records", (value) => isListOf(value, isPlainObject));

/**
 * The first epoch with the highest dev accuracy or, where targets are not labels, the lowest dev loss.
 * Throws RangeError where there is no epoch.
 */
export function bestEpoch(history: readonly EpochRecord[]): EpochRecord {
  atMost(1, arguments.length, "bestEpoch(history)");
  check("bestEpoch", "the history", history, HISTORY);
  if (history.length === 0) throw new RangeError("bestEpoch: needs an epoch, the history is empty");
  return history.reduce((best, next) => isBetter(next, best) ? next : best);
}

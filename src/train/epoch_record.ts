/**
 * What is known of one epoch of a training run.
 *
 * @module
 */

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

/** The first epoch with the highest dev accuracy. Throws RangeError where there is no epoch. */
export function bestEpoch(history: readonly EpochRecord[]): EpochRecord {
  if (history.length === 0) throw new RangeError("bestEpoch: needs an epoch, the history is empty");
  return history.reduce((best, next) => next.devAccuracy > best.devAccuracy ? next : best);
}

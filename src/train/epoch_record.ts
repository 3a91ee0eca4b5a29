/**
 * What is known of one epoch of a training run.
 *
 * @module
 */

import {
  atMost,
  check,
  checkOptions,
  describe,
  isListOf,
  isPlainObject,
  kind,
  type Kinds,
  oneOf,
  text,
} from "../core/options.ts";

/** One epoch: a line of a run's `metrics.jsonl`, and a point of its curves. */
export interface EpochRecord {
  /** Counted from 0. */
  epoch: number;
  /** Mean loss over the epoch's training samples, each before the step made with it. */
  trainLoss: number;
  /** Share of the training samples predicted right, each before the step made with it. */
  trainAccuracy: number;
  /** Mean loss over the dev set, after the epoch; NaN where there is none. */
  devLoss: number;
  /** Share of the dev set predicted right, after the epoch; NaN where targets are not labels. */
  devAccuracy: number;
  /** The learning rate that the epoch was trained with. */
  learningRate: number;
  /** Seconds that training took, evaluation apart. */
  seconds: number;
  /** The metrics that `fit` was given, of the dev set, by their names. */
  metrics?: Record<string, number>;
}

/** What epochs are compared by. */
export interface Monitor {
  /**
   * A figure of a record (`"devLoss"`) or the name of a metric. Default: the accuracy or, where targets
   * are not labels, the loss; of the dev set or, where there is none, of the training set.
   */
  monitor?: string;
  /** Whether a lower figure is better. Default: `"min"` of losses and errors, else `"max"`. */
  mode?: "min" | "max";
}

/** The kinds of those options. */
export const MONITOR: Kinds<Monitor> = { monitor: text, mode: oneOf("min", "max") };

/** Whether an epoch is better than another, by at least `minDelta`. A figure that is NaN is worse. */
export function isBetter(
  epoch: EpochRecord,
  than: EpochRecord,
  { monitor, mode }: Monitor = {},
  minDelta = 0,
): boolean {
  const name = monitor ?? defaultMonitor(epoch, than);
  const [now, before] = [figureOf(epoch, name), figureOf(than, name)];
  if (Number.isNaN(now)) return false;
  if (Number.isNaN(before)) return true;
  const lower = mode === undefined ? isLowerBetter(name) : mode === "min";
  return (lower ? before - now : now - before) > minDelta;
}

function defaultMonitor(...records: EpochRecord[]): keyof EpochRecord {
  const isKnown = (name: "devAccuracy" | "trainAccuracy" | "devLoss") =>
    records.every((record) => !Number.isNaN(record[name]));
  const hasDev = records.some(({ devLoss }) => !Number.isNaN(devLoss));
  if (isKnown("devAccuracy")) return "devAccuracy";
  return hasDev ? "devLoss" : isKnown("trainAccuracy") ? "trainAccuracy" : "trainLoss";
}

/** A figure of an epoch. RangeError, which names those there are, where there is none of that name. */
function figureOf(record: EpochRecord, name: string): number {
  const value = record.metrics?.[name] ?? record[name as "devLoss"];
  if (typeof value === "number") return value;
  const names = [...Object.keys(record), ...Object.keys(record.metrics ?? {})]
    .filter((name) => name !== "metrics");
  throw new RangeError(
    `monitor: there must be such a figure: it is ${describe(name)}, there are ${names.join(", ")}`,
  );
}

/** Whether figures of that name are better when they are lower. */
function isLowerBetter(name: string): boolean {
  return /loss|error|^mae$|^rmse$|^mse$/i.test(name);
}

const HISTORY = kind("an array of records", (value) => isListOf(value, isPlainObject));

/**
 * The first epoch with the highest dev accuracy or, where targets are not labels, the lowest dev loss;
 * or the best by a figure of one's own choice. Throws RangeError where there is no epoch.
 */
export function bestEpoch(history: readonly EpochRecord[], by: Monitor = {}): EpochRecord {
  atMost(2, arguments.length, "bestEpoch(history, { monitor, mode })");
  check("bestEpoch", "the history", history, HISTORY);
  checkOptions("bestEpoch", by, MONITOR);
  if (history.length === 0) throw new RangeError("bestEpoch: needs an epoch, the history is empty");
  return history.reduce((best, next) => isBetter(next, best, by) ? next : best);
}

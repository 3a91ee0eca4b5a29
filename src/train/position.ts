/**
 * Where a run stands, apart from what learns.
 *
 * @module
 */
import type { Platform } from "../core/platform.ts";
import type { StepInfo } from "./callback.ts";
import type { EpochRecord } from "./epoch_record.ts";
import type { Evaluation } from "./evaluate.ts";
import { noSums, type Sums } from "./metrics.ts";
import type { Streams } from "./streams.ts";

declare const structuredClone: Platform["structuredClone"];

/** How far a run has come. */
export interface Position {
  /** The epoch that is under way or comes next, counted from 0. */
  epoch: number;
  /** Steps of that epoch that are done. */
  step: number;
  /** Steps of all epochs that are done. */
  totalSteps: number;
  /** What was added up over those steps of the epoch. */
  sums: Sums;
  /** Seconds that they took. */
  seconds: number;
  /** The learning rate that the epoch began with. */
  learningRate: number;
  /** The epochs that are finished. */
  history: EpochRecord[];
  /** Where the random numbers stood when the epoch began; null before it begins. */
  began: Streams | null;
}

/** Before the first epoch. */
export function start(): Position {
  return { epoch: 0, totalSteps: 0, history: [], ...epochStart() };
}

/** Ends an epoch that was evaluated, if there is a dev set; its record, which is in the history now. */
export function finishEpoch(at: Position, evaluation: Evaluation | null): EpochRecord {
  const { loss, accuracy, metrics } = evaluation ?? { loss: NaN, accuracy: NaN };
  const { epoch, sums, learningRate, seconds } = at;
  const record: EpochRecord = {
    epoch,
    trainLoss: sums.loss / sums.samples,
    trainAccuracy: sums.correct / sums.samples,
    devLoss: loss,
    devAccuracy: accuracy,
    learningRate,
    seconds,
    ...metrics && { metrics },
  };
  at.history.push(record);
  Object.assign(at, epochStart());
  at.epoch++;
  return record;
}

/** What callbacks learn of the step that has just ended, its loss being known. */
export function stepInfo({ epoch, step, totalSteps, sums }: Position, loss: number): StepInfo {
  const { samples } = sums;
  return { epoch, step: step - 1, totalSteps, samples, loss, meanLoss: sums.loss / samples };
}

/** What begins anew with an epoch. */
function epochStart(): Pick<Position, "step" | "sums" | "seconds" | "learningRate" | "began"> {
  return { step: 0, sums: noSums(), seconds: 0, learningRate: NaN, began: null };
}

/** A copy, without what else stands beside it. */
export function copyOf(at: Position): Position {
  const { epoch, step, totalSteps, sums, seconds, learningRate, history, began } = at;
  const own = { epoch, step, totalSteps, sums, seconds, learningRate, history, began };
  return structuredClone(own);
}

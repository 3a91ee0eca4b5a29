/**
 * One training run of a grid, from the first weights to the result.
 *
 * @module
 */
import type { Data } from "../experiment.ts";
import type { Options as RunOptions } from "../fit.ts";
import type { Loaded } from "../load.ts";
import type { Figures } from "../results.ts";
import { trainOnce } from "../train_once.ts";
import type { Trial, TrialResult } from "./trial.ts";

/** How far a trial is. */
export interface TrialProgress {
  /** How much of it is done, from 0 to 1. */
  done: number;
  /** The epoch, counted from 0. */
  epoch: number;
  /** Mean loss over the samples of the epoch that are through. */
  loss: number;
}

/** What a trial leaves behind. */
export interface TrialOutcome {
  /** The record of it. */
  result: TrialResult;
  /** The weights that were taken, as a safetensors file that names the trial. */
  weights: Uint8Array<ArrayBuffer>;
}

/**
 * Trains and evaluates. Everything random starts from the trial's seed, and one thread does it all:
 * the same trial gives the same bits in any process. Throws DivergedError as `Trainer.fit` does.
 *
 * @param options The trial's, with the paths that are this machine's own.
 */
export async function runTrial(
  { id, options, seed }: Trial,
  loaded: Loaded,
  given: { options: RunOptions; data: Data; onProgress?: (progress: TrialProgress) => void },
): Promise<TrialOutcome> {
  const began = performance.now();
  const trained = await trainOnce(loaded, { ...given, seed, metadata: { trial: id } });
  const { epochs, epoch: bestEpoch, dev, lastHash: weightHash, weights } = trained!;
  const seconds = (performance.now() - began) / 1000;
  const result = { id, options, seed, dev: numbersOf(dev), bestEpoch, epochs, weightHash, seconds };
  return { result, weights };
}

/** The figures that are numbers, without tables and without what is not known. */
export function numbersOf(figures: Figures): Record<string, number> {
  return Object.fromEntries(
    Object.entries(figures).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
  );
}

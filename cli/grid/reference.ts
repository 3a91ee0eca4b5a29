/**
 * What the paper measured: the table of its appendix A and the figures of its section 4.
 *
 * Source: D. Doncenco, Z. Huang, B. Maudet, "Deep Learning Report", April 2023.
 *
 * @module
 */
import { cellsOf, factorsOf, type Measured } from "./factors.ts";
import type { TrialConfig } from "./trial.ts";

/** A row of a reference table: a configuration and what one run of it gave. */
export interface ReferenceRow {
  /** Linear layers. */
  layers: number;
  /** Whether the learning rate falls when the training loss rises. The factor is not told. */
  lrDecay: boolean;
  /** Whether there is momentum. β is not told. */
  momentum: boolean;
  /** tanh if true, else ReLU. */
  tanh: boolean;
  /** Highest dev accuracy of 10 epochs. */
  accuracy: number;
  /** The epoch that reached it, counted from 0. */
  epoch: number;
}

/** A table to compare a grid with. */
export interface Reference {
  /** A row a configuration. */
  rows: readonly ReferenceRow[];
  /** Epochs that each of them was trained for. */
  epochs: number;
  /** How long all of them took together. */
  seconds: number;
}

/** Layers, LR decay, momentum, tanh, highest dev accuracy, at epoch: as appendix A has them. */
const APPENDIX_A: readonly [number, boolean, boolean, boolean, number, number][] = [
  [2, true, true, true, 0.9771, 7],
  [2, true, true, false, 0.9782, 8],
  [2, true, false, true, 0.9759, 9],
  [2, true, false, false, 0.9762, 9],
  [2, false, true, true, 0.9759, 7],
  [2, false, true, false, 0.9762, 8],
  [2, false, false, true, 0.9761, 7],
  [2, false, false, false, 0.9781, 9],
  [3, true, true, true, 0.9778, 7],
  [3, true, true, false, 0.9738, 5],
  [3, true, false, true, 0.9761, 9],
  [3, true, false, false, 0.9790, 9],
  [3, false, true, true, 0.9767, 8],
  [3, false, true, false, 0.9771, 7],
  [3, false, false, true, 0.9770, 9],
  [3, false, false, false, 0.9789, 8],
  [5, true, true, true, 0.9752, 8],
  [5, true, true, false, 0.9743, 5],
  [5, true, false, true, 0.9725, 7],
  [5, true, false, false, 0.9770, 9],
  [5, false, true, true, 0.9732, 9],
  [5, false, true, false, 0.9746, 7],
  [5, false, false, true, 0.9725, 7],
  [5, false, false, false, 0.9760, 6],
];

/** The paper's grid: 24 configurations, one run each, 7 h 05 min. */
export const REPORT_GRID: Reference = {
  rows: APPENDIX_A.map(([layers, lrDecay, momentum, tanh, accuracy, epoch]) => ({
    layers,
    lrDecay,
    momentum,
    tanh,
    accuracy,
    epoch,
  })),
  epochs: 10,
  seconds: 7 * 3600 + 5 * 60,
};

/** The paper's best network, trained again for 20 epochs: section 4. */
export const REPORT_RETRAINED: Readonly<{ dev: number; test: number }> = {
  dev: 0.9818,
  test: 0.9816,
};

/** The row of a configuration, by what the table tells apart; undefined where it has none. */
export function referenceRow(
  config: TrialConfig,
  reference: Reference | null = REPORT_GRID,
): ReferenceRow | undefined {
  return reference?.rows.find((row) =>
    row.layers === config.layers &&
    row.lrDecay === (config.lrDecay !== null) &&
    row.momentum === (config.momentum !== null) &&
    row.tanh === (config.activation === "tanh")
  );
}

/**
 * A reference table as trials of a grid's own configurations, one seed, so that the same means and
 * effects can be taken of it. Empty where the grid varies what the table does not tell apart.
 */
export function referenceTrials(
  trials: readonly Measured[],
  reference: Reference | null = REPORT_GRID,
): Measured[] {
  if (reference === null) return [];
  const known = ["layers", "lrDecay", "momentum", "activation"];
  if (factorsOf(trials).some(({ key }) => !known.includes(key))) return [];
  return cellsOf(trials).flatMap(({ config }) => {
    const row = referenceRow(config, reference);
    if (row === undefined) return [];
    return [{ config: { ...config, seed: 0 }, bestAccuracy: row.accuracy, bestEpoch: row.epoch }];
  });
}

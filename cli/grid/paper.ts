/**
 * The paper's study: which trials it had, and what it measured.
 *
 * Source: D. Doncenco, Z. Huang, B. Maudet, "Deep Learning Report", April 2023.
 */
import type { Reference } from "./findings.ts";
import type { Options } from "./trial.ts";

/** The experiment that all trials are of. */
export const PAPER_FILE = "experiments/paper.ts";

/** What a grid is unless options say else. */
export interface Preset {
  /** The lists of what is varied, in the order of the table. */
  readonly vary: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, number>>;
  readonly seeds: number;
  readonly out: string;
}

/** The values that its table has, in its order. */
export const PAPER_VARY: Readonly<Record<string, string>> = {
  layers: "2,3,5",
  lrDecay: "0.5,off",
  momentum: "0.9,off",
  activation: "tanh,relu",
};

/** The paper's grid, repeated. */
export const PAPER_GRID: Preset = {
  vary: PAPER_VARY,
  options: { epochs: 10 },
  seeds: 3,
  out: "runs/grid",
};

/** A small part of it that shows every step in under a minute. */
export const QUICK_GRID: Preset = {
  vary: { ...PAPER_VARY, layers: "2,3", lrDecay: "0.5", momentum: "off" },
  options: { epochs: 2 },
  seeds: 2,
  out: "runs/grid-quick",
};

/** Layers, LR decay, momentum, tanh, highest dev accuracy, at epoch: as its appendix A has them. */
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

/**
 * The paper's grid: 24 configurations, one run each, 7 h 05 min. Its table tells whether there is
 * decay and momentum, but not the factor and β.
 */
export const PAPER: Reference = {
  name: "the paper",
  factors: Object.keys(PAPER_VARY),
  find(options: Options) {
    const { layers, lrDecay, momentum, activation } = options;
    const row = APPENDIX_A.find((row) =>
      row[0] === layers && row[1] === (lrDecay !== null) && row[2] === (momentum !== null) &&
      row[3] === (activation === "tanh")
    );
    return row && { options, seed: 0, dev: { accuracy: row[4] }, bestEpoch: row[5] };
  },
  trials: APPENDIX_A.length,
  epochs: 10,
  seconds: 7 * 3600 + 5 * 60,
};

/** The paper's best network, trained again for 20 epochs: section 4. */
export const PAPER_RETRAINED: Readonly<{ dev: number; test: number }> = {
  dev: 0.9818,
  test: 0.9816,
};

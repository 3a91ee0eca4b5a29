/** What comes out of a grid, and what stands beside it: terminal and report both show this. */
import {
  type Effect,
  effectName,
  interactions,
  levelMeans,
  mainEffects,
  signed,
} from "./effects.ts";
import { countOf } from "../words.ts";
import { type Cell, cellsOf, type Factor, isWhole, levelText, optionName } from "./factors.ts";
import { type Importance, importances } from "./importance.ts";
import { BEST_EPOCH, type Measured, type Metric } from "./metric.ts";
import { type Estimate, estimate } from "./statistics.ts";
import type { Options, TrialResult } from "./trial.ts";

/** A table of others that results stand beside: one run of each of some configurations. */
export interface Reference {
  /** Whose it is: `the paper`. */
  name: string;
  /** The options that it tells apart. */
  factors: readonly string[];
  /** What a configuration gave there; undefined where it is not in the table. */
  find(options: Options): Measured | undefined;
  /** How many runs it had. */
  trials: number;
  /** Epochs that each of them was trained for. */
  epochs: number;
  /** How long all of them took together. */
  seconds: number;
}

/**
 * A reference table as trials of a grid's own configurations, one seed, so that the same means and
 * effects can be taken of it. Empty where the grid varies what the table does not tell apart.
 */
export function referenceTrials(
  factors: readonly Factor[],
  trials: readonly Measured[],
  reference: Reference | null,
): Measured[] {
  const isTold = ({ key, levels }: Factor) => levels.length < 2 || reference?.factors.includes(key);
  if (reference === null || !factors.every(isTold)) return [];
  return cellsOf(factors, trials).flatMap(({ trials: [trial] }) =>
    reference.find(trial!.options) ?? []
  );
}

/** Results, and how they are looked at. */
export interface Findings {
  /** The finished trials, in any order. */
  results: readonly TrialResult[];
  /** The options that are columns of the table. */
  factors: readonly Factor[];
  /** What trials are judged by. */
  metric: Metric;
  /** What the figures stand beside; null for nothing. */
  reference: Reference | null;
  /** All configurations of a halving, as its first round has told them. */
  first?: Findings;
  /** What a limit of time has left: a sentence. */
  budget?: string;
}

/** What some trials gave in the mean. */
export interface Row {
  value: Estimate;
  epoch: Estimate;
  /** The same of the reference, where its table has all that it takes. */
  beside: { value: number; epoch: number } | undefined;
}

/** What a configuration gave. */
export interface CellRow extends Row {
  cell: Cell<TrialResult>;
}

/** A row a configuration, in the order of the table. */
export function cellRows({ results, factors, metric, reference }: Findings): CellRow[] {
  return cellsOf(factors, results).map((cell) => {
    const theirs = reference?.find(cell.trials[0]!.options);
    return {
      cell,
      value: estimate(cell.trials.map(metric.of)),
      epoch: estimate(cell.trials.map(BEST_EPOCH.of)),
      beside: theirs && { value: metric.of(theirs), epoch: theirs.bestEpoch },
    };
  });
}

/** A row for all trials, and for each level of each factor. */
export function meanRows(
  { results, factors, metric, reference }: Findings,
): (Row & { name: string })[] {
  const expected = referenceTrials(factors, results, reference);
  const isCompared = expected.length === cellsOf(factors, results).length;
  const means = (metric: Metric, trials: readonly Measured[]) =>
    levelMeans(factors, trials, metric);
  const epochs = means(BEST_EPOCH, results);
  const theirs = isCompared ? means(metric, expected) : [];
  const theirEpochs = isCompared ? means(BEST_EPOCH, expected) : [];
  return means(metric, results).map(({ name, estimate }, i) => ({
    name,
    value: estimate,
    epoch: epochs[i]!.estimate,
    beside: theirs[i] &&
      { value: theirs[i].estimate.mean, epoch: theirEpochs[i]!.estimate.mean },
  }));
}

/** The row with the best mean; the first of equals. */
export function bestRow(findings: Findings): CellRow {
  const rows = cellRows(findings);
  if (rows.length === 0) throw new RangeError("bestRow: needs a trial, there is none");
  const sign = findings.metric.isHigherBetter ? 1 : -1;
  return rows.reduce((best, row) => sign * (row.value.mean - best.value.mean) > 0 ? row : best);
}

/** A table as texts. */
export interface TextTable {
  head: string[];
  rows: string[][];
}

/** A row a configuration, and a row for each mean; `epochOf` shows the epoch of a configuration. */
export function gridTables(
  findings: Findings,
  epochOf: (epoch: Estimate) => string,
): { cells: TextTable; means: TextTable } {
  const { factors, metric, reference } = findings;
  const tableOf = (
    names: readonly string[],
    rows: readonly (Row & { names: readonly string[] })[],
    epoch: (epoch: Estimate) => string,
    places: number,
  ): TextTable => {
    const isCompared = rows.some(({ beside }) => beside !== undefined);
    const besideTexts = ({ value, beside }: Row) =>
      beside === undefined ? ["", ""] : [
        `${beside.value.toFixed(metric.digits)} @${beside.epoch.toFixed(places)}`,
        signed(value.mean - beside.value, metric.digits),
      ];
    return {
      head: [...names, metric.name, "epoch", ...isCompared ? [reference!.name, "difference"] : []],
      rows: rows.map((row) => [
        ...row.names,
        plusMinus(row.value, metric),
        epoch(row.epoch),
        ...isCompared ? besideTexts(row) : [],
      ]),
    };
  };
  const keys = factors.map(({ key }) => key);
  const cells = cellRows(findings).map((row) => (
    { ...row, names: keys.map((key) => levelText(row.cell.options[key]!)) }
  ));
  const means = meanRows(findings).map((row) => ({ ...row, names: [row.name] }));
  return {
    cells: tableOf(keys.map(optionName), cells, epochOf, 0),
    means: tableOf(["mean over"], means, (epoch) => plusMinus(epoch, BEST_EPOCH), 2),
  };
}

/** `0.9764 ± 0.0031`; of a single value without the interval. */
export function plusMinus({ mean, half }: Estimate, { digits }: Metric): string {
  return isNaN(half) ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${half.toFixed(digits)}`;
}

/** The main effects on a metric, each with the same of the reference. */
export function effectsBeside(
  { factors, results, reference }: Findings,
  metric: Metric,
): { effect: Effect; beside: Estimate | undefined }[] {
  const theirs = mainEffects(factors, referenceTrials(factors, results, reference), metric);
  return mainEffects(factors, results, metric).map((effect) => {
    const name = effectName(effect);
    return { effect, beside: theirs.find((other) => effectName(other) === name)?.estimate };
  });
}

/** The interactions of each two factors, on the metric and on the epoch of the best. */
export function allInteractions({ factors, results, metric }: Findings): Effect[] {
  return [metric, BEST_EPOCH].flatMap((metric) => interactions(factors, results, metric));
}

/** What mattered in a search, and when that was seen; none where all combinations are there. */
export function mattered(findings: Findings): { all: Importance[]; after: string } {
  const { results, factors, metric } = findings.first ?? findings;
  if (isWhole(factors, results)) return { all: [], after: "" };
  const epochs = results[0]?.epochs.length ?? 0;
  const after = findings.first === undefined ? "" : `, after ${countOf(epochs, "epoch")}`;
  return { all: importances(factors, results, metric), after };
}

/**
 * What comes out of a grid: the rows of its table, which terminal and report both show.
 *
 * @module
 */
import { levelMeans } from "./effects.ts";
import { type Cell, cellsOf, type Factor } from "./factors.ts";
import { BEST_EPOCH, type Metric } from "./metric.ts";
import { type Reference, referenceTrials } from "./reference.ts";
import { type Estimate, estimate } from "./statistics.ts";
import type { TrialResult } from "./trial.ts";

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
}

/** What some trials gave in the mean. */
export interface Row {
  /** The metric. */
  value: Estimate;
  /** The epoch of the best. */
  epoch: Estimate;
  /** The same of the reference, where its table has all that it takes. */
  beside: { value: number; epoch: number } | undefined;
}

/** What a configuration gave. */
export interface CellRow extends Row {
  /** Its trials. */
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
  const means = (metric: Metric, trials: Parameters<typeof levelMeans>[1]) =>
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

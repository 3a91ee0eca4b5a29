/**
 * A grid's results as text for the terminal, beside the paper's.
 *
 * @module
 */
import {
  digitsOf,
  type Effect,
  effectSentence,
  interactions,
  intervalText,
  type LevelMean,
  levelMeans,
  mainEffects,
  signed,
  verdict,
} from "./effects.ts";
import {
  type Cell,
  cellsOf,
  type FactorKey,
  factorName,
  factorsOf,
  levelText,
  type Metric,
  seedsOf,
} from "./factors.ts";
import { fit } from "../print.ts";
import { type Reference, referenceRow, referenceTrials, REPORT_GRID } from "./reference.ts";
import { type Estimate, estimate } from "./statistics.ts";
import type { TrialResult } from "./trial.ts";

/** The factors of the paper's table, which have a column even where they are not varied. */
const ALWAYS: readonly FactorKey[] = ["layers", "lrDecay", "momentum", "activation"];

/**
 * The table of a grid and what follows from it, beside a reference unless that is null, in lines of
 * `width` characters at most. It depends on the results alone, not on their order nor on the time
 * they took: the same trials give the same text. Without the trials that are none of the grid, as
 * the best configuration's second training.
 */
export function gridTable(
  results: readonly TrialResult[],
  reference: Reference | null = REPORT_GRID,
  width = 100,
): string {
  if (results.length === 0) return "no trial is finished yet";
  const seeds = seedsOf(results).length;
  const parts = [
    cellRows(results, reference, width),
    meanRows(results, reference, width),
    effectLines(results, reference, "accuracy", "Best dev accuracy", width),
    effectLines(results, reference, "epoch", "Epoch of the best", width),
    interactionLines(results, width),
    results.length > 1 ? intervalNote(seeds) : "",
    lengthNote(results, reference),
  ];
  return parts.filter((part) => part !== "").map((part) => fit(part, width)).join("\n\n");
}

/** That a grid is shorter or longer than the one beside it; empty where it is not. */
export function lengthNote(results: readonly TrialResult[], reference: Reference | null): string {
  const epochs = [...new Set(results.map(({ config }) => config.epochs))].sort((a, b) => a - b);
  if (reference === null || epochs.every((n) => n === reference.epochs)) return "";
  return `The paper's trials have ${reference.epochs} epochs, these ${epochs.join(", ")}: ` +
    `differences from its table are those of the length too.`;
}

/** What an interval of these results stands on. */
export function intervalNote(seeds: number): string {
  if (seeds > 1) {
    return `Intervals hold with 95 % confidence. Only seeds are independent, so each stands on ` +
      `${seeds} values, one a seed; more seeds make them narrower. About one in 20 misses the ` +
      `truth by chance.`;
  }
  return `Intervals hold with 95 % confidence if the configurations are independent measurements; ` +
    `with one seed that cannot be checked: use --seeds 3 or more. About one in 20 misses the ` +
    `truth by chance.`;
}

/** How long trials took, beside the reference's unless that is null; `seconds` by the clock, for all. */
export function gridTime(
  results: readonly TrialResult[],
  seconds: number,
  reference: Reference | null = REPORT_GRID,
): string {
  const trained = results.reduce((sum, trial) => sum + trial.seconds, 0);
  const time = `${results.length} trials in ${clock(seconds)} (${clock(trained)} of training)`;
  if (reference === null) return time;
  return `${time}: the paper's ${reference.rows.length} took ${clock(reference.seconds)}, ` +
    `${speedUp(results, seconds, reference)} the time an epoch`;
}

/** How many times as long an epoch of the reference took: `85 times`. */
export function speedUp(
  results: readonly TrialResult[],
  seconds: number,
  reference: Reference,
): string {
  const epochs = results.reduce((sum, trial) => sum + trial.epochs.length, 0);
  const theirs = reference.seconds / (reference.rows.length * reference.epochs);
  return `${(theirs * epochs / seconds).toFixed(0)} times`;
}

/** `7 h 05 min`, `4 min 10 s`, `9.3 s`. */
export function clock(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  const minutes = Math.round(s / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** The columns that name a configuration. */
export function configColumns(results: readonly TrialResult[]): FactorKey[] {
  const varied = factorsOf(results).map(({ key }) => key);
  return [...ALWAYS, ...varied.filter((key) => !ALWAYS.includes(key))];
}

/** What a configuration's seeds gave. */
export interface CellSummary {
  /** Best dev accuracy. */
  accuracy: Estimate;
  /** Epoch of it. */
  epoch: Estimate;
}

/** Mean and interval over a configuration's seeds. */
export function summarize({ trials }: Cell): CellSummary {
  return {
    accuracy: estimate(trials.map(({ bestAccuracy }) => bestAccuracy)),
    epoch: estimate(trials.map(({ bestEpoch }) => bestEpoch)),
  };
}

/** The headings of what stands beside a grid's own figures. */
function theirHeads(beside: boolean): string[] {
  return beside ? ["paper", "difference"] : [];
}

function cellRows(
  results: readonly TrialResult[],
  reference: Reference | null,
  width: number,
): string {
  const keys = configColumns(results);
  const cells = cellsOf(results);
  const beside = cells.some(({ config }) => referenceRow(config, reference) !== undefined);
  const rows = [[...keys.map(factorName), "dev accuracy", "epoch", ...theirHeads(beside)]];
  for (const cell of cells) {
    const { accuracy, epoch } = summarize(cell);
    const row = referenceRow(cell.config, reference);
    const theirs = row
      ? [`${row.accuracy.toFixed(4)} @${row.epoch}`, signed(accuracy.mean - row.accuracy, 4)]
      : ["", ""];
    rows.push([
      ...keys.map((key) => levelText(cell.config[key])),
      plusMinus(accuracy, "accuracy"),
      epoch.mean.toFixed(1),
      ...(beside ? theirs : []),
    ]);
  }
  return columns(rows, keys.length, width);
}

function meanRows(
  results: readonly TrialResult[],
  reference: Reference | null,
  width: number,
): string {
  const expected = referenceTrials(results, reference);
  const [accuracy, epoch] = [levelMeans(results, "accuracy"), levelMeans(results, "epoch")];
  const compared = expected.length === cellsOf(results).length;
  const [theirs, theirEpoch] = compared
    ? [levelMeans(expected, "accuracy"), levelMeans(expected, "epoch")]
    : [[], []];
  const rows = [["mean over", "dev accuracy", "epoch", ...theirHeads(compared)]];
  accuracy.forEach((level, i) => {
    const [mean, meanEpoch] = [theirs[i]?.estimate.mean, theirEpoch[i]?.estimate.mean];
    rows.push([
      levelName(level),
      plusMinus(level.estimate, "accuracy"),
      plusMinus(epoch[i]!.estimate, "epoch"),
      ...(mean === undefined
        ? []
        : [`${mean.toFixed(4)} @${meanEpoch!.toFixed(2)}`, signed(level.estimate.mean - mean, 4)]),
    ]);
  });
  return columns(rows, 1, width);
}

/** `the grid`, `2 layers`, `momentum off`, `tanh`. */
export function levelName({ factor, level }: LevelMean): string {
  if (factor === null) return "the grid";
  if (factor.key === "layers") return `${level} layers`;
  return factor.key === "activation" ? levelText(level) : `${factor.name} ${levelText(level)}`;
}

function effectLines(
  results: readonly TrialResult[],
  reference: Reference | null,
  metric: Metric,
  title: string,
  width: number,
): string {
  const effects = mainEffects(results, metric);
  if (effects.length === 0) return "";
  const theirs = mainEffects(referenceTrials(results, reference), metric);
  const lines = effects.map((effect) => {
    const same = theirs.find(({ name }) => name === effect.name);
    return [effectSentence(effect), ...(same ? [intervalText(same.estimate, metric)] : [])];
  });
  const beside = theirs.length > 0 ? ", beside it the paper's own table" : "";
  return `${title}, level against level${beside}:\n` + columns(lines, 2, width);
}

function interactionLines(results: readonly TrialResult[], width: number): string {
  const all: Effect[] = [...interactions(results, "accuracy"), ...interactions(results, "epoch")];
  if (all.length === 0) return "";
  const shown = all.filter(({ estimate }) => ["higher", "lower"].includes(verdict(estimate)));
  const head = `Interactions of two factors: ${shown.length} of ${all.length} shown, ` +
    `${(all.length / 20).toFixed(1)} expected by chance alone`;
  const lines = shown.map((effect) => [
    effect.metric === "accuracy" ? "dev accuracy" : "epoch",
    effectSentence(effect),
  ]);
  return shown.length === 0 ? head : `${head}:\n${columns(lines, 2, width)}`;
}

/** `0.9764 ± 0.0031`; of a single value without the interval. */
export function plusMinus({ mean, half }: Estimate, metric: Metric): string {
  const digits = digitsOf(metric);
  return isNaN(half) ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${half.toFixed(digits)}`;
}

/**
 * Rows with aligned columns; the first `left` of them aligned to the left. Where that is wider than
 * `width`, each row is what its cells say one after the other, with their headings if there are any.
 */
function columns(rows: readonly (readonly string[])[], left: number, width: number): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const aligned = rows.map((row) =>
    row.map((text, i) => i < left ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))
      .join("  ").trimEnd()
  );
  if (aligned.every((line) => line.length <= width)) return aligned.join("\n");
  const isTable = rows[0]!.length > 2;
  const [heads, body] = isTable ? [rows[0]!, rows.slice(1)] : [null, rows];
  return body.map((row) =>
    row.map((text, i) => heads === null ? text : `${heads[i]} ${text}`).join(", ")
  ).join("\n");
}

/**
 * A grid's results as text for the terminal.
 *
 * @module
 */
import { fit } from "../print.ts";
import {
  differenceText,
  effectName,
  effectSentence,
  interactions,
  isShown,
  mainEffects,
  signed,
} from "./effects.ts";
import { levelText, optionName, seedsOf } from "./factors.ts";
import { cellRows, type Findings, meanRows, type Row } from "./findings.ts";
import { BEST_EPOCH, type Metric } from "./metric.ts";
import { type Reference, referenceTrials } from "./reference.ts";
import type { Estimate } from "./statistics.ts";
import type { TrialResult } from "./trial.ts";

/**
 * The table of a grid and what follows from it, in lines of `width` characters at most. It depends
 * on the results alone, not on their order nor on the time they took: the same trials give the same
 * text. Without the trials that are none of the grid, as the best configuration's second training.
 */
export function gridTable(findings: Findings, width = 100): string {
  const { results } = findings;
  if (results.length === 0) return "no trial is finished yet";
  const parts = [
    cellLines(findings, width),
    meanLines(findings, width),
    effectLines(findings, findings.metric, width),
    effectLines(findings, BEST_EPOCH, width),
    interactionLines(findings),
    results.length > 1 ? intervalNote(seedsOf(results).length) : "",
    lengthNote(findings),
  ];
  return parts.filter((part) => part !== "").map((part) => fit(part, width)).join("\n\n");
}

/** That a grid is shorter or longer than the one beside it; empty where it is not. */
export function lengthNote({ results, reference }: Findings): string {
  const epochs = [...new Set(results.map(({ epochs }) => epochs.length))].sort((a, b) => a - b);
  if (reference === null || epochs.every((n) => n === reference.epochs)) return "";
  return `The trials of ${reference.name} have ${reference.epochs} epochs, these ` +
    `${epochs.join(", ")}: differences from its table are those of the length too.`;
}

/** What an interval of these results stands on. */
export function intervalNote(seeds: number): string {
  const note = seeds > 1
    ? `Intervals hold with 95 % confidence. Only seeds are independent, so each stands on ` +
      `${seeds} values, one a seed; more seeds make them narrower.`
    : `Intervals hold with 95 % confidence if the configurations are independent measurements; ` +
      `with one seed that cannot be checked: use --seeds 3 or more.`;
  return `${note} About one in 20 misses the truth by chance.`;
}

/** How long trials took, `seconds` by the clock for all, beside the reference's. */
export function gridTime({ results, reference }: Findings, seconds: number): string {
  const trained = results.reduce((sum, trial) => sum + trial.seconds, 0);
  const time = `${results.length} trials in ${clock(seconds)} (${clock(trained)} of training)`;
  if (reference === null) return time;
  return `${time}: the ${reference.trials} of ${reference.name} took ${
    clock(reference.seconds)
  }, ` +
    `${speedUp(results, seconds, reference)} the time an epoch`;
}

/** How many times as long an epoch of the reference took: `85 times`. */
export function speedUp(
  results: readonly TrialResult[],
  seconds: number,
  reference: Reference,
): string {
  const epochs = results.reduce((sum, trial) => sum + trial.epochs.length, 0);
  const theirs = reference.seconds / (reference.trials * reference.epochs);
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

function cellLines(findings: Findings, width: number): string {
  const { factors, metric, reference } = findings;
  const rows = cellRows(findings);
  const isCompared = rows.some(({ beside }) => beside !== undefined);
  const heads = isCompared ? [reference!.name, "difference"] : [];
  const names = factors.map(({ key }) => optionName(key));
  const lines = rows.map((row) => [
    ...factors.map(({ key }) => levelText(row.cell.options[key]!)),
    plusMinus(row.value, metric),
    row.epoch.mean.toFixed(1),
    ...(isCompared ? besideTexts(row, metric, 0) : []),
  ]);
  return columns([[...names, metric.name, "epoch", ...heads], ...lines], names.length, width);
}

function meanLines(findings: Findings, width: number): string {
  const { metric, reference } = findings;
  const rows = meanRows(findings);
  const isCompared = rows.some(({ beside }) => beside !== undefined);
  const heads = isCompared ? [reference!.name, "difference"] : [];
  const lines = rows.map((row) => [
    row.name,
    plusMinus(row.value, metric),
    plusMinus(row.epoch, BEST_EPOCH),
    ...(isCompared ? besideTexts(row, metric, 2) : []),
  ]);
  return columns([["mean over", metric.name, "epoch", ...heads], ...lines], 1, width);
}

/** What stands beside a row, and how far it is from there. */
function besideTexts({ value, beside }: Row, { digits }: Metric, places: number): string[] {
  if (beside === undefined) return ["", ""];
  return [
    `${beside.value.toFixed(digits)} @${beside.epoch.toFixed(places)}`,
    signed(value.mean - beside.value, digits),
  ];
}

function effectLines(findings: Findings, metric: Metric, width: number): string {
  const { factors, results, reference } = findings;
  const theirs = mainEffects(factors, referenceTrials(factors, results, reference), metric);
  return mainEffects(factors, results, metric).map((effect) => {
    const same = theirs.find((other) => effectName(other) === effectName(effect));
    const beside = same && `; ${reference!.name}: ${differenceText(same.estimate, metric)}`;
    return fit(effectSentence(effect) + (beside ?? ""), width);
  }).join("\n");
}

function interactionLines({ factors, results, metric }: Findings): string {
  const all = [metric, BEST_EPOCH].flatMap((metric) => interactions(factors, results, metric));
  if (all.length === 0) return "";
  const shown = all.filter(isShown);
  const head = `Interactions of two factors: ${shown.length} of ${all.length} shown, ` +
    `${(all.length / 20).toFixed(1)} expected by chance alone`;
  return shown.length === 0 ? head : [`${head}:`, ...shown.map(effectSentence)].join("\n");
}

/** `0.9764 ± 0.0031`; of a single value without the interval. */
export function plusMinus({ mean, half }: Estimate, { digits }: Metric): string {
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

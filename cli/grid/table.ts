/** A grid's results as text for the terminal. */
import { fit } from "../print.ts";
import { clock } from "../words.ts";
import { differenceText, effectSentence, isShown } from "./effects.ts";
import { seedsOf } from "./factors.ts";
import {
  allInteractions,
  effectsBeside,
  type Findings,
  gridTables,
  mattered,
  type Reference,
  type TextTable,
} from "./findings.ts";
import { importanceLines } from "./importance.ts";
import { BEST_EPOCH, type Metric } from "./metric.ts";
import type { TrialResult } from "./trial.ts";

/**
 * The table of a grid and what follows from it, in lines of `width` characters at most. It depends
 * on the results alone, not on their order nor on the time they took: the same trials give the same
 * text. Without the trials that are none of the grid, as the best configuration's second training.
 */
export function gridTable(findings: Findings, width = 100): string {
  const { results, factors } = findings;
  if (results.length === 0) return "no trial is finished yet";
  const { cells, means } = gridTables(findings, ({ mean }) => mean.toFixed(1));
  const parts = [
    columns(cells, factors.length, width),
    columns(means, 1, width),
    importanceText(findings),
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
  return `${time}: the ${reference.trials} of ${reference.name} took ` +
    `${clock(reference.seconds)}, ${speedUp(results, seconds, reference)} the time an epoch`;
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

function effectLines(findings: Findings, metric: Metric, width: number): string {
  const name = findings.reference?.name;
  return effectsBeside(findings, metric).map(({ effect, beside }) => {
    const theirs = beside === undefined ? "" : `; ${name}: ${differenceText(beside, metric)}`;
    return fit(effectSentence(effect) + theirs, width);
  }).join("\n");
}

/** What mattered in a search, that which tells most first; empty for a whole grid. */
function importanceText(findings: Findings): string {
  const { all, after } = mattered(findings);
  if (all.length === 0) return "";
  return [`What mattered${after}:`, ...importanceLines(all, findings.metric)].join("\n");
}

function interactionLines(findings: Findings): string {
  const all = allInteractions(findings);
  if (all.length === 0) return "";
  const shown = all.filter(isShown);
  const head = `Interactions of two factors: ${shown.length} of ${all.length} shown, ` +
    `${(all.length / 20).toFixed(1)} expected by chance alone`;
  return shown.length === 0 ? head : [`${head}:`, ...shown.map(effectSentence)].join("\n");
}

/**
 * A table with aligned columns; the first `left` of them aligned to the left. Where that is wider than
 * `width`, each row is what its cells say one after the other, with their headings if there are any.
 */
function columns({ head, rows }: TextTable, left: number, width: number): string {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  const aligned = all.map((row) =>
    row.map((text, i) => i < left ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))
      .join("  ").trimEnd()
  );
  if (aligned.every((line) => line.length <= width)) return aligned.join("\n");
  return rows.map((row) => row.map((text, i) => `${head[i]} ${text}`).join(", ")).join("\n");
}

/**
 * The part of a report that says what a grid's factors do, and how well that is known.
 *
 * @module
 */
import {
  digitsOf,
  type Effect,
  interactions,
  intervalText,
  mainEffects,
  verdict,
  verdictText,
} from "../grid/effects.ts";
import { type Metric, seedsOf } from "../grid/factors.ts";
import { referenceTrials, REPORT_GRID } from "../grid/reference.ts";
import { intervalNote } from "../grid/table.ts";
import { html, type Markup, table, typeset } from "./html.ts";
import { IntervalScale } from "./interval_bar.ts";
import type { GridData } from "./report_data.ts";

/** Main effects on the best dev accuracy and on its epoch, and the interactions. */
export function effectsSection(grid: GridData): Markup {
  const { results } = grid;
  const all = [...interactions(results, "accuracy"), ...interactions(results, "epoch")];
  const shown = all.filter(isShown).length;
  return html`<section><h2>What each factor does</h2>
<p>The mean difference between trials that differ in one factor only, same seed. A bar that leaves
zero out shows an effect. ${intervalNote(seedsOf(results).length)}</p>
${mainTable(grid, "accuracy")}${mainTable(grid, "epoch")}
${
    all.length > 0 && html`<h3>Interactions</h3>
<p>How much the effect of one factor differs between levels of another: ${shown} of ${all.length}
shown, ${(all.length / 20).toFixed(1)} expected by chance alone.</p>
<details><summary>All interactions</summary>${interactionTable(all)}</details>`
  }</section>`;
}

function mainTable({ results, reference = REPORT_GRID }: GridData, metric: Metric): Markup {
  const effects = mainEffects(results, metric);
  const beside = mainEffects(referenceTrials(results, reference), metric);
  const find = (name: string) => beside.find((effect) => effect.name === name);
  const scale = new IntervalScale([
    ...effects.map(({ estimate }) => estimate),
    ...beside.map(({ estimate: { mean } }) => ({ n: 1, sd: NaN, half: NaN, mean })),
  ]);
  const axis = ["", scale.axis(digitsOf(metric)), ""];
  const head = ["factor", "difference, 95 % interval", "mean [interval]"];
  if (beside.length > 0) {
    head[1] += "; ○ the paper";
    head.push("the paper");
    axis.push("");
  }
  return table({
    caption: metric === "accuracy"
      ? "Effect on the best dev accuracy"
      : "Effect on the epoch of the best (earlier is faster)",
    className: "effects",
    head,
    rows: [
      ...effects.map((effect) => {
        const report = find(effect.name)?.estimate;
        return [
          html`${effect.name}<br>${badge(effect)}`,
          scale.bar(effect.estimate, isShown(effect), report?.mean),
          typeset(intervalText(effect.estimate, metric)),
          ...(beside.length > 0
            ? [
              html`<span class="note">${report && typeset(intervalText(report, metric))}</span>`,
            ]
            : []),
        ];
      }),
      axis,
    ],
  });
}

function interactionTable(all: readonly Effect[]): Markup {
  return table({
    caption: "Interactions",
    className: "words",
    head: ["factors", "of", "difference of differences", ""],
    rows: all.map((effect) => [
      effect.name,
      effect.metric === "accuracy" ? "dev accuracy" : "epoch",
      typeset(intervalText(effect.estimate, effect.metric)),
      badge(effect),
    ]),
  });
}

function badge(effect: Effect): Markup {
  return html`<span class="${isShown(effect) ? "badge shown" : "badge"}">${
    verdictText(effect)
  }</span>`;
}

function isShown({ estimate }: Effect): boolean {
  return ["higher", "lower"].includes(verdict(estimate));
}

/**
 * The part of a report that says what a grid's factors do, and how well that is known.
 *
 * @module
 */
import { html, type Markup, table, typeset } from "../report/html.ts";
import {
  differenceText,
  type Effect,
  effectName,
  effectSentence,
  interactions,
  isShown,
  mainEffects,
} from "./effects.ts";
import { seedsOf } from "./factors.ts";
import type { Findings } from "./findings.ts";
import { IntervalScale } from "./interval_bar.ts";
import { BEST_EPOCH, type Metric } from "./metric.ts";
import { referenceTrials } from "./reference.ts";
import type { Estimate } from "./statistics.ts";
import { intervalNote } from "./table.ts";

/** Main effects on the metric and on the epoch of the best, and the interactions. */
export function effectsSection(findings: Findings): Markup {
  const { results, factors, metric } = findings;
  const all = [metric, BEST_EPOCH].flatMap((metric) => interactions(factors, results, metric));
  const shown = all.filter(isShown).length;
  return html`<section><h2>What each factor does</h2>
<p>The mean difference between trials that differ in one factor only, same seed. A bar that leaves
zero out shows an effect. ${intervalNote(seedsOf(results).length)}</p>
${[metric, BEST_EPOCH].map((metric) => mainTable(findings, metric))}
${
    all.length > 0 && html`
      <h3>Interactions</h3>
      <p>How much the effect of one factor differs between levels of another: ${shown} of ${all
        .length}
      shown, ${(all.length / 20).toFixed(1)} expected by chance alone.</p>
      <details>
        <summary>All interactions</summary>
        <ul>${all.map((effect) => html`<li>${sentence(effect)}</li>`)}</ul>
      </details>
    `
  }</section>`;
}

function mainTable({ results, factors, reference }: Findings, metric: Metric): Markup {
  const effects = mainEffects(factors, results, metric);
  const theirs = mainEffects(factors, referenceTrials(factors, results, reference), metric);
  const find = (name: string) => theirs.find((effect) => effectName(effect) === name)?.estimate;
  const scale = new IntervalScale(metric, [
    ...effects.map(({ estimate }) => estimate),
    ...theirs.map(({ estimate: { mean } }) => ({ n: 1, sd: NaN, half: NaN, mean })),
  ]);
  const isCompared = theirs.length > 0;
  const ring = isCompared ? `; ○ ${reference!.name}` : "";
  return table({
    caption: `Effect on ${metric.name} (${metric.isHigherBetter ? "more" : "less"} is better)`,
    className: "effects",
    head: ["factor", `difference, 95 % interval${ring}`, ...(isCompared ? [reference!.name] : [])],
    rows: [
      ...effects.map((effect) => {
        const beside = find(effectName(effect));
        return [
          sentence(effect),
          scale.bar(effect.estimate, isShown(effect), beside?.mean),
          ...(isCompared ? [besideText(beside, metric, reference!.name)] : []),
        ];
      }),
      ["", scale.axis(), ...(isCompared ? [""] : [])],
    ],
  });
}

function besideText(beside: Estimate | undefined, metric: Metric, name: string): Markup {
  const text = beside && `${name}: ${typeset(differenceText(beside, metric))}`;
  return html`<span class="note">${text}</span>`;
}

function sentence(effect: Effect): Markup {
  const text = typeset(effectSentence(effect));
  return isShown(effect) ? html`<strong>${text}</strong>` : html`${text}`;
}

/** The part of a report that says what a grid's factors do, and how well that is known. */
import { html, type Markup, table, typeset } from "../report/html.ts";
import { ticks } from "../report/charts.ts";
import { differenceText, type Effect, effectSentence, isShown, signed } from "./effects.ts";
import { seedsOf } from "./factors.ts";
import { allInteractions, effectsBeside, type Findings } from "./findings.ts";
import { BEST_EPOCH, type Metric } from "./metric.ts";
import type { Estimate } from "./statistics.ts";
import { intervalNote } from "./table.ts";

/** Main effects on the metric and on the epoch of the best, and the interactions. */
export function effectsSection(findings: Findings): Markup {
  const { results, metric } = findings;
  const all = allInteractions(findings);
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

function mainTable(findings: Findings, metric: Metric): Markup {
  const effects = effectsBeside(findings, metric);
  const isCompared = effects.some(({ beside }) => beside !== undefined);
  const name = findings.reference?.name;
  const { bar, axis } = intervalScale(metric, effects);
  return table({
    caption: `Effect on ${metric.name} (${metric.isHigherBetter ? "more" : "less"} is better)`,
    className: "effects",
    head: [
      "factor",
      `difference, 95 % interval${isCompared ? `; ○ ${name}` : ""}`,
      ...isCompared ? [name] : [],
    ],
    rows: [
      ...effects.map(({ effect, beside }) => {
        const text = beside && `${name}: ${typeset(differenceText(beside, metric))}`;
        return [
          sentence(effect),
          bar(effect, beside),
          ...isCompared ? [html`<span class="note">${text}</span>`] : [],
        ];
      }),
      ["", axis, ...isCompared ? [""] : []],
    ],
  });
}

function sentence(effect: Effect): Markup {
  const text = typeset(effectSentence(effect));
  return isShown(effect) ? html`<strong>${text}</strong>` : html`${text}`;
}

const [WIDTH, HEIGHT, EDGE] = [400, 24, 24];

/** Intervals of a metric drawn on a common scale with zero on it, and the scale's values. */
function intervalScale(
  { digits, difference: { scale } }: Metric,
  all: readonly { effect: Effect; beside: Estimate | undefined }[],
): { bar: (effect: Effect, beside?: Estimate) => Markup; axis: Markup } {
  const endsOf = ({ mean, half }: Estimate) =>
    isNaN(half) ? [mean, mean] : [mean - half, mean + half];
  const ends = all.flatMap(({ effect, beside }) => [
    ...endsOf(effect.estimate),
    ...beside ? [beside.mean] : [],
  ]);
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const x = (value: number) =>
    Math.round(10 * (EDGE + (value - low) / (high - low || 1) * (WIDTH - 2 * EDGE))) / 10;
  const text = (v: number) => typeset(signed(scale * v, digits - Math.round(Math.log10(scale))));
  return {
    /** A bar with a dot, and as a ring what it is compared with; without an interval only the dot. */
    bar(effect, beside) {
      const middle = HEIGHT / 2;
      const [from, to] = endsOf(effect.estimate).map(x);
      return html`
        <svg class="bar ${isShown(effect) ? "shown" : ""}" viewBox="0 0 ${WIDTH} ${HEIGHT}"
          aria-hidden="true"><path class="zero" d="M${x(0)} 0V${HEIGHT}" />
          <path class="span" d="M${from} ${middle}H${to}" />
          <circle class="dot" cx="${x(effect.estimate.mean)}" cy="${middle}" r="4.5" />
          ${beside && html`<circle class="ring" cx="${x(beside.mean)}" cy="${middle}" r="4.5" />`}
        </svg>
      `;
    },
    axis: html`<svg class="bar" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">${
      ticks(low, high, 4).map((v) =>
        html`
          <path class="zero" d="M${x(v)} 0v5" />
          <text x="${x(v)}" y="17" text-anchor="middle">${text(v)}</text>
        `
      )
    }</svg>`,
  };
}

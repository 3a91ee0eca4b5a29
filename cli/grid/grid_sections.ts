/** The parts of a report that show a grid: heat map, table, and every trial's curve. */
import type { train } from "@glim/glim";
import { html, type Markup, scrolled, table, typeset } from "../report/html.ts";
import { domainOf, lineChart, type Point } from "../report/charts.ts";
import { clock } from "../words.ts";
import { cellIndex, cellsOf, configName, variedOf } from "./factors.ts";
import { bestRow, cellRows, type Findings, gridTables, plusMinus, type Row } from "./findings.ts";
import { BEST_EPOCH } from "./metric.ts";
import { lengthNote } from "./table.ts";

/** The metric as colours, this grid's and the reference's on one scale. */
export function heatSection(findings: Findings): Markup {
  const { metric: { name, digits }, reference } = findings;
  const rows = cellRows(findings);
  const isCompared = rows.every(({ beside }) => beside !== undefined);
  const [low, high] = domainOf(
    rows.flatMap(({ value, beside }) => isCompared ? [value.mean, beside!.value] : [value.mean]),
  );
  const draw = (v: number, note: string) =>
    html`<td style="--v:${Math.round(4 + 66 * (v - low) / (high - low || 1))}%">${
      v.toFixed(digits)
    }${note && html`<br><span class="note">${note}</span>`}</td>`;
  const here = ({ value: { mean, half } }: Row) =>
    draw(mean, isNaN(half) ? "" : `± ${half.toFixed(digits)}`);
  return html`
    <section>
      <h2>The grid</h2>
      <p>Best ${name}, mean over the seeds. <span class="scale">${low.toFixed(
        digits,
      )} <i></i> ${high.toFixed(digits)}</span></p>
      <div class="pair maps">${heatMap(findings, "Here", here)}${isCompared &&
        heatMap(
          findings,
          `${reference!.name}, one run each`,
          ({ beside }) => draw(beside!.value, ""),
        )}</div>
    </section>
  `;
}

/** Most columns of a heat map, where the last factor alone has no more. */
const MAX_COLUMNS = 6;

/** Columns are the levels of the last factors, rows those of the others. */
function heatMap(findings: Findings, caption: string, draw: (row: Row) => Markup): Markup {
  const factors = variedOf(findings.factors);
  let at = factors.length - 1;
  let count = factors[at]!.levels.length;
  while (at > 1 && (count *= factors[at - 1]!.levels.length) <= MAX_COLUMNS) at--;
  const [down, across] = [factors.slice(0, at), factors.slice(at)];
  const rows = cellRows(findings).map((row) => ({
    row,
    name: configName(row.cell.options, down) || "all",
    column: configName(row.cell.options, across),
  }));
  const columns = [...new Set(rows.map(({ column }) => column))];
  const lines = Map.groupBy(rows, ({ name }) => name);
  return scrolled(
    caption,
    html`
      <table class="heat">
        <caption>${caption}</caption>
        <thead>
          <tr><td></td>${columns.map((column) =>
            html`<th scope="col">${column.split(", ").map((line) => html`${line}<br>`)}</th>`
          )}</tr>
        </thead>
        <tbody>${Array.from(lines, ([name, line]) =>
          html`
            <tr><th scope="row">${name}</th>${columns.map((column) => {
              const found = line.find((cell) => cell.column === column);
              return found ? draw(found.row) : html`<td></td>`;
            })}</tr>
          `)}</tbody>
      </table>
    `,
  );
}

/** A row a configuration, with the reference's beside it, then the means over the grid and each level. */
export function tableSection(findings: Findings): Markup {
  const { factors, factors: { length }, metric } = findings;
  const { cells, means } = gridTables(findings, (epoch) => plusMinus(epoch, BEST_EPOCH));
  const { options } = bestRow(findings).cell;
  const best = cellRows(findings).findIndex(({ cell }) =>
    cellIndex(factors, cell.options) === cellIndex(factors, options)
  );
  const note = lengthNote(findings);
  return html`<section><h2>Every configuration</h2>${note && html`<p>${note}</p>`}${
    table({
      caption: `Best ${metric.name} and its epoch, mean and 95 % interval over the seeds`,
      head: cells.head,
      rows: cells.rows.map((row, i) =>
        row.map((cell, j) => {
          if (j < length) return cell;
          return i === best && j === length ? html`<strong>${cell}</strong>` : typeset(cell);
        })
      ),
    })
  }${
    table({
      caption: "Means over the grid, and over each level of each factor",
      head: means.head,
      rows: means.rows.map(([name, ...cells]) => [name, ...cells.map(typeset)]),
    })
  }</section>`;
}

/** A panel a configuration, a line a seed. */
export function trialsSection(findings: Findings): Markup {
  const { results, factors, metric, reference } = findings;
  const varied = variedOf(factors);
  const curve = (epochs: readonly train.EpochRecord[]) =>
    epochs.map((e): Point => [e.epoch, metric.curve.of(e)]);
  const domain = domainOf(results.flatMap(({ epochs }) => curve(epochs).map(([_, y]) => y)));
  let hasRing = false;
  const panels = cellRows(findings).map(({ cell: { options, trials }, beside }) => {
    const name = configName(options, varied);
    const isRinged = beside !== undefined && beside.epoch < trials[0]!.epochs.length;
    hasRing ||= isRinged;
    return html`<figure><figcaption>${name}</figcaption>${
      lineChart({
        label: `${metric.curve.name} over the epochs, ${name}, ${trials.length} seeds`,
        width: 240,
        height: 130,
        series: trials.map(({ seed, epochs }) => ({
          name: `seed ${seed}`,
          colour: "a",
          points: curve(epochs),
        })),
        domain,
        ticks: 3,
        ring: isRinged
          ? {
            at: [beside.epoch, beside.value],
            text: `${reference!.name}: ${beside.value} @${beside.epoch}`,
          }
          : undefined,
      })
    }</figure>`;
  });
  return html`
    <section>
      <h2>Every trial</h2>
      <p>
        The ${metric.curve.name} after each epoch, a line a seed. ${hasRing &&
          `The ring is the best of the run of ${reference!.name}.`}
      </p>
      <div class="panels">${panels}</div>
      <details><summary>All ${results
        .length} trials, with the hashes of their weights</summary>${trialTable(
          findings,
        )}</details>
    </section>
  `;
}

function trialTable({ results, factors, metric }: Findings): Markup {
  return table({
    caption: "Trials; the hash is SHA-256 of the final weights",
    head: ["configuration", "seed", metric.name, "epoch", "time", "weights"],
    rows: cellsOf(factors, results).flatMap(({ options, trials }) =>
      trials.map((trial) => [
        configName(options, variedOf(factors)),
        trial.seed,
        metric.of(trial).toFixed(metric.digits),
        trial.bestEpoch,
        clock(trial.seconds),
        html`<code>${trial.weightHash}</code>`,
      ])
    ),
  });
}

/**
 * The parts of a report that show a grid: heat map, table, and every trial's curve.
 *
 * @module
 */
import { levelMeans, signed } from "../grid/effects.ts";
import {
  type Cell,
  cellsOf,
  type FactorKey,
  factorName,
  factorsOf,
  levelText,
} from "../grid/factors.ts";
import { referenceRow, referenceTrials, REPORT_GRID } from "../grid/reference.ts";
import { mean } from "../grid/statistics.ts";
import {
  clock,
  configColumns,
  lengthNote,
  levelName,
  plusMinus,
  summarize,
} from "../grid/table.ts";
import type { TrialConfig, TrialResult } from "../grid/trial.ts";
import { html, type Markup, table, typeset } from "./html.ts";
import { domainOf, lineChart, type Point } from "./line_chart.ts";
import type { GridData } from "./report_data.ts";

/** Columns of what stands beside a grid. */
const BESIDE = ["the paper", "its epoch", "difference"];

/** A configuration by the factors that vary: `3 layers, LR decay 0.5, no momentum, ReLU`. */
export function configName(config: TrialConfig, keys: readonly FactorKey[]): string {
  return keys.map((key) => {
    if (key === "layers") return `${config.layers} layers`;
    if (key === "activation") return levelText(config.activation);
    return config[key] === null ? `no ${factorName(key)}` : `${factorName(key)} ${config[key]}`;
  }).join(", ");
}

/** The cell with the highest mean dev accuracy; the first of equals. */
export function bestCell(results: readonly TrialResult[]): Cell {
  const accuracy = ({ trials }: Cell) => mean(trials.map(({ bestAccuracy }) => bestAccuracy));
  return cellsOf(results).reduce((best, cell) => accuracy(cell) > accuracy(best) ? cell : best);
}

/** Dev accuracies as colours, this grid's and the paper's on one scale. */
export function heatSection({ results, reference = REPORT_GRID }: GridData): Markup {
  const cells = cellsOf(results);
  const here = new Map(cells.map((cell) => [cell.config, summarize(cell).accuracy]));
  const there = new Map(
    cells.map(({ config }) => [config, referenceRow(config, reference)?.accuracy]),
  );
  const hasPaper = cells.length === referenceTrials(results, reference).length;
  const [low, high] = domainOf([
    ...Array.from(here.values(), (estimate) => estimate.mean),
    ...(hasPaper ? Array.from(there.values(), (accuracy) => accuracy!) : []),
  ]);
  const shade = (v: number) => `--v:${Math.round(4 + 66 * (v - low) / (high - low || 1))}%`;
  const map = (caption: string, value: (config: TrialConfig) => [number, string]) =>
    heatMap(cells, results, caption, (config) => {
      const [v, note] = value(config);
      return html`<td style="${shade(v)}">${v.toFixed(4)}${
        note && html`<br><span class="note">${note}</span>`
      }</td>`;
    });
  return html`
    <section>
      <h2>The grid</h2>
      <p>Best dev accuracy, mean over the seeds. <span class="scale">${low.toFixed(
        4,
      )} <i></i> ${high.toFixed(4)}</span></p>
      <div class="pair maps">${map("Here", (config) => {
        const { mean, half } = here.get(config)!;
        return [mean, isNaN(half) ? "" : `± ${half.toFixed(4)}`];
      })}${hasPaper && map("The paper, one run each", (config) => [there.get(config)!, ""])}</div>
    </section>
  `;
}

/** Columns are the switches that vary, rows all else. */
function heatMap(
  cells: readonly Cell[],
  results: readonly TrialResult[],
  caption: string,
  draw: (config: TrialConfig) => Markup,
): Markup {
  const varied = factorsOf(results).map(({ key }) => key);
  const across: FactorKey[] = varied.filter((key) => key === "lrDecay" || key === "momentum");
  const down = varied.filter((key) => !across.includes(key));
  const name = (config: TrialConfig, keys: FactorKey[]) => configName(config, keys) || "all";
  const columns = [...new Set(cells.map(({ config }) => name(config, across)))];
  const rows = [...new Set(cells.map(({ config }) => name(config, down)))];
  const find = (row: string, column: string) =>
    cells.find(({ config }) => name(config, down) === row && name(config, across) === column);
  return html`
    <div class="scroll" role="region" aria-label="${caption}" tabindex="0">
      <table class="heat">
        <caption>${caption}</caption>
        <thead>
          <tr><td></td>${columns.map((column) =>
            html`<th scope="col">${column.split(", ").map((line) => html`${line}<br>`)}</th>`
          )}</tr>
        </thead>
        <tbody>${rows.map((row) =>
          html`
            <tr><th scope="row">${row}</th>${columns.map((column) => {
              const cell = find(row, column);
              return cell ? draw(cell.config) : html`<td></td>`;
            })}</tr>
          `
        )}</tbody>
      </table>
    </div>
  `;
}

/** A row a configuration beside the paper's, then the means over the grid and each level. */
export function tableSection({ results, reference = REPORT_GRID }: GridData): Markup {
  const keys = configColumns(results);
  const best = bestCell(results);
  const rows = cellsOf(results).map((cell) => {
    const { accuracy, epoch } = summarize(cell);
    const row = referenceRow(cell.config, reference);
    const shown = plusMinus(accuracy, "accuracy");
    return [
      ...keys.map((key) => levelText(cell.config[key])),
      cell.config === best.config ? html`<strong>${shown}</strong>` : shown,
      plusMinus(epoch, "epoch"),
      ...(reference === null ? [] : [
        row?.accuracy.toFixed(4),
        row?.epoch,
        row && typeset(signed(accuracy.mean - row.accuracy, 4)),
      ]),
    ];
  });
  const columns = ["dev accuracy", "epoch", ...(reference === null ? [] : BESIDE)];
  const note = lengthNote(results, reference);
  return html`<section><h2>Every configuration</h2>${note && html`<p>${note}</p>`}${
    table({
      caption: `Best dev accuracy and its epoch, mean and 95 % interval over the seeds`,
      head: [...keys.map(factorName), ...columns],
      rows,
    })
  }${meansTable({ results, reference })}</section>`;
}

function meansTable(
  { results, reference }: { results: readonly TrialResult[]; reference: GridData["reference"] },
): Markup {
  const theirs = referenceTrials(results, reference);
  const compared = theirs.length === cellsOf(results).length;
  const epochs = levelMeans(results, "epoch");
  const reports = compared ? levelMeans(theirs, "accuracy") : [];
  const reportEpochs = compared ? levelMeans(theirs, "epoch") : [];
  return table({
    caption: "Means over the grid, and over each level of each factor",
    head: ["mean over", "dev accuracy", "epoch", ...(reference === null ? [] : BESIDE)],
    rows: levelMeans(results, "accuracy").map((level, i) => {
      const report = reports[i]?.estimate.mean;
      return [
        levelName(level),
        plusMinus(level.estimate, "accuracy"),
        plusMinus(epochs[i]!.estimate, "epoch"),
        ...(reference === null ? [] : [
          report?.toFixed(4),
          reportEpochs[i]?.estimate.mean.toFixed(2),
          report === undefined ? undefined : typeset(signed(level.estimate.mean - report, 4)),
        ]),
      ];
    }),
  });
}

/** A panel a configuration, a line a seed. */
export function trialsSection({ results, reference = REPORT_GRID }: GridData): Markup {
  const keys = factorsOf(results).map(({ key }) => key);
  const hasRing = results.some(({ config }) =>
    (referenceRow(config, reference)?.epoch ?? Infinity) < config.epochs
  );
  const domain = domainOf(results.flatMap(({ epochs }) => epochs.map((e) => e.devAccuracy)));
  const panels = cellsOf(results).map(({ config, trials }) => {
    const name = configName(config, keys);
    const row = referenceRow(config, reference);
    return html`<figure><figcaption>${name}</figcaption>${
      lineChart({
        label: `Dev accuracy over the epochs, ${name}, ${trials.length} seeds`,
        width: 240,
        height: 130,
        series: trials.map(({ config, epochs }) => ({
          name: `seed ${config.seed}`,
          colour: config.activation === "tanh" ? "b" : "a",
          points: epochs.map((e): Point => [e.epoch, e.devAccuracy]),
        })),
        domain,
        ticks: 3,
        ring: row && row.epoch < config.epochs
          ? { at: [row.epoch, row.accuracy], text: `the paper: ${row.accuracy} @${row.epoch}` }
          : undefined,
      })
    }</figure>`;
  });
  return html`
    <section>
      <h2>Every trial</h2>
      <p>
        Dev accuracy after each epoch, a line a seed: <span class="key a">ReLU</span>, <span
          class="key b">tanh</span>. ${hasRing && "The ring is the best of the paper's run."}
      </p>
      <div class="panels">${panels}</div>
      <details><summary>All ${results
        .length} trials, with the hashes of their weights</summary>${trialTable(
          results,
          keys,
        )}</details>
    </section>
  `;
}

function trialTable(results: readonly TrialResult[], keys: readonly FactorKey[]): Markup {
  return table({
    caption: "Trials; the hash is SHA-256 of the final weights",
    head: ["configuration", "seed", "dev accuracy", "epoch", "time", "weights"],
    rows: cellsOf(results).flatMap(({ trials }) =>
      trials.map((trial) => [
        configName(trial.config, keys),
        trial.config.seed,
        trial.bestAccuracy.toFixed(4),
        trial.bestEpoch,
        clock(trial.seconds),
        html`<code>${trial.weightHash}</code>`,
      ])
    ),
  });
}

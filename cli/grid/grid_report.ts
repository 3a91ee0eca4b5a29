/**
 * A grid's `report.html`.
 *
 * @module
 */
import { getKernelBuild } from "@glim/glim";
import type { Data } from "../experiment.ts";
import { html, type Markup } from "../report/html.ts";
import { reportHtml } from "../report/report.ts";
import type { ReportData, Tile } from "../report/report_data.ts";
import { devAnswers } from "../report/run_report.ts";
import { countOf, ownCommand } from "../setting.ts";
import { effectsSection } from "./effect_sections.ts";
import { bestRow, type Findings, meanRows } from "./findings.ts";
import type { GridFolder } from "./grid_folder.ts";
import type { GridSpec } from "./grid_spec.ts";
import { configName, heatSection, tableSection, trialsSection, variedOf } from "./grid_sections.ts";
import type { Metric } from "./metric.ts";
import { PAPER_RETRAINED } from "./paper.ts";
import type { RetrainedNetwork } from "./retrained.ts";
import type { Estimate } from "./statistics.ts";
import { clock, speedUp } from "./table.ts";
import { testEvaluations } from "./test_record.ts";
import { readTimes, secondsOf } from "./times.ts";
import type { TrialResult } from "./trial.ts";

/** What the report of a grid tells first: what came of its trials. */
export function gridLead(findings: Findings, seconds: number): NonNullable<ReportData["lead"]> {
  if (findings.results.length === 0) return { tiles: [], sections: [] };
  const sections = [effectsSection, heatSection, tableSection, trialsSection];
  return {
    tiles: gridTiles(findings, seconds),
    sections: sections
      .filter((section) => section !== heatSection || findings.factors.length > 0)
      .map((section) => section(findings)),
  };
}

function gridTiles(findings: Findings, seconds: number): Tile[] {
  const { results, factors, metric, reference } = findings;
  const all = meanRows(findings)[0]!;
  const best = bestRow(findings);
  const compared = all.beside
    ? `${reference!.name}: ${all.beside.value.toFixed(metric.digits)}`
    : "";
  const times = reference === null
    ? ""
    : `the ${reference.trials} of ${reference.name}: ${clock(reference.seconds)}, ${
      speedUp(results, seconds, reference)
    } the time an epoch`;
  return [
    [withHalf(all.value, metric), `mean ${metric.name} of the grid`, compared],
    [
      withHalf(best.value, metric),
      "best configuration",
      configName(best.cell.options, variedOf(factors)),
    ],
    [clock(seconds), `time of ${results.length} trials`, times],
  ];
}

function withHalf({ mean, half }: Estimate, { digits }: Metric): Markup {
  return html`${mean.toFixed(digits)}${
    !isNaN(half) && html`<small>± ${half.toFixed(digits)}</small>`
  }`;
}

/** What a grid's report is made of. */
export interface GridReport {
  /** The grid. */
  spec: GridSpec;
  /** What is trained. */
  title: string;
  /** What came of its trials. */
  findings: Findings;
  /** Where it is written. */
  folder: GridFolder;
  /** The best of it, trained again, its network, its data and the figure that it was the best by. */
  retrained?: { result: TrialResult; network: RetrainedNetwork; data: Data; judgedBy: string };
}

/**
 * Writes the report. The confusions and mistakes in it are those on the dev set: showing the test
 * set's would be a second look at it.
 */
export async function writeGridReport(
  { spec, title, findings, folder, retrained }: GridReport,
): Promise<void> {
  const times = readTimes(folder);
  const { library, options, vary, ...choices } = spec;
  const html = await reportHtml({
    title: `A grid of ${countOf(findings.results.length, "trial")}: ${title}`,
    command: ownCommand(),
    started: times[0]?.began ?? new Date().toISOString(),
    seconds: secondsOf(times) + (retrained?.result.seconds ?? 0),
    config: { ...vary, ...options, ...choices },
    environment: {
      glim: library,
      build: getKernelBuild(),
      deno: Deno.version.deno,
      v8: Deno.version.v8,
      target: Deno.build.target,
      processors: navigator.hardwareConcurrency,
      trials: times.map(({ where, trials }) => `${trials} in ${where}`),
    },
    lead: gridLead(findings, secondsOf(times)),
    reference: findings.reference === null
      ? null
      : { name: findings.reference.name, ...PAPER_RETRAINED },
    ...retrained === undefined ? {} : retrainedParts(retrained, findings),
    evaluations: testEvaluations(folder).map(({ began, trial, figures }) => ({
      began,
      what: `weights of trial ${trial}`,
      figures,
    })),
    hashes: retrained === undefined ? [] : [
      { name: "weights.safetensors, the best epoch's", sha256: retrained.network.fileHash },
      { name: "the last epoch's weights", sha256: retrained.result.weightHash },
    ],
  });
  folder.write("report.html", html);
}

function retrainedParts(
  { result, network, data, judgedBy }: NonNullable<GridReport["retrained"]>,
  { factors, metric }: Findings,
): Pick<ReportData, "run" | "taken" | "answers"> {
  const { options, epochs, bestEpoch } = result;
  const name = `${configName(options, factors)}, ${countOf(epochs.length, "epoch")}`;
  return {
    run: { name, history: epochs },
    taken: {
      name: `those of epoch ${bestEpoch}, the best`,
      dev: { [judgedBy]: metric.of(result) },
    },
    answers: devAnswers(network.training.model, data),
  };
}

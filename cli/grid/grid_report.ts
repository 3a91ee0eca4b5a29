/** A grid's `report.html`. */
import { getKernelBuild, type nn } from "@glim/glim";
import type { Data } from "../experiment.ts";
import { html, type Markup } from "../report/html.ts";
import { devAnswers } from "../report/answers.ts";
import { type ReportData, reportHtml, type Tile } from "../report/report.ts";
import { testEvaluations } from "../test_record.ts";
import { clock, countOf, ownCommand } from "../words.ts";
import { effectsSection } from "./effect_sections.ts";
import { configName, variedOf } from "./factors.ts";
import { bestRow, type Findings, mattered, meanRows } from "./findings.ts";
import type { GridFolder } from "./grid_folder.ts";
import { heatSection, tableSection, trialsSection } from "./grid_sections.ts";
import type { GridSpec } from "./grid_spec.ts";
import { importanceSection } from "./importance.ts";
import type { Metric } from "./metric.ts";
import { PAPER_RETRAINED } from "./paper.ts";
import type { Estimate } from "./statistics.ts";
import { speedUp } from "./table.ts";
import type { TrialResult } from "./trial.ts";

/** What the report of a grid tells first: what came of its trials. */
export function gridLead(findings: Findings, seconds: number): NonNullable<ReportData["lead"]> {
  if (findings.results.length === 0) return { tiles: [], sections: [] };
  const { factors, metric } = findings;
  const { all, after } = mattered(findings);
  const isDrawn = factors.some(({ isDrawn }) => isDrawn);
  const sections = [
    ...factors.every(({ isDrawn }) => isDrawn) && isDrawn ? [] : [effectsSection],
    ...factors.length === 0 || isDrawn ? [] : [heatSection],
    tableSection,
    trialsSection,
  ];
  return {
    tiles: gridTiles(findings, seconds),
    sections: [
      ...all.length > 0 ? [importanceSection(all, metric, after)] : [],
      ...sections.map((section) => section(findings)),
    ],
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
    : `the ${reference.trials} of ${reference.name}: ${clock(reference.seconds)}, ` +
      `${speedUp(results, seconds, reference)} the time an epoch`;
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
  spec: GridSpec;
  title: string;
  findings: Findings;
  folder: GridFolder;
  retrained?: Retrained;
}

/** The best of a grid, trained again. */
interface Retrained {
  result: TrialResult;
  /** Its network, with the weights that were taken. */
  model: nn.Module;
  sha256: string;
  data: Data;
  /** The figure that it was the best by. */
  judgedBy: string;
}

/**
 * Writes the report. The confusions and mistakes in it are those on the dev set: showing the test
 * set's would be a second look at it.
 */
export async function writeGridReport(
  { spec, title, findings, folder, retrained }: GridReport,
): Promise<void> {
  const { times, seconds } = folder;
  const { library, options, vary, ...choices } = spec;
  const { reference, budget } = findings;
  const html = reportHtml({
    title: `A grid of ${countOf(findings.results.length, "trial")}: ${title}`,
    command: ownCommand(),
    started: times[0]?.began ?? new Date().toISOString(),
    seconds: seconds + (retrained?.result.seconds ?? 0),
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
    lead: gridLead(findings, seconds),
    ...budget !== undefined && { notes: [budget] },
    reference: reference === null ? null : { name: reference.name, ...PAPER_RETRAINED },
    evaluations: testEvaluations(folder).map(({ began, trial, figures }) => ({
      began,
      what: `weights of trial ${trial}`,
      figures,
    })),
    hashes: [],
    ...retrained === undefined ? {} : await retrainedParts(retrained, findings),
  });
  folder.write("report.html", html);
}

async function retrainedParts(
  { result, model, sha256, data, judgedBy }: Retrained,
  { factors, metric }: Findings,
): Promise<Pick<ReportData, "run" | "taken" | "answers" | "hashes">> {
  const { options, epochs, bestEpoch, weightHash } = result;
  const name = `${configName(options, factors)}, ${countOf(epochs.length, "epoch")}`;
  return {
    run: { name, history: epochs },
    taken: {
      name: `those of epoch ${bestEpoch}, the best`,
      dev: { [judgedBy]: metric.of(result) },
    },
    answers: await devAnswers(model, data),
    hashes: [
      { name: "weights.safetensors, the best epoch's", sha256 },
      { name: "the last epoch's weights", sha256: weightHash },
    ],
  };
}

/**
 * The report of `deno task train grid`.
 *
 * @module
 */
import type { data, nn } from "../../../mod.ts";
import { cellsOf, factorsOf, seedsOf } from "../grid/factors.ts";
import type { TrialResult } from "../grid/trial.ts";
import { configName } from "./grid_sections.ts";
import type { Hash, ReportData, TestEvaluation } from "./report_data.ts";
import { commandLine, devAnswers } from "./run_report.ts";

/** What a grid knows when it is over. */
export interface FinishedGrid {
  /** The grid's trials. */
  results: readonly TrialResult[];
  /** How long they took by the clock. */
  trialSeconds: number;
  /** The second training of the best configuration; left out where there was none. */
  retrained?: {
    /** Its record. */
    result: TrialResult;
    /** The network, with the weights of the best epoch. */
    model: nn.Module;
  } | undefined;
  /** The data. */
  set: data.Mnist;
  /** Every look at the test set. */
  evaluations: readonly TestEvaluation[];
  /** Every choice that was made. */
  config: Readonly<Record<string, unknown>>;
  /** What it ran on. */
  environment: Readonly<Record<string, unknown>>;
  /** When it began, as `Date.toISOString` writes it. */
  started: string;
  /** How long all of it took by the clock. */
  seconds: number;
}

/** Gathers what the report of a grid tells. The hashes of all trials stand in its table of them. */
export function gridReport(grid: FinishedGrid): ReportData {
  const { results, trialSeconds, retrained, set, ...rest } = grid;
  const keys = factorsOf(results).map(({ key }) => key);
  const seeds = seedsOf(results).length;
  const hashes: Hash[] = retrained
    ? [{ name: "final weights of the second training", sha256: retrained.result.weightHash }]
    : [];
  return {
    ...rest,
    title: `${cellsOf(results).length} configurations, ${
      seeds === 1 ? "1 seed" : `${seeds} seeds`
    }`,
    command: commandLine("deno task train", Deno.args),
    grid: { results, seconds: trialSeconds },
    run: retrained && {
      name: "The best configuration, trained again: " +
        `${configName(retrained.result.config, keys)}, ${retrained.result.config.epochs} epochs`,
      history: retrained.result.epochs,
    },
    answers: retrained && devAnswers(retrained.model, set),
    hashes,
  };
}

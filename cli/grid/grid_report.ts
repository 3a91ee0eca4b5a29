/**
 * A grid's `report.html`.
 *
 * @module
 */
import { ownCommand } from "../setting.ts";
import { type data, getKernelBuild } from "../../mod.ts";
import { confusionAndMistakes } from "../report/mistakes.ts";
import { reportHtml } from "../report/report.ts";
import type { GridSpec } from "./configurations.ts";
import type { GridFolder } from "./grid_folder.ts";
import type { Reference } from "./reference.ts";
import type { TrainedNetwork } from "./retrain.ts";
import { readSessions, secondsOf } from "./sessions.ts";
import { testEvaluations } from "./test_record.ts";
import { describeTrial, type TrialResult } from "./trial.ts";

/** Mistakes that are shown. */
const WORST = 30;

/** What a grid's report is made of. */
export interface GridReport {
  /** The grid. */
  spec: GridSpec;
  /** Its trials. */
  results: readonly TrialResult[];
  /** What they stand beside; null for nothing. */
  reference: Reference | null;
  /** The best of it, trained again. */
  retrained: TrialResult;
  /** Its network. */
  network: TrainedNetwork;
  /** The data. */
  set: data.Mnist;
  /** Where it is written. */
  folder: GridFolder;
}

/**
 * Writes the report. The confusions and mistakes in it are those on the dev set: showing the test
 * set's would be a second look at it.
 */
export async function writeGridReport(
  { spec, results, reference, retrained, network, set, folder }: GridReport,
): Promise<void> {
  const sessions = readSessions(folder);
  const { library, ...choices } = spec;
  const html = await reportHtml({
    title: `A grid of ${results.length} trials on ${set.name === "MNIST" ? "MNIST" : "other data"}`,
    command: ownCommand(),
    started: sessions[0]?.began ?? new Date().toISOString(),
    seconds: secondsOf(sessions) + retrained.seconds,
    config: { ...choices },
    environment: {
      glim: library,
      build: getKernelBuild(),
      deno: Deno.version.deno,
      v8: Deno.version.v8,
      target: Deno.build.target,
      processors: navigator.hardwareConcurrency,
      sessions: sessions.map(({ where, trials }) => `${trials} trials in ${where}`),
    },
    grid: { results, reference, seconds: secondsOf(sessions) },
    beside: reference === null ? null : undefined,
    run: {
      name: `${describeTrial(retrained.config)}, ${retrained.config.epochs} epochs`,
      history: retrained.epochs,
    },
    answers: {
      set: "dev",
      ...confusionAndMistakes(network.model, set.dev, { imageShape: set.imageShape, worst: WORST }),
    },
    evaluations: testEvaluations(folder).map(({ began, trial, accuracy, loss }) => ({
      began,
      what: `weights of trial ${trial}`,
      accuracy,
      loss,
    })),
    hashes: [
      { name: "weights.safetensors, the best epoch's", sha256: network.weightHash },
      { name: "the last epoch's weights", sha256: retrained.weightHash },
    ],
  });
  folder.write("report.html", html);
}

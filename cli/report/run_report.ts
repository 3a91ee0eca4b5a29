/**
 * The report of `deno task train`.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { nn } from "@glim/glim";
import type { Data, Reference } from "../experiment.ts";
import type { Result } from "../results.ts";
import { type Config, replaceText } from "../run_folder.ts";
import { firstKernels } from "./kernels.ts";
import { confusionAndMistakes } from "./mistakes.ts";
import { reportHtml } from "./report.ts";
import type { Hash, ReportData, SetAnswers } from "./report_data.ts";

/** How many of the worst mistakes a report shows. */
const WORST = 24;

/** What a run knows when it is over. */
export interface FinishedRun extends Pick<ReportData, "run" | "members" | "hashes"> {
  /** What was trained. */
  name: string;
  /** Which weights were taken. */
  taken: string;
  /** What the figures stand beside. */
  reference: Reference | null;
  /** The run's `config.json`: what the options say, the data, where, by which command and when. */
  config: Config;
  /** The network, with the weights that were taken. */
  model: nn.Module;
  /** The data. */
  data: Data;
  /** What the network is worth. */
  result: Result;
}

/** Writes the report of a run into its folder: the last thing that a run does. */
export async function writeReport(folder: string, run: FinishedRun): Promise<void> {
  await replaceText(`${folder}/report.html`, await reportHtml(runReport(run)));
}

/** Gathers what the report of a run tells. */
export function runReport(
  { name, taken, config, model, data, result: { dev, test, seconds }, ...rest }: FinishedRun,
): ReportData {
  const { environment, command, started, ...choices } = config;
  const isNamed = data.imageShape === undefined || data.name === "MNIST";
  const began = new Date().toISOString();
  return {
    title: `${name} on ${isNamed ? data.name : "data like MNIST"}`,
    command: String(command),
    started: String(started),
    seconds,
    config: choices,
    environment: environment as Config,
    taken: { name: taken, dev },
    kernels: rest.members === undefined && data.imageShape ? firstKernels(model) : [],
    answers: devAnswers(model, data, dev.confusion),
    evaluations: test === null ? [] : [{ began, what: taken, figures: test }],
    ...rest,
  };
}

/**
 * What a network answers to the dev set. Not to the test set: who has seen its mistakes builds the
 * next network around them.
 */
export function devAnswers(
  model: nn.Module,
  { dev, imageShape, classes }: Data,
  confusion?: unknown,
): SetAnswers | undefined {
  if (imageShape !== undefined && classes !== undefined) {
    return { set: "dev", ...confusionAndMistakes(model, dev, { imageShape, worst: WORST }) };
  }
  return Array.isArray(confusion) ? { set: "dev", confusion } : undefined;
}

/** The hash of a run's weights, as a report shows it. */
export function weightsHash(bytes: Uint8Array, folder = ""): Hash {
  return { name: `${folder}weights.safetensors`, sha256: sha256(bytes) };
}

/** SHA-256 of a file's bytes, as `sha256sum` prints it. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

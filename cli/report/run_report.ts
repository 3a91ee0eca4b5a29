/**
 * The report of `deno task train`.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { data, nn, train } from "@glim/glim";
import type { TrainOptions } from "../options.ts";
import { firstKernels } from "./kernels.ts";
import { type AnswerOptions, confusionAndMistakes } from "./mistakes.ts";
import type { Hash, ReportData, SetAnswers } from "./report_data.ts";

/** How many of the worst mistakes a report shows. */
const WORST = 24;

/** What a run knows when it is over. */
export interface FinishedRun
  extends Pick<ReportData, "run" | "beside" | "taken" | "members" | "hashes" | "seconds"> {
  /** What was trained. */
  name: string;
  /** The run's `config.json`: what the options say, the data, where, by which command and when. */
  config: Readonly<Record<string, unknown>>;
  /** The network, with the weights that were taken. */
  model: nn.Module;
  /** The data: its name, the dev set in the shape that the network takes, and the images' shape. */
  set: {
    name: string;
    dev: data.Dataset;
    imageShape?: AnswerOptions["imageShape"] | undefined;
  };
  /** What the test set gave. */
  test: train.Evaluation;
}

/** Gathers what the report of a run tells. */
export function runReport({ name, config, model, set, test, ...rest }: FinishedRun): ReportData {
  const { environment, command, started, ...choices } = config;
  const what = rest.taken?.name ?? "the weights of the best epoch";
  return {
    title: `${name} on ${set.name === "MNIST" ? "MNIST" : "data like MNIST"}`,
    command: String(command),
    started: String(started),
    config: choices,
    environment: environment as Record<string, unknown>,
    kernels: rest.members === undefined ? firstKernels(model) : [],
    answers: devAnswers(model, set),
    evaluations: [{ began: new Date().toISOString(), what, ...test }],
    ...rest,
  };
}

/** The hash of a run's weights, as a report shows it. */
export function weightsHash(bytes: Uint8Array, folder = ""): Hash {
  return { name: `${folder}weights.safetensors`, sha256: sha256(bytes) };
}

/**
 * What a network answers to the dev set. Not to the test set: who has seen its mistakes builds the
 * next network around them.
 */
export function devAnswers(
  model: nn.Module,
  { dev, imageShape }: FinishedRun["set"],
): SetAnswers | undefined {
  if (imageShape === undefined) return undefined;
  return { set: "dev", ...confusionAndMistakes(model, dev, { imageShape, worst: WORST }) };
}

/** `3 layers, ReLU`. */
export function networkName(
  { layers, activation }: Pick<TrainOptions, "layers" | "activation">,
): string {
  return layers === 1
    ? "A linear classifier"
    : `${layers} layers, ${activation === "relu" ? "ReLU" : activation}`;
}

/** SHA-256 of a file's bytes, as `sha256sum` prints it. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

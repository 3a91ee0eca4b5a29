/**
 * The report of `deno task train`.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { data, nn, train } from "../../../mod.ts";
import { levelText } from "../grid/factors.ts";
import type { TrainOptions } from "../options.ts";
import { confusionAndMistakes } from "./mistakes.ts";
import type { ReportData, SetAnswers } from "./report_data.ts";

/** How many of the worst mistakes a report shows. */
const WORST = 24;

/** What a run knows when it is over. */
export interface FinishedRun {
  /** What was asked for. */
  options: TrainOptions;
  /** The run's `config.json`: the options, the data, the environment and the time it began. */
  config: Readonly<Record<string, unknown>>;
  /** A record an epoch. */
  history: readonly train.EpochRecord[];
  /** The network, with the weights of the best epoch. */
  model: nn.Module;
  /** The data. */
  set: data.Mnist;
  /** What the test set gave. */
  test: train.Evaluation;
  /** The file of the best weights. */
  weights: Uint8Array;
  /** How long it took by the clock. */
  seconds: number;
}

/** Gathers what the report of a run tells. */
export function runReport(run: FinishedRun): ReportData {
  const { options, history, model, set, test, weights, seconds } = run;
  const { environment, started, ...config } = run.config;
  const now = new Date().toISOString();
  return {
    title: `${networkName(options)} on ${set.name === "MNIST" ? "MNIST" : "data like MNIST"}`,
    command: commandLine("deno task train", Deno.args),
    started: String(started),
    seconds,
    config,
    environment: environment as Record<string, unknown>,
    run: { name: networkName(options), history },
    answers: devAnswers(model, set),
    evaluations: [{ began: now, what: "the weights of the best epoch", ...test }],
    hashes: [{ name: "weights.safetensors", sha256: sha256(weights) }],
  };
}

/**
 * What a network answers to the dev set. Not to the test set: who has seen its mistakes builds the
 * next network around them.
 */
export function devAnswers(model: nn.Module, { dev, imageShape }: data.Mnist): SetAnswers {
  return { set: "dev", ...confusionAndMistakes(model, dev, { imageShape, worst: WORST }) };
}

/** `3 layers, ReLU`. */
export function networkName(
  { layers, activation }: Pick<TrainOptions, "layers" | "activation">,
): string {
  return layers === 1 ? "A linear classifier" : `${layers} layers, ${levelText(activation)}`;
}

/** A command as it can be typed again. */
export function commandLine(command: string, args: readonly string[]): string {
  const quoted = args.map((arg) =>
    /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`
  );
  return [command, ...quoted].join(" ");
}

/** SHA-256 of a file's bytes, as `sha256sum` prints it. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

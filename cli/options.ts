/**
 * The options of `deno task train`.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { parseEvery } from "./resume_options.ts";
import { parseDecimal, parsePath, parseWhole, parseWord } from "./values.ts";

/** The activation functions that the experiments know. */
export const ACTIVATIONS = ["relu", "tanh"] as const;

/** What every training is told, whatever it trains. */
export interface RunOptions {
  /** Where all random numbers begin. */
  seed: number;
  /** Threads that an operation is split over. */
  threads: number;
  /** The folder of the data files; null to look where they usually are. */
  dataDir: string | null;
  /** Steps between checkpoints; null for none but at an interruption. */
  checkpointEvery: number | null;
  /** The folder that the run is written to. */
  out: string;
  /** Print nothing while training. */
  quiet: boolean;
}

/** A training run, with every choice made. */
export interface TrainOptions extends RunOptions {
  /** Linear layers; 1 is a linear classifier. */
  layers: number;
  /** Width of each layer but the last. */
  hidden: number;
  /** What stands between the layers. */
  activation: typeof ACTIVATIONS[number];
  /** Learning rate of the first epoch. */
  lr: number;
  /** β of the momentum m ← βm + (1 − β)g; null for none. */
  momentum: number | null;
  /** What the learning rate is multiplied by when an epoch's training loss rises; null for never. */
  lrDecay: number | null;
  /** Samples a step. */
  batchSize: number;
  /** Passes over the training set. */
  epochs: number;
}

/** The paper's final experiment, but for `out`: what no option at all asks for. */
export const DEFAULTS: Readonly<Omit<TrainOptions, "out">> = {
  layers: 3,
  hidden: 100,
  activation: "relu",
  lr: 0.01,
  momentum: null,
  lrDecay: 0.5,
  batchSize: 1,
  epochs: 20,
  seed: 0,
  threads: 1,
  dataDir: null,
  checkpointEvery: null,
  quiet: false,
};

/** β of a bare `--momentum`. */
const BETA = 0.9;

/** Training samples of MNIST: a larger batch would never be full. */
export const MAX_BATCH = 50_000;

/** What commander makes of the command line: texts, true for a bare option, false for `--no-`. */
export interface RawOptions extends RawRunOptions {
  layers: string;
  hidden: string;
  activation: string;
  lr: string;
  momentum: string | boolean;
  lrDecay: string | boolean;
  batchSize: string;
  epochs: string;
}

/** What it makes of the options that all trainings have. */
export interface RawRunOptions {
  seed?: string;
  threads?: string;
  dataDir?: string;
  checkpointEvery?: string;
  out?: string;
  quiet?: boolean;
}

/** What all trainings have. */
export const COMMON: Readonly<Record<"dataDir" | "checkpointEvery" | "out" | "quiet", Option>> = {
  dataDir: new Option(
    "--data-dir <folder>",
    "MNIST's four files, plain or .gz (default: looks for them)",
  ),
  checkpointEvery: new Option(
    "--checkpoint-every <n>",
    "steps between checkpoints, which --resume goes on from (default: only at Ctrl-C)",
  ),
  out: new Option("--out <folder>", "where the run is written (default: runs/<date and time>)"),
  quiet: new Option("--quiet", "print nothing while training"),
};

/** Adds the options of a training run to a command. */
export function addTrainOptions(command: Command): Command {
  const d = DEFAULTS;
  const beta = `SGD with m <- beta m + (1 - beta) g; beta is ${BETA} unless given`;
  const factor = "what multiplies the learning rate when an epoch's training loss rises";
  const options = [
    withDefault("--layers <n>", "linear layers", d.layers),
    withDefault("--hidden <n>", "width of each layer but the last", d.hidden),
    withDefault("--activation <name>", ACTIVATIONS.join(" or "), d.activation),
    withDefault("--lr <rate>", "learning rate of the first epoch", d.lr),
    new Option("--momentum [beta]", beta).default(false, "off"),
    new Option("--no-momentum", "plain SGD"),
    withDefault("--lr-decay [factor]", factor, d.lrDecay!),
    new Option("--no-lr-decay", "keep the learning rate"),
    withDefault("--batch-size <n>", "samples a step", d.batchSize),
    withDefault("--epochs <n>", "passes over the training set", d.epochs),
    withDefault("--seed <n>", "where all random numbers begin", d.seed),
    withDefault("--threads <n>", "threads that an operation is split over", d.threads),
    ...Object.values(COMMON),
  ];
  for (const option of options) command.addOption(option);
  return command;
}

/** An option with a default; the second of the two is how help shows it, without quotes. */
function withDefault(flags: string, text: string, value: number | string): Option {
  return new Option(flags, text).default(String(value), String(value));
}

/**
 * Checks what commander read. `cores` is the most threads that are allowed, `now` names the
 * default folder. Throws UsageError, which names the option, what it needs and what it is.
 */
export function readTrainOptions(
  raw: RawOptions,
  cores: number = navigator.hardwareConcurrency,
  now: Date = new Date(),
): TrainOptions {
  const many = Number.MAX_SAFE_INTEGER;
  return {
    layers: parseWhole("--layers", raw.layers, 1, 100),
    hidden: parseWhole("--hidden", raw.hidden, 1, 100_000),
    activation: parseWord("--activation", raw.activation, ACTIVATIONS),
    lr: parseDecimal("--lr", raw.lr, "a number above 0", (x) => x > 0 && x < Infinity),
    momentum: readMomentum(raw.momentum),
    lrDecay: readDecay(raw.lrDecay),
    batchSize: parseWhole("--batch-size", raw.batchSize, 1, MAX_BATCH),
    epochs: parseWhole("--epochs", raw.epochs, 1, many),
    ...readRunOptions(raw, cores, now),
  };
}

/** Checks the options that all trainings have; `cores` is how many threads there are unless given. */
export function readRunOptions(raw: RawRunOptions, cores: number, now: Date): RunOptions {
  const { seed = "0", threads = String(cores), dataDir, checkpointEvery, out, quiet } = raw;
  return {
    seed: parseWhole("--seed", seed, 0, 2 ** 32 - 1),
    threads: parseWhole("--threads", threads, 1, cores),
    dataDir: dataDir === undefined ? null : parsePath("--data-dir", dataDir),
    checkpointEvery: parseEvery(checkpointEvery),
    out: out === undefined ? `runs/${timestamp(now)}` : parsePath("--out", out),
    quiet: quiet ?? false,
  };
}

/** The values of those options that were typed, without the defaults. */
export function givenOptions(command: Command): Record<string, string | boolean> {
  return Object.fromEntries(
    Object.entries(command.opts()).filter(([name]) => command.getOptionValueSource(name) === "cli"),
  );
}

function readMomentum(raw: string | boolean): number | null {
  if (raw === false) return null;
  if (raw === true) return BETA;
  return parseDecimal("--momentum", raw, "a number from 0 to below 1", (x) => x >= 0 && x < 1);
}

function readDecay(raw: string | boolean): number | null {
  if (raw === false) return null;
  if (raw === true) return DEFAULTS.lrDecay;
  const needs = "a number above 0 and below 1 (or use --no-lr-decay)";
  return parseDecimal("--lr-decay", raw, needs, (x) => x > 0 && x < 1);
}

/** Date and time in UTC, fit for a file name: `2026-11-23T15-31-04Z`. */
export function timestamp(now: Date): string {
  return now.toISOString().replace(/\.\d+/, "").replaceAll(":", "-");
}

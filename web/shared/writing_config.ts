/**
 * What a run that learns to write begins with.
 *
 * @module
 */
import { checkRate, whole } from "./run_config.ts";

/** Everything that a run begins with, beside its text: options of `experiments/gpt.ts`, and the seed. */
export interface WritingConfig {
  /** Epochs that the schedule of the learning rate has. */
  epochs: number;
  /** Steps between evaluations. */
  stepsPerEpoch: number;
  /** Windows of the text a step. */
  batchSize: number;
  /** The highest learning rate. */
  lr: number;
  weightDecay: number;
  dropout: number;
  /** Characters that it sees at most. */
  context: number;
  layers: number;
  /** Heads of each layer, of which the width is a multiple. */
  heads: number;
  width: number;
  bias: boolean;
  /** The seed of the weights and of the windows. */
  seed: number;
}

/** The lowest and highest value of each number that the page lets choose. */
export const WRITING_RANGES: Readonly<
  Record<
    "layers" | "heads" | "width" | "context" | "batchSize" | "epochs",
    readonly [min: number, max: number]
  >
> = {
  layers: [1, 8],
  heads: [1, 16],
  width: [8, 256],
  context: [4, 256],
  batchSize: [1, 64],
  epochs: [1, 1000],
};

/** What the page begins with: so small that it learns in a minute. */
export const WRITING_DEFAULTS: WritingConfig = {
  epochs: 20,
  stepsPerEpoch: 100,
  batchSize: 16,
  lr: 0.003,
  weightDecay: 0.1,
  dropout: 0,
  context: 32,
  layers: 2,
  heads: 4,
  width: 64,
  bias: false,
  seed: 1,
};

/** Characters that a text in the page has at most: more would be slow to paste, to keep and to load. */
export const MOST_CHARACTERS = 2_000_000;

/**
 * A run's configuration out of anything: a form, or a file. Throws RangeError naming the setting that is
 * not as it must be.
 */
export function checkWriting(value: unknown): WritingConfig {
  const given = Object(value) as Partial<WritingConfig>;
  const within = (name: keyof typeof WRITING_RANGES, called: string) =>
    whole(called, given[name], ...WRITING_RANGES[name]);
  const heads = within("heads", "heads");
  const width = within("width", "width");
  if (width % heads !== 0) {
    throw new RangeError(`width: a multiple of the ${heads} heads is needed: it is ${width}`);
  }
  return {
    epochs: within("epochs", "epochs"),
    stepsPerEpoch: whole("steps between evaluations", given.stepsPerEpoch, 1, 100_000),
    batchSize: within("batchSize", "batch size"),
    lr: checkRate("learning rate", given.lr, 1),
    weightDecay: checkRate("weight decay", given.weightDecay, 10),
    dropout: checkRate("dropout", given.dropout, 0.99),
    context: within("context", "context"),
    layers: within("layers", "layers"),
    heads,
    width,
    bias: given.bias === true,
    seed: whole("seed", given.seed, 0, 2 ** 32 - 1),
  };
}

/** A configuration in a few words. */
export function describeWriting({ layers, heads, width, context }: WritingConfig): string {
  const parts = [[layers, "layer"], [heads, "head"]] as const;
  const counts = parts.map(([n, part]) => `${n} ${part}${n === 1 ? "" : "s"}`);
  return `A GPT of ${counts.join(", ")}, width ${width}, context ${context}`;
}

/** The experiment that goes on with such a run in the command line. */
export const WRITING_EXPERIMENT = "experiments/gpt.ts";

/** What checkpoints keep of a run, besides what the trainer does. */
export interface WritingNote {
  experiment: typeof WRITING_EXPERIMENT;
  config: WritingConfig;
  text: string;
}

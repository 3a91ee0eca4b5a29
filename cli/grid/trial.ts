/** One trial of a grid: what is trained, and what came of it. Nothing in a file or message is trusted. */
import { z } from "zod";
import type { train } from "@glim/glim";
import { sha256 } from "../files.ts";
import { figure, text } from "../flags.ts";

/** Values by their names. */
function recordOf<S extends z.ZodType>(value: S): z.ZodRecord<z.ZodString, S> {
  return z.record(text, value).refine(
    (values) => Object.keys(values).length <= 100,
    "an object of up to 100 values",
  );
}

/** An experiment's options by their names; null is "off". */
export const OPTIONS = recordOf(z.union([z.null(), z.number(), z.boolean(), text], "a value"));
export type Options = Readonly<z.output<typeof OPTIONS>>;

/** A value of an option. */
export type OptionValue = Options[string];

const COMMON = {
  /** See `trialId`. */
  id: z.string().regex(/^[0-9a-f]{16}$/, "a name of 16 hex digits"),
  /** All options of the experiment. */
  options: OPTIONS,
  /** Where all random numbers begin. */
  seed: z.int().min(0).max(2 ** 32 - 1),
};

/** What is to be trained; its name tells it from others: `layers 3, momentum off, seed 1`. */
export const TRIAL = z.strictObject({ ...COMMON, name: text });
export type Trial = z.output<typeof TRIAL>;

const seconds = z.number().min(0);

const EPOCH: z.ZodType<train.EpochRecord> = z.object({
  epoch: z.int().min(0),
  trainLoss: figure,
  trainAccuracy: figure,
  devLoss: figure,
  devAccuracy: figure,
  learningRate: z.number(),
  seconds,
});

/** A trial that is over. Apart from `seconds`, the same trial always gives the same. */
export const RESULT = z.object({
  ...COMMON,
  /** What the weights of the best epoch are worth on the dev set, by the names of the metrics. */
  dev: recordOf(z.number()),
  /** The best epoch, the first of equals, counted from 0. */
  bestEpoch: z.int().min(0),
  epochs: z.array(EPOCH).min(1).max(1_000_000),
  /** SHA-256 of the final weights, in the order of the state dict. */
  weightHash: z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256"),
  /** How long training and evaluation took. */
  seconds,
}).refine(({ bestEpoch, epochs }) => bestEpoch < epochs.length, "a result");
export type TrialResult = z.output<typeof RESULT>;

/** How far a trial is. */
export const PROGRESS = z.object({
  /** How much of it is done, from 0 to 1. */
  done: z.number().min(0).max(1),
  /** The epoch, counted from 0. */
  epoch: z.int().min(0),
  /** Mean loss over the samples of the epoch that are through. */
  loss: figure,
});
export type TrialProgress = z.output<typeof PROGRESS>;

/** What decides a trial's bits beside its options and seed. */
export interface Provenance {
  /** The experiment's file and other programs, each by its name and a hash of its code. */
  experiment: string;
  /** The library; see `libraryId`. */
  library: string;
  /** The data, by their contents. */
  data: string;
}

/** Names a trial by all that decides its result, so that it can be told apart on any machine. */
export function trialId(options: Options, seed: number, origin: Provenance): string {
  const { experiment, library, data } = origin;
  return shortHash([experiment, library, data, sortedEntries(options), seed]);
}

/** The first 64 bits of the SHA-256 of a value's JSON, in hex. */
export function shortHash(value: unknown): string {
  return sha256(JSON.stringify(value)).slice(0, 16);
}

/** An object's entries in the order of their keys, so that the order they were written in is none. */
export function sortedEntries<T>(object: Readonly<Record<string, T>>): [key: string, value: T][] {
  return Object.entries(object).sort(([a], [b]) => a < b ? -1 : 1);
}

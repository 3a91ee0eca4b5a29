/**
 * What the files of a grid and the messages of a queue may hold: nothing of it is trusted.
 *
 * @module
 */
import { z } from "zod";
import { DataError } from "@glim/glim";
import { check } from "../flags.ts";
import type { GridNotice, QueueProgress, QueueResult } from "./queue_server.ts";
import type { TestEvaluation } from "./test_record.ts";
import type { Work } from "./times.ts";
import type { Trial, TrialResult } from "./trial.ts";

/** A hash in hex, as trials and grids are called by. */
const id = z.string().regex(/^[0-9a-f]{16}$/, "a name of 16 hex digits");
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256");
const text = z.string().max(4096);
const seconds = z.number().min(0);
/** What is no number is null in JSON. */
const figure = z.number().nullable().transform((value) => value ?? NaN);

/** Options and figures, by their names. */
const record = <S extends z.ZodType>(value: S) =>
  z.record(text, value).refine(
    (o) => Object.keys(o).length <= 100,
    "an object of up to 100 values",
  );

const options = record(z.union([z.null(), z.number(), z.boolean(), text], "a value"));
const seed = z.int().min(0).max(2 ** 32 - 1);

const TRIAL = z.strictObject({ id, name: text, options, seed });

const RESULT = z.object({
  id,
  options,
  seed,
  dev: record(z.number()),
  bestEpoch: z.int().min(0),
  epochs: z.array(z.object({
    epoch: z.int().min(0),
    trainLoss: figure,
    trainAccuracy: figure,
    devLoss: figure,
    devAccuracy: figure,
    learningRate: z.number(),
    seconds,
  })).min(1).max(1_000_000),
  weightHash: sha256,
  seconds,
}).refine(({ bestEpoch, epochs }) => bestEpoch < epochs.length, "a result");

const TIMES = z.object({
  processes: z.array(z.object({ began: text, where: text, trials: z.int().min(0), seconds })),
});

const EVALUATIONS = z.object({
  evaluations: z.array(z.object({
    trial: text,
    weightHash: text,
    began: text,
    figures: record(z.number()).nullable(),
  })),
});

const NOTICE = z.object({
  grid: z.string().regex(/^[0-9a-f]{1,16}$/, "a name of hex digits"),
  experiment: text,
  library: text,
  data: text,
  options,
  signed: z.boolean(),
});

const ANSWER = z.union(
  [z.strictObject({ result: RESULT }), z.strictObject({ id, error: text })],
  "a result",
);

const PROGRESS = z.object({
  id,
  progress: z.object({
    done: z.number().min(0).max(1),
    epoch: z.int().min(0),
    loss: figure,
  }),
});

/** What the streams of a grid say. Throws DataError where it is no notice. */
export function checkNotice(value: unknown, where: string): GridNotice {
  return check(NOTICE, value, where);
}

/** A result out of a message. Throws DataError where it is none. */
export function checkQueueResult(value: unknown, where: string): QueueResult {
  return check(ANSWER, value, where);
}

/** Progress out of a message. Throws DataError where it is none. */
export function checkQueueProgress(value: unknown, where: string): QueueProgress {
  return check(PROGRESS, value, where);
}

/** A value as a trial's result; undefined where it is none. */
export function readTrialResult(value: unknown): TrialResult | undefined {
  return RESULT.safeParse(value).data;
}

/** A trial out of a message. Throws DataError where it is none. */
export function checkTrial(value: unknown, where: string): Trial {
  return check(TRIAL, value, where);
}

/** The bytes of a grid's `times.json`. Throws DataError where they are none. */
export function checkTimes(bytes: Uint8Array, where: string): Work[] {
  return check(TIMES, parse(bytes, where), where).processes;
}

/** The bytes of a grid's `test.json`. Throws DataError where they are none. */
export function checkEvaluations(bytes: Uint8Array, where: string): TestEvaluation[] {
  return check(EVALUATIONS, parse(bytes, where), where).evaluations;
}

function parse(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new DataError(`${where}: it is not whole, or no JSON`, { cause });
  }
}

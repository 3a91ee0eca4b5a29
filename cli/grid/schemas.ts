/**
 * What the files of a grid and the messages of a queue may hold: nothing of it is trusted.
 *
 * @module
 */
import { z } from "zod";
import { DataError } from "@glim/glim";
import { check, decimal, EPOCH, list, orNull, sha256, text, unsigned, whole } from "../schemas.ts";
import type { GridNotice, QueueProgress, QueueResult } from "./queue_server.ts";
import type { TestEvaluation } from "./test_record.ts";
import type { Work } from "./times.ts";
import type { Trial, TrialResult } from "./trial.ts";

/** A hash in hex, as trials and grids are called by. */
const id = z.string("a name").regex(/^[0-9a-f]{16}$/, "a name of 16 hex digits");

/** Options and figures, by their names. */
const record = <S extends z.ZodType>(value: S) =>
  z.record(text, value, "an object").refine(
    (object) => Object.keys(object).length <= 100,
    "an object of up to 100 values",
  );

const option = z.union([z.null(), z.number(), z.boolean(), text], "a value");
const seed = whole(0, 2 ** 32 - 1);

const TrialSchema = z.strictObject({ id, name: text, options: record(option), seed }, "a trial");

const ResultSchema = z.object({
  id,
  options: record(option),
  seed,
  dev: record(decimal("a number")),
  bestEpoch: whole(0),
  epochs: list(EPOCH, 1, 1_000_000),
  weightHash: sha256,
  seconds: unsigned,
}, "a result").refine(({ bestEpoch, epochs }) => bestEpoch < epochs.length, "a result");

const Times = z.object({
  processes: list(
    z.object({ began: text, where: text, trials: whole(0), seconds: unsigned }, "a time"),
    0,
    1_000_000,
  ),
}, "times");

const figure = orNull(decimal("a number"), "a number");
const Evaluations = z.object({
  evaluations: list(
    z.object(
      { trial: text, weightHash: text, began: text, loss: figure, accuracy: figure },
      "an evaluation",
    ),
    0,
    1_000_000,
  ),
}, "evaluations");

const Notice = z.object({
  grid: z.string("a name").regex(/^[0-9a-f]{1,16}$/, "a name of hex digits"),
  experiment: text,
  library: text,
  data: text,
  signed: z.boolean("true or false"),
}, "a grid");

const Answer = z.union(
  [z.strictObject({ result: ResultSchema }), z.strictObject({ id, error: text })],
  "a result",
);

const Progress = z.object({
  id,
  progress: z.object(
    {
      share: decimal("a share", (x) => x >= 0 && x <= 1),
      epoch: whole(0),
      loss: z.number().nullable(),
    },
    "how far it is",
  ),
}, "progress");

/** What the streams of a grid say. Throws DataError where it is no notice. */
export function checkNotice(value: unknown, where: string): GridNotice {
  return check(Notice, value, where);
}

/** A result out of a message. Throws DataError where it is none. */
export function checkQueueResult(value: unknown, where: string): QueueResult {
  return check(Answer, value, where) as QueueResult;
}

/** Progress out of a message. Throws DataError where it is none. */
export function checkQueueProgress(value: unknown, where: string): QueueProgress {
  return check(Progress, value, where) as QueueProgress;
}

/** Whether a value is a trial's result. */
export function isTrialResult(value: unknown): value is TrialResult {
  return ResultSchema.safeParse(value).success;
}

/** A trial out of a message. Throws DataError where it is none. */
export function checkTrial(value: unknown, where: string): Trial {
  return check(TrialSchema, value, where);
}

/** The bytes of a grid's `times.json`. Throws DataError where they are none. */
export function checkTimes(bytes: Uint8Array, where: string): Work[] {
  return check(Times, parse(bytes, where), where).processes;
}

/** The bytes of a grid's `test.json`. Throws DataError where they are none. */
export function checkEvaluations(bytes: Uint8Array, where: string): TestEvaluation[] {
  return check(Evaluations, parse(bytes, where), where).evaluations;
}

function parse(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new DataError(`${where}: it is not whole, or no JSON`, { cause });
  }
}

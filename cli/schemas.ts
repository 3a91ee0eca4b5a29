/**
 * What the files of a run and the messages of a queue may hold: nothing of it is trusted.
 *
 * @module
 */
import { z } from "zod";
import { DataError } from "../mod.ts";
import { printable } from "../src/core/errors.ts";
import type {
  GridNotice,
  QueueProgress as Progress,
  QueueResult as QueueAnswer,
} from "./grid/queue_server.ts";
import type { Session } from "./grid/sessions.ts";
import type { TestEvaluation } from "./grid/test_record.ts";
import type { Trial as Job, TrialResult as Outcome } from "./grid/trial.ts";
import { ACTIVATIONS, MAX_BATCH, type RunOptions, type TrainOptions } from "./options.ts";
import type { Settings } from "./recipes/recipe.ts";
import { RECIPES } from "./recipes/recipes.ts";
import type { Result as RunResult } from "./recipes/single.ts";

/** A whole number. */
function whole(min: number, max: number = Number.MAX_SAFE_INTEGER): z.ZodInt {
  const range = max === Number.MAX_SAFE_INTEGER ? `, ${min} or more` : ` from ${min} to ${max}`;
  const need = `a whole number${range}`;
  return z.int(need).min(min, need).max(max, need);
}

/** A finite number that `holds`. */
function decimal(need: string, holds: (x: number) => boolean = () => true): z.ZodNumber {
  return z.number(need).refine(holds, need);
}

function orNull<S extends z.ZodType>(schema: S, need: string): z.ZodUnion<[z.ZodNull, S]> {
  return z.union([z.null(), schema], `${need}, or null`);
}

function oneOf<const W extends string>(words: readonly W[]): z.ZodEnum<{ [K in W]: K }> {
  return z.enum(words, `one of ${words.join(", ")}`);
}

function list<S extends z.ZodType>(schema: S, min: number, max: number): z.ZodArray<S> {
  const need = `a list of ${min === max ? min : `${min} to ${max}`}`;
  return z.array(schema, need).min(min, need).max(max, need);
}

const text = z.string("a text").max(4096, "a text of up to 4096 characters");
const share = "a number from 0 to below 1";
const isShare = (x: number) => x >= 0 && x < 1;
const positive = decimal("a number above 0", (x) => x > 0);
const unsigned = decimal("a number, 0 or more", (x) => x >= 0);
const sha256 = z.string("a SHA-256").regex(/^[0-9a-f]{64}$/, "a SHA-256");

/** What decides about a network of the paper's kind and how it is trained. */
const CHOICES = {
  layers: whole(1, 100),
  hidden: whole(1, 100_000),
  activation: oneOf(ACTIVATIONS),
  lr: positive,
  momentum: orNull(decimal(share, isShare), share),
  lrDecay: orNull(decimal("a number above 0 and below 1", (x) => x > 0 && x < 1), "a number"),
  batchSize: whole(1, MAX_BATCH),
  epochs: whole(1),
  seed: whole(0, 2 ** 32 - 1),
};

const EXTENT = whole(1, 4096);

/** What tells which network a run has. */
const NETWORK = {
  imageShape: list(EXTENT, 2, 2),
  classes: whole(1, 10_000),
  arch: orNull(text, "a path"),
  archSha256: orNull(sha256, "a SHA-256"),
  ensemble: whole(1, 1000),
  dataDir: orNull(text, "a path"),
};

const RUN = {
  threads: whole(1, 65_536),
  checkpointEvery: orNull(whole(1), "a whole number, 1 or more"),
  dataDir: NETWORK.dataDir,
  imageShape: NETWORK.imageShape.optional(),
  classes: NETWORK.classes.optional(),
  data: z.looseObject({ name: text, dir: text, checksums: list(text, 4, 4) }, "an object"),
};

/** The config of a run by the paper's rules, as far as it is read. */
const ReportConfig = z.looseObject({ ...CHOICES, ...RUN }, "an object");

/** That of a run that was begun in the page, which knows its own choices. */
const PageConfig = z.looseObject({
  network: text,
  epochs: CHOICES.epochs,
  seed: CHOICES.seed,
  ...RUN,
}, "an object");

/** That of a run by a recipe. */
const RecipeConfig = z.looseObject({
  recipe: oneOf(RECIPES.map(({ name }) => name)),
  arch: NETWORK.arch,
  archSha256: NETWORK.archSha256.optional(),
  ensemble: NETWORK.ensemble,
  epochs: CHOICES.epochs,
  batchSize: CHOICES.batchSize,
  seed: CHOICES.seed,
  optimizer: oneOf(["sgd", "adamw"]),
  lr: positive,
  weightDecay: unsigned,
  warmUp: decimal("a number from 0 to 1", (x) => x >= 0 && x <= 1),
  decay: oneOf(["linear", "cosine"]),
  labelSmoothing: decimal(share, isShare),
  ema: orNull(decimal(share, isShare), share),
  warp: orNull(
    z.strictObject({
      rotation: unsigned,
      scale: unsigned,
      shear: unsigned,
      shift: unsigned,
      elastic: unsigned,
    }, "an object of rotation, scale, shear, shift and elastic"),
    "an object of rotation, scale, shear, shift and elastic",
  ),
  ...RUN,
}, "an object");

/** What of a config tells which network it is; every field may be missing. */
const NetworkConfig = z.looseObject(
  {
    ...NETWORK,
    recipe: text,
    layers: whole(0, 100),
    hidden: CHOICES.hidden,
    activation: text,
    seed: CHOICES.seed,
  },
  "an object",
).partial();

const Evaluation = z.object({ loss: decimal("a number"), accuracy: decimal("a number") }, "losses");

/** What a network is worth. */
const Result = z.object({ dev: Evaluation, test: Evaluation, seconds: unsigned }, "an object");

/** A hash in hex, as trials and grids are called by. */
const id = z.string("a name").regex(/^[0-9a-f]{16}$/, "a name of 16 hex digits");

const Trial = z.object({ id, config: z.strictObject(CHOICES, "a configuration") }, "a trial");

/** A loss that is not a number is null in JSON. */
const loss = z.union([z.null(), z.number()], "a number");

const TrialResult = z.object({
  ...Trial.shape,
  epochs: list(
    z.object({
      epoch: whole(0),
      trainLoss: loss,
      trainAccuracy: loss,
      devLoss: loss,
      devAccuracy: decimal("a number"),
      learningRate: decimal("a number"),
      seconds: unsigned,
    }, "an epoch"),
    1,
    1_000_000,
  ),
  bestAccuracy: decimal("a number"),
  bestEpoch: whole(0),
  weightHash: sha256,
  seconds: unsigned,
}, "a result");

const Sessions = z.object({
  sessions: list(
    z.object({ began: text, where: text, trials: whole(0), seconds: unsigned }, "a session"),
    0,
    1_000_000,
  ),
}, "sessions");

const Evaluations = z.object({
  evaluations: list(
    z.object({
      trial: text,
      weightHash: text,
      began: text,
      loss: orNull(decimal("a number"), "a number"),
      accuracy: orNull(decimal("a number"), "a number"),
    }, "an evaluation"),
    0,
    1_000_000,
  ),
}, "evaluations");

const Notice = z.object({
  grid: z.string("a name").regex(/^[0-9a-f]{1,16}$/, "a name of hex digits"),
  library: text,
  data: text,
  signed: z.boolean("true or false"),
}, "a grid");

const QueueResult = z.union(
  [
    z.strictObject({ result: TrialResult }),
    z.strictObject({ id, error: text }),
  ],
  "a result",
);

const QueueProgress = z.object({
  trial: Trial,
  progress: z.object(
    { epoch: whole(0), samples: whole(0), loss: z.union([z.null(), z.number()]) },
    "how far it is",
  ),
}, "progress");

/** What the streams of a grid say. Throws DataError where it is no notice. */
export function checkNotice(value: unknown, where: string): GridNotice {
  return check(Notice, value, where);
}

/** A result out of a message. Throws DataError where it is none. */
export function checkQueueResult(value: unknown, where: string): QueueAnswer {
  return check(QueueResult, value, where) as QueueAnswer;
}

/** Progress out of a message. Throws DataError where it is none. */
export function checkQueueProgress(value: unknown, where: string): Progress {
  return check(QueueProgress, value, where) as Progress;
}

/** Whether a value is a trial's result. */
export function isTrialResult(value: unknown): value is Outcome {
  return TrialResult.safeParse(value).success;
}

/** A trial out of a message. Throws DataError where it is none. */
export function checkTrial(value: unknown, where: string): Job {
  return check(Trial, value, where);
}

/** The bytes of a grid's `sessions.json`. Throws DataError where they are none. */
export function checkSessions(bytes: Uint8Array, where: string): Session[] {
  return check(Sessions, parse(bytes, where), where).sessions;
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

/** What a run's config tells that it can go on from. */
type Before = Omit<RunOptions, "out" | "quiet">;

/** A config by the paper's rules. Throws DataError where `where` holds another. */
export function checkReportConfig(
  value: unknown,
  where: string,
): Omit<TrainOptions, "out" | "quiet"> {
  return check(ReportConfig, value, where);
}

/** A config of a run from the page. Throws DataError where `where` holds another. */
export function checkPageConfig(value: unknown, where: string): Before & { epochs: number } {
  return check(PageConfig, value, where);
}

/** A config of a run by a recipe. Throws DataError where `where` holds another. */
export function checkRecipeConfig(value: unknown, where: string): Before & Settings & {
  recipe: string;
  arch: string | null;
  archSha256?: string | null | undefined;
  ensemble: number;
} {
  return check(RecipeConfig, value, where);
}

/** A config that tells which network a run has. Throws DataError where a field is odd. */
export function checkNetworkConfig(value: unknown, where: string): Record<string, unknown> {
  return check(NetworkConfig, value, where);
}

/** A finished run's `result.json`. Throws DataError where it is none. */
export function checkResult(value: unknown, where: string): RunResult {
  return check(Result, value, where);
}

/**
 * A value out of a file or a message, checked. Throws DataError, which names where it is from, the
 * field, what it needs and what it is.
 */
function check<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const { path, message } = error.issues[0]!;
  const found = path.reduce<unknown>((at, key) => Object(at)[key], value);
  const field = path.length === 0 ? "it" : printable(path.join("."));
  const shown = found === undefined ? "missing" : printable(JSON.stringify(found)).slice(0, 100);
  throw new DataError(`${where}: ${field} needs to be ${message}: it is ${shown}`);
}

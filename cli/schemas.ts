/**
 * What the files of a run and the messages of a queue may hold: nothing of it is trusted.
 *
 * @module
 */
import { z } from "zod";
import { DataError } from "@glim/glim";
import { printable } from "./messages.ts";
import { ACTIVATIONS, MAX_BATCH, type RunOptions, type TrainOptions } from "./options.ts";
import type { Settings } from "./recipes/recipe.ts";
import { RECIPES } from "./recipes/recipes.ts";
import type { Result as RunResult } from "./recipes/single.ts";

/** A whole number. */
export function whole(min: number, max: number = Number.MAX_SAFE_INTEGER): z.ZodInt {
  const range = max === Number.MAX_SAFE_INTEGER ? `, ${min} or more` : ` from ${min} to ${max}`;
  const need = `a whole number${range}`;
  return z.int(need).min(min, need).max(max, need);
}

/** A finite number that `holds`. */
export function decimal(need: string, holds: (x: number) => boolean = () => true): z.ZodNumber {
  return z.number(need).refine(holds, need);
}

export function orNull<S extends z.ZodType>(schema: S, need: string): z.ZodUnion<[z.ZodNull, S]> {
  return z.union([z.null(), schema], `${need}, or null`);
}

function oneOf<const W extends string>(words: readonly W[]): z.ZodEnum<{ [K in W]: K }> {
  return z.enum(words, `one of ${words.join(", ")}`);
}

export function list<S extends z.ZodType>(schema: S, min: number, max: number): z.ZodArray<S> {
  const need = `a list of ${min === max ? min : `${min} to ${max}`}`;
  return z.array(schema, need).min(min, need).max(max, need);
}

export const text: z.ZodString = z.string("a text").max(4096, "a text of up to 4096 characters");
const share = "a number from 0 to below 1";
const isShare = (x: number) => x >= 0 && x < 1;
const positive = decimal("a number above 0", (x) => x > 0);
export const unsigned: z.ZodNumber = decimal("a number, 0 or more", (x) => x >= 0);
export const sha256: z.ZodString = z.string("a SHA-256").regex(/^[0-9a-f]{64}$/, "a SHA-256");

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

/** A loss that is not a number is null in JSON. */
const loss = z.union([z.null(), z.number()], "a number");

/** An epoch, as JSON has it. */
export const EPOCH: z.ZodType = z.object({
  epoch: whole(0),
  trainLoss: loss,
  trainAccuracy: loss,
  devLoss: loss,
  devAccuracy: loss,
  learningRate: decimal("a number"),
  seconds: unsigned,
}, "an epoch");

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
export function check<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const { path, message } = error.issues[0]!;
  const found = path.reduce<unknown>((at, key) => Object(at)[key], value);
  const field = path.length === 0 ? "it" : printable(path.join("."));
  const shown = found === undefined ? "missing" : printable(JSON.stringify(found)).slice(0, 100);
  throw new DataError(`${where}: ${field} needs to be ${message}: it is ${shown}`);
}

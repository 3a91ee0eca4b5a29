/**
 * The command `cnn` of `deno task train`, and the options of all recipes.
 *
 * @module
 */
import { type Command, Option } from "commander";
import {
  COMMON,
  givenOptions,
  MAX_BATCH,
  type RawRunOptions,
  readRunOptions,
  type RunOptions,
} from "../options.ts";
import { readResumeOptions, resumeOnly, type ResumeOptions } from "../resume_options.ts";
import { anyOf, parseDecimal, parsePath, parseWhole, parseWord } from "../values.ts";
import type { Recipe, Settings } from "./recipe.ts";
import { CONVOLUTIONAL, RECIPES } from "./recipes.ts";

/** A training by a recipe, with every choice made; `seed` is that of an ensemble's first network. */
export interface RecipeOptions extends RunOptions {
  /** The recipe, with the settings that options have changed. */
  recipe: Recipe;
  /** The file of the user's own network, in place of the recipe's; null for none. */
  arch: string | null;
  /** How many networks are trained and vote; 1 is a network for itself. */
  ensemble: number;
}

/** What was typed: texts, true for a bare option, false for `--no-augment`. */
export interface RawRecipeOptions extends RawRunOptions {
  recipe?: string;
  arch?: string;
  ensemble?: string;
  epochs?: string;
  batchSize?: string;
  lr?: string;
  weightDecay?: string;
  labelSmoothing?: string;
  ema?: string;
  augment?: boolean;
}

/** The options that only recipes have. */
export function recipeOnly(): Option[] {
  return [
    new Option("--arch <file>", "a network of your own, trained as the recipe says"),
    new Option("--ensemble <n>", "train n networks, with seeds from --seed on, and let them vote"),
    new Option("--weight-decay <rate>", "of the weights, not of biases and normalisations"),
    new Option("--label-smoothing <share>", "of each target, spread over all classes"),
    new Option("--ema <decay>", "take a moving average of the weights in the end"),
    new Option("--no-augment", "train on the images as they are"),
  ];
}

/** Adds the command `cnn` to a program. */
export function addCnnCommand(
  program: Command,
  { trainByRecipe, resume }: {
    trainByRecipe: (options: RecipeOptions) => Promise<void> | void;
    resume: (options: ResumeOptions) => Promise<void> | void;
  },
): void {
  const command = program.command("cnn")
    .description("Train a convolutional network on MNIST by a recipe.")
    .addHelpText("after", cnnHelp());
  const options = [
    new Option(
      "--recipe <name>",
      `${anyOf(namesOf(CONVOLUTIONAL))} (default: ${CONVOLUTIONAL[0].name})`,
    ),
    ...recipeOnly(),
    new Option("--epochs <n>", "passes over the training set"),
    new Option("--batch-size <n>", "samples a step"),
    new Option("--lr <rate>", "highest learning rate"),
    new Option("--seed <n>", "where all random numbers begin (default: 0)"),
    new Option("--threads <n>", "threads; the results are the same (default: all processors)"),
    ...Object.values(COMMON),
    ...resumeOnly(),
  ];
  for (const option of options) command.addOption(option);
  command.action(async () => {
    const given = givenOptions(command);
    const resumed = readResumeOptions(command, given);
    if (resumed !== null) await resume(resumed);
    else await trainByRecipe(readRecipeOptions(given, CONVOLUTIONAL));
  });
}

function cnnHelp(): string {
  const lines = CONVOLUTIONAL.map(({ name, title, settings }) =>
    `  ${name.padEnd(8)} ${title}, ${settings.epochs} epochs`
  );
  return `
Recipes:
${lines.join("\n")}

A recipe's own settings hold for what no option says. The weights are those of the last epoch.

An architecture file is a TypeScript module. Its default export is a function that is given
{ imageShape: [rows, columns], classes } and gives an nn.Module, which takes images
[b, 1, rows, columns] in [0, 1] and gives logits [b, classes].

Examples:
  deno task train cnn                       99.66 % on the test set
  deno task train cnn --recipe small        99.5 %, in a fifth of the time
  deno task train cnn --ensemble 4          four networks vote
  deno task train cnn --arch network.ts --epochs 5
`;
}

/**
 * Checks what was typed. Without a name the first of the recipes is meant; `cores` is the most
 * threads that are allowed, `now` names the default folder. Throws UsageError, which names the
 * option, what it needs and what it is.
 */
export function readRecipeOptions(
  raw: RawRecipeOptions,
  recipes: readonly Recipe[] = RECIPES,
  cores: number = navigator.hardwareConcurrency,
  now: Date = new Date(),
): RecipeOptions {
  const recipe = findRecipe(raw.recipe, recipes);
  return {
    recipe: { ...recipe, settings: { ...recipe.settings, ...readChanges(raw) } },
    arch: raw.arch === undefined ? null : parsePath("--arch", raw.arch),
    ensemble: raw.ensemble === undefined ? 1 : parseWhole("--ensemble", raw.ensemble, 1, 1000),
    ...readRunOptions(raw, cores, now),
  };
}

function findRecipe(name: string | undefined, recipes: readonly Recipe[]): Recipe {
  if (name === undefined) return recipes[0]!;
  const found = parseWord("--recipe", name, namesOf(recipes));
  return recipes.find(({ name }) => name === found)!;
}

/** The settings that options change. */
function readChanges(raw: RawRecipeOptions): Partial<Settings> {
  const share = "a number from 0 to below 1";
  const isShare = (x: number) => x >= 0 && x < 1;
  const changes: { -readonly [K in keyof Settings]?: Settings[K] } = {};
  if (raw.epochs !== undefined) {
    changes.epochs = parseWhole("--epochs", raw.epochs, 1, Number.MAX_SAFE_INTEGER);
  }
  if (raw.batchSize !== undefined) {
    changes.batchSize = parseWhole("--batch-size", raw.batchSize, 1, MAX_BATCH);
  }
  if (raw.lr !== undefined) {
    changes.lr = parseDecimal("--lr", raw.lr, "a number above 0", (x) => x > 0 && x < Infinity);
  }
  if (raw.weightDecay !== undefined) {
    const needs = "a number, 0 or more";
    const holds = (x: number) => x >= 0 && x < Infinity;
    changes.weightDecay = parseDecimal("--weight-decay", raw.weightDecay, needs, holds);
  }
  if (raw.labelSmoothing !== undefined) {
    changes.labelSmoothing = parseDecimal("--label-smoothing", raw.labelSmoothing, share, isShare);
  }
  if (raw.ema !== undefined) changes.ema = parseDecimal("--ema", raw.ema, share, isShare);
  if (raw.augment === false) changes.warp = null;
  return changes;
}

function namesOf(recipes: readonly Recipe[]): string[] {
  return recipes.map(({ name }) => name);
}

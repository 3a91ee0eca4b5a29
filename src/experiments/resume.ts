/**
 * `deno task train --resume`: what a run needs to go on is in its folder.
 *
 * @module
 */
import { DataError } from "../../mod.ts";
import type { Outcome } from "./interrupt.ts";
import type { RunOptions, TrainOptions } from "./options.ts";
import type { RecipeOptions } from "./recipes/options.ts";
import { RECIPES } from "./recipes/recipes.ts";
import type { ResumeOptions } from "./resume_options.ts";
import { type Config, isFile, isFinished, readConfig } from "./run_folder.ts";
import { UsageError } from "./usage_error.ts";

/** Goes on with a run to the same end that it would have come to without an interruption. */
export async function resumeRun(options: ResumeOptions): Promise<Outcome> {
  const { run, allowOtherBuild } = options;
  if (await isFile(run)) {
    const { beginFromPage } = await import("./page_run.ts");
    return await beginFromPage(options);
  }
  for (const name of ["epochs", "out"] as const) {
    if (options[name] === null) continue;
    throw new UsageError(`--${name}: does not go with --resume: a run keeps its settings`);
  }
  const config = await readConfig(run);
  if (await isFinished(run)) {
    throw new UsageError(`--resume: ${run} is finished: its report.html has the results`);
  }
  if (!isRun(config)) {
    throw new UsageError(`--resume: needs a run's folder: the config.json of ${run} is no run's`);
  }
  if (config.recipe !== undefined) {
    const { runRecipe } = await import("./recipes/command.ts");
    return await runRecipe(recipeOptionsOf(config, options), { allowOtherBuild });
  }
  if (config.network !== undefined) {
    const { trainPageRun } = await import("./page_run.ts");
    const choices = { ...changesOf(config, options), epochs: config.epochs as number };
    return await trainPageRun(config, choices, { allowOtherBuild });
  }
  const { trainNetwork } = await import("./train.ts");
  const choices = config as unknown as TrainOptions;
  return await trainNetwork({ ...choices, ...changesOf(config, options) }, { allowOtherBuild });
}

/** Whether a config tells what every run's does. */
function isRun(config: unknown): config is Config {
  const { epochs, batchSize, seed, threads, data } = Object(config) as Config;
  return [epochs, batchSize, seed, threads].every(Number.isSafeInteger) &&
    typeof data === "object" && data !== null;
}

/** What may be another than it was. */
function changesOf(
  config: Config,
  { run, threads, checkpointEvery, dataDir, quiet }: ResumeOptions,
): RunOptions {
  const before = config as unknown as RunOptions;
  return {
    seed: before.seed,
    out: run,
    // the machine may be another
    threads: threads ?? Math.min(before.threads, navigator.hardwareConcurrency),
    checkpointEvery: checkpointEvery ?? before.checkpointEvery,
    dataDir: dataDir ?? before.dataDir,
    quiet,
  };
}

function recipeOptionsOf(config: Config, options: ResumeOptions): RecipeOptions {
  const recipe = RECIPES.find(({ name }) => name === config.recipe);
  if (recipe === undefined) {
    throw new DataError(`resume: there is no recipe ${String(config.recipe)}, as config.json says`);
  }
  const keys = Object.keys(recipe.settings) as (keyof typeof recipe.settings)[];
  const settings = Object.fromEntries(keys.map((key) => [key, config[key]]));
  const { arch, ensemble } = config as unknown as RecipeOptions;
  return {
    recipe: { ...recipe, settings: settings as unknown as typeof recipe.settings },
    arch,
    ensemble,
    ...changesOf(config, options),
  };
}

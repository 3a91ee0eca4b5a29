/**
 * `deno task train --resume`: what a run needs to go on is in its folder.
 *
 * @module
 */
import type { Outcome } from "./interrupt.ts";
import type { RunOptions } from "./options.ts";
import { namedArchitecture } from "./recipes/named_architecture.ts";
import type { RecipeOptions } from "./recipes/options.ts";
import { RECIPES } from "./recipes/recipes.ts";
import type { ResumeOptions } from "./resume_options.ts";
import { type Config, isFile, readConfig, refuseFinished } from "./run_folder.ts";
import { checkPageConfig, checkRecipeConfig, checkReportConfig } from "./schemas.ts";
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
  const config: Config = await readConfig(run);
  await refuseFinished(run);
  if (typeof Object(config).data !== "object") {
    throw new UsageError(`--resume: needs a run's folder: the config.json of ${run} is no run's`);
  }
  const where = `read ${run}/config.json`;
  if (Object(config).recipe !== undefined) {
    const checked = checkRecipeConfig(config, where);
    const recipe = RECIPES.find(({ name }) => name === checked.recipe)!;
    const keys = Object.keys(recipe.settings) as (keyof typeof recipe.settings)[];
    const settings = Object.fromEntries(keys.map((key) => [key, checked[key]]));
    const again: RecipeOptions = {
      recipe: { ...recipe, settings: settings as unknown as typeof recipe.settings },
      arch: await namedArchitecture("--resume", run, { named: options.arch, config: checked }),
      ensemble: checked.ensemble,
      ...changesOf(checked, options),
    };
    const { runRecipe } = await import("./recipes/command.ts");
    return await runRecipe(again, { allowOtherBuild });
  }
  if (options.arch !== null) {
    throw new UsageError(`--arch: goes with a run that was trained with one: ${run} was not`);
  }
  if (config.network !== undefined) {
    const { trainPageRun } = await import("./page_run.ts");
    const checked = checkPageConfig(config, where);
    const choices = { ...changesOf(checked, options), epochs: checked.epochs };
    return await trainPageRun(config, choices, { allowOtherBuild });
  }
  const checked = checkReportConfig(config, where);
  const { trainNetwork } = await import("./train.ts");
  return await trainNetwork({ ...checked, ...changesOf(checked, options) }, { allowOtherBuild });
}

/** What may be another than it was. */
function changesOf(
  before: Omit<RunOptions, "out" | "quiet">,
  { run, threads, checkpointEvery, dataDir, quiet }: ResumeOptions,
): RunOptions {
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

/**
 * How the command was called, and what it wrote, before experiments were files: each recipe, and each
 * kind of run, is an experiment of now.
 */
import { anyOf } from "./flags.ts";
import type { Config } from "./run_folder.ts";
import { UsageError } from "./errors.ts";

/** The experiment of the paper. */
export const PAPER = "experiments/paper.ts";

/** The experiment of a run that was begun in the page. */
export const PAGE = "experiments/page.ts";

/** Experiments by the names that recipes had. */
const RECIPES: Readonly<Record<string, string>> = {
  medium: "experiments/cnn.ts",
  small: "experiments/cnn_small.ts",
  "mlp-best": "experiments/mlp_best.ts",
};

/** Words that named an experiment with `--recipe`: `cnn`, `cnn --recipe small`, `--recipe mlp-best`. */
export function modernWords(args: readonly string[]): string[] {
  const isCnn = args[0] === "cnn";
  const words = args.slice(isCnn ? 1 : 0);
  const at = words.findIndex((word) => word === "--recipe" || word.startsWith("--recipe="));
  if (at === -1) return isCnn ? [RECIPES.medium!, ...words] : words;
  const isApart = words[at] === "--recipe";
  const name = isApart ? words[at + 1] : words[at]!.slice("--recipe=".length);
  words.splice(at, isApart ? 2 : 1);
  return [experimentOfRecipe(name ?? ""), ...words];
}

/** The experiment that a recipe is now. UsageError where there was no such recipe. */
export function experimentOfRecipe(name: string): string {
  const known = Object.keys(RECIPES).find((known) => known === name.toLowerCase());
  if (known !== undefined) return RECIPES[known]!;
  throw new UsageError(
    `--recipe: needs ${anyOf(Object.keys(RECIPES))}: it is ${JSON.stringify(name)}`,
  );
}

/** What a config of any version tells, as one of now would. */
export function modernConfig(config: unknown): Config {
  const { experiment, network, recipe, architecture, warp, ...rest } = Object(config) as Record<
    string,
    unknown
  >;
  if (experiment !== undefined) return config as Config;
  const common = { seed: 0, threads: 1, ensemble: 1, checkpointEvery: null, ...rest };
  if (network !== undefined) return { ...common, experiment: PAGE, network };
  if (recipe !== undefined && Object.hasOwn(RECIPES, String(recipe))) {
    const arch = rest.arch ?? architecture ?? null;
    return { ...common, experiment: RECIPES[String(recipe)], arch, augment: warp !== null };
  }
  if (rest.layers === undefined || recipe !== undefined) return config as Config;
  return { ...common, experiment: PAPER };
}

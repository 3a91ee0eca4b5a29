/** Which of a grid's trials are run: all, some at random, or few epochs of all and more of the best. */
import { UsageError } from "../errors.ts";
import { type GridSpec, gridTrials, trialOf } from "./grid_spec.ts";
import type { Metric } from "./metric.ts";
import { isRange, valueAt } from "./ranges.ts";
import { type Options, shortHash, sortedEntries, type Trial, type TrialResult } from "./trial.ts";

/** How configurations are chosen. */
export const SEARCHES = ["grid", "random", "halving"] as const;

/** What an option says of it. */
export interface SearchChoices {
  readonly search: typeof SEARCHES[number];
  /** Configurations at most; null for all. */
  readonly trials: number | null;
  /** Minutes of work after which no trial is begun; null for no limit. */
  readonly minutes: number | null;
}

/** Configurations that are drawn where only time ends a search. */
const ENOUGH = 1000;

/** Of so many configurations one goes on to as many times more epochs. */
const ETA = 3;

/** The configurations that are looked at: those of a number at random are among those of a larger one. */
export function configurationsOf(spec: GridSpec, choices: SearchChoices): Options[] {
  const { search, minutes } = choices;
  if (search === "grid" && minutes !== null) {
    throw new UsageError("--minutes: goes with --search random or halving");
  }
  const trials = choices.trials ?? (search === "random" && minutes !== null ? ENOUGH : null);
  const keys = Object.keys(spec.vary);
  const ranged = keys.find((key) => isRange(spec.vary[key]!));
  if (ranged !== undefined) {
    if (search !== "grid" && trials !== null) return drawnOf(spec, trials);
    throw new UsageError(
      `--vary: the range of ${ranged} needs --search random or halving, and --trials`,
    );
  }
  const all = gridTrials({ ...spec, seeds: 1 }).map(({ options }) =>
    Object.fromEntries(keys.map((key) => [key, options[key]!]))
  );
  if (search === "random" && trials === null) {
    throw new UsageError("--trials: --search random needs the number of configurations");
  }
  if (search === "grid" && trials !== null) {
    throw new UsageError("--trials: goes with --search random or halving");
  }
  if (minutes === null && (trials === null || trials >= all.length)) return all;
  // by chance, but the same each time
  const drawn = all.map((own, i) => ({ i, hash: shortHash(sortedEntries(own)) }))
    .sort((a, b) => a.hash < b.hash ? -1 : 1).slice(0, trials ?? all.length);
  // whichever time is left for are some of all, not the first of the grid
  if (minutes !== null) return drawn.map(({ i }) => all[i]!);
  return drawn.sort((a, b) => a.i - b.i).map(({ i }) => all[i]!);
}

/** So many configurations out of lists and ranges, by chance, but the same each time. */
function drawnOf({ vary }: GridSpec, trials: number): Options[] {
  const found = new Map<string, Options>();
  // of few values not so many may differ
  for (let i = 0; found.size < trials && i < 20 * trials; i++) {
    const own = Object.fromEntries(
      Object.entries(vary).map(([key, levels]) => [key, valueAt(levels, placeOf([key, i]))]),
    );
    found.getOrInsert(shortHash(sortedEntries(own)), own);
  }
  return [...found.values()];
}

/** A number from 0 to below 1 out of a hash. */
function placeOf(value: unknown): number {
  return parseInt(shortHash(value).slice(0, 13), 16) / 2 ** 52;
}

/** The trials of some configurations, seed by seed; of so many epochs where that is told. */
export function trialsOf(
  spec: GridSpec,
  configurations: readonly Options[],
  epochs?: number,
): Trial[] {
  const all = configurations.map((own) => seedsOf(spec, own, epochs));
  return Array.from({ length: spec.seeds }, (_, seed) => all.map((own) => own[seed]!)).flat();
}

/** The trials of a configuration, one a seed. */
export function seedsOf(spec: GridSpec, configuration: Options, epochs?: number): Trial[] {
  const own = epochs === undefined ? {} : { epochs };
  const options = { ...spec.options, ...own };
  return Array.from(
    { length: spec.seeds },
    (_, seed) => trialOf({ ...spec, options }, configuration, seed),
  );
}

/**
 * Epochs of the rounds of a halving, from few to all: each has a third as many as the next, while there
 * are that many configurations to tell apart.
 */
export function roundsOf(epochs: number, configurations: number): number[] {
  const rounds = [epochs];
  let left = configurations;
  while (left > ETA - 1 && rounds[0]! >= ETA) {
    rounds.unshift(Math.ceil(rounds[0]! / ETA));
    left = Math.ceil(left / ETA);
  }
  return rounds;
}

/** The best third of some configurations by the mean over their seeds, in the order that they had. */
export function bestThird(
  configurations: readonly Options[],
  results: readonly TrialResult[],
  metric: Metric,
): Options[] {
  const sign = metric.isHigherBetter ? 1 : -1;
  const values = configurations.map((own) => {
    const of = results.filter(({ options }) =>
      Object.entries(own).every(([key, value]) => options[key] === value)
    );
    const mean = of.reduce((sum, result) => sum + metric.of(result), 0) / of.length;
    return Number.isNaN(mean) ? -Infinity : sign * mean; // one that has diverged is the worst
  });
  const order = Array.from(values.keys()).sort((i, j) => values[j]! - values[i]! || i - j);
  return order.slice(0, Math.ceil(configurations.length / ETA)).sort((i, j) => i - j)
    .map((i) => configurations[i]!);
}

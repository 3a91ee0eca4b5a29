/** Which trials a grid has. */
import { compareLevels, type Factor, levelText, optionText } from "./factors.ts";
import { isRange } from "./ranges.ts";
import {
  type Options,
  type OptionValue,
  type Provenance,
  shortHash,
  sortedEntries,
  type Trial,
  trialId,
} from "./trial.ts";

/** A grid: every combination of the values that are varied, each with seeds 0 to `seeds` - 1. */
export interface GridSpec extends Provenance {
  /** The options that all trials have in common. */
  options: Options;
  /** The values of those that are varied, in the order of tables; or a range's text alone. */
  vary: Readonly<Record<string, readonly OptionValue[]>>;
  seeds: number;
}

/** A grid's name, the same wherever the same results are to come out. */
export function gridId({ options, vary, ...rest }: GridSpec): string {
  const levels = Object.entries(vary).map(([key, levels]) => [key, levels.toSorted(compareLevels)]);
  const lists = Object.fromEntries(levels);
  return shortHash([sortedEntries(options), sortedEntries(lists), sortedEntries({ ...rest })]);
}

/** The options that are varied; of a range the values that were drawn. */
export function factorsOf({ vary }: GridSpec, drawn: readonly Options[]): Factor[] {
  return Object.entries(vary).map(([key, levels]) => {
    if (!isRange(levels)) return { key, levels };
    const values = new Set(drawn.map((options) => options[key]!));
    return { key, levels: [...values].sort(compareLevels), isDrawn: true };
  });
}

/**
 * All trials: seed by seed, so that a grid that is stopped has whole tables for its first seeds, and
 * within a seed in the order of the table, the last option the fastest.
 */
export function gridTrials(spec: GridSpec): Trial[] {
  let combinations: Options[] = [{}];
  for (const [key, levels] of Object.entries(spec.vary)) {
    combinations = combinations.flatMap((some) =>
      levels.map((level) => ({ ...some, [key]: level }))
    );
  }
  return Array.from(
    { length: spec.seeds },
    (_, seed) => combinations.map((varied) => trialOf(spec, varied, seed)),
  ).flat();
}

/** The trial of a grid that has some options of its own. */
export function trialOf(spec: GridSpec, own: Options, seed: number): Trial {
  const options = { ...spec.options, ...own };
  const name = [
    ...Object.entries(own).map(([key, level]) => optionText(key, level)),
    `seed ${seed}`,
  ];
  return { id: trialId(options, seed, spec), name: name.join(", "), options, seed };
}

/** How two grids differ, a text a difference: `layers: 2 3 there, 3 here`. */
export function gridDifferences(there: GridSpec, here: GridSpec): string[] {
  const parts = ({ options, vary, ...rest }: GridSpec) =>
    [{ ...options, ...vary }, rest] as Record<string, Value>[];
  const before = parts(there);
  return parts(here).flatMap((after, i) =>
    [...new Set([...Object.keys(before[i]!), ...Object.keys(after)])]
      .map((key) => [key, ...[before[i]!, after].map((part) => listText(part[key]))] as const)
      .filter(([_, a, b]) => a !== b)
      .map(([key, a, b]) => `${key}: ${a} there, ${b} here`)
  );
}

type Value = OptionValue | readonly OptionValue[] | undefined;

function listText(value: Value): string {
  if (value === undefined) return "none";
  const values = typeof value === "object" && value !== null ? value : [value];
  return values.toSorted(compareLevels).map(levelText).join(" ");
}

/**
 * A grid's results as an array: factors × seeds.
 *
 * @module
 */
import type { Measured, Metric } from "./metric.ts";
import type { Options, OptionValue } from "./trial.ts";

/** An option that is varied, and its values in the order of tables. */
export interface Factor {
  /** The option. */
  key: string;
  /** Its values, each once. */
  levels: readonly OptionValue[];
}

/** The name of an option in a sentence: `lr`, `batch size`. */
export function optionName(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** A value in a table: `off`, `0.5`, `tanh`. */
export function levelText(level: OptionValue): string {
  if (level === null || level === false) return "off";
  return level === true ? "on" : String(level);
}

/** An option with a value: `layers 3`, `momentum off`. */
export function optionText(key: string, level: OptionValue): string {
  return `${optionName(key)} ${levelText(level)}`;
}

/** From low to high: off, numbers, words. */
export function compareLevels(a: OptionValue, b: OptionValue): number {
  if (a === b) return 0;
  const rank = (level: OptionValue) =>
    level === null || level === false ? 0 : typeof level === "number" ? 1 : 2;
  return rank(a) - rank(b) || (a! < b! ? -1 : 1);
}

/** The seeds among some trials, from low to high. */
export function seedsOf(trials: readonly Measured[]): number[] {
  return [...new Set(trials.map(({ seed }) => seed))].sort((a, b) => a - b);
}

/** The trials of one combination of levels, which differ in their seeds. */
export interface Cell<T extends Measured = Measured> {
  /** The options that are varied. */
  options: Options;
  /** From the lowest seed to the highest. */
  trials: T[];
}

/**
 * Trials by their levels, in the order of tables, the last factor the fastest; without the cells
 * that have none. The order in which trials were finished has no influence on what is computed from
 * it, down to the last bit.
 */
export function cellsOf<T extends Measured>(
  factors: readonly Factor[],
  trials: readonly T[],
): Cell<T>[] {
  const cells: Cell<T>[] = [];
  for (const trial of trials.toSorted((a, b) => a.seed - b.seed)) {
    const options = Object.fromEntries(factors.map(({ key }) => [key, trial.options[key]!]));
    (cells[cellIndex(factors, options)] ??= { options, trials: [] }).trials.push(trial);
  }
  return cells.filter((cell) => cell !== undefined);
}

function cellIndex(factors: readonly Factor[], options: Options): number {
  return factors.reduce(
    (at, { key, levels }) => at * levels.length + levels.indexOf(options[key]!),
    0,
  );
}

/** A metric of all trials as an array. */
export interface Grid {
  /** The dimensions. */
  factors: readonly Factor[];
  /** The last dimension. */
  seeds: number[];
  /** How far apart two neighbours along each factor are, in cells. */
  strides: number[];
  /** Values [cells, seeds]; NaN where there is no trial. */
  values: Float64Array;
}

/** Lays trials out as an array. */
export function gridOf(
  factors: readonly Factor[],
  trials: readonly Measured[],
  metric: Metric,
): Grid {
  const seeds = seedsOf(trials);
  const strides: number[] = [];
  let cells = 1;
  for (const { levels } of factors.toReversed()) {
    strides.unshift(cells);
    cells *= levels.length;
  }
  const values = new Float64Array(cells * seeds.length).fill(NaN);
  for (const trial of trials) {
    const at = cellIndex(factors, trial.options) * seeds.length + seeds.indexOf(trial.seed);
    values[at] = metric.of(trial);
  }
  return { factors, seeds, strides, values };
}

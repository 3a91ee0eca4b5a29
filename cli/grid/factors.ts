/** A grid's results as a table: a cell for each combination of levels, a trial for each seed. */
import type { Measured } from "./metric.ts";
import type { Options, OptionValue } from "./trial.ts";

/** An option that is varied, and its values in the order of tables. */
export interface Factor {
  key: string;
  /** Its values, each once. */
  levels: readonly OptionValue[];
  /** Whether they were drawn out of a range: no two configurations were meant to have the same. */
  isDrawn?: boolean;
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

/** A configuration by some of its options: `layers 3, momentum off`. */
export function configName(options: Options, factors: readonly Factor[]): string {
  return factors.map(({ key }) => optionText(key, options[key]!)).join(", ");
}

/** The factors that have several levels; all where there is none. */
export function variedOf(factors: readonly Factor[]): readonly Factor[] {
  const varied = factors.filter(({ levels }) => levels.length > 1);
  return varied.length > 0 ? varied : factors;
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
  const cells = new Map<number, Cell<T>>();
  for (const trial of trials.toSorted((a, b) => a.seed - b.seed)) {
    const options = Object.fromEntries(factors.map(({ key }) => [key, trial.options[key]!]));
    const at = cellIndex(factors, options);
    cells.getOrInsertComputed(at, () => ({ options, trials: [] })).trials.push(trial);
  }
  return [...cells].sort(([a], [b]) => a - b).map(([_, cell]) => cell);
}

/** The number of a combination in the order of tables. */
export function cellIndex(factors: readonly Factor[], options: Options): number {
  return factors.reduce(
    (at, { key, levels }) => at * levels.length + levels.indexOf(options[key]!),
    0,
  );
}

/** Whether each combination of levels is there. */
export function isWhole(factors: readonly Factor[], trials: readonly Measured[]): boolean {
  const all = factors.reduce((product, { levels }) => product * levels.length, 1);
  return cellsOf(factors, trials).length === all && !factors.some(({ isDrawn }) => isDrawn);
}

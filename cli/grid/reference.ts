/**
 * Figures of others that a grid's results stand beside.
 *
 * @module
 */
import { cellsOf, type Factor } from "./factors.ts";
import type { Measured } from "./metric.ts";
import type { Options } from "./trial.ts";

/** A table of others: one run of each of some configurations. */
export interface Reference {
  /** Whose it is: `the paper`. */
  name: string;
  /** The options that it tells apart. */
  factors: readonly string[];
  /** What a configuration gave there; undefined where it is not in the table. */
  find(options: Options): Measured | undefined;
  /** How many runs it had. */
  trials: number;
  /** Epochs that each of them was trained for. */
  epochs: number;
  /** How long all of them took together. */
  seconds: number;
}

/**
 * A reference table as trials of a grid's own configurations, one seed, so that the same means and
 * effects can be taken of it. Empty where the grid varies what the table does not tell apart.
 */
export function referenceTrials(
  factors: readonly Factor[],
  trials: readonly Measured[],
  reference: Reference | null,
): Measured[] {
  const isTold = ({ key, levels }: Factor) => levels.length < 2 || reference?.factors.includes(key);
  if (reference === null || !factors.every(isTold)) return [];
  return cellsOf(factors, trials).flatMap(({ trials: [trial] }) => {
    return reference.find(trial!.options) ?? [];
  });
}

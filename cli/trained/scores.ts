/**
 * How a classifier does on each class.
 *
 * @module
 */

/** Figures of a class. Shares of nothing are NaN. */
export interface ClassScores {
  /** How many samples are of the class. */
  count: number;
  /** Of what was taken for the class, how much is of it. */
  precision: number;
  /** Of the class, how much was taken for it. */
  recall: number;
  /** Their harmonic mean: 2 · right / (samples of the class + samples taken for it). */
  f1: number;
}

/** The scores of all classes, out of how many samples of class i were taken for class j: [i][j]. */
export function classScores(confusion: readonly (readonly number[])[]): ClassScores[] {
  return confusion.map((row, i) => {
    const right = row[i]!;
    const count = row.reduce((sum, n) => sum + n, 0);
    const taken = confusion.reduce((sum, other) => sum + other[i]!, 0);
    return {
      count,
      precision: right / taken,
      recall: right / count,
      f1: 2 * right / (count + taken),
    };
  });
}

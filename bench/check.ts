/**
 * What a result is compared with before its time is told.
 *
 * @module
 */

/** A result is wrong, so its time says nothing. */
export class CheckError extends Error {
  /** What it is called in messages. */
  override name = "CheckError";
}

/** Throws CheckError unless `actual` is within `tolerance` of `expected`. */
export function checkNear(
  what: string,
  actual: number,
  expected: number,
  tolerance: number,
): void {
  if (Math.abs(actual - expected) <= tolerance) return; // NaN fails
  throw new CheckError(`${what}: ${expected} ± ${tolerance} was expected: it is ${actual}`);
}

/** The first and the last index below n, and others spread between them. */
export function sampleIndices(n: number, count: number): number[] {
  const step = Math.max(1, (n - 1) / (count - 1));
  return [
    ...new Set(Array.from({ length: count }, (_, i) => Math.min(n - 1, Math.round(i * step)))),
  ];
}

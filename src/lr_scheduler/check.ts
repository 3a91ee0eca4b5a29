/**
 * Checks that schedules share.
 *
 * @module
 */

/** A number that was checked to be a whole one of at least 1; RangeError if it is not. */
export function checkCount(schedule: string, name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(
    `${schedule}: ${name} must be a whole number of at least 1: it is ${value}`,
  );
}

/** One number for each of n groups; RangeError where a list has another length. */
export function eachGroup(
  schedule: string,
  name: string,
  value: number | readonly number[],
  n: number,
): number[] {
  if (typeof value === "number") return Array.from({ length: n }, () => value);
  if (value.length === n) return [...value];
  throw new RangeError(
    `${schedule}: ${name} must be one number or ${n}, one a group: there are ${value.length}`,
  );
}

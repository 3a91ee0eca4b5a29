/**
 * A run's figures beside others.
 *
 * @module
 */

/** What is compared, how it is here, how it is there, and a remark. */
export type ComparisonRow = readonly [name: string, here: string, there: string, note: string];

/** The rows as a text table under their headings; `there` is empty where nothing is compared with. */
export function comparison(
  here: string,
  rows: readonly ComparisonRow[],
  there: string,
): string {
  const width = there === "" ? 0 : 12;
  const first = 1 + Math.max(13, ...rows.map(([name]) => name.length));
  return [["", here, there, ""] as const, ...rows].map(([name, run, other, note]) =>
    `${name.padEnd(first)}${run.padStart(10)}${other.padStart(width)}   ${note}`.trimEnd()
  ).join("\n");
}

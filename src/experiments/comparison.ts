/**
 * A run's figures beside the report's.
 *
 * @module
 */

/** What is compared, how it is here, how it is in the report, and a remark. */
export type ComparisonRow = readonly [name: string, here: string, report: string, note: string];

/** The rows as a text table under their headings. */
export function comparison(here: string, rows: readonly ComparisonRow[]): string {
  return [["", here, "the report", ""] as const, ...rows].map(([name, run, report, note]) =>
    `${name.padEnd(14)}${run.padStart(10)}${report.padStart(12)}   ${note}`.trimEnd()
  ).join("\n");
}

/**
 * What a row of the benchmark is, in every process that measures it.
 *
 * @module
 */

/** What a loop is held against: multiply-adds between registers, or copying memory. */
export type LimitKind = "fma" | "copy";

/** What a figure counts: work a second, the time itself, or a loss. */
export type Unit = "GFLOPS" | "samples/s" | "tokens/s" | "Melem/s" | "us" | "ms" | "nll";

/** What tells a row from the others of its workload. */
export type Params = Readonly<Record<string, number | string>>;

/** One row, without the thread count: it is measured on each. */
export interface Row {
  /** The workload that it belongs to: W1, W2 … */
  workload: string;
  /** What tells it from the workload's other rows. */
  params: Params;
  /** What a table calls it. */
  title: string;
  /** Of the figure. */
  unit: Unit;
  /** The thread counts that it makes sense on. Default: all. */
  on?: "one" | "several";
  /** GFLOP, samples or million elements of doing it once; without meaning where the unit is a time. */
  work?: number;
  /** Which limit it is held against, and the GFLOP or GB of doing it once. */
  limit?: readonly [LimitKind, number];
  /** What else must be said of it. */
  notes?: string;
}

/** What names a row: equal for equal work. */
export function keyOf({ workload, params }: Pick<Row, "workload" | "params">): string {
  const entries = Object.entries(params).sort(([a], [b]) => a < b ? -1 : 1);
  return [workload, ...entries.map(([name, value]) => `${name}=${value}`)].join(" ");
}

/** Whether less is better. */
export function isTime(unit: Unit): boolean {
  return unit === "us" || unit === "ms";
}

/** The figure of doing a row's work once in so many seconds. */
export function figureOf({ unit, work = 1 }: Row, seconds: number): number {
  if (unit === "us") return seconds * 1e6;
  return unit === "ms" ? seconds * 1e3 : work / seconds;
}

/**
 * Figures, as they are kept in a file and stand in tables.
 *
 * @module
 */
import { isTime, keyOf, type LimitKind, type Params, type Unit } from "./rows.ts";

/** What was measured. */
export interface Figure {
  /** The build of this library, or another library. */
  contender: string;
  /** Which of its ways, where it has several: PyTorch's "fused". */
  variant: string;
  /** On how many threads. */
  threads: number;
  /** The row. */
  workload: string;
  /** The row. */
  params: Params;
  /** The row, in tables. */
  title: string;
  /** Of the value. */
  unit: Unit;
  /** The best. */
  value: number;
  /** All repeats; null where the figure is no time. */
  spread: { median: number; worst: number; k: number } | null;
  /** What it is held against; null where there is nothing. */
  limit: Reached | null;
}

/** How near to a limit a figure came. */
export interface Reached {
  /** Which. */
  kind: LimitKind;
  /** The limit itself, on as many threads: GFLOP/s or GB/s. */
  most: number;
  /** Part of it that was reached, from 0 to 1. */
  share: number;
}

/** All figures of a run. */
export interface Run {
  /** What they were measured on: figures of another one say nothing beside them. */
  machine: { processor: string; cores: number; deno: string };
  /** When. */
  date: string;
  /** In the order of rows. */
  figures: Figure[];
}

/** Whether a figure is better than another of the same row. */
export function isBetter(a: Figure, b: Figure): boolean {
  return isTime(a.unit) ? a.value < b.value : a.value > b.value;
}

/** What figures of the same work by the same contender on as many threads have in common. */
export function nameOf({ contender, threads, ...row }: Figure): string {
  return `${contender} ×${threads} ${keyOf(row)}`;
}

/** One figure for each contender, row and number of threads: the best of its ways and of several runs. */
export function bestOfEach(figures: readonly Figure[]): Figure[] {
  const best = new Map<string, Figure>();
  for (const figure of figures) {
    const old = best.get(nameOf(figure));
    if (old === undefined || isBetter(figure, old)) best.set(nameOf(figure), figure);
  }
  return [...best.values()];
}

/** Five digits say more than was measured. */
export function rounded(figure: Figure): Figure {
  const round = (value: number) => Number(value.toPrecision(5));
  const { value, spread, limit } = figure;
  return {
    ...figure,
    value: round(value),
    spread: spread && { ...spread, median: round(spread.median), worst: round(spread.worst) },
    limit: limit && { ...limit, most: round(limit.most), share: round(limit.share) },
  };
}

/** Reads what `--json` wrote. Throws an Error that says what is wrong with the file. */
export function readRun(path: string): Run {
  let run: Run;
  try {
    run = JSON.parse(Deno.readTextFileSync(path));
  } catch (cause) {
    throw new Error(`${path}: ${(cause as Error).message}`, { cause });
  }
  const isFigure = (figure: Partial<Figure> | null) =>
    typeof figure?.contender === "string" && typeof figure.workload === "string" &&
    typeof figure.value === "number" && typeof figure.params === "object";
  if (typeof run?.machine?.processor !== "string" || !run.figures?.every?.(isFigure)) {
    throw new Error(`${path}: figures that --json wrote are needed`);
  }
  return run;
}

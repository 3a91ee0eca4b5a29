/**
 * What a benchmark is made of.
 *
 * @module
 */
import type { LimitKind } from "./limit.ts";
import type { Pace, Timing } from "./measure.ts";

/** What every row of the table has. */
interface Row {
  /** The workload that it belongs to: W1, W2 … */
  workload: string;
  /** What tells it from the workload's other rows. */
  params: Readonly<Record<string, number | string>>;
  /** Of the figure: work a second, or the time itself. */
  unit: "GFLOPS" | "samples/s" | "Melem/s" | "us" | "ms" | "nll";
  /** The thread counts that it makes sense on. Default: all. */
  on?: "one" | "several";
  /** What else must be said of it. */
  notes?: string;
}

/** A row whose figure is a rate or a time. */
interface TimedRow extends Row {
  /** GFLOP, samples or million elements of doing it once; without meaning where the unit is a time. */
  work?: number;
  /** Which limit it is held against, and the GFLOP or GB of doing it once. */
  limit?: readonly [LimitKind, number];
  /** Throws CheckError where the result is wrong. */
  check(): void;
}

/** Work that can be repeated. */
export interface RepeatedCase extends TimedRow {
  /** Does it k times. */
  run(k: number): void;
}

/** Work that must be timed in its own way. */
export interface SelfTimedCase extends TimedRow {
  /** Times it on some threads. */
  time(pace: Pace, threads: number): Promise<Timing>;
}

/** A row whose figure is no time but a result: it throws CheckError where that is wrong. */
export interface ResultCase extends Row {
  /** Computes it. */
  result(): number;
}

/** One row of the table. */
export type Case = RepeatedCase | SelfTimedCase | ResultCase;

/** Rows that share what they work on; each lives until the next is asked for. */
export type Family = () => Iterable<Case>;

/** A family cannot run here: it is left out, and the message says why. */
export class LeftOutError extends Error {
  /** What it is called in messages. */
  override name = "LeftOutError";
}

/**
 * A row that this library can measure.
 *
 * @module
 */
import type { Row } from "./rows.ts";

/** Work that can be repeated. */
export interface TimedCase extends Row {
  /** Throws CheckError where the result is wrong. */
  check(): void | Promise<void>;
  /** Does it k times. What takes the time itself returns the seconds. */
  run(k: number): void | number | Promise<void>;
}

/** A row whose figure is no time but a result: it throws CheckError where that is wrong. */
export interface ResultCase extends Row {
  /** Computes it. */
  result(): number;
}

/** One row of the table. */
export type Case = TimedCase | ResultCase;

/** Rows that share what they work on; each lives until the next is asked for. */
export type Family = () => Iterable<Case>;

/** A family cannot run here: it is left out, and the message says why. */
export class LeftOutError extends Error {
  /** What it is called in messages. */
  override name = "LeftOutError";
}

/**
 * The messages between a `TrainerWorker` and the worker that trains.
 *
 * ```
 * outside ── Request, taken ──▶ worker     one answer for each request, by its number
 *         ◀─ FromWorker ──────
 * ```
 *
 * @module
 */
import type { ErrorData } from "../core/error_data.ts";

/** What is asked of the worker: a function's name and arguments. */
export interface Request {
  id: number;
  name: string;
  args: readonly unknown[];
}

/** To the worker: a request, or that a message has been listened to, so that more may come. */
export type ToWorker = Request | { taken: true };

/** What is told while a fit runs, and to whom. */
export type Told = "onProgress" | "onEpochEnd" | "onMessage" | "onProblem";

/** From the worker. */
export type FromWorker =
  /** It listens, and holds a lock of that name for as long as it lives; null where there are none. */
  | { ready: string | null }
  | { id: number; value: unknown }
  | { id: number; error: ErrorData }
  | { tell: Told; value: unknown }
  /** An error that nobody has caught: the worker is over. */
  | { fault: ErrorData };

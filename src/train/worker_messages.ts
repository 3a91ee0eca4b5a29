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
import * as errors from "../core/errors.ts";

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

/** An error as a message has it: of its class only the name survives the journey. */
export interface ErrorData {
  name: string;
  message: string;
  stack: string | undefined;
  cause: ErrorData | undefined;
}

/** What a message has of whatever was thrown. */
export function dataOf(error: unknown): ErrorData {
  if (!(error instanceof Error)) {
    return { name: "Error", message: String(error), stack: undefined, cause: undefined };
  }
  const { name, message, stack, cause } = error;
  return { name, message, stack, cause: cause === undefined ? undefined : dataOf(cause) };
}

/** The error again: of its own class, where that is the library's or the language's. */
export function errorOf({ name, message, stack, cause }: ErrorData): Error {
  const options = cause === undefined ? undefined : { cause: errorOf(cause) };
  const error = new (classOf(name))(message, options);
  if (error.name !== name) Object.defineProperty(error, "name", { value: name });
  if (stack !== undefined) error.stack = stack;
  return error;
}

function classOf(name: string): ErrorConstructor {
  for (const table of [errors, globalThis] as Record<string, unknown>[]) {
    const found = Object.hasOwn(table, name) ? table[name] : undefined;
    if (typeof found === "function" && found.prototype instanceof Error) {
      return found as ErrorConstructor;
    }
  }
  return Error;
}

/**
 * Errors as messages between workers have them.
 *
 * @module
 */
import * as errors from "./errors.ts";

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

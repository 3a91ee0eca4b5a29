/** Errors of the command line, and how errors are told. */

/** What the user typed cannot be done; the command ends with exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Something outside the program is in the way; what was finished is kept, and the exit code is 1. */
export class GridError extends Error {
  override name = "GridError";
}

/** What an error says; of anything else that was thrown, its text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Control characters, and those that change lines or the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * A text out of a file or from the network as a message may have it: a terminal would obey some
 * characters, which are written as `\u{1b}` instead.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}

/**
 * What a class takes of which no row tells: it is asked. Errors say what would have been right, and a
 * class that says nothing, where there is something wrong, fails the tests of the rows.
 */
import type { Type } from "./entry_points.ts";

/** What messages say that an option must be, and what this means for its test. */
const TYPES: Record<string, Type> = {
  "true or false": "flag",
  "a number": "number",
  "a number of at least 0": "rate",
  "a number from 0 to 1": "share",
  "a whole number": "integer",
  "a whole number of at least 0": "whole",
  "a whole number of at least 1": "count",
  "a whole number of at least 0, or two": "oneOrTwo",
  "a whole number of at least 1, or two": "oneOrTwo",
  "a string": "text",
  "a function": "function",
  "a tensor": "tensor",
};

function messageOf(call: () => unknown): string {
  try {
    call();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

/** The first of several lists of arguments that a call takes. */
export function argumentsOf(
  call: (...args: unknown[]) => unknown,
  lists: readonly (() => unknown[])[],
): (() => unknown[]) | undefined {
  return lists.find((args) => messageOf(() => call(...args())) === "");
}

/** What the options of a call are called and take; null: it takes none. */
export function optionsOf(
  call: (options: Record<string, unknown>) => unknown,
): Record<string, Type> | null {
  const [, names] = messageOf(() => call({ "?": 0 })).match(/[Ii]t takes (.*)$/) ?? [];
  if (names === undefined) return null;
  return Object.fromEntries(
    names.split(", ").map((name) => {
      const message = messageOf(() => call({ [name]: Symbol() }));
      const [, needed] = message.match(/ must be (.*?): it is a symbol/) ?? [];
      const isWord = needed?.startsWith('"') && !needed.endsWith(" or null");
      return [name, TYPES[needed!] ?? (isWord ? "word" : "anything")];
    }),
  );
}

/**
 * Reading the values of options: a text in, a checked value or a UsageError out.
 *
 * @module
 */
import { UsageError } from "./usage_error.ts";

/** A whole number from `min` to `max`, decimal digits only. */
export function parseWhole(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `, ${min} or more` : ` from ${min} to ${max}`;
  throw new UsageError(`${option}: needs a whole number${range}: it is ${JSON.stringify(text)}`);
}

/** A decimal number that `holds`; `needs` says in words what that asks for. */
export function parseDecimal(
  option: string,
  text: string,
  needs: string,
  holds: (value: number) => boolean,
): number {
  const value = Number(text);
  // The pattern keeps out what Number would take too: "", " ", "0x10", "Infinity".
  if (/^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) && holds(value)) return value;
  throw new UsageError(`${option}: needs ${needs}: it is ${JSON.stringify(text)}`);
}

/** One of some words, in capitals or not. */
export function parseWord<W extends string>(
  option: string,
  text: string,
  words: readonly W[],
): W {
  const word = words.find((word) => word === text.toLowerCase());
  if (word !== undefined) return word;
  throw new UsageError(`${option}: needs ${anyOf(words)}: it is ${JSON.stringify(text)}`);
}

/** `relu or tanh`, `test, dev, or train`. */
export function anyOf(words: readonly string[]): string {
  return new Intl.ListFormat("en", { type: "disjunction", style: "short" }).format(words);
}

/** A path, which is any text but the empty one. */
export function parsePath(option: string, text: string): string {
  if (text.trim() !== "") return text;
  throw new UsageError(`${option}: needs a path: it is empty`);
}

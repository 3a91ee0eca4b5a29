/** Values of an option out of a range: `1e-4..0.1`, `log:1e-4..0.1`. */
import { UsageError } from "../errors.ts";
import { type Flag, valueOf } from "../flags.ts";
import type { OptionValue } from "./trial.ts";

const NUMBER = String.raw`-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?`;
const RANGE = new RegExp(`^(log:)?(${NUMBER})\\.\\.(${NUMBER})(:int)?$`, "i");

/** Digits that a drawn number has: all that anybody would type. */
const DIGITS = 3;

/**
 * A range of a numeric option as a grid keeps it, `log:16..256:int`; null where a text is none. UsageError
 * where its ends are no values of the option.
 */
export function rangeText(flag: Flag, text: string): string | null {
  const [, log = "", from, to] = RANGE.exec(text) ?? [];
  if (from === undefined || flag.type !== "number" && flag.type !== "integer") return null;
  const [low, high] = [from, to!].map((end) => Number(valueOf(flag, end)));
  if (!(low! < high!)) {
    throw new UsageError(`--vary: a range goes from low to high: ${flag.name} is ${text}`);
  }
  if (log !== "" && low! <= 0) {
    throw new UsageError(`--vary: a logarithmic range begins above 0: ${flag.name} is ${text}`);
  }
  return `${log}${low}..${high}${flag.type === "integer" ? ":int" : ""}`;
}

/** Whether the values of an option are a range: numbers are never kept as texts. */
export function isRange(levels: readonly OptionValue[]): boolean {
  return levels.length === 1 && typeof levels[0] === "string" && RANGE.test(levels[0]);
}

/** The value of a list or a range at a place from 0 to below 1. */
export function valueAt(levels: readonly OptionValue[], place: number): OptionValue {
  if (!isRange(levels)) return levels[Math.floor(place * levels.length)]!;
  const [, log, from, to, int] = RANGE.exec(String(levels[0]))!;
  const [low, high] = [Number(from), Number(to)];
  // each whole number has as much of the range
  const [a, b] = int ? [low - (log ? 0 : 0.5), high + (log ? 0 : 0.5)] : [low, high];
  const value = log ? a * (b / a) ** place : a + place * (b - a);
  const short = int ? Math.round(value) : Number(value.toPrecision(DIGITS));
  return Math.min(high, Math.max(low, short));
}

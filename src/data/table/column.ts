/**
 * Typed columns.
 *
 * @module
 */
import { DataError, printable } from "../../core/errors.ts";
import { type Kind, oneOf } from "../../core/options.ts";
import { quoted } from "./csv_scan.ts";

/** What stands in a column. */
export type ColumnType = "number" | "category" | "text" | "date";

/** What texts can be. */
export type TextType = Exclude<ColumnType, "number">;

/** The types, for checks of options. */
export const COLUMN_TYPE: Kind = oneOf("number", "category", "text", "date");

/** A column of a {@link Table}. */
export interface Column {
  /** Its name. */
  readonly name: string;
  /** What stands in it. */
  readonly type: ColumnType;
  /**
   * A number a row, NaN where there is none: the number itself, of a category or text its position in
   * `texts`, of a date the days since the beginning of 1970 (UTC).
   */
  readonly values: Float64Array<ArrayBuffer>;
  /** The categories in order, or the different texts as they first come; else empty. */
  readonly texts: readonly string[];
  /** Rows that have no value. */
  readonly missing: number;
}

/** What {@link Table.describe} tells of a column. */
export interface ColumnSummary {
  /** The column. */
  name: string;
  /** Its type. */
  type: ColumnType;
  /** Rows that have a value. */
  count: number;
  /** Rows that have none. */
  missing: number;
  /** How many different values there are. */
  distinct: number;
  /** Of numbers and dates: their mean. */
  mean?: number;
  /** Of numbers and dates: the standard deviation of a sample, with n − 1. */
  std?: number;
  /** Of numbers and dates: the least. */
  min?: number;
  /** Of numbers and dates: what a quarter is below. */
  q25?: number;
  /** Of numbers and dates: what half is below. */
  median?: number;
  /** Of numbers and dates: what three quarters are below. */
  q75?: number;
  /** Of numbers and dates: the most. */
  max?: number;
  /** Of categories and texts: how often each comes, the most frequent first; at most ten. */
  top?: [value: string, count: number][];
}

/** A column of numbers, categories by their code, or dates in days. */
export function column(
  name: string,
  type: ColumnType,
  values: Float64Array<ArrayBuffer>,
  texts: readonly string[] = [],
): Column {
  let missing = 0;
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) missing++;
  return { name, type, values, texts, missing };
}

/** Categories in order: a column of texts whose codes follow the alphabet, numbers by their size. */
function categories(
  name: string,
  codes: Float64Array<ArrayBuffer>,
  texts: readonly string[],
): Column {
  const areNumbers = texts.every((text) => text !== "" && Number.isFinite(Number(text)));
  const order = Array.from(texts.keys()).sort((i, j) => {
    const [a, b] = [texts[i]!, texts[j]!];
    return areNumbers ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0;
  });
  const code = new Float64Array(texts.length);
  order.forEach((old, now) => code[old] = now);
  const values = codes.map((old) => Number.isNaN(old) ? NaN : code[old]!);
  return column(name, "category", values, order.map((i) => texts[i]!));
}

/**
 * Days since 1970 of a date as ISO 8601 writes it, also with `/` for `-`, in UTC unless it says else, or in
 * words: `Oct 11 2002`, `October 11, 2002`, `11 Oct 2002`, `Oct 2002`. NaN of anything else: what
 * `1/2/2002` means depends on where it was written.
 */
function daysOf(text: string): number {
  const match =
    /^(\d{4})([-/])(\d\d?)\2(\d\d?)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s?(Z|[-+]\d\d:?\d\d)?)?$/
      .exec(text);
  if (match === null) return daysOfWords(text);
  const [, year, between, month, day, time = "00:00", zone = "Z"] = match;
  if (between === "-" && (month!.length < 2 || day!.length < 2)) return NaN;
  if (!isDay(Number(year), Number(month) - 1, Number(day))) return NaN;
  const date = [year, month!.padStart(2, "0"), day!.padStart(2, "0")].join("-");
  return Date.parse(`${date}T${time}${zone}`) / 86_400_000;
}

const MONTHS =
  "january february march april may june july august september october november december"
    .split(" ");

function daysOfWords(text: string): number {
  const match = /^(?:(\d\d?)[ -])?([a-z]{3,9})\.?[ -](?:(\d\d?),? )?(\d{4})$/i.exec(text);
  if (match === null) return NaN;
  const [, before, word, after, year] = match;
  const name = word!.toLowerCase();
  const month = MONTHS.findIndex((full) =>
    full === name || full.slice(0, 3) === name || full === "september" && name === "sept"
  );
  const day = Number(before ?? after ?? 1);
  if (month < 0 || before !== undefined && after !== undefined) return NaN;
  return isDay(Number(year), month, day) ? Date.UTC(Number(year), month, day) / 86_400_000 : NaN;
}

/** Whether a month has such a day. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month, day));
  return date.getUTCMonth() === month && date.getUTCDate() === day && day > 0;
}

/** A category is a text that comes again: so many times on the average, or one of a few. */
const REPEATS = 3, FEW = 10, MANY = 1000;

/** Which type texts make a column. */
export function typeOfTexts(texts: readonly string[], count: number): TextType {
  if (texts.length > 0 && texts.every((text) => !Number.isNaN(daysOf(text)))) return "date";
  const isFew = texts.length <= FEW && texts.length < count || texts.length * REPEATS <= count;
  return isFew && texts.length <= MANY ? "category" : "text";
}

/** A column of a type out of texts. DataError where one is no date. */
export function ofTexts(
  name: string,
  type: TextType,
  codes: Float64Array<ArrayBuffer>,
  texts: readonly string[],
): Column {
  if (type === "category") return categories(name, codes, texts);
  if (type === "text") return column(name, type, codes, texts);
  const days = texts.map(daysOf);
  const odd = days.findIndex(Number.isNaN);
  if (odd >= 0) {
    throw new DataError(
      `csv: dates are YYYY-MM-DD, with a time or without, or Oct 11 2002: ${printable(name)} has ` +
        quoted(texts[odd]!),
    );
  }
  return column(name, type, codes.map((code) => Number.isNaN(code) ? NaN : days[code]!));
}

/** The same column as categories: numbers by what they are written like. */
export function asCategory(from: Column): Column {
  if (from.type === "category") return from;
  if (from.type === "text") return categories(from.name, from.values, from.texts);
  const codes = new Map<number, number>();
  const values = from.values.map((value) => {
    if (Number.isNaN(value)) return NaN;
    if (!codes.has(value)) codes.set(value, codes.size);
    return codes.get(value)!;
  });
  return categories(from.name, values, Array.from(codes.keys(), String));
}

/** Some rows of a column. */
export function rowsOf(from: Column, rows: ArrayLike<number>): Column {
  const values = Float64Array.from(rows, (row) => from.values[row]!);
  return column(from.name, from.type, values, from.texts);
}

/** What is known of a column. */
export function summaryOf({ name, type, values, texts, missing }: Column): ColumnSummary {
  const present = values.filter((value) => !Number.isNaN(value));
  const count = present.length;
  if (type === "category" || type === "text") {
    const counts = new Float64Array(texts.length);
    for (const code of present) counts[code]!++;
    const order = Array.from(texts.keys()).filter((i) => counts[i]! > 0)
      .sort((i, j) => counts[j]! - counts[i]! || i - j);
    const top = order.slice(0, 10).map((i): [string, number] => [texts[i]!, counts[i]!]);
    return { name, type, count, missing, distinct: order.length, top };
  }
  present.sort();
  let distinct = 0, sum = 0;
  for (let i = 0; i < count; i++) {
    sum += present[i]!;
    if (i === 0 || present[i] !== present[i - 1]) distinct++;
  }
  const mean = sum / count;
  const squares = present.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const [min, q25, median, q75, max] = [0, 0.25, 0.5, 0.75, 1].map((q) => quantile(present, q));
  const std = Math.sqrt(squares / (count - 1));
  return {
    name,
    type,
    count,
    missing,
    distinct,
    mean,
    std,
    min: min!,
    q25: q25!,
    median: median!,
    q75: q75!,
    max: max!,
  };
}

/** What a share of sorted numbers is below, between two by a straight line; NaN of none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)] ?? NaN, sorted[Math.ceil(at)] ?? NaN];
  return low === high ? low : low + (high - low) * (at - Math.floor(at));
}

/**
 * What a function is called with. From plain JavaScript, from JSON or behind `as any` no compiler has
 * looked at a call, so the functions themselves refuse an argument too many, an option that they do
 * not know and a value of another type, before they change anything.
 *
 * @module
 */

/** Which values an argument or an option takes. */
export interface Kind {
  /** What is needed, as a message says it: "a number". */
  readonly needs: string;
  /** Whether a value has the type. TypeError where it has not. */
  readonly isType: (value: unknown) => boolean;
  /** Whether a value has the type and will do. RangeError where it has the type only. */
  readonly fits: (value: unknown) => boolean;
}

/** The kind of each option. A table of another set of names than the type's does not compile. */
export type Kinds<Options> = { readonly [Name in keyof Required<Options>]: Kind };

/** A kind by its type and, unless all of the type will do, by a test of values that have it. */
export function kind(
  needs: string,
  isType: (value: unknown) => boolean,
  // deno-lint-ignore no-explicit-any
  willDo?: (value: any) => boolean,
): Kind {
  const fits = willDo === undefined ? isType : (value: unknown) => isType(value) && willDo(value);
  return { needs, isType, fits };
}

function isNumber(value: unknown): boolean {
  return typeof value === "number";
}

/** A number that passes a test. */
export function numberThat(needs: string, willDo: (value: number) => boolean): Kind {
  return kind(needs, isNumber, willDo);
}

/** true or false. */
export const flag: Kind = kind("true or false", (value) => typeof value === "boolean");

/** Any number but NaN. */
export const number: Kind = numberThat("a number", (value) => !Number.isNaN(value));

/** Any number, NaN included. */
export const anyNumber: Kind = kind("a number", isNumber);

/** A string. */
export const text: Kind = kind("a string", (value) => typeof value === "string");

/** A function. */
export const callable: Kind = kind("a function", (value) => typeof value === "function");

/** The bytes of a file. */
export const byteArray: Kind = kind(
  "a Uint8Array",
  (value) =>
    ArrayBuffer.isView(value) && (value as Uint8Array)[Symbol.toStringTag] === "Uint8Array",
);

/** Anything at all: what a caller keeps for itself. */
export const anything: Kind = kind("anything", () => true);

/** A number from 0 up. */
export const notNegative: Kind = numberThat("a number of at least 0", (value) => value >= 0);

/** A number from 0 to 1, both included. */
export const fraction: Kind = numberThat(
  "a number from 0 to 1",
  (value) => value >= 0 && value <= 1,
);

/** A whole number from a bound up. */
export function whole(least: number): Kind {
  return numberThat(
    `a whole number of at least ${least}`,
    (value) => Number.isSafeInteger(value) && value >= least,
  );
}

/** A whole number, of either sign. */
export const integer: Kind = numberThat("a whole number", Number.isSafeInteger);

/** One of some words. */
export function oneOf(...words: string[]): Kind {
  const quoted = words.map((word) => `"${word}"`);
  const needs = quoted.length === 1
    ? quoted[0]!
    : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
  return kind(needs, (value) => typeof value === "string", (value) => words.includes(value));
}

/** What one of two kinds takes. */
export function either(a: Kind, b: Kind): Kind {
  return kind(
    `${a.needs} or ${b.needs}`,
    (value) => a.isType(value) || b.isType(value),
    (value) => a.fits(value) || b.fits(value),
  );
}

/** What a kind takes, or null. */
export function orNull(a: Kind): Kind {
  return kind(
    `${a.needs} or null`,
    (value) => value === null || a.isType(value),
    (value) => value === null || a.fits(value),
  );
}

/** A list of what a kind takes; with a length, of as many. */
export function listOf(item: Kind, length?: number, needs?: string): Kind {
  return kind(
    needs ?? `a list, each item ${item.needs}`,
    (value) => isListOf(value, item.isType),
    (value) => (length === undefined || value.length === length) && isListOf(value, item.fits),
  );
}

/** Whether a value is an array all of whose items pass a test; `every` passes over holes. */
export function isListOf(value: unknown, test: (item: unknown) => boolean): boolean {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i++) if (!test(value[i])) return false;
  return true;
}

/** Whether a value is an object that can be iterated over, as lists and generators can: no string. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null &&
    typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === "function";
}

/** Refuses a value that a kind does not take: `SGD: lr must be a number: it is "0.1"`. */
export function check(name: string, what: string, value: unknown, kind: Kind): void {
  if (kind.fits(value)) return;
  const message = `${name}: ${what} must be ${kind.needs}: it is ${describe(value)}`;
  throw kind.isType(value) ? new RangeError(message) : new TypeError(message);
}

/**
 * Refuses arguments beyond those that a function takes, by its `arguments.length`, which costs
 * nothing to read (rest parameters would make an array at each call).
 *
 * @param call How it is called, for the message: `MaxPool2d(kernelSize, options)`.
 */
export function atMost(taken: number, given: number, call: string): void {
  if (given > taken) throw tooMany(taken, given, call);
}

function tooMany(taken: number, given: number, call: string): TypeError {
  const name = call.slice(0, call.indexOf("("));
  const most = taken === 0
    ? "no argument is"
    : `at most ${taken} argument${taken > 1 ? "s are" : " is"}`;
  return new TypeError(`${name}: ${most} taken, ${call}: there are ${given}`);
}

/**
 * Refuses options that are no object, that have a name which is not in the table, or a value that the
 * name's kind does not take. undefined stands for an option that is not given.
 *
 * @returns The options.
 */
export function checkOptions<Options extends object>(
  name: string,
  options: Options,
  kinds: Kinds<Options>,
): Options {
  if (!isPlainObject(options)) throw notAnObject(name, options, kinds);
  const table = kinds as Record<string, Kind>;
  const names = Object.keys(options);
  for (let i = 0; i < names.length; i++) {
    const option = names[i]!;
    if (!Object.hasOwn(table, option)) throw unknownOption(name, option, Object.keys(table));
    const value = (options as Record<string, unknown>)[option];
    if (value !== undefined) check(name, option, value, table[option]!);
  }
  return options;
}

/** Defaults, and options in their place where they are given. */
export function withDefaults<Options extends object>(
  defaults: Required<Options>,
  options: Options,
): Required<Options> {
  const given = Object.entries(options).filter(([_, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}

/** Refuses options without one that has no default. */
export function checkNeeded(name: string, options: object, ...needed: string[]): void {
  const missing = needed.filter((option) =>
    (options as Record<string, unknown>)[option] === undefined
  );
  if (missing.length === 0) return;
  const all = `{ ${needed.join(", ")} }`;
  throw new TypeError(`${name}: ${missing.join(" and ")} must be given, as in ${all}`);
}

/** Whether a value is an object as braces, JSON and `structuredClone` make it, of whatever realm. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf"));
}

function notAnObject(name: string, value: unknown, kinds: object): TypeError {
  const table = Object.entries(kinds as Record<string, Kind>);
  const [meant] = table.find(([_, { fits }]) => fits(value)) ?? [];
  const hint = meant !== undefined && (typeof value !== "object" || Array.isArray(value))
    ? `: write { ${meant}: ${describe(value)} }`
    : `: it takes ${table.map(([option]) => option).join(", ")}`;
  return new TypeError(`${name}: options must be an object: it is ${describe(value)}${hint}`);
}

/** The error for an option that is not known, with the one that may have been meant. */
export function unknownOption(
  name: string,
  option: string,
  known: readonly string[],
  what = "option",
): TypeError {
  const meant = nearest(option, known);
  return new TypeError(
    `${name}: unknown ${what} ${describe(option)}` +
      (meant === undefined ? "" : `: did you mean "${meant}"?`) +
      (meant === undefined ? ": it takes " : " It takes ") + known.join(", "),
  );
}

/** The name that a word is nearest to, in whatever case and with or without `_`, if any is near. */
function nearest(word: string, names: readonly string[]): string | undefined {
  const bare = (name: string) => name.replaceAll(/[_-]/g, "").toLowerCase();
  const from = bare(word).slice(0, 100);
  let best: string | undefined;
  let least = Math.max(1, Math.floor(from.length / 3)) + 1;
  for (const name of names) {
    const d = distance(from, bare(name));
    if (d < least) [best, least] = [name, d];
  }
  return best;
}

/** How many letters must be put in, left out, changed or swapped with a neighbour. */
function distance(a: string, b: string): number {
  let [last, row]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        next[j] = Math.min(next[j]!, last[j - 2]! + 1);
      }
    }
    [last, row] = [row, next];
  }
  return row[b.length]!;
}

/** Any value as a message shows it, in a few words. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
    case "bigint":
      return `${value}n`;
    case "symbol":
      return "a symbol";
    case "function":
      return "a function";
    case "object":
      return value === null ? "null" : describeObject(value);
    default:
      return String(value);
  }
}

function describeObject(value: object): string {
  try {
    if (Array.isArray(value)) {
      const isShort = value.length <= 8 && value.every((item) => typeof item !== "object");
      return isShort ? `[${value.map(describe).join(", ")}]` : `an array of ${value.length}`;
    }
    const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
    if (typeof name === "string" && name !== "" && name !== "Object") {
      return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
    }
    const names = Object.keys(value);
    return names.length === 0 ? "{}" : `an object with ${names.slice(0, 8).join(", ")}`;
  } catch {
    return "an object"; // a proxy that answers no questions
  }
}

/** A copy of options whose lists are copies too: what the caller does to its own changes nothing. */
export function copyOptions<Options extends object>(options: Options): Options {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, copyList(value)]),
  ) as Options;
}

/** A copy of a list; anything else as it is. */
export function copyList<T>(value: T): T {
  return Array.isArray(value) ? [...value] as T : value;
}

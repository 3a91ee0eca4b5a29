/**
 * Options out of a zod schema: how they are typed, what `--help` says of them, and what a value of the
 * command line or of a file must be. Nothing else knows what an option may be.
 */
import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { DataError } from "@glim/glim";
import { printable, UsageError } from "./errors.ts";

/** A default from which an option's schema follows, or the schema itself; see {@link schemaOf}. */
export type OptionValue = z.ZodType | number | boolean | string | readonly [string, ...string[]];

/** Options by their names. */
export type OptionShape = Readonly<Record<string, OptionValue>>;

/** The value of an option. */
type ValueOf<V> = V extends z.ZodType ? z.output<V>
  : V extends number ? number
  : V extends boolean ? boolean
  : V extends readonly (infer W)[] ? W
  : string;

/** The values of options. */
export type OptionsOf<S extends OptionShape> = { readonly [K in keyof S]: ValueOf<S[K]> };

/**
 * The schema of options. A default alone says what an option may be: a whole number above 1 asks for a
 * whole number from 1 up, any other number for a number, a boolean for a switch, a text for a text, and
 * a list of words for one of them, the first unless given. What needs ranges is a zod schema with a
 * default: `z.number().min(0).lt(1).default(0.9).describe("of the optimizer")`.
 */
export function schemaOf<S extends OptionShape>(shape: S): z.ZodObject {
  return z.object(Object.fromEntries(
    Object.entries(shape).map(([name, value]) => [name, schemaOfValue(value)]),
  ));
}

function schemaOfValue(value: OptionValue): z.ZodType {
  if (value instanceof z.ZodType) return value;
  if (typeof value === "object") return z.enum([...value]).default(value[0]);
  if (typeof value === "boolean") return z.boolean().default(value);
  if (typeof value === "string") return z.string().default(value);
  const isCount = Number.isInteger(value) && value > 1;
  return isCount ? z.int().min(1).default(value) : z.number().default(value);
}

/** A file or folder that the experiment reads. Without a default none is named: null. */
export function path(description: string, value: string | null = null): z.ZodType<string | null> {
  return z.string().trim().min(1).nullable().default(value).meta({ description, path: "read" });
}

/** Options of which some have another default. */
export function withDefaults<S extends Readonly<Record<string, z.ZodType>>>(
  options: S,
  defaults: Readonly<Record<string, unknown>>,
): S {
  return Object.fromEntries(
    Object.entries(options).map(([name, schema]) => [
      name,
      name in defaults
        ? (schema as z.ZodDefault<z.ZodType<unknown>>).unwrap().default(defaults[name])
        : schema,
    ]),
  ) as unknown as S;
}

/** What zod tells of a schema: JSON Schema, with our own notes. */
interface Told {
  type?: string | readonly string[];
  enum?: readonly string[];
  anyOf?: readonly Told[];
  multipleOf?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  items?: Told;
  minItems?: number;
  maxItems?: number;
  properties?: Readonly<Record<string, Told>>;
  default?: unknown;
  description?: string;
  /** The value of an option that is typed without one. */
  bare?: unknown;
  /** What a path is for. */
  path?: "read" | "write" | "program";
  /** Whether it says how files are read, so that `predict` and `eval` may be told another. */
  reading?: boolean;
}

/** The same of what it is unless it is null. */
type Known = Omit<Told, "type"> & { readonly type: string; readonly isNullable: boolean };

function told(schema: z.ZodType): Told {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Told;
}

function known(schema: Told): Known {
  const some = schema.anyOf?.find(({ type }) => type !== "null") ?? schema;
  const type = [some.type ?? "any"].flat().find((type) => type !== "null") ?? "any";
  const isNullable = some !== schema || Array.isArray(schema.type);
  return { ...some, ...schema, type: some.enum === undefined ? type : "enum", isNullable };
}

/** An option of a command. */
export interface Flag {
  /** Its name in code and in config.json: `batchSize`. */
  readonly name: string;
  /** Its name on the command line: `--batch-size`. */
  readonly flag: string;
  /** What it must be, in words. */
  readonly needs: string;
  /** What it is unless given. */
  readonly default: unknown;
  /** What it is where only its name is typed; undefined where it needs a value. */
  readonly bare: unknown;
  /** What it names where it is a path. */
  readonly path: Told["path"];
  /** Whether it says how files are read. */
  readonly reading: boolean;
  /** Whether `--no-` is typed before it, and what that gives. */
  readonly no: false | null | undefined;
  /** What `--help` says of it. */
  readonly description: string;
  readonly schema: z.ZodType;
  readonly type: string;
}

/** The options of a schema. */
export function flagsOf(schema: z.ZodObject): Flag[] {
  const { properties = {} } = told(schema);
  return Object.entries(properties).map(([name, property]): Flag => {
    const { type, isNullable, bare, path, reading, default: value, description } = known(property);
    const isSwitch = type === "boolean";
    const words = isSwitch
      ? `${value === true ? "without" : "with"} ${wordsOf(name)}`
      : wordsOf(name);
    return {
      name,
      flag: flagOf(name),
      needs: needOf(property, "off"),
      default: value,
      bare: isSwitch ? true : bare,
      no: isSwitch ? false : isNullable ? null : undefined,
      path,
      reading: reading === true,
      description: description ?? words,
      schema: schema.shape[name] as z.ZodType,
      type,
    };
  });
}

/** `batchSize` → `--batch-size`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `batchSize` → `batch size`. */
export function wordsOf(name: string): string {
  return flagOf(name).slice(2).replaceAll("-", " ");
}

/** What was typed. */
export interface Typed {
  /** The values of options that were typed, by name. */
  values: Record<string, unknown>;
  /** The other words, in order. */
  words: string[];
  /** Whether `--help` was among them. */
  help: boolean;
}

/**
 * Reads a command line. UsageError, which names the option, what it needs and what it is. A lenient
 * reader passes over options that it does not know, each with a value.
 */
export function readFlags(
  args: readonly string[],
  flags: readonly Flag[],
  { isLenient = false }: { isLenient?: boolean } = {},
): Typed {
  const typed: Typed = { values: {}, words: [], help: false };
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") {
      typed.words.push(...rest.splice(0));
    } else if (word === "--help" || word === "-h") {
      typed.help = true;
    } else if (!word.startsWith("-") || word === "-") {
      typed.words.push(word);
    } else {
      const [name, given] = divided(word);
      const flag = flags.find((flag) => flag.flag === name);
      const off = flags.find((flag) => flag.no !== undefined && noOf(flag) === name);
      if (flag !== undefined) typed.values[flag.name] = valueFor(flag, given, rest);
      else if (off !== undefined && given === undefined) typed.values[off.name] = off.no;
      else if (isLenient) rest.splice(0, given === undefined ? 1 : 0);
      else throw new UsageError(`unknown option '${name}'${nearest(name, namesOf(flags))}`);
    }
  }
  return typed;
}

/** UsageError where there are words that are no options. */
export function refuseWords({ words: [word] }: Typed): void {
  if (word === undefined) return;
  throw new UsageError(
    `unexpected argument ${JSON.stringify(word)}: the file of an experiment comes first, options ` +
      `begin with --`,
  );
}

function divided(word: string): [name: string, value: string | undefined] {
  const at = word.indexOf("=");
  return at === -1 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

/** The value behind an option's `=`, or the next word. */
function valueFor(flag: Flag, given: string | undefined, rest: string[]): unknown {
  if (given !== undefined) return valueOf(flag, given);
  if (flag.type === "boolean") return true;
  const next = rest[0];
  if (flag.bare !== undefined && (next === undefined || next.startsWith("-"))) return flag.bare;
  if (next === undefined) throw new UsageError(`option '${usageOf(flag)}' argument missing`);
  return valueOf(flag, rest.shift()!);
}

/** The value that a text means. UsageError where it is none. */
export function valueOf(flag: Flag, text: string): unknown {
  const { success, data } = flag.schema.safeParse(meant(flag, text));
  if (success) return data;
  throw new UsageError(`${flag.flag}: needs ${flag.needs}: it is ${JSON.stringify(text)}`);
}

function meant({ type, no }: Flag, text: string): unknown {
  if (no === null && text.toLowerCase() === "off") return null;
  if (type === "boolean") return { true: true, false: false }[text] ?? text;
  if (type === "enum") return text.toLowerCase();
  if (type !== "number" && type !== "integer") return text;
  // The pattern keeps out what Number would take too: "", " ", "0x10", "Infinity".
  const isNumber = type === "integer"
    ? /^-?\d+$/.test(text)
    : /^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text);
  return isNumber ? Number(text) : text; // and not undefined, which is the default
}

/** `--lr <rate>`, `--momentum [number]`, `--augment`, and what `--help` says of it. */
export function helpOf(flags: readonly Flag[]): string {
  const rows = flags.flatMap((flag) => {
    const row = [usageOf(flag), `${flag.description}${defaultOf(flag)}`] as const;
    const isEither = flag.type === "boolean" && flag.default === undefined;
    return isEither ? [row, [noOf(flag), `the contrary of ${flag.flag}`] as const] : [row];
  });
  const width = Math.max(...rows.map(([usage]) => usage.length));
  return rows.map(([usage, text]) => `  ${usage.padEnd(width)}  ${text}`).join("\n");
}

function usageOf({ flag, type, default: value, bare, path }: Flag): string {
  if (type === "boolean") return value === true ? noOf({ flag }) : flag;
  const isNumber = type === "number" || type === "integer";
  const name = path === "program" ? "file" : path !== undefined ? "path" : isNumber ? "n" : "word";
  return bare === undefined ? `${flag} <${name}>` : `${flag} [${name}]`;
}

function defaultOf({ default: value, type, needs, no }: Flag): string {
  if (type === "boolean" || value === undefined) return "";
  const range = type === "string" ? "" : `; ${needs}`;
  if (value === null) return no === null && type !== "string" ? ` (default: off${range})` : "";
  return ` (default: ${value}${range})`;
}

/** `--no-augment`. */
function noOf({ flag }: Pick<Flag, "flag">): string {
  return `--no-${flag.slice(2)}`;
}

/** All names that options may be typed by. */
function namesOf(flags: readonly Flag[]): string[] {
  return flags.flatMap((flag) => [flag.flag, ...flag.no === undefined ? [] : [noOf(flag)]]);
}

/** `: did you mean --lr?` where one of the names is almost that one. */
export function nearest(name: string, names: readonly string[]): string {
  const best = closest(name, names);
  return distance(name, best) > Math.max(2, (best.length - 2) / 3) ? "" : `: did you mean ${best}?`;
}

/** A text of a file or of a message. */
export const text: z.ZodString = z.string().max(4096);

/** A number of one; what is none is null in JSON. */
export const figure = z.number().nullable().transform((value) => value ?? NaN);

/**
 * A value out of a file or a message, checked. Throws DataError, which names where it is from, the
 * field, what it needs and what it is.
 */
export function check<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  // a schema's own message says what is needed; for all others it follows from the schema
  const { success, data, error } = schema.safeParse(value, { error: () => "" });
  if (success) return data;
  const { path, message } = error.issues[0]!;
  const found = path.reduce<unknown>((at, key) => Object(at)[key], value);
  const need = message || needOf(path.reduce<Told>(within, told(schema)), "null");
  const field = path.length === 0 ? "it" : printable(path.join("."));
  const shown = found === undefined ? "missing" : printable(JSON.stringify(found)).slice(0, 100);
  throw new DataError(`${where}: ${field} needs to be ${need}: it is ${shown}`);
}

/** The part of a schema that a key leads to. */
function within(schema: Told, key: PropertyKey): Told {
  const { properties, items } = known(schema);
  return (typeof key === "number" ? items : properties?.[String(key)]) ?? {};
}

/** What a schema asks for, in words; `off` is how null is called. */
function needOf(schema: Told, off: string): string {
  const { type, isNullable, path, properties = {}, ...some } = known(schema);
  const words: Record<string, () => string> = {
    enum: () => anyOf(some.enum!),
    integer: () =>
      `a ${some.multipleOf === undefined ? "whole number" : `multiple of ${some.multipleOf}`}${
        rangeOf(some)
      }`,
    number: () => `a number${rangeOf(some)}`,
    boolean: () => "true or false",
    string: () => path === undefined ? "a text" : "a path",
    array: () => `a list${lengthOf(some)}`,
    object: () => `an object of ${anyOf(Object.keys(properties))}`,
  };
  return `${words[type]?.() ?? "something else"}${isNullable ? `, or ${off}` : ""}`;
}

function lengthOf({ minItems: min = 0, maxItems: max }: Omit<Told, "type">): string {
  if (max === undefined) return min > 0 ? ` of ${min} or more` : "";
  return min === max ? ` of ${min}` : ` of ${min} to ${max}`;
}

/** ` from 1 to 100`, `, 1 or more`, ` above 0 and below 1`. */
function rangeOf(
  { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below }: Omit<Told, "type">,
): string {
  const least = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const end = most === undefined ? below === undefined ? "" : `below ${below}` : `${most}`;
  if (least !== undefined) return end === "" ? `, ${least} or more` : ` from ${least} to ${end}`;
  const upper = most === undefined ? end : `up to ${most}`;
  if (above === undefined) return upper === "" ? "" : ` ${upper}`;
  return ` above ${above}${upper === "" ? "" : ` and ${upper}`}`;
}

/** `relu or tanh`, `test, dev, or train`. */
export function anyOf(words: readonly string[]): string {
  return new Intl.ListFormat("en", { type: "disjunction", style: "short" }).format(words);
}

/** Files for a network that is trained: their columns, categories and classes as it knows them. */
import { data, DataError } from "@glim/glim";
import { printable } from "../errors.ts";
import { countOf } from "../words.ts";
import { type Dialect, readTable } from "./read_table.ts";
import type { Feature, TableInfo } from "./table_data.ts";

/**
 * A file whose texts stay texts where the network was trained on such: a file of a few rows may have
 * nothing but digits where the training's had codes, and `1.50` is another category than `1.5`.
 */
export async function readAs(info: TableInfo, file: string, how: Dialect): Promise<Read> {
  const read = await readTable(file, {}, how);
  const names = namesIn(read.table, info, file, how);
  if (how.decimal === "auto" && hasCommas(read.table, names, info)) {
    const { table, odd } = await readAs(info, file, { ...how, decimal: "comma" });
    const note = `${file}: numbers are read with a comma before their fractions, as 1,5; ` +
      "--decimal point reads them otherwise";
    return { table, odd: [note, ...odd] };
  }
  const texts = [...info.features.filter(({ type }) => type === "category"), ...info.words];
  const numbers = read.table.columns.filter(({ type }, i) =>
    type === "number" && texts.some(({ name }) => name === names[i])
  );
  if (numbers.length === 0) return named(read, names);
  const types = Object.fromEntries(numbers.map(({ name }) => [name, "text" as const]));
  return named(await readTable(file, types, how), names);
}

/** A file's table, and what is odd in it. */
type Read = Pick<Awaited<ReturnType<typeof readTable>>, "table" | "odd">;

/**
 * Whether the network needs numbers where a file has nothing but such as 1,234. These are texts to its
 * reader, as they may be thousands, but in the file that the network learnt from commas stood before
 * fractions.
 */
function hasCommas(
  { columns }: data.Table,
  names: readonly string[],
  { features, hasCommas = false }: TableInfo,
): boolean {
  return hasCommas &&
    columns.some(({ type, texts }, i) =>
      type !== "number" && texts.length > 0 && texts.every((text) => /^[-+]?\d*,\d+$/.test(text)) &&
      features.some(({ name, type }) => type === "number" && name === names[i])
    );
}

/** A file's table with the names of the training's, and what its reader took as missing. */
function named({ table, odd }: Read, names: readonly string[]): Read {
  const columns = table.columns.map((column, i) => ({ ...column, name: names[i]! }));
  const missing = table.warnings.filter((text) => text.endsWith("taken as missing"));
  return { table: new data.Table(columns), odd: [...missing, ...odd] };
}

/**
 * The names of a file's columns. Where it has none they are those of the training's file, in order; what
 * is asked for may be missing, wherever it stood.
 */
function namesIn(
  { columns }: data.Table,
  { columns: all = [], target }: TableInfo,
  file: string,
  { header = true }: Dialect,
): readonly string[] {
  if (header) return columns.map(({ name }) => name);
  const asked = all.filter((name) => name !== target);
  const names = [all, asked].find(({ length }) => length === columns.length);
  if (names !== undefined) return names;
  throw new DataError(
    `${file}: rows without names have as many cells as those that the network learnt from, ` +
      `${all.length}, or one fewer, without ${printable(target)}: they have ${columns.length}`,
  );
}

/** A column's values in the codes of training; what does not fit is missing, and counted. */
export function codesFor(
  { type, texts }: Omit<Feature, "usual">,
  { type: found, values, texts: words }: data.Column,
): { codes: Float64Array; unknown: number } {
  if (type !== "category") {
    if (found === type) return { codes: values, unknown: 0 };
    // a column that has too few numbers to be one of them, or whose numbers look like codes
    const numbers = type === "number" ? words.map(numberIn) : [];
    const codes = values.map((value) => numbers[value] ?? NaN);
    const count = (all: Float64Array) => all.filter((value) => !Number.isNaN(value)).length;
    return { codes, unknown: count(values) - count(codes) };
  }
  let unknown = 0;
  const codes = values.map((value) => {
    if (Number.isNaN(value)) return NaN;
    const code = texts.indexOf(found === "number" ? String(value) : words[value]!);
    if (code < 0) unknown++;
    return code < 0 ? NaN : code;
  });
  return { codes, unknown };
}

/** The number that a cell writes; NaN where it is none. */
function numberIn(text: string): number {
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : NaN;
}

/**
 * All rows of a file that have what a network predicts, as it knows them: what it is judged by, where they
 * are not those that it learnt from. DataError where a column is missing, or a class is one that it has
 * never met.
 */
export async function judgedRows(
  info: TableInfo,
  file: string,
  how: Dialect,
): Promise<{ set: data.Table; notes: string[] }> {
  const { table, odd } = await readAs(info, file, how);
  const notes = [...odd];
  const columns = info.features.map((feature) => {
    const { codes, unknown } = codesFor(feature, columnOf(table, feature.name, file));
    if (unknown > 0) notes.push(neverMet(file, feature.name, unknown));
    return { name: feature.name, type: feature.type, ...withMissing(codes), texts: feature.texts };
  });
  for (const { name } of info.words) {
    const { values, texts } = columnOf(table, name, file);
    const codes = texts.length > 0 ? values : values.map(() => NaN);
    columns.push({ name, type: "text", ...withMissing(codes), texts });
  }
  const found = columnOf(table, info.target, file);
  const isClass = info.classNames.length > 0;
  const type = isClass ? "category" : "number";
  const texts = info.classNames;
  const { codes, unknown } = codesFor({ name: info.target, type, texts }, found);
  if (unknown > 0) {
    const row = codes.findIndex((code, i) => Number.isNaN(code) && !Number.isNaN(found.values[i]));
    const value = found.texts[found.values[row]!] ?? String(found.values[row]);
    throw new DataError(
      `${file}: ${printable(info.target)}: ` +
        (isClass ? `the network knows ${texts.map(printable).join(", ")}` : "numbers are needed") +
        `: one is ${printable(value)}`,
    );
  }
  const target = { name: info.target, type, ...withMissing(codes), texts } as const;
  return { set: new data.Table([...columns, target]).learn({ target: info.target }), notes };
}

/** A column of a file. DataError where there is none. */
export function columnOf({ columns }: data.Table, name: string, file: string): data.Column {
  const column = columns.find((column) => column.name === name);
  if (column !== undefined) return column;
  throw new DataError(
    `${file}: the network needs the column ${printable(name)}: there are ` +
      columns.map(({ name }) => printable(name)).join(", "),
  );
}

/** What is told of values that are no categories of a network, or no numbers. */
export function neverMet(file: string, name: string, count: number): string {
  return `${file}: ${name}: ${countOf(count, "value")} that the network has never met: taken as ` +
    "missing";
}

function withMissing(all: Float64Array) {
  const values = Float64Array.from(all);
  return { values, missing: values.filter(Number.isNaN).length };
}

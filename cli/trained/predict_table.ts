/** What a network for tables answers to the rows of a file, as CSV. */
import { data, DataError, tensor } from "@glim/glim";
import { type Answer, answersTo } from "../asked.ts";
import { printable } from "../errors.ts";
import { writeErrorLine } from "../output.ts";
import { type Dialect, readTable } from "../tables/read_table.ts";
import type { Feature, TableInfo } from "../tables/table_data.ts";
import { counter } from "../tables/words.ts";
import { countOf } from "../words.ts";
import type { TrainedNetwork } from "./network.ts";
import { type Output, tellAnswers } from "./told_answers.ts";

/** Asks a network about all rows of some files. */
export async function predictRows(
  { model, data: known, options }: TrainedNetwork,
  run: string,
  files: readonly string[],
  output: Output,
): Promise<void> {
  const { table } = known as unknown as { table: TableInfo };
  const answers: Answer[] = [];
  for (const file of files) {
    const read = await readAs(table, file, options as Dialect);
    const { set, odd } = rowsOf(read.table, table, file);
    for (const note of [...read.odd, ...odd]) writeErrorLine(`note: ${printable(note)}`);
    answers.push(...await answersTo(model, set, table.scale === null));
  }
  const names = answers.map((_, i) => String(i));
  const { classNames, target } = table;
  tellAnswers({ what: "row", names, answers, classNames, target, run }, output);
}

/**
 * A file whose texts stay texts where the network was trained on such: a file of a few rows may have
 * nothing but digits where the training's had codes, and `1.50` is another category than `1.5`.
 */
async function readAs(info: TableInfo, file: string, how: Dialect): Promise<Read> {
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

/** The rows of a file as the network takes them, and what is odd in them. */
function rowsOf(
  found: data.Table,
  { features, words }: TableInfo,
  file: string,
): { set: data.TensorDataset; odd: string[] } {
  const odd: string[] = [];
  const n = found.length;
  const width = words.reduce((sum, { vocabulary }) => sum + vocabulary.length, features.length);
  const x = new Float32Array(n * width);
  const columnOf = (name: string): data.Column => {
    const column = found.columns.find((column) => column.name === name);
    if (column !== undefined) return column;
    throw new DataError(
      `${file}: the network needs the column ${printable(name)}: there are ` +
        found.columns.map(({ name }) => printable(name)).join(", "),
    );
  };
  features.forEach((feature, j) => {
    const column = columnOf(feature.name);
    const { codes, unknown } = valuesFor(feature, column);
    if (unknown > 0) {
      odd.push(
        `${file}: ${feature.name}: ${countOf(unknown, "value")} that the network has never met: ` +
          "taken as missing",
      );
    }
    for (let i = 0; i < n; i++) x[i * width + j] = codes[i]!;
  });
  let offset = features.length;
  for (const of of words) {
    const { type, texts, values } = columnOf(of.name);
    const count = counter(of);
    const each = (type === "number" ? [] : texts).map(count);
    values.forEach((code, i) => {
      for (const [word, times] of each[code] ?? []) x[i * width + offset + word] = times;
    });
    offset += of.vocabulary.length;
  }
  return {
    odd,
    set: new data.TensorDataset(
      tensor(x, { shape: [n, width] }),
      tensor(new Int32Array(n)),
    ),
  };
}

/** A column's values in the codes of training; what does not fit is missing, and counted. */
function valuesFor(
  { type, texts }: Feature,
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

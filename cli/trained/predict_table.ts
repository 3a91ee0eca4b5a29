/** What a network for tables answers to the rows of a file, as CSV. */
import { data, DataError, tensor } from "@glim/glim";
import { type Answer, answersTo } from "../asked.ts";
import { printable } from "../errors.ts";
import { writeErrorLine } from "../output.ts";
import { readTable } from "../tables/read_table.ts";
import type { Feature, TableInfo } from "../tables/table_data.ts";
import { counter } from "../tables/words.ts";
import { countOf } from "../words.ts";
import type { TrainedNetwork } from "./network.ts";
import { type Output, tellAnswers } from "./told_answers.ts";

/** Asks a network about all rows of some files. */
export async function predictRows(
  { model, data: known }: TrainedNetwork,
  run: string,
  files: readonly string[],
  output: Output,
): Promise<void> {
  const { table } = known as unknown as { table: TableInfo };
  const answers: Answer[] = [];
  for (const file of files) {
    const read = await readAs(table, file);
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
async function readAs({ features, words }: TableInfo, file: string) {
  const read = await readTable(file);
  const texts = [...features.filter(({ type }) => type === "category"), ...words];
  const numbers = texts.filter(({ name }) =>
    read.table.columns.some((column) => column.name === name && column.type === "number")
  );
  if (numbers.length === 0) return read;
  return await readTable(file, Object.fromEntries(numbers.map(({ name }) => [name, "text"])));
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

import { DataError, printable } from "../../core/errors.ts";
import {
  atMost,
  byteArray,
  check,
  checkOptions,
  flag,
  kind,
  type Kinds,
  listOf,
} from "../../core/options.ts";
import { outside } from "../../scope/outside.ts";
import { bytesOf, SOURCE, type Source } from "../source.ts";
import { type Column, column, type ColumnType, ofTexts, typeOfTexts } from "./column.ts";
import { type Dialect, numberOf, quoted, Scanner, type Sink, sink } from "./csv_scan.ts";
import {
  checkTypes,
  countOf,
  type Table,
  TABLE_OPTIONS,
  type TableOptions,
  withTarget,
} from "./table.ts";

/** Options of {@link csv}. */
export interface CsvOptions extends TableOptions {
  /** The character between cells. Default: the one of comma, tab, semicolon and bar that splits best. */
  delimiter?: string;
  /** Whether the first row has the names; else they are `column1` and so on. Default: true. */
  header?: boolean;
  /** Texts that stand for no value, besides the usual ones, such as `NA`, `null` and nothing. */
  missing?: readonly string[];
}

const OPTIONS: Kinds<CsvOptions> = {
  ...TABLE_OPTIONS,
  delimiter: kind(
    "one character of ASCII",
    (value) => typeof value === "string",
    (value: string) => /^[\t -!#-~]$/.test(value),
  ),
  header: flag,
  missing: listOf(kind("a text", (value) => typeof value === "string")),
};

/** What stands for no value: what pandas takes for it, and a question mark. */
const MISSING = [
  ..." #N/A #NA -1.#IND -1.#QNAN -NaN -nan 1.#IND 1.#QNAN <NA> N/A NA NULL NaN None n/a nan null ?"
    .split(" "),
];

/** Rows by which the types of columns are guessed at first. */
const LOOKED_AT = 1000;

/** The share of the cells that may be no numbers in a column of numbers; they count as missing. */
const ODD = 0.1;

/**
 * A table out of a CSV file. Cells may be quoted, with line breaks inside; lines end with LF or CRLF;
 * names are in the first row; UTF-8, else Windows-1252; gzip is unpacked where the engine can. The type
 * of a column follows from all its cells: numbers, dates (ISO 8601), categories (texts that come again
 * and again) or texts. A column of numbers may have some cells of text, which are missing then: the
 * table's `warnings` say how many.
 *
 * @param source A path, an address (`http:`, `https:`), a `File` of a page, or bytes.
 * @param options `target` names the column that is to be predicted.
 *
 * DataError where the file cannot be read, is none, is 2 GiB or more, or has rows of another number of
 * cells than the first, whose line it tells; where there is no such column; where `types` says number
 * or date of a column that has something else.
 *
 * @example
 * ```ts
 * import { data } from "@glim/glim";
 * const bytes = new TextEncoder().encode("size,kind\n1.5,small\n,large\n2.5,small\n8,large\n");
 * const set = await data.csv(bytes, { target: "kind" });
 * console.log(set.length, set.classes, set.column("size").missing); // 4 ["large", "small"] 1
 * ```
 */
export async function csv(source: Source, options: CsvOptions = {}): Promise<Table> {
  atMost(2, arguments.length, "csv(source, { target, types })");
  check("csv", "the source", source, SOURCE);
  checkOptions("csv", options, OPTIONS);
  return parseCsv(await outside(bytesOf("csv", source)), options);
}

/** A table out of the bytes of a CSV file, at once: see {@link csv}. */
export function parseCsv(bytes: Uint8Array, options: CsvOptions = {}): Table {
  atMost(2, arguments.length, "parseCsv(bytes, { target, types })");
  check("parseCsv", "the file", bytes, byteArray);
  const { types = {}, header = true, missing = [], delimiter, ...rest } = checkOptions(
    "parseCsv",
    options,
    OPTIONS,
  );
  const start = startOf(bytes);
  const dialect: Dialect = {
    delimiter: delimiter?.charCodeAt(0) ?? delimiterOf(bytes, start),
    missing: new Set([...MISSING, ...missing]),
  };
  const scanner = () => new Scanner(bytes, start, dialect);
  const warnings: string[] = [];
  const first = scanner().row();
  if (first === null) throw new DataError("csv: a row is needed: the file is empty");
  const names = header ? namesOf(first, warnings) : first.map((_, i) => `column${i + 1}`);
  checkTypes("csv", types, names);
  /** After the names. */
  const body = () => {
    const at = scanner();
    if (header) at.row();
    return at;
  };
  const kinds = guess(body(), names, types);
  if (kinds.length === 0) {
    throw new DataError("csv: a row after the names is needed: there is none");
  }
  const room = Math.ceil((bytes.length - start) / averageRow(body())) + 1;
  let sinks: Sink[];
  let rows: number;
  let isLatin = false;
  for (;;) { // again where what looked like numbers has turned out to be texts
    sinks = kinds.map((kind) => sink(kind, room));
    const at = body();
    rows = at.read(sinks);
    isLatin ||= at.isLatin;
    if (!corrected(kinds, sinks, { names, types, rows })) break;
  }
  if (isLatin) warnings.push("the file is no UTF-8: texts are read as Windows-1252");
  const columns = sinks.map((sink, i) =>
    columnOf(names[i]!, types[names[i]!], trimmed(sink, rows), warnings)
  );
  return withTarget(columns, rest, warnings);
}

/** Where the text begins. DataError for what is no text. */
function startOf(bytes: Uint8Array): number {
  const [a, b, c] = bytes;
  if (a === 0xff && b === 0xfe || a === 0xfe && b === 0xff) {
    throw new DataError("csv: UTF-8 is read: the file is UTF-16: save it as UTF-8");
  }
  if (a === 0x50 && b === 0x4b && c === 3) {
    throw new DataError(
      "csv: a file of text is read: it is a zip or a spreadsheet: save it as CSV",
    );
  }
  if (bytes.subarray(0, 1024).includes(0)) {
    throw new DataError("csv: a file of text is read: it has bytes that are 0");
  }
  return a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;
}

/** Of the usual ones that which splits the first rows into most cells, as many in each. */
function delimiterOf(bytes: Uint8Array, start: number): number {
  const scores = [",", "\t", ";", "|"].map((character) => {
    const delimiter = character.charCodeAt(0);
    const at = new Scanner(bytes.subarray(0, start + 65_536), start, {
      delimiter,
      missing: new Set(),
    });
    const counts: number[] = [];
    try {
      for (let cells = at.row(); cells !== null && counts.length < 20; cells = at.row()) {
        counts.push(cells.length);
      }
    } catch { // a quote that is open where the bytes are cut off
    }
    const [n = 1] = counts;
    return { delimiter, cells: n, isEven: counts.slice(0, -1).every((count) => count === n) };
  });
  const best = (all: typeof scores) =>
    all.reduce((best, next) => next.cells > best.cells ? next : best, { cells: 1, delimiter: 44 });
  const even = best(scores.filter(({ isEven }) => isEven));
  return (even.cells > 1 ? even : best(scores)).delimiter;
}

/** The names in the first row, each once. */
function namesOf(cells: readonly string[], warnings: string[]): string[] {
  const names: string[] = [];
  cells.forEach((cell, i) => {
    let name = cell === "" ? `column${i + 1}` : cell;
    for (let n = 2; names.includes(name); n++) name = `${cell}_${n}`;
    names.push(name);
  });
  const renamed = cells.filter((cell, i) => cell !== names[i]).length;
  if (renamed > 0) {
    warnings.push(`${countOf(renamed, "column")} without a name of its own: renamed`);
  }
  const numbers = cells.filter((cell) => /\d\.\d/.test(cell) && !Number.isNaN(numberOf(cell)));
  if (numbers.length > 0) {
    warnings.push(
      `${countOf(numbers.length, "column")} whose name is a number (${
        quoted(numbers[0]!)
      }): if the ` +
        "first row has no names, say header: false",
    );
  }
  return names;
}

/** What columns are by their first rows; none where there is no row. */
function guess(
  at: Scanner,
  names: readonly string[],
  types: Readonly<Record<string, ColumnType>>,
): Sink["kind"][] {
  const sinks = names.map(() => sink("number", LOOKED_AT));
  const rows: string[][] = [];
  for (let row = at.row(); row !== null && rows.length < LOOKED_AT; row = at.row()) rows.push(row);
  if (rows.length === 0) return [];
  return sinks.map((_, i) => {
    const type = types[names[i]!];
    if (type !== undefined) return type === "number" ? "number" : "text";
    const cells = rows.map((row) => row[i] ?? "").filter((cell) => !MISSING.includes(cell));
    const odd = cells.filter((cell) => Number.isNaN(numberOf(cell))).length;
    return odd > ODD * cells.length ? "text" : "number";
  });
}

/** Bytes of a row, by the first ones. */
function averageRow(at: Scanner): number {
  const start = at.at;
  let rows = 0;
  while (rows < LOOKED_AT && at.row() !== null) rows++;
  return Math.max(1, (at.at - start) / Math.max(1, rows) * 0.95);
}

/** Makes texts of columns that turned out to be none of numbers; whether there were any. */
function corrected(
  kinds: Sink["kind"][],
  sinks: readonly Sink[],
  { names, types, rows }: {
    names: readonly string[];
    types: Readonly<Record<string, ColumnType>>;
    rows: number;
  },
): boolean {
  let isChanged = false;
  sinks.forEach(({ kind, odd, firstOdd, values }, i) => {
    if (kind !== "number" || odd === 0) return;
    const name = names[i]!;
    if (types[name] === "number") {
      throw new DataError(
        `csv: ${printable(name)} must be numbers: line ${firstOdd!.line} has ` +
          `${quoted(firstOdd!.text)}${odd > 1 ? `, and ${odd - 1} more are none` : ""}`,
      );
    }
    let present = odd;
    for (let row = 0; row < rows; row++) if (!Number.isNaN(values[row])) present++;
    if (odd <= ODD * present) return;
    kinds[i] = "text";
    isChanged = true;
  });
  return isChanged;
}

function trimmed(sink: Sink, rows: number): Sink {
  return { ...sink, values: sink.values.slice(0, rows) };
}

function columnOf(
  name: string,
  type: ColumnType | undefined,
  { kind, values, texts, odd, firstOdd }: Sink,
  warnings: string[],
): Column {
  if (kind === "number") {
    if (odd > 0) {
      warnings.push(
        `${printable(name)}: ${countOf(odd, "cell")} that ${odd === 1 ? "is" : "are"} no number, ` +
          `such as ${quoted(firstOdd!.text)} in line ${firstOdd!.line}: taken as missing`,
      );
    }
    return column(name, "number", values);
  }
  const own = type === undefined || type === "number" ? typeOfTexts(texts, values.length) : type;
  return ofTexts(name, own, values, texts);
}

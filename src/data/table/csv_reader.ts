/**
 * A table out of the bytes of a CSV file, as they come: names and a first guess of the types by the
 * first bytes, then all rows, and all again where a column turns out to be none of numbers.
 *
 * @module
 */
import { DataError, printable } from "../../core/errors.ts";
import { warnOfCodes, warnOfWritten } from "./written_values.ts";
import { type Column, column, type ColumnType, ofTexts, typeOfTexts } from "./column.ts";
import type { CsvOptions } from "./csv.ts";
import { areCodes, type Dialect, numberOf, quoted, Scanner, type Sink, sink } from "./csv_scan.ts";
import { checkTypes, countOf, type Table, withTarget } from "./table.ts";

/** What stands for no value: what pandas takes for it, and a question mark. */
const MISSING = [
  ..." #N/A #NA -1.#IND -1.#QNAN -NaN -nan 1.#IND 1.#QNAN <NA> N/A NA NULL NaN None n/a nan null ?"
    .split(" "),
];

/** Rows by which the types of columns are guessed at first. */
const LOOKED_AT = 1000;

/** The share of the cells that may be no numbers in a column of numbers; they count as missing. */
const ODD = 0.1;

/** A reader of one file: {@link read} all its bytes until {@link isSettled}, then take the table. */
export class CsvReader {
  /** Where the text begins in the file: after a mark of the order of bytes. */
  readonly start: number;
  readonly #options: CsvOptions;
  readonly #types: Readonly<Record<string, ColumnType>>;
  readonly #dialect: Dialect;
  readonly #names: readonly string[];
  readonly #kinds: Sink["kind"][];
  readonly #warnings: string[] = [];
  /** Rows that are made room for. */
  readonly #room: number;
  #sinks: Sink[] = [];
  #rows = 0;
  #line = 1;
  #isLatin = false;

  /**
   * @param first The first bytes: all of a small file, some MiB of a large one.
   * @param size Bytes of the file.
   * @param longest Where there are more bytes than these: those of the longest row there may be.
   */
  constructor(first: Uint8Array, size: number, options: CsvOptions, longest = 0) {
    const { types = {}, header = true, missing = [], delimiter, columns } = options;
    this.#options = options;
    this.#types = types;
    this.start = startOf(first);
    const between = delimiter?.charCodeAt(0) ?? delimiterOf(first, this.start);
    this.#dialect = {
      delimiter: between,
      decimal: options.decimal ?? decimalOf(first, this.start, between),
      missing: new Set([...MISSING, ...missing]),
    };
    const scanner = () => new Scanner(first, this.start, this.#dialect, { longest });
    const row = scanner().row();
    if (row === null) throw new DataError("csv: a row is needed: the file is empty");
    const names = header
      ? namesOf(row, this.#dialect.decimal, this.#warnings)
      : row.map((_, i) => `column${i + 1}`);
    this.#names = names;
    for (const name of columns ?? []) {
      if (names.includes(name)) continue;
      throw new DataError(
        `csv: there is no column ${quoted(name)}: there are ${names.map(printable).join(", ")}`,
      );
    }
    checkTypes("csv", types, columns ?? names);
    /** After the names. */
    const body = () => {
      const at = scanner();
      if (header) at.row();
      return at;
    };
    this.#kinds = guess(body(), names, types, this.#dialect.decimal);
    if (this.#dialect.decimal === "," && options.decimal === undefined) {
      this.#warnings.push("numbers are read with a comma before their fractions, as 1,5");
    }
    if (this.#kinds.length === 0) {
      throw new DataError("csv: a row after the names is needed: there is none");
    }
    if (columns !== undefined) {
      names.forEach((name, i) => columns.includes(name) || (this.#kinds[i] = "skip"));
    }
    this.#room = Math.ceil((size - this.start) / averageRow(body())) + 1;
  }

  /**
   * Reads the rows that end in a piece of the file, from a place on.
   *
   * @param longest 0, or of a piece that is not the last the bytes of the longest row there may be.
   * @returns Where the first row begins that does not.
   */
  read(bytes: Uint8Array, at: number, longest = 0): number {
    const scanner = new Scanner(bytes, at, this.#dialect, { line: this.#line, longest });
    try {
      if (this.#sinks.length === 0) {
        this.#sinks = this.#kinds.map((kind) => sink(kind, this.#room));
        if (this.#options.header ?? true) scanner.row();
      }
      this.#rows = scanner.read(this.#sinks, this.#rows);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw this.#tooLarge(error);
    }
    this.#line = scanner.line;
    this.#isLatin ||= scanner.isLatin;
    return scanner.at;
  }

  /** Whether the columns are what they were taken for; else all has to be read again. */
  isSettled(): boolean {
    const about = { names: this.#names, types: this.#types, rows: this.#rows };
    if (!corrected(this.#kinds, this.#sinks, about)) return true;
    this.#sinks = [];
    this.#rows = 0;
    this.#line = 1;
    return false;
  }

  /** The table of all rows. */
  table(): Table {
    const warnings = this.#warnings;
    if (this.#isLatin) warnings.push("the file is no UTF-8: texts are read as Windows-1252");
    const columns = this.#sinks.flatMap((sink, i) => {
      if (sink.kind === "skip") return [];
      const name = this.#names[i]!;
      return [columnOf(name, this.#types[name], trimmed(sink, this.#rows), warnings)];
    });
    const { target, ignore } = this.#options;
    return withTarget(
      columns,
      { ...target !== undefined && { target }, ...ignore !== undefined && { ignore } },
      warnings,
    );
  }

  /** What an engine refuses: more memory than there is, or more texts than a Map holds. */
  #tooLarge(cause: RangeError): DataError {
    const advice = "name those that are needed, as columns: [...]";
    const full = this.#sinks.findIndex(({ codes }) => codes.size >= MOST_TEXTS);
    if (full >= 0) {
      return new DataError(
        `csv: at most ${MOST_TEXTS} different texts are kept of a column: ` +
          `${printable(this.#names[full]!)} has more: leave it out: ${advice}`,
        { cause },
      );
    }
    const read = this.#kinds.filter((kind) => kind !== "skip").length;
    const size = (8 * read * this.#room / 2 ** 30).toFixed(1);
    return new DataError(
      `csv: memory for about ${this.#room} rows of ${countOf(read, "column")} is needed, ` +
        `${size} GiB: there is not as much: ${advice}`,
      { cause },
    );
  }
}

/** What a Map of V8 holds. */
const MOST_TEXTS = 2 ** 24;

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

/**
 * Of the usual ones that which splits the first rows into most cells, as many in each; but another one
 * than the comma, where its cells are numbers with commas, and no fewer of them than the comma's are
 * numbers: it is then what stands before fractions.
 */
function delimiterOf(bytes: Uint8Array, start: number): number {
  const scores = [",", "\t", ";", "|"].map((character) => {
    const delimiter = character.charCodeAt(0);
    const at = new Scanner(bytes.subarray(0, start + 65_536), start, {
      delimiter,
      decimal: ".",
      missing: new Set(),
    });
    const rows: string[][] = [];
    try {
      for (let cells = at.row(); cells !== null && rows.length < 20; cells = at.row()) {
        rows.push(cells);
      }
    } catch { // a quote that is open where the bytes are cut off
    }
    const [{ length } = [""]] = rows;
    const isEven = rows.slice(0, -1).every((row) => row.length === length);
    const all = rows.flat();
    const plain = all.filter((cell) => !Number.isNaN(numberOf(cell))).length;
    const commas = delimiter === 44 ? 0 : all.filter((cell) => FRACTION.test(cell)).length;
    return { delimiter, cells: length, isEven, commas, numbers: (plain + commas) / all.length };
  });
  const best = (all: typeof scores) =>
    all.reduce((best, next) => next.cells > best.cells ? next : best, { ...NONE, delimiter: 44 });
  const allEven = scores.filter(({ isEven, cells }) => isEven && cells > 1);
  const even = best(allEven);
  if (even.delimiter !== 44 || even.cells === 1) {
    return (even.cells > 1 ? even : best(scores)).delimiter;
  }
  return best(allEven.filter(({ commas, numbers }) => commas > 0 && numbers >= even.numbers))
    .delimiter;
}

/** What splits nothing. */
const NONE = { cells: 1, isEven: true, commas: 0, numbers: 0 };

/** A number with a comma before its fraction. */
const FRACTION = /^[-+]?\d*,\d+$/;

/**
 * What stands before the fractions of numbers, where commas do not stand between cells: a comma, if
 * the first rows have numbers with one, not all of them with three digits behind it, which may be
 * thousands, and none with a point.
 */
function decimalOf(bytes: Uint8Array, start: number, delimiter: number): Dialect["decimal"] {
  if (delimiter === 44) return ".";
  const at = new Scanner(bytes.subarray(0, start + 65_536), start, {
    delimiter,
    decimal: ".",
    missing: new Set(),
  });
  let commas = 0;
  try {
    for (let row = at.row(), rows = 0; row !== null && rows < LOOKED_AT; row = at.row(), rows++) {
      if (row.some((cell) => /^[-+]?\d*\.\d+$/.test(cell))) return ".";
      commas += row.filter((cell) => /^[-+]?\d*,(\d{1,2}|\d{4,})$/.test(cell)).length;
    }
  } catch { // a quote that is open where the bytes are cut off
  }
  return commas > 0 ? "," : ".";
}

/** The names in the first row, each once. */
function namesOf(
  cells: readonly string[],
  decimal: Dialect["decimal"],
  warnings: string[],
): string[] {
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
  const numbers = cells.filter((cell) => !Number.isNaN(numberOf(cell, decimal)));
  // years may be names of columns beside others
  const areAll = numbers.length === cells.length && cells.length > 1;
  const named = areAll ? numbers : numbers.filter((cell) => /\d[.,]\d/.test(cell));
  if (named.length > 0) {
    warnings.push(
      `${countOf(named.length, "column")} whose name is a number (${quoted(named[0]!)}): if the ` +
        "first row has no names, write some above it, or say header: false",
    );
  }
  return names;
}

/** What columns are by their first rows; none where there is no row. */
function guess(
  at: Scanner,
  names: readonly string[],
  types: Readonly<Record<string, ColumnType>>,
  decimal: Dialect["decimal"],
): Sink["kind"][] {
  const sinks = names.map(() => sink("number", LOOKED_AT));
  const rows: string[][] = [];
  for (let row = at.row(); row !== null && rows.length < LOOKED_AT; row = at.row()) rows.push(row);
  if (rows.length === 0) return [];
  return sinks.map((_, i) => {
    const type = types[names[i]!];
    if (type !== undefined) return type === "number" ? "number" : "text";
    const cells = rows.map((row) => row[i] ?? "").filter((cell) => !MISSING.includes(cell));
    const odd = cells.filter((cell) => Number.isNaN(numberOf(cell, decimal))).length;
    return areCodes(cells) || odd > ODD * cells.length ? "text" : "number";
  });
}

/** Bytes of a row, by the first ones. */
function averageRow(at: Scanner): number {
  const start = at.at;
  let rows = 0;
  while (rows < LOOKED_AT && at.row() !== null) rows++;
  return Math.max(1, (at.at - start) / Math.max(1, rows) * 0.95);
}

/** Makes texts of columns that turned out to be none of numbers, or codes; whether there were any. */
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
  sinks.forEach(({ kind, odd, firstOdd, coded, values }, i) => {
    if (kind !== "number" || odd === 0 && coded === 0) return;
    const name = names[i]!;
    if (types[name] === "number") {
      if (odd === 0) return;
      throw new DataError(
        `csv: ${printable(name)} must be numbers: line ${firstOdd!.line} has ` +
          `${quoted(firstOdd!.text)}${odd > 1 ? `, and ${odd - 1} more are none` : ""}`,
      );
    }
    let present = odd, whole = 0;
    for (let row = 0; row < rows; row++) {
      const value = values[row]!;
      if (!Number.isNaN(value)) present++;
      if (value >= 0 && Number.isInteger(value)) whole++;
    }
    // a column with a fraction or a sign somewhere has numbers, whatever begins with a 0
    const hasCodes = coded > 0 && odd + whole === present;
    if (!hasCodes && odd <= ODD * present) return;
    kinds[i] = "text";
    isChanged = true;
  });
  return isChanged;
}

/** A column's rows without the room behind them, which is given back where it is much. */
function trimmed(sink: Sink, rows: number): Sink {
  const { values } = sink;
  const isTight = values.length <= 1.1 * rows;
  return { ...sink, values: isTight ? values.subarray(0, rows) : values.slice(0, rows) };
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
  if (type === undefined) {
    warnOfWritten(name, texts, warnings, 'decimal: "," reads 1,5');
    warnOfCodes(name, texts, values, warnings);
  }
  const own = type === undefined || type === "number" ? typeOfTexts(texts, values.length) : type;
  return ofTexts(name, own, values, texts);
}

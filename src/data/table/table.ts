import { DataError, printable } from "../../core/errors.ts";
import { inspectAsString } from "../../core/inspect.ts";
import {
  atMost,
  check,
  checkOptions,
  describe,
  isPlainObject,
  kind,
  type Kinds,
  listOf,
  text,
} from "../../core/options.ts";
import { fromTypedArray } from "../../tensor/create.ts";
import { reshape } from "../../ops/mod.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Dataset } from "../dataset.ts";
import { INDICES } from "../subset.ts";
import {
  asCategory,
  type Column,
  column,
  COLUMN_TYPE,
  type ColumnSummary,
  type ColumnType,
  ofTexts,
  rowsOf,
  summaryOf,
  typeOfTexts,
} from "./column.ts";
import { numberOf, quoted } from "./csv_scan.ts";
import { warnOfWritten } from "./written_values.ts";

/** What of a table is learnt from what. */
export interface TableOptions {
  /** The column that is to be predicted: y. Rows without it are left out. */
  target?: string;
  /** Columns that are no part of x. */
  ignore?: readonly string[];
  /** What columns are; the others are told by what stands in them. */
  types?: Readonly<Record<string, ColumnType>>;
}

/** The kinds of those options. */
export const TABLE_OPTIONS: Kinds<TableOptions> = {
  target: text,
  ignore: listOf(text),
  types: kind("an object of columns and their types", isPlainObject),
};

/** Values of a column as a program has them: null and undefined, "" and NaN are missing. */
export type ColumnValues = ArrayLike<number | bigint | string | boolean | Date | null | undefined>;

/**
 * Rows of typed columns, and a data set: x is what is known of a row, float32 [features], y what is to
 * be predicted. A category is its position among the categories, a date its days since 1970; what is
 * missing is NaN. Made by {@link csv} and {@link table}.
 *
 * Columns of texts are no part of x.
 */
export class Table extends Dataset {
  /** All columns, in order. */
  readonly columns: readonly Column[];
  /** How many rows there are. */
  readonly length: number;
  /** The column that is y; null where none was named. */
  readonly target: Column | null;
  /** The columns that are x. */
  readonly features: readonly Column[];
  /** What was passed over or changed while the table was made, a sentence each. */
  readonly warnings: readonly string[];

  /** Columns of one length. DataError where there is no such target. */
  constructor(
    columns: readonly Column[],
    { target, ignore = [] }: Pick<TableOptions, "target" | "ignore"> = {},
    warnings: readonly string[] = [],
  ) {
    super();
    const names = columns.map(({ name }) => name);
    for (const name of [...target === undefined ? [] : [target], ...ignore]) {
      if (names.includes(name)) continue;
      throw new DataError(
        `table: there is no column ${quoted(name)}: there are ${names.map(printable).join(", ")}`,
      );
    }
    this.columns = columns;
    this.length = columns[0]?.values.length ?? 0;
    this.target = columns.find(({ name }) => name === target) ?? null;
    this.features = columns.filter(({ name, type }) =>
      name !== target && type !== "text" && !ignore.includes(name)
    );
    this.warnings = warnings;
  }

  /** The classes of a target of categories, by their label; empty where the target is a number. */
  get classes(): readonly string[] {
    return this.target?.type === "category" ? this.target.texts : [];
  }

  /** A column by its name. DataError where there is none. */
  column(name: string): Column {
    atMost(1, arguments.length, "column(name)");
    check("column", "the name", name, text);
    const found = this.columns.find((column) => column.name === name);
    if (found !== undefined) return found;
    const names = this.columns.map(({ name }) => printable(name));
    throw new DataError(`column: there is no ${quoted(name)}: there are ${names.join(", ")}`);
  }

  /** One row. */
  get(index: number): [x: Tensor, y: Tensor] {
    const [x, y] = this.batch(Int32Array.of(index));
    return [reshape(x, [-1]), reshape(y, this.classes.length > 0 ? [] : [1])];
  }

  /**
   * Several rows: x float32 [n, features], y labels int32 [n] or numbers float32 [n, 1]. DataError
   * where no target was named, RangeError where there is no such row.
   */
  override batch(indices: Int32Array): [x: Tensor, y: Tensor] {
    const { target, features } = this;
    if (target === null) {
      throw new DataError("batch: a table gives samples once it has a target: name one");
    }
    const n = indices.length;
    for (const i of indices) this.#checkRow("batch", i);
    const x = new Float32Array(n * features.length);
    features.forEach(({ values }, j) => {
      for (let i = 0; i < n; i++) x[i * features.length + j] = values[indices[i]!]!;
    });
    const isLabel = target.type === "category";
    const y = new (isLabel ? Int32Array : Float32Array)(n);
    for (let i = 0; i < n; i++) y[i] = target.values[indices[i]!]!;
    return [fromTypedArray(x, [n, features.length]), fromTypedArray(y, isLabel ? [n] : [n, 1])];
  }

  /** A table of some rows, in that order. */
  rows(indices: ArrayLike<number>): Table {
    atMost(1, arguments.length, "rows(indices)");
    check("rows", "the indices", indices, INDICES);
    for (let i = 0; i < indices.length; i++) this.#checkRow("rows", indices[i]!);
    return this.#with(this.columns.map((column) => rowsOf(column, indices)));
  }

  /** The same rows with another target, or other columns left out of x. */
  learn(options: Pick<TableOptions, "target" | "ignore">): Table {
    atMost(1, arguments.length, "learn({ target, ignore })");
    const { types: _, ...kinds } = TABLE_OPTIONS;
    checkOptions("learn", options, kinds);
    return withTarget(this.columns, options, this.warnings);
  }

  /** What is known of each column. */
  describe(): ColumnSummary[] {
    atMost(0, arguments.length, "describe()");
    return this.columns.map(summaryOf);
  }

  /** A line for each column. */
  override toString(): string {
    const rows = this.describe().map(({ name, type, missing, ...of }) => [
      printable(name) + (name === this.target?.name ? " (target)" : ""),
      type,
      missing === 0 ? "" : `${missing} missing`,
      of.mean === undefined
        ? `${of.distinct} different: ` +
          of.top!.slice(0, 5).map(([value, n]) => `${shortened(value)} ${n}`).join(", ")
        : [of.min, of.median, of.max].map((value) => shown(value!, type)).join(" … "),
    ]);
    const widths = [0, 1, 2].map((i) => Math.max(...rows.map((row) => row[i]!.length)));
    const lines = rows.map((row) =>
      row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ").trimEnd()
    );
    return [`Table(rows: ${this.length}, columns: ${this.columns.length})`, ...lines].join("\n  ");
  }

  #checkRow(name: string, i: number): void {
    if (Number.isInteger(i) && i >= 0 && i < this.length) return;
    throw new RangeError(`${name}: rows are 0 to ${this.length - 1}: one is ${describe(i)}`);
  }

  #with(columns: readonly Column[]): Table {
    const used = new Set([this.target, ...this.features].map((column) => column?.name));
    const ignore = this.columns.filter(({ name }) => !used.has(name)).map(({ name }) => name);
    const { target } = this;
    return new Table(columns, { ignore, ...target && { target: target.name } }, this.warnings);
  }
}

inspectAsString(Table);

function shortened(text: string): string {
  return printable(text.length > 20 ? `${text.slice(0, 20)}…` : text);
}

function shown(value: number, type: ColumnType): string {
  if (type !== "date" || !Number.isFinite(value)) return String(Number(value.toPrecision(5)));
  return new Date(value * 86_400_000).toISOString().slice(0, 10);
}

/**
 * A table of columns, without the rows that have no target: a number stays a number, texts become
 * categories.
 */
export function withTarget(
  columns: readonly Column[],
  options: Pick<TableOptions, "target" | "ignore">,
  warnings: readonly string[],
): Table {
  const made = new Table(columns, options, warnings);
  const { target } = made;
  if (target === null) return made;
  const isClass = target.type === "category" || target.type === "text";
  let kept = isClass && target.type === "text"
    ? columns.map((column) => column === target ? asCategory(column) : column)
    : columns;
  const all = [...warnings];
  if (target.missing > 0) {
    const rows = Array.from(target.values.keys()).filter((i) => !Number.isNaN(target.values[i]));
    if (rows.length === 0) {
      throw new DataError(`table: the target ${quoted(target.name)} has no value in any row`);
    }
    kept = kept.map((column) => rowsOf(column, rows));
    all.push(
      `${countOf(target.missing, "row")} without ${quoted(target.name)}, which is the target: ` +
        "left out",
    );
  }
  return new Table(kept, options, all);
}

/** `1 row`, `3 rows`. */
export function countOf(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

/** Refuses types of columns that there are not, and what is no type. */
export function checkTypes(
  name: string,
  types: Readonly<Record<string, ColumnType>>,
  names: readonly string[],
): void {
  for (const [column, type] of Object.entries(types)) {
    if (!names.includes(column)) {
      throw new DataError(
        `${name}: types has the column ${quoted(column)}: there are ` +
          names.map(printable).join(", "),
      );
    }
    check(name, `types.${column}`, type, COLUMN_TYPE);
  }
}

/**
 * A {@link Table} of columns or rows that a program has, such as those of a Parquet or Arrow file.
 *
 * @param columns Names, and lists of one length: numbers (of typed arrays, too), texts, `true` and
 * `false`, dates; or a list of rows, an object each: what a row has not is missing.
 *
 * @example
 * ```ts
 * import { data } from "@glim/glim";
 * const people = data.table(
 *   { height: [1.7, 1.6, null], town: ["Rome", "Oslo", "Rome"], plays: [true, false, true] },
 *   { target: "plays" },
 * );
 * console.log(people.classes, people.batch(Int32Array.of(0, 2))[0].toArray());
 * // ["false", "true"] [[1.7000000476837158, 1], [NaN, 1]]
 * ```
 */
export function table(
  columns: Readonly<Record<string, ColumnValues>> | readonly Readonly<Record<string, unknown>>[],
  options: TableOptions = {},
): Table {
  atMost(2, arguments.length, "table(columns, { target, ignore, types })");
  return ofColumns(Array.isArray(columns) ? columnsOfRows(columns) : columns as Columns, options);
}

type Columns = Readonly<Record<string, ColumnValues>>;

/** The columns of rows. DataError where there is no row, or one is no object. */
function columnsOfRows(rows: readonly unknown[]): Columns {
  const columns = new Map<string, unknown[]>();
  rows.forEach((row, i) => {
    if (!isPlainObject(row)) {
      throw new DataError(`table: each row must be an object, { name: value }: row ${i} is none`);
    }
    for (const [name, value] of Object.entries(row)) {
      let column = columns.get(name);
      if (column === undefined) {
        column = new Array(rows.length).fill(null);
        columns.set(name, column);
      }
      // a list or an object in a cell is a text
      const isPart = typeof value === "object" && value !== null && !(value instanceof Date);
      column[i] = isPart ? JSON.stringify(value) : value;
    }
  });
  if (columns.size === 0) throw new DataError("table: a row is needed: there is none");
  return Object.fromEntries(columns) as Columns;
}

function ofColumns(columns: Columns, options: TableOptions): Table {
  check("table", "the columns", columns, COLUMNS);
  const { types = {}, ...rest } = checkOptions("table", options, TABLE_OPTIONS);
  const names = Object.keys(columns);
  checkTypes("table", types, names);
  const rows = columns[names[0]!]!.length;
  const warnings: string[] = [];
  const made = names.map((name) => {
    if (columns[name]!.length !== rows) {
      throw new DataError(
        `table: columns must have one length: ${names[0]} has ${rows}, ${printable(name)} has ` +
          columns[name]!.length,
      );
    }
    return ofValues(name, columns[name]!, types[name], warnings);
  });
  return withTarget(made, rest, warnings);
}

const COLUMNS = kind(
  "an object of columns, each a list",
  (value) =>
    isPlainObject(value) && Object.keys(value).length > 0 &&
    Object.values(value).every((list) =>
      typeof list === "object" && list !== null && "length" in list
    ),
);

function ofValues(
  name: string,
  list: ColumnValues,
  type: ColumnType | undefined,
  warnings: string[],
): Column {
  const n = list.length;
  const values = new Float64Array(n);
  let isNumbers = type !== "category" && type !== "text";
  let isDates = type === undefined || type === "date";
  for (let i = 0; i < n; i++) {
    const value = list[i];
    const isMissing = value === null || value === undefined || value === "";
    isNumbers &&= isMissing || typeof value === "number" || typeof value === "bigint" ||
      (type === "number" && !Number.isNaN(numberOf(String(value))));
    isDates &&= isMissing || value instanceof Date;
    values[i] = isMissing || !isNumbers && !isDates
      ? NaN
      : value instanceof Date
      ? value.getTime() / 86_400_000
      : Number(value);
  }
  if (isNumbers && type !== "date") return column(name, "number", values);
  if (type === "number") throw new DataError(`table: ${printable(name)} must be numbers`);
  if (isDates) return column(name, "date", values);
  const codes = new Map<string, number>();
  for (let i = 0; i < n; i++) {
    const value = list[i];
    values[i] = NaN;
    if (value === null || value === undefined || value === "" || Number.isNaN(value)) continue;
    const text = value instanceof Date ? value.toISOString() : String(value);
    if (!codes.has(text)) codes.set(text, codes.size);
    values[i] = codes.get(text)!;
  }
  const texts = [...codes.keys()];
  const isFlag = Array.prototype.every.call(list, (value) => typeof value !== "string");
  if (type === undefined) warnOfWritten(name, texts, warnings);
  const own = type ?? (isFlag ? "category" : typeOfTexts(texts, n));
  return ofTexts(name, own, values, texts);
}

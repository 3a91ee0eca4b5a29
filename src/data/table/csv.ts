import {
  atMost,
  byteArray,
  check,
  checkOptions,
  flag,
  kind,
  type Kinds,
  listOf,
  oneOf,
  text,
} from "../../core/options.ts";
import { outside } from "../../scope/outside.ts";
import { bytesOf, largeFileOf, SOURCE, type Source } from "../source.ts";
import { PIECE, readPieces } from "./csv_pieces.ts";
import { CsvReader } from "./csv_reader.ts";
import { type Table, TABLE_OPTIONS, type TableOptions } from "./table.ts";

/** Options of {@link csv}. */
export interface CsvOptions extends TableOptions {
  /** The columns that are read; the others are passed over and take no memory. Default: all. */
  columns?: readonly string[];
  /** The character between cells. Default: the one of comma, tab, semicolon and bar that splits best. */
  delimiter?: string;
  /**
   * What stands before the fraction of a number. Default: a comma where cells are not separated by it
   * and the first rows have numbers such as `1,5` and none with a point; else a point.
   */
  decimal?: "." | ",";
  /** Whether the first row has the names; else they are `column1` and so on. Default: true. */
  header?: boolean;
  /** Texts that stand for no value, besides the usual ones, such as `NA`, `null` and nothing. */
  missing?: readonly string[];
}

const OPTIONS: Kinds<CsvOptions> = {
  ...TABLE_OPTIONS,
  columns: listOf(text),
  delimiter: kind(
    "one character of ASCII",
    (value) => typeof value === "string",
    (value: string) => /^[\t -!#-~]$/.test(value),
  ),
  decimal: oneOf(".", ","),
  header: flag,
  missing: listOf(kind("a text", (value) => typeof value === "string")),
};

/**
 * A table out of a CSV file. Cells may be quoted, with line breaks inside; lines end with LF or CRLF;
 * names are in the first row; UTF-8, else Windows-1252; gzip is unpacked where the engine can. The type
 * of a column follows from all its cells: numbers, dates (ISO 8601), categories (texts that come again
 * and again) or texts. A column of numbers may have some cells of text, which are missing then: the
 * table's `warnings` say how many. Codes such as 00501, and digits that a number does not hold, make
 * their column texts where it has whole numbers only, which a warning tells, too.
 *
 * A large file is read in pieces, so that it takes the memory of its table, 8 bytes a cell, and little
 * more: name the `columns` that are needed where that is too much.
 *
 * DataError where the file cannot be read, is none, or has rows of another number of cells than the
 * first, whose line it tells; where there is no such column; where `types` says number or date of a
 * column that has something else; where the memory does not hold the table.
 *
 * @param source A path, an address (`http:`, `https:`), a `File` of a page, or bytes.
 * @param options `target` names the column that is to be predicted.
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
  return await outside(read(source, options));
}

/** A table out of the bytes of a CSV file, at once: see {@link csv}. */
export function parseCsv(bytes: Uint8Array, options: CsvOptions = {}): Table {
  atMost(2, arguments.length, "parseCsv(bytes, { target, types })");
  check("parseCsv", "the file", bytes, byteArray);
  const reader = new CsvReader(bytes, bytes.length, checkOptions("parseCsv", options, OPTIONS));
  do reader.read(bytes, reader.start); while (!reader.isSettled());
  return reader.table();
}

async function read(source: Source, options: CsvOptions): Promise<Table> {
  const file = await largeFileOf(source, PIECE);
  if (file === null) return parseCsv(await bytesOf("csv", source), options);
  try {
    return await readPieces(file, options);
  } finally {
    await file.close();
  }
}

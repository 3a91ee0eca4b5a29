import { DataError, messageOf, printable } from "../../core/errors.ts";
import { atMost, byteArray, check, checkOptions } from "../../core/options.ts";
import type { Platform } from "../../core/platform.ts";
import { outside } from "../../scope/outside.ts";
import { bytesOf, SOURCE, type Source } from "../source.ts";
import { isCode } from "./csv_scan.ts";
import { type Table, table, TABLE_OPTIONS, type TableOptions } from "./table.ts";

declare const TextDecoder: Platform["TextDecoder"];

/**
 * A table out of a JSON file: a list of objects, one a row, or an object on each line. What a row has
 * not, or is null, is missing; texts are numbers where all of a column are, and none is a code, such as
 * 00501; see {@link csv} for the rest.
 *
 * DataError where the file cannot be read, or is something else.
 *
 * @example
 * ```ts
 * import { data } from "@glim/glim";
 * const bytes = new TextEncoder().encode('[{"size": 1.5, "kind": "a"}, {"kind": "b"}]');
 * const set = await data.json(bytes, { target: "kind" });
 * console.log(set.length, set.column("size").missing); // 2 1
 * ```
 */
export async function json(source: Source, options: TableOptions = {}): Promise<Table> {
  atMost(2, arguments.length, "json(source, { target, ignore, types })");
  check("json", "the source", source, SOURCE);
  checkOptions("json", options, TABLE_OPTIONS);
  return parseJson(await outside(bytesOf("json", source)), options);
}

/** A table out of the bytes of a JSON file, at once: see {@link json}. */
export function parseJson(bytes: Uint8Array, options: TableOptions = {}): Table {
  atMost(2, arguments.length, "parseJson(bytes, { target, ignore, types })");
  check("parseJson", "the file", bytes, byteArray);
  checkOptions("parseJson", options, TABLE_OPTIONS);
  const rows = rowsIn(bytes);
  const types = { ...numbersIn(rows), ...options.types };
  return named("json", () => table(rows, { ...options, types }));
}

/** What a function throws, in the name of another. */
function named<T>(name: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(error.message.replace(/^table:/, `${name}:`), { cause: error.cause });
  }
}

/** A number as a text. */
const NUMBER = /^-?\d+(\.\d+)?$/;

/** The columns whose values are texts, and numbers all of them. */
function numbersIn(rows: readonly unknown[]): Record<string, "number"> {
  const are = new Map<string, boolean>();
  for (const row of rows) {
    for (const [name, value] of Object.entries(Object(row))) {
      if (value === null || value === "" || are.get(name) === false) continue;
      are.set(name, typeof value === "string" && NUMBER.test(value) && !isCode(value));
    }
  }
  return Object.fromEntries([...are].filter(([_, all]) => all).map(([name]) => [name, "number"]));
}

function rowsIn(bytes: Uint8Array): Readonly<Record<string, unknown>>[] {
  let text = "";
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes).trim();
    if (text.startsWith("[")) return JSON.parse(text);
    return text.split("\n").filter((line) => line.trim() !== "").map((line) => JSON.parse(line));
  } catch (cause) {
    const reason = whatItIs(text) ?? messageOf(cause);
    throw new DataError(`json: a list of objects, or one a line, is needed: ${reason}`, { cause });
  }
}

/** What a text of several lines is that is JSON, but no list; null where it is none. */
function whatItIs(text: string): string | null {
  try {
    const names = Object.entries(JSON.parse(text)).map(([name, value]) =>
      Array.isArray(value) ? `${printable(name)}, a list` : printable(name)
    );
    return `it is one object, of ${names.slice(0, 10).join("; ")}: save the list as a file`;
  } catch {
    return null;
  }
}

import { DataError, messageOf } from "../../core/errors.ts";
import { atMost, byteArray, check, checkOptions, isPlainObject } from "../../core/options.ts";
import type { Platform } from "../../core/platform.ts";
import { outside } from "../../scope/outside.ts";
import { bytesOf, SOURCE, type Source } from "../source.ts";
import { type ColumnValues, type Table, table, TABLE_OPTIONS, type TableOptions } from "./table.ts";

declare const TextDecoder: Platform["TextDecoder"];

/**
 * A table out of a JSON file: a list of objects, one a row, or an object on each line. What a row has
 * not, or is null, is missing; see {@link csv} for the rest.
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
  const columns: Record<string, (string | number | boolean | null)[]> = {};
  rows.forEach((row, i) => {
    if (!isPlainObject(row)) {
      throw new DataError(`json: each row must be an object, { name: value }: row ${i} is none`);
    }
    for (const [name, value] of Object.entries(row)) {
      if (!Object.hasOwn(columns, name)) {
        Object.defineProperty(columns, name, {
          value: new Array(rows.length).fill(null),
          enumerable: true,
        });
      }
      columns[name]![i] = typeof value === "object" && value !== null
        ? JSON.stringify(value)
        : value as string | number;
    }
  });
  if (Object.keys(columns).length === 0) {
    throw new DataError("json: a row is needed: there is none");
  }
  return table(columns as Record<string, ColumnValues>, options);
}

function rowsIn(bytes: Uint8Array): unknown[] {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes).trim();
    if (text.startsWith("[")) return JSON.parse(text);
    return text.split("\n").filter((line) => line.trim() !== "").map((line) => JSON.parse(line));
  } catch (cause) {
    throw new DataError(`json: a list of objects, or one a line, is needed: ${messageOf(cause)}`, {
      cause,
    });
  }
}

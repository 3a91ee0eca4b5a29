/**
 * Files that keep a table by its columns: what their readers share, and how they are loaded.
 *
 * @module
 */
import { DataError, messageOf } from "../../core/errors.ts";
import { atMost, check, checkOptions } from "../../core/options.ts";
import { outside } from "../../scope/outside.ts";
import { bytesOf, SOURCE, type Source } from "../source.ts";
import { type Table, table, TABLE_OPTIONS, type TableOptions } from "./table.ts";

/** A reader of such files: an entry point of Glim's. */
type Reader = (source: Source, options?: TableOptions) => Promise<Table>;

/**
 * A table out of a Parquet file: {@link csv} tells of its options. Its packages, `hyparquet` and
 * `hyparquet-compressors`, are loaded at the first call; a bundle imports `parquet` from
 * `@glim/glim/parquet` instead, and so carries them.
 *
 * DataError where the file cannot be read, is damaged, or is something else, and where the packages
 * cannot be loaded.
 *
 * @example
 * ```ts ignore
 * import { data } from "@glim/glim";
 * const set = await data.parquet("houses.parquet", { target: "price" });
 * ```
 */
export async function parquet(source: Source, options: TableOptions = {}): Promise<Table> {
  checkSource("parquet", source, options, arguments.length);
  const read = await outside(loaded("parquet"));
  return read(source, options);
}

/**
 * A table out of an Arrow file or stream (Feather 2 is one): see {@link parquet}, with the packages
 * `@uwdata/flechette` and `hyparquet-compressors` and the entry point `@glim/glim/arrow`.
 */
export async function arrow(source: Source, options: TableOptions = {}): Promise<Table> {
  checkSource("arrow", source, options, arguments.length);
  const read = await outside(loaded("arrow"));
  return read(source, options);
}

/** What a project without automatic installation has to install. */
const PACKAGES = {
  parquet: "hyparquet hyparquet-compressors",
  arrow: "@uwdata/flechette hyparquet-compressors",
};

/** A reader, named by what no bundler and no engine sees before it is wanted. */
async function loaded(name: "parquet" | "arrow"): Promise<Reader> {
  const { url } = import.meta as unknown as { url: string };
  const file = url.replace(/columnar(\.[jt]s)$/, `${name}$1`);
  try {
    if (file === url) throw new Error("this is a bundle");
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ file))[name];
  } catch (cause) {
    throw new DataError(
      `${name}: its packages cannot be loaded: install ${PACKAGES[name]}, or in a bundle import ` +
        `${name} from "@glim/glim/${name}": ${messageOf(cause)}`,
      { cause },
    );
  }
}

function checkSource(name: string, source: Source, options: TableOptions, given: number): void {
  atMost(2, given, `${name}(source, { target, ignore, types })`);
  check(name, "the source", source, SOURCE);
  checkOptions(name, options, TABLE_OPTIONS);
}

/** A table of what a package makes of a file. `kind`: what such files are called. */
export async function tableOfRows(
  name: string,
  kind: string,
  rowsIn: (
    bytes: Uint8Array,
  ) => Readonly<Record<string, unknown>>[] | Promise<Readonly<Record<string, unknown>>[]>,
  source: Source,
  options: TableOptions,
  given: number,
): Promise<Table> {
  checkSource(name, source, options, given);
  const bytes = await outside(bytesOf(name, source));
  let rows;
  try {
    rows = await outside(Promise.resolve(rowsIn(bytes)));
  } catch (cause) {
    throw new DataError(
      `${name}: it is no ${kind} file, truncated or damaged: ${messageOf(cause)}`,
      { cause },
    );
  }
  if (rows.length === 0) throw new DataError(`${name}: a row is needed: there is none`);
  return table(rows, options);
}

/** Some characters of bytes that are a text. */
export function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(Math.max(0, at), Math.max(0, at) + length));
}

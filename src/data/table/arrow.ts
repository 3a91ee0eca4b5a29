/**
 * Arrow files as tables. An entry point of its own, as it needs packages, `npm:@uwdata/flechette` and
 * `npm:hyparquet-compressors`, and the rest of Glim needs none. `data.arrow` loads it where it is used.
 *
 * @example
 * ```ts ignore
 * import { arrow } from "@glim/glim/arrow";
 * const set = await arrow("flights.arrow", { target: "delay" });
 * ```
 *
 * @module
 */
import { CompressionType, setCompressionCodec, tableFromIPC } from "npm:@uwdata/flechette@2.5.0";
import { decompressZstd } from "npm:hyparquet-compressors@1.1.2";
import { DataError } from "../../core/errors.ts";
import type { Source } from "../source.ts";
import { checkLengths } from "./arrow_lengths.ts";
import { tableOfRows, textAt } from "./columnar.ts";
import { unpackLz4Frame } from "./lz4_frame.ts";
import type { Table, TableOptions } from "./table.ts";

/**
 * A table out of an Arrow file or stream (Feather 2 is one), packed by LZ4 or ZSTD or not. What a row
 * has not is missing; see {@link csv} for the rest.
 *
 * DataError where the file cannot be read, is damaged, or is something else.
 */
export function arrow(source: Source, options: TableOptions = {}): Promise<Table> {
  return tableOfRows("arrow", "Arrow", rowsIn, source, options, arguments.length);
}

function rowsIn(bytes: Uint8Array): Readonly<Record<string, unknown>>[] {
  const encode = () => {
    throw new Error("nothing is written");
  };
  setCompressionCodec(CompressionType.ZSTD, {
    encode,
    decode: (bytes, length) => decompressZstd(bytes, new Uint8Array(length)),
  });
  setCompressionCodec(CompressionType.LZ4_FRAME, { encode, decode: unpackLz4Frame });
  if (textAt(bytes, 0, 6) === "ARROW1" && textAt(bytes, bytes.length - 6, 6) !== "ARROW1") {
    throw new DataError("its end is missing");
  }
  checkLengths(bytes);
  const table = tableFromIPC(bytes, { useDate: true });
  for (const [i, { length, data: batches }] of table.children.entries()) {
    if (length === table.numRows && batches.every((batch) => isWhole(batch as Batch))) continue;
    throw new DataError(`column ${table.names[i]} has fewer values than there are rows`);
  }
  return table.toArray();
}

/** Some rows of an Arrow column, as its package has read them. */
interface Batch {
  readonly length: number;
  readonly nullCount: number;
  readonly type: { readonly typeId: number };
  readonly validity?: ArrayLike<unknown>;
  readonly values?: ArrayLike<unknown>;
  readonly offsets?: ArrayLike<unknown>;
  readonly children?: readonly Batch[];
}

/** Arrow's name for columns of one bit a value. */
const BOOL = 6;

/** Whether there are as many values as a file says: its package believes it, and would make what is not there. */
function isWhole({ length, nullCount, type, validity, values, offsets, children }: Batch): boolean {
  if (nullCount > 0 && validity !== undefined && 8 * validity.length < length) return false;
  if (offsets !== undefined && offsets.length <= length) return false;
  const each = type.typeId === BOOL ? 8 : 1;
  if (offsets === undefined && values !== undefined && each * values.length < length) return false;
  const isEmpty = values === undefined && offsets === undefined && children === undefined;
  return !(isEmpty && length > MOST_NOTHING);
}

/** Rows of a column without any value. */
const MOST_NOTHING = 1e7;

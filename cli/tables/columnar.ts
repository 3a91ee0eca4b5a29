/** Parquet and Arrow files as tables. The packages that read them are loaded once there is one. */
import { data, DataError } from "@glim/glim";
import { messageOf } from "../errors.ts";
import { checkLengths } from "./arrow_lengths.ts";
import { unpackLz4Frame } from "./lz4_frame.ts";

/** What reads a file, and what to do where it cannot. */
interface Format {
  readonly name: string;
  /** Rows as objects. */
  rows(bytes: Uint8Array<ArrayBuffer>): Promise<Readonly<Record<string, unknown>>[]>;
}

const PARQUET: Format = {
  name: "Parquet",
  async rows(bytes) {
    const [{ parquetReadObjects }, { compressors }] = await Promise.all([
      import("hyparquet"),
      import("hyparquet-compressors"),
    ]);
    const { buffer, byteOffset, byteLength } = bytes;
    const file = buffer.slice(byteOffset, byteOffset + byteLength);
    // where one column is damaged the package leaves the promises of others to nobody
    const ignore = (event: Event) => event.preventDefault();
    globalThis.addEventListener("unhandledrejection", ignore);
    try {
      return await parquetReadObjects({ file, compressors });
    } finally {
      await new Promise((resolve) => setTimeout(resolve));
      globalThis.removeEventListener("unhandledrejection", ignore);
    }
  },
};

const ARROW: Format = {
  name: "Arrow",
  async rows(bytes) {
    const [{ CompressionType, setCompressionCodec, tableFromIPC }, { decompressZstd }] =
      await Promise
        .all([import("@uwdata/flechette"), import("hyparquet-compressors")]);
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
  },
};

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

/** What a file is, by its first bytes or its name; null where it is neither. */
function formatOf(file: string, bytes: Uint8Array): Format | null {
  if (textAt(bytes, 0, 4) === "PAR1" || /\.parquet$/i.test(file)) return PARQUET;
  if (textAt(bytes, 0, 6) === "ARROW1" || /\.(arrows?|feather|ipc)$/i.test(file)) return ARROW;
  return null;
}

/** A table out of a Parquet or Arrow file; null where a file is neither. DataError where it is damaged. */
export async function columnarTable(
  file: string,
  bytes: Uint8Array<ArrayBuffer>,
  types: Readonly<Record<string, data.ColumnType>>,
): Promise<data.Table | null> {
  const format = formatOf(file, bytes);
  if (format === null) return null;
  let rows;
  try {
    rows = await format.rows(bytes);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new DataError(
      `read ${file}: it is no ${format.name} file, truncated or damaged: ${reason}`,
      { cause },
    );
  }
  if (rows.length === 0) throw new DataError(`read ${file}: a row is needed: there is none`);
  return data.table(rows, { types });
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(Math.max(0, at), Math.max(0, at) + length));
}

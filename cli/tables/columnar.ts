/** Parquet and Arrow files as tables. The packages that read them are loaded once there is one. */
import { data, DataError } from "@glim/glim";
import { messageOf } from "../errors.ts";

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
    return await parquetReadObjects({
      file: buffer.slice(byteOffset, byteOffset + byteLength),
      compressors,
    });
  },
};

const ARROW: Format = {
  name: "Arrow",
  async rows(bytes) {
    const { tableFromIPC } = await import("@uwdata/flechette");
    if (textAt(bytes, 0, 6) === "ARROW1" && textAt(bytes, bytes.length - 6, 6) !== "ARROW1") {
      throw new DataError("its end is missing");
    }
    return tableFromIPC(bytes, { useDate: true }).toArray();
  },
};

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
      `read ${file}: it is no ${format.name} file, truncated or damaged: ${reason}` +
        (/compress|codec/i.test(reason) ? ": write it without compression" : ""),
      { cause },
    );
  }
  if (rows.length === 0) throw new DataError(`read ${file}: a row is needed: there is none`);
  return data.table(rows, { types });
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(Math.max(0, at), Math.max(0, at) + length));
}

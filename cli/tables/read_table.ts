/** A table out of a file, whatever its format. */
import { data, DataError } from "@glim/glim";
import { printable } from "../errors.ts";
import { readFile } from "../files.ts";
import { countOf } from "../words.ts";

/**
 * Reads a table: Parquet or Arrow, JSON by the file's name, else CSV. DataError says what is wrong with
 * it.
 */
export async function readTable(
  file: string | null,
  types: Record<string, data.ColumnType> = {},
): Promise<{ bytes: Uint8Array; table: data.Table; odd: string[] }> {
  if (file === null) throw new DataError("--file: a table is needed: none is named");
  const bytes = await readFile(file);
  const read = await readerOf(file, bytes);
  if (read !== null) {
    try {
      return { bytes, ...finite(await read(bytes, { types })) };
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      throw new DataError(`read ${file}: ${error.message}`, { cause: error });
    }
  }
  const plain = await unpacked(bytes);
  const isJson = /\.(json|jsonl|ndjson)(\.gz)?$/i.test(file);
  return { bytes, ...finite((isJson ? data.parseJson : data.parseCsv)(plain, { types })) };
}

/** What float32 holds at most. */
const LARGEST = 3.4028234663852886e38;

/** A table whose numbers are all finite where they are learnt from: others are missing, and told. */
function finite(table: data.Table): { table: data.Table; odd: string[] } {
  const odd: string[] = [];
  for (const { name, values } of table.columns) {
    let count = 0;
    for (let row = 0; row < values.length; row++) {
      if (Math.abs(values[row]!) <= LARGEST || Number.isNaN(values[row])) continue;
      values[row] = NaN;
      count++;
    }
    if (count === 0) continue;
    const are = count === 1 ? "that is" : "that are";
    odd.push(
      `${printable(name)}: ${countOf(count, "number")} ${are} infinite, or larger than can be ` +
        "learnt from: taken as missing",
    );
  }
  return { table, odd };
}

/** What reads a Parquet or Arrow file, told by its first bytes or its name; null for others. */
async function readerOf(file: string, bytes: Uint8Array): Promise<typeof data.parquet | null> {
  const begin = String.fromCharCode(...bytes.subarray(0, 6));
  if (begin.startsWith("PAR1") || /\.parquet$/i.test(file)) {
    return (await import("@glim/glim/parquet")).parquet;
  }
  if (begin === "ARROW1" || /\.(arrows?|feather|ipc)$/i.test(file)) {
    return (await import("@glim/glim/arrow")).arrow;
  }
  return null;
}

async function unpacked(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

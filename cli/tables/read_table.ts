/** A table out of a file, whatever its format. */
import { data, DataError } from "@glim/glim";
import { z } from "zod";
import { printable } from "../errors.ts";
import { flagsOf, readFlags } from "../flags.ts";
import { readFile } from "../files.ts";
import { countOf } from "../words.ts";

/** How a CSV file is written, where it does not tell: the options, which `predict` and `eval` take too. */
export const dialect = {
  header: z.boolean().default(true).meta({
    description: "CSV without a line of names: columns are column1, column2 and so on",
    reading: true,
  }),
  delimiter: z.enum(["auto", "comma", "semicolon", "tab", "bar", "space"]).default("auto").meta({
    description: "what stands between the cells of CSV; auto: what splits the first rows best",
    reading: true,
  }),
  decimal: z.enum(["auto", "point", "comma"]).default("auto").meta({
    description: "what stands before the fractions in CSV; auto: what the first rows have",
    reading: true,
  }),
};

/** Values of these options; those of runs of former versions have none. */
export type Dialect = Readonly<
  { [K in keyof typeof dialect]?: z.output<(typeof dialect)[K]> | undefined }
>;

/** The values of these options among words. UsageError where one is none. */
export function dialectIn(words: readonly string[]): Dialect {
  return readFlags(words, flagsOf(z.object(dialect)), { isLenient: true }).values;
}

/**
 * Reads a table: Parquet or Arrow, JSON by the file's name, else CSV. DataError says what is wrong with
 * it.
 */
export async function readTable(
  file: string | null,
  types: Record<string, data.ColumnType> = {},
  how: Dialect = {},
): Promise<{ bytes: Uint8Array; table: data.Table; odd: string[] }> {
  if (file === null) throw new DataError("--file: a table is needed: none is named");
  const bytes = await readFile(file);
  const read = await readerOf(file, bytes);
  const isJson = /\.(json|jsonl|ndjson)(\.gz)?$/i.test(file);
  if (read !== null || isJson) refuseDialect(file, how);
  if (read !== null) {
    try {
      return { bytes, ...finite(await read(bytes, { types })) };
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      throw new DataError(`read ${file}: ${error.message}`, { cause: error });
    }
  }
  const plain = await unpacked(bytes);
  if (isJson) return { bytes, ...finite(data.parseJson(plain, { types })) };
  return { bytes, ...finite(data.parseCsv(plain, { types, ...csvOptions(how) })) };
}

/** The options as the library's reader has them. */
function csvOptions({ header, delimiter = "auto", decimal = "auto" }: Dialect): data.CsvOptions {
  return {
    ...header !== undefined && { header },
    ...delimiter !== "auto" && { delimiter: CHARACTERS[delimiter] },
    ...decimal !== "auto" && { decimal: CHARACTERS[decimal] },
  };
}

const CHARACTERS = {
  comma: ",",
  semicolon: ";",
  tab: "\t",
  bar: "|",
  space: " ",
  point: ".",
} as const;

/** DataError where something is said of how CSV is written, and a file is none. */
function refuseDialect(
  file: string,
  { header = true, delimiter = "auto", decimal = "auto" }: Dialect,
): void {
  const said = {
    "--no-header": !header,
    "--delimiter": delimiter !== "auto",
    "--decimal": decimal !== "auto",
  };
  const option = Object.entries(said).find(([_, isSaid]) => isSaid)?.[0];
  if (option === undefined) return;
  throw new DataError(`${option}: goes with CSV: ${file} has names and numbers of its own`);
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

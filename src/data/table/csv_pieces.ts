import type { LargeFile } from "../source.ts";
import type { CsvOptions } from "./csv.ts";
import { CsvReader } from "./csv_reader.ts";
import type { Table } from "./table.ts";

/** What is read at once of a large file: 64 MiB. */
export const PIECE: number = 2 ** 26;

/** The longest row of a large file: 4 MiB. */
const LONGEST = 2 ** 22;

/**
 * A table out of a large file, piece by piece: the next is loaded while one is made numbers of. The
 * beginning of a row that goes on in the next piece is put in front of that.
 */
export async function readPieces(
  file: LargeFile,
  options: CsvOptions,
  piece: number = PIECE,
  longest: number = LONGEST,
): Promise<Table> {
  const buffers = [0, 1].map(() => new Uint8Array(longest + piece));
  const load = (i: number) => file.read(buffers[i % 2]!.subarray(longest), i * piece);
  const pieces = Math.ceil(file.size / piece);
  let reader: CsvReader | null = null;
  do {
    let next = load(0);
    let at = longest;
    for (let i = 0; i < pieces; i++) {
      const bytes = buffers[i % 2]!.subarray(0, longest + await next);
      const isLast = i === pieces - 1;
      const most = isLast ? 0 : longest;
      if (!isLast) next = load(i + 1);
      if (i === 0) {
        reader ??= new CsvReader(bytes.subarray(longest), file.size, options, most);
        at += reader.start;
      }
      const rest = bytes.subarray(reader!.read(bytes, at, most));
      at = longest - rest.length;
      buffers[(i + 1) % 2]!.set(rest, at);
    }
  } while (!reader!.isSettled());
  return reader!.table();
}

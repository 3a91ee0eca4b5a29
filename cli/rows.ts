/**
 * Rows of bytes of one length, which stay in memory or, where they are too many, in a file that has no
 * name: the system gives its room back when the process ends, in whatever way it does.
 */
import { z } from "zod";
import { DataError } from "@glim/glim";
import { messageOf } from "./errors.ts";
import { kindOf } from "./files.ts";
import { ROWS } from "./rows_file.ts";

/** Megabytes of samples that stay in memory: the option. */
export const memory = z.int().min(0).max(3000).default(1000)
  .describe("megabytes of pictures or sounds in memory; more of them are kept in a file");

/** What is told where they are not. */
export const IN_FILE = "more than --memory, in MB, holds: kept in a file, and read batch by batch";

/** Where a file may be made, and how many bytes stay in memory. */
let place: { readonly folder: string | null; readonly most: number } = {
  folder: null,
  most: 1e6 * memory.parse(undefined),
};

/** Says in which folder, which need not be there yet, more than so many megabytes are kept. */
export function keepRowsIn(folder: string, megabytes: number = memory.parse(undefined)): void {
  place = { folder, most: 1e6 * megabytes };
}

/** Rows that are written one by one, then read in any order. */
export class Rows {
  /** All of them, one behind the other; null where they are in a file. */
  readonly bytes: Uint8Array<ArrayBuffer> | null;
  readonly #length: number;
  readonly #file: Deno.FsFile | null;

  /** Room for so many rows, each of `length` bytes. DataError where a file is needed and none can be made. */
  constructor(count: number, length: number) {
    const fits = count * length <= place.most;
    this.bytes = fits ? new Uint8Array(count * length) : null;
    this.#file = fits ? null : fileWithoutName();
    this.#length = length;
  }

  /** Whether they are in a file. */
  get areInFile(): boolean {
    return this.#file !== null;
  }

  /** Writes a row. DataError where the disk has no room. */
  write(row: number, bytes: Uint8Array): void {
    const begin = row * this.#length;
    if (this.bytes !== null) return this.bytes.set(bytes, begin);
    try {
      this.#file!.seekSync(begin, Deno.SeekMode.Start);
      for (let at = 0; at < bytes.length;) at += this.#file!.writeSync(bytes.subarray(at));
    } catch (cause) {
      throw new DataError(`write ${place.folder}/${ROWS}: ${messageOf(cause)}`, { cause });
    }
  }

  /** Reads a row, or as much of it as there is room for. */
  read(row: number, into: Uint8Array): void {
    const begin = row * this.#length;
    if (this.bytes !== null) return into.set(this.bytes.subarray(begin, begin + into.length));
    this.#file!.seekSync(begin, Deno.SeekMode.Start);
    for (let at = 0; at < into.length;) {
      const read = this.#file!.readSync(into.subarray(at));
      if (read === null) throw new DataError(`read row ${row}: it was never written`);
      at += read;
    }
  }
}

/** A file that only this process can see. */
function fileWithoutName(): Deno.FsFile {
  const { folder } = place;
  if (folder === null) {
    throw new DataError(
      "--memory: the data need more: --out names a folder for them: it is missing",
    );
  }
  try {
    if (kindOf(folder) === "nothing") Deno.mkdirSync(folder, { recursive: true });
    const path = `${folder}/${ROWS}`;
    for (;;) {
      try {
        const file = Deno.openSync(path, { read: true, write: true, createNew: true });
        removeIfThere(path);
        return file;
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
        removeIfThere(path); // another thread is just here, or a process was killed here
      }
    }
  } catch (cause) {
    throw new DataError(
      `--memory: the data need more, and no file for them can be made in ${folder}: ` +
        messageOf(cause),
      { cause },
    );
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Reading files, with errors that say what to do.
 *
 * @module
 */
import { DataError } from "../errors.ts";

/** Where files come from: the disk, or a table of them in a test. */
export interface FileSource {
  /** What stands at a path. */
  kind(path: string): Promise<"file" | "folder" | "nothing">;
  /** All bytes of a file. */
  read(path: string): Promise<Uint8Array>;
}

/** The disk, through Deno. Each function throws DataError where a path cannot be read. */
export const disk: FileSource = {
  async kind(path: string): Promise<"file" | "folder" | "nothing"> {
    needDeno(path);
    try {
      return (await Deno.stat(path)).isDirectory ? "folder" : "file";
    } catch (error) {
      // NotADirectory: a folder in the path is a file, so nothing stands behind it.
      if (error instanceof Deno.errors.NotFound) return "nothing";
      if (error instanceof Deno.errors.NotADirectory) return "nothing";
      throw readError(path, error);
    }
  },

  async read(path: string): Promise<Uint8Array> {
    needDeno(path);
    try {
      return await Deno.readFile(path);
    } catch (error) {
      throw readError(path, error);
    }
  },
};

function needDeno(path: string): void {
  if (typeof Deno !== "undefined") return;
  throw new DataError(`read ${path}: files need Deno; elsewhere, fetch the bytes and pass them`);
}

function readError(path: string, cause: unknown): DataError {
  if (cause instanceof Deno.errors.NotCapable) {
    return new DataError(`read ${path}: needs the permission --allow-read=${path}`, { cause });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DataError(`read ${path}: ${reason}`, { cause });
}

/**
 * Reading files, with errors that say what to do.
 *
 * @module
 */
import { DataError, messageOf } from "../core/errors.ts";
import type { Platform } from "../core/platform.ts";

declare const Deno: Platform["Deno"];

/** Where files come from: the disk, or a table of them in a test. */
export interface FileSource {
  /** What stands at a path. */
  kind(path: string): "file" | "folder" | "nothing";
  /** All bytes of a file. */
  read(path: string): Uint8Array;
}

/** The disk, through Deno. Each function throws DataError where a path cannot be read. */
export const disk: FileSource = {
  kind(path: string): "file" | "folder" | "nothing" {
    needDeno("read", path);
    try {
      return Deno.statSync(path).isDirectory ? "folder" : "file";
    } catch (error) {
      // NotADirectory: a folder in the path is a file, so nothing stands behind it.
      if (error instanceof Deno.errors.NotFound) return "nothing";
      if (error instanceof Deno.errors.NotADirectory) return "nothing";
      throw readError(path, error);
    }
  },

  read(path: string): Uint8Array {
    needDeno("read", path);
    try {
      return Deno.readFileSync(path);
    } catch (error) {
      throw readError(path, error);
    }
  },
};

/** Throws DataError where there is no Deno to read or write files. */
export function needDeno(action: "read" | "write", path: string): void {
  if (typeof Deno !== "undefined") return;
  throw new DataError(
    `${action} ${path}: files need Deno: elsewhere, ` +
      (action === "read" ? "fetch the bytes and decode them" : "encode to bytes and store those"),
  );
}

/** What to throw where Deno could not read a file. */
export function readError(path: string, cause: unknown): DataError {
  if (cause instanceof Deno.errors.NotCapable) {
    return new DataError(`read ${path}: needs the permission --allow-read=${path}`, { cause });
  }
  if (cause instanceof Deno.errors.NotFound) {
    return new DataError(`read ${path}: there is no such file`, { cause });
  }
  const reason = messageOf(cause);
  return new DataError(`read ${path}: ${reason}`, { cause });
}

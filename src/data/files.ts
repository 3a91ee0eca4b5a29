/**
 * Reading files, with errors that say what to do. Files are Node's `node:fs`, which Deno and Bun
 * have too: one way for all engines that have a disk.
 *
 * @module
 */
import { builtinModule } from "../core/builtin_module.ts";
import { DataError, messageOf } from "../core/errors.ts";

/** Where files come from: the disk, or a table of them in a test. */
export interface FileSource {
  /** What stands at a path. */
  kind(path: string): "file" | "folder" | "nothing";
  /** All bytes of a file. */
  read(path: string): Uint8Array;
}

/** What of `node:fs` is used. */
export interface FileSystem {
  statSync(path: string): FileInfo;
  readFileSync(path: string): Uint8Array<ArrayBuffer>;
  readonly promises: {
    stat(path: string): Promise<FileInfo>;
    readFile(path: string): Promise<Uint8Array<ArrayBuffer>>;
    writeFile(path: string, data: string | Uint8Array): Promise<void>;
    appendFile(path: string, data: string | Uint8Array): Promise<void>;
    open(path: string, flags: "r" | "wx"): Promise<OpenFile>;
    rename(from: string, to: string): Promise<void>;
    unlink(path: string): Promise<void>;
    mkdir(path: string, options: { recursive: true }): Promise<unknown>;
    readdir(path: string): Promise<string[]>;
  };
}

interface FileInfo {
  readonly size: number;
  /** When it was written to last. */
  readonly mtimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** A file that is open. */
export interface OpenFile {
  read(
    bytes: Uint8Array,
    at: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number }>;
  write(bytes: Uint8Array): Promise<{ bytesWritten: number }>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The disk, to read a path or to write it. Throws DataError where the engine has none. */
export function fileSystem(action: "read" | "write", path: string): FileSystem {
  const fs = builtinModule("node:fs") as FileSystem | undefined;
  if (fs !== undefined) return fs;
  throw new DataError(
    `${action} ${path}: files need Deno, Node or Bun: elsewhere, ` +
      (action === "read" ? "fetch the bytes and decode them" : "encode to bytes and store those"),
  );
}

/** The disk. Each function throws DataError where a path cannot be read. */
export const disk: FileSource = {
  kind(path: string): "file" | "folder" | "nothing" {
    try {
      return fileSystem("read", path).statSync(path).isDirectory() ? "folder" : "file";
    } catch (error) {
      // of a path in which a folder is a file, nothing stands at the end
      if (isMissing(error) || isCode(error, "ENOTDIR")) return "nothing";
      throw readError(path, error);
    }
  },

  read(path: string): Uint8Array {
    try {
      return plainBytes(fileSystem("read", path).readFileSync(path));
    } catch (error) {
      throw readError(path, error);
    }
  },
};

/** The same bytes without the methods of Node's Buffer, some of which differ from Uint8Array's. */
export function plainBytes(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Whether Deno has refused a file for want of a permission. */
export function isRefused(error: unknown): boolean {
  return error instanceof Error && error.name === "NotCapable";
}

/** Whether there was no such file. */
export function isMissing(error: unknown): boolean {
  return isCode(error, "ENOENT");
}

function isCode(error: unknown, code: string): boolean {
  return (error as { code?: unknown } | null)?.code === code;
}

/** What to throw where a file could not be read. */
export function readError(path: string, cause: unknown): DataError {
  if (cause instanceof DataError) return cause;
  if (isRefused(cause)) {
    return new DataError(`read ${path}: needs the permission --allow-read=${path}`, { cause });
  }
  if (isMissing(cause)) return new DataError(`read ${path}: there is no such file`, { cause });
  return new DataError(`read ${path}: ${messageOf(cause)}`, { cause });
}

/** Whole files with errors that name them, and folders that one process at a time works in. */
import { createHash } from "node:crypto";
import type { z } from "zod";
import { DataError } from "@glim/glim";
import { messageOf, UsageError } from "./errors.ts";
import { check } from "./flags.ts";

/** More than any weights or pictures have. */
const MAX_FILE = 2 ** 31;

/** What stands at a path. DataError where one may not look. */
export function kindOf(path: string): "file" | "folder" | "nothing" {
  try {
    return Deno.statSync(path).isDirectory ? "folder" : "file";
  } catch (error) {
    // NotADirectory: a folder in the path is a file, so nothing stands behind it.
    if (error instanceof Deno.errors.NotFound) return "nothing";
    if (error instanceof Deno.errors.NotADirectory) return "nothing";
    throw readError(path, error);
  }
}

/** Whether there is a file at a path. */
export function isFile(path: string): boolean {
  return kindOf(path) === "file";
}

/** All bytes of a file. DataError where it cannot be read, is no file or has more than 2 GiB. */
export async function readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { isFile, isDirectory, size } = await Deno.stat(path);
    // A device or a pipe has no size, and may never end.
    if (!isFile) {
      throw new DataError(
        `read ${path}: it is ${isDirectory ? "a folder" : "a device"}, not a file`,
      );
    }
    if (size > MAX_FILE) {
      throw new DataError(
        `read ${path}: files of up to 2 GiB are read: it has ${(size / 2 ** 30).toFixed(1)} GiB: ` +
          "of a table take some rows, such as by shuf -n 1000000",
      );
    }
    return await Deno.readFile(path);
  } catch (error) {
    throw error instanceof DataError ? error : readError(path, error);
  }
}

function readError(path: string, cause: unknown): DataError {
  // as the task grants no more than what is named to it, whatever Deno advises
  const reason = cause instanceof Deno.errors.NotFound
    ? "there is no such file"
    : cause instanceof Deno.errors.NotCapable
    ? "only paths that the command line names are read, so name it there, as by --file PATH"
    : messageOf(cause);
  return new DataError(`read ${path}: ${reason}`, { cause });
}

/**
 * Puts a file in place of another, or where there was none. The bytes are on the disk before the
 * file gets its name: a program that is killed leaves the old file or the new one, never half.
 * DataError where it cannot be written.
 */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  // In the same folder, for a rename is at once only within a disk; and of a name of its own, as
  // somebody else may be writing the same file.
  const part = `${path}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    // createNew: nothing that is there already is written to, nor what a link there leads to.
    using file = Deno.openSync(part, { write: true, createNew: true });
    try {
      writeAll(file, bytes);
      file.syncSync();
      Deno.renameSync(part, path);
    } catch (error) {
      Deno.removeSync(part);
      throw error;
    }
  } catch (cause) {
    throw new DataError(`write ${path}: ${messageOf(cause)}`, { cause });
  }
}

/** Adds a text to the end of a file; it is on the disk when this returns. */
export function appendText(path: string, text: string): void {
  using file = Deno.openSync(path, { append: true, create: true });
  writeAll(file, new TextEncoder().encode(text));
  file.syncDataSync();
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

/** A folder that one process at a time works in, until the end of a `using` block. */
export class WorkFolder implements Disposable {
  readonly path: string;
  /** An open file: the system gives its lock back when a process ends, in whatever way it does. */
  readonly #lock: Deno.FsFile;

  /** Takes a file of it that {@link lockFile} has locked. */
  constructor(path: string, lock: Deno.FsFile) {
    this.path = path;
    this.#lock = lock;
  }

  /** A file that is JSON, checked; undefined where there is none. DataError where it is odd. */
  read<S extends z.ZodType>(name: string, schema: S): z.output<S> | undefined {
    const path = `${this.path}/${name}`;
    if (!isFile(path)) return undefined;
    let value: unknown;
    try {
      value = JSON.parse(Deno.readTextFileSync(path));
    } catch (cause) {
      throw new DataError(`read ${path}: it is not whole, or no JSON`, { cause });
    }
    return check(schema, value, `read ${path}`);
  }

  /**
   * Writes a file in place of an earlier one, as {@link replaceFile} does, and makes the folder of a
   * name that has one; a value as JSON.
   */
  write(name: string, content: string | Uint8Array | object): void {
    const at = name.lastIndexOf("/");
    if (at >= 0) Deno.mkdirSync(`${this.path}/${name.slice(0, at)}`, { recursive: true });
    const isFlat = typeof content === "string" || content instanceof Uint8Array;
    replaceFile(`${this.path}/${name}`, isFlat ? content : jsonText(content));
  }

  [Symbol.dispose](): void {
    this.#lock.close();
  }
}

/** SHA-256 of bytes or of a text, in hex: as `sha256sum` prints it. */
export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** A value as the text of a file. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2) + "\n";
}

/** Opens a file and locks it until it is closed; undefined where another process has locked it. */
export function lockFile(
  path: string,
  { create = false }: { create?: boolean } = {},
): Deno.FsFile | undefined {
  const file = Deno.openSync(path, { read: true, write: true, create });
  if (file.tryLockSync(true)) return file;
  file.close();
  return undefined;
}

/** Removes what a process has left in a folder that was killed while it wrote one of these files. */
export function sweep(folder: string, names: RegExp): void {
  for (const { name } of [...Deno.readDirSync(folder)]) {
    const [, whole] = /^(.+)\.[0-9a-f]+\.part$/.exec(name) ?? [];
    if (whole !== undefined && names.test(whole)) Deno.removeSync(`${folder}/${name}`);
  }
}

/**
 * Throws UsageError where there is a symbolic link in a folder, or in its `checkpoints`, which is what
 * `option` is about: no `program` makes any there, and what is written through one ends up elsewhere.
 */
export function refuseLinks(folder: string, option: string, program: "run" | "grid"): void {
  for (const place of [folder, `${folder}/checkpoints`]) {
    if (kindOf(place) !== "folder") continue;
    for (const { name, isSymlink } of Deno.readDirSync(place)) {
      if (!isSymlink) continue;
      throw new UsageError(
        `${option}: ${place}/${name} is a symbolic link, which no ${program} makes: remove it, or ` +
          `put a copy there`,
      );
    }
  }
}

/** The error where `--out` cannot be written. */
export function outError(path: string, cause: unknown): UsageError {
  const reason = cause instanceof Deno.errors.NotCapable
    ? `needs the permissions --allow-read=${path} and --allow-write=${path}`
    : `cannot write to ${path}: ${messageOf(cause)}`;
  return new UsageError(`--out: ${reason}`, { cause });
}

/**
 * Whole files, with errors that name them.
 *
 * @module
 */
import { DataError } from "@glim/glim";
import { messageOf } from "./messages.ts";

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
      throw new DataError(`read ${path}: files of up to 2 GiB are read: it has ${size} bytes`);
    }
    return await Deno.readFile(path);
  } catch (error) {
    throw error instanceof DataError ? error : readError(path, error);
  }
}

/**
 * Puts a file in place of another, or where there was none. The bytes are on the disk before the
 * file gets its name: a program that is killed leaves the old file or the new one, never half.
 * DataError where it cannot be written.
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  // In the same folder, for a rename is at once only within a disk; and of a name of its own, as
  // somebody else may be writing the same file.
  const part = `${path}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    using file = await Deno.open(part, { write: true, createNew: true });
    try {
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      await file.sync();
      await Deno.rename(part, path);
    } catch (error) {
      await Deno.remove(part);
      throw error;
    }
  } catch (cause) {
    throw new DataError(`write ${path}: ${messageOf(cause)}`, { cause });
  }
}

function readError(path: string, cause: unknown): DataError {
  const reason = cause instanceof Deno.errors.NotFound ? "there is no such file" : messageOf(cause);
  return new DataError(`read ${path}: ${reason}`, { cause });
}

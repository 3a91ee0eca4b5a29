/**
 * Reading and writing whole files, with errors that say what to do.
 *
 * @module
 */
import {
  type FileSystem,
  fileSystem,
  isMissing,
  isRefused,
  plainBytes,
  readError,
} from "../data/files.ts";
import { DataError, messageOf } from "../core/errors.ts";
import type { Platform } from "../core/platform.ts";
import { MAX_FILE } from "./raw_tensor.ts";

declare const crypto: Platform["crypto"];

/** All bytes of a file. Throws DataError where it cannot be read or has more than 2 GiB. */
export async function readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { stat, readFile } = fileSystem("read", path).promises;
    const info = await stat(path);
    // A device or a pipe has no size, and may never end.
    if (!info.isFile()) {
      throw new DataError(
        `read ${path}: it is ${info.isDirectory() ? "a folder" : "a device"}, not a file`,
      );
    }
    if (info.size > MAX_FILE) {
      throw new DataError(`read ${path}: files of up to 2 GiB are read: it has ${info.size} bytes`);
    }
    return plainBytes(await readFile(path));
  } catch (error) {
    throw readError(path, error);
  }
}

/** What `decode` makes of a file, of the disk unless `read` says else; DataErrors name the action and the path. */
export async function readAs<T>(
  action: string,
  path: string,
  decode: (bytes: Uint8Array) => T,
  read: (path: string) => Promise<Uint8Array> = readFile,
): Promise<T> {
  const bytes = await read(path);
  try {
    return decode(bytes);
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new DataError(`${action}: ${path}: ${cause.message}`, { cause });
  }
}

/**
 * Puts a file in place of another, or where there was none. The bytes are on the disk before the
 * file gets its name: a program that is killed leaves the old file or the new one, never half.
 * Throws DataError where it cannot be written.
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const fs = fileSystem("write", path);
  // In the same folder, for a rename is at once only within a disk; and of a name of its own, as
  // somebody else may be writing the same file.
  const part = `${path}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    await writeNew(fs, part, bytes, () => removeLeft(fs, path, part));
    try {
      await fs.promises.rename(part, path);
    } catch (error) {
      await fs.promises.unlink(part);
      throw error;
    }
  } catch (error) {
    throw writeError(path, error);
  }
}

/** Milliseconds after which nobody goes on with a file that nothing was written to. */
const LEFT = 600_000;

/**
 * Removes what writers of the same file have left that were killed, before there is too little room. How
 * long ago that was is told by the disk's clock, with which `part` has just been made: the others may
 * be of other machines.
 */
async function removeLeft(fs: FileSystem, path: string, part: string): Promise<void> {
  const [, folder = "", name = path] = path.match(/^(.*[/\\])([^/\\]*)$/) ?? [];
  try {
    const { readdir, stat, unlink } = fs.promises;
    const now = (await stat(part)).mtimeMs;
    for (const other of await readdir(folder || ".")) {
      if (!other.startsWith(`${name}.`)) continue;
      if (!/^[0-9a-f]{8}\.part$/.test(other.slice(name.length + 1))) continue;
      if (now - (await stat(folder + other)).mtimeMs > LEFT) await unlink(folder + other);
    }
  } catch {
    // somebody else has removed one, or may: what is to be written does not depend on it
  }
}

/**
 * Writes a file that must not exist yet, and waits for the disk; `begun` is waited for when it is there
 * and empty. Removes it where that fails.
 */
async function writeNew(
  fs: FileSystem,
  path: string,
  bytes: Uint8Array,
  begun: () => Promise<void>,
): Promise<void> {
  const file = await fs.promises.open(path, "wx");
  try {
    await begun();
    for (let at = 0; at < bytes.length;) at += (await file.write(bytes.subarray(at))).bytesWritten;
    await file.sync();
  } catch (error) {
    await fs.promises.unlink(path);
    throw error;
  } finally {
    await file.close();
  }
}

function writeError(path: string, cause: unknown): DataError {
  const folder = (path.match(/^(.*)[/\\]/)?.[1] ?? ".") || "/";
  if (isRefused(cause)) {
    return new DataError(
      `write ${path}: needs the permissions --allow-read=${folder} and ` +
        `--allow-write=${folder}: the file is written beside its place and then renamed`,
      { cause },
    );
  }
  if (isMissing(cause)) {
    return new DataError(`write ${path}: there is no folder ${folder}`, { cause });
  }
  const reason = messageOf(cause);
  return new DataError(`write ${path}: ${reason}`, { cause });
}

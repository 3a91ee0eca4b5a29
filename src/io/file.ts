/**
 * Reading and writing whole files, with errors that say what to do.
 *
 * @module
 */
import { needDeno, readError } from "../data/files.ts";
import { DataError } from "../errors.ts";

/** All bytes of a file. Throws DataError where it cannot be read. */
export async function readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  needDeno("read", path);
  try {
    return await Deno.readFile(path);
  } catch (error) {
    throw readError(path, error);
  }
}

/**
 * Puts a file in place of another, or where there was none. The bytes are on the disk before the
 * file gets its name: a program that is killed leaves the old file or the new one, never half.
 * Throws DataError where it cannot be written.
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  needDeno("write", path);
  // In the same folder, for a rename is at once only within a disk; and of a name of its own, as
  // somebody else may be writing the same file.
  const part = `${path}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    await writeNew(part, bytes);
    try {
      await Deno.rename(part, path);
    } catch (error) {
      await Deno.remove(part);
      throw error;
    }
  } catch (error) {
    throw writeError(path, error);
  }
}

/** Writes a file that must not exist yet, and waits for the disk. Removes it where that fails. */
async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const file = await Deno.open(path, { write: true, createNew: true });
  try {
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    await file.sync();
  } catch (error) {
    await Deno.remove(path);
    throw error;
  } finally {
    file.close();
  }
}

function writeError(path: string, cause: unknown): DataError {
  const folder = (path.match(/^(.*)[/\\]/)?.[1] ?? ".") || "/";
  if (cause instanceof Deno.errors.NotCapable) {
    return new DataError(
      `write ${path}: needs the permissions --allow-read=${folder} and ` +
        `--allow-write=${folder}: the file is written beside its place and then renamed`,
      { cause },
    );
  }
  if (cause instanceof Deno.errors.NotFound) {
    return new DataError(`write ${path}: there is no folder ${folder}`, { cause });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DataError(`write ${path}: ${reason}`, { cause });
}

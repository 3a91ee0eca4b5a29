/**
 * Locks on open files: the system gives them back when a process ends, in whatever way it does.
 *
 * @module
 */

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

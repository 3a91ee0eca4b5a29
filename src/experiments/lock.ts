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

/**
 * The first symbolic link in a folder, or in its `checkpoints`: what is written through it would end
 * up elsewhere, and so no program makes any there.
 */
export function linkIn(folder: string): string | undefined {
  for (const path of [folder, `${folder}/checkpoints`]) {
    try {
      for (const { name, isSymlink } of Deno.readDirSync(path)) {
        if (isSymlink) return `${path}/${name}`;
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

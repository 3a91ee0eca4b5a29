/**
 * Folders with symbolic links: what is written through one would end up elsewhere.
 *
 * @module
 */
import { UsageError } from "./usage_error.ts";

/**
 * Throws UsageError where there is a link in a folder, or in its `checkpoints`, which is what
 * `option` is about: no `program` makes any there.
 */
export function refuseLinks(folder: string, option: string, program: "run" | "grid"): void {
  const link = linkIn(folder) ?? linkIn(`${folder}/checkpoints`);
  if (link === undefined) return;
  throw new UsageError(
    `${option}: ${link} is a symbolic link, which no ${program} makes: remove it, or put a copy there`,
  );
}

/** The first link in a folder; undefined where there is none, or no such folder. */
function linkIn(folder: string): string | undefined {
  try {
    for (const { name, isSymlink } of Deno.readDirSync(folder)) {
      if (isSymlink) return `${folder}/${name}`;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return undefined;
}

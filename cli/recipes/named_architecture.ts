/**
 * Architecture files that a run's `config.json` names. They are programs, and a run may be somebody
 * else's: so the file runs only if the user names it too.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { printable } from "../messages.ts";
import { readFile } from "../files.ts";
import { UsageError } from "../usage_error.ts";

/** What a config tells of the file. */
interface Told {
  arch?: string | null | undefined;
  archSha256?: string | null | undefined;
}

/** SHA-256 of an architecture file. What it imports is not in it. */
export async function hashOfFile(path: string): Promise<string> {
  return createHash("sha256").update(await readFile(path)).digest("hex");
}

/**
 * The architecture file to run: the one that the user has `named` for `option`'s `run`. Null where
 * the run has none. Says on standard error where it is not what it was at training.
 *
 * Throws UsageError where the run has one and the user names none, which says how to go on.
 */
export async function namedArchitecture(
  option: string,
  run: string,
  { named, config: { arch = null, archSha256 } }: { named: string | null; config: Told },
): Promise<string | null> {
  if (named === null && arch === null) return null;
  const known = archSha256 ?? undefined;
  if (named === null) {
    const file = printable(arch!);
    throw new UsageError(
      `${option}: the network of ${run} is a program, ${file}, which runs only if you name it: ` +
        `add --arch ${file} if you trust it` +
        (known === undefined ? "" : ` (trained with SHA-256 ${known})`),
    );
  }
  if (known !== undefined) {
    const now = await hashOfFile(named);
    if (now !== known) {
      console.error(
        `note: --arch: ${named} is not what ${run} was trained with: its SHA-256 is ${now}, ` +
          `it was ${known}`,
      );
    }
  }
  return named;
}

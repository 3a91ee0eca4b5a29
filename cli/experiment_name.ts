/** How the command line is told which experiment it is to run: by a file, or by a bare name. */
import { join } from "node:path";
import { UsageError } from "./errors.ts";
import { isFile } from "./files.ts";
import { nearest } from "./flags.ts";
import { ROOT } from "./load.ts";

/** Whether a word names an experiment's file. */
export function isProgramFile(word: string | undefined): word is string {
  return word !== undefined && !word.startsWith("-") &&
    (word.includes("/") || word.endsWith(".ts"));
}

/** Words of which the first may be the bare name of an experiment of this repository. */
export function ownFile(words: readonly string[]): string[] {
  const [name = "", ...rest] = words;
  const path = `experiments/${name}.ts`;
  const isOwn = /^[a-z]\w*$/.test(name) &&
    isFile(join(ROOT, path));
  return isOwn ? [path, ...rest] : [...words];
}

/**
 * UsageError for a word in the place of an experiment's file, with the experiment of the repository that
 * was meant, if one has almost that name. Options and undefined pass.
 */
export function refuseName(word: string | undefined): void {
  if (word === undefined || word.startsWith("-")) return;
  const names = Array.from(Deno.readDirSync(join(ROOT, "experiments")), ({ name }) => name)
    .flatMap((name) => /^(\w+)\.ts$/.exec(name)?.[1] ?? []).sort();
  throw new UsageError(
    `unexpected argument ${JSON.stringify(word)}${nearest(word, names) || ":"} the file of an ` +
      "experiment comes first, options begin with --",
  );
}

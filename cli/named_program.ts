/**
 * Programs that a run's `config.json` names: its experiment, or the file of its network. A run may be
 * somebody else's: what is no part of the repository runs only if the user names it too.
 *
 * @module
 */
import { join } from "node:path";
import { type Flag, flagOf } from "./flags.ts";
import { isOwn, type Loaded, loadExperiment, ROOT } from "./load.ts";
import { printable } from "./messages.ts";
import type { Config } from "./run_folder.ts";
import { sourcesHash } from "./sources.ts";
import { UsageError } from "./usage_error.ts";

/**
 * The experiment of a run: the repository's, or that of the file which the user has named. UsageError
 * where it is another's and the user names none, which says how to go on.
 */
export async function loadNamed(
  file: string | undefined,
  config: Config,
  option: string,
  run: string,
): Promise<Loaded> {
  const { experiment, sha256 } = config as { experiment?: unknown; sha256?: unknown };
  if (typeof experiment !== "string") {
    throw new UsageError(`${option}: needs a run's folder: the config.json of ${run} is no run's`);
  }
  if (isOwn(experiment)) return await loadExperiment(join(ROOT, experiment));
  if (file === undefined) {
    throw unnamed(option, run, { what: "experiment", file: experiment, flag: "", sha256 });
  }
  const loaded = await loadExperiment(file);
  noteChange(file, run, { was: sha256, is: loaded.sha256 });
  return loaded;
}

/**
 * Whether the user has named each program of a run that an option names. UsageError where not. Says on
 * standard error where one is not what it was at training.
 */
export async function checkPrograms(
  flags: readonly Flag[],
  { config, values }: { config: Config; values: Readonly<Record<string, unknown>> },
  option: string,
  run: string,
): Promise<void> {
  for (const { name, path } of flags) {
    const was = config[name];
    if (path !== "program" || (was ?? null) === null) continue;
    const before = config[`${name}Sha256`];
    const named = values[name];
    if (typeof named !== "string") {
      const flag = `${flagOf(name)} `;
      const program = { what: "network", file: String(was), flag, sha256: before };
      throw unnamed(option, run, program);
    }
    noteChange(`${flagOf(name)}: ${named}`, run, { was: before, is: await sourcesHash(named) });
  }
}

function unnamed(
  option: string,
  run: string,
  { what, file, flag, sha256 }: { what: string; file: string; flag: string; sha256: unknown },
): UsageError {
  const shown = printable(file);
  return new UsageError(
    `${option}: the ${what} of ${run} is a program, ${shown}, which runs only if you name it: ` +
      `add ${flag}${shown} if you trust it` +
      (sha256 === undefined ? "" : ` (trained with SHA-256 ${sha256})`),
  );
}

function noteChange(file: string, run: string, { was, is }: { was: unknown; is: string }): void {
  if (was === undefined || was === is) return;
  console.error(
    `note: ${file} is not what ${run} was trained with: its SHA-256 is ${is}, it was ${was}`,
  );
}

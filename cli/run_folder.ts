/**
 * The folder that a training run is written to.
 *
 *     config.json            what was run; written first, and locked while a process trains
 *     metrics.jsonl          a line for each epoch, as soon as it is over
 *     curves.svg             the curves
 *     weights.safetensors    the weights
 *     test.json              every look at the test set, noted before it is taken
 *     result.json            what they are worth; when the run is over
 *     report.html            all of it as a page; when the run is over, the last of all
 *     checkpoints/           where it can go on from
 */
import { DataError } from "@glim/glim";
import type { EpochRecord } from "@glim/glim/train";
import { messageOf, UsageError } from "./errors.ts";
import {
  appendText,
  isFile,
  jsonText,
  lockFile,
  outError,
  readFile,
  refuseLinks,
  replaceFile,
  sweep,
  WorkFolder,
} from "./files.ts";

/** What was run: what `config.json` holds. */
export type Config = Readonly<Record<string, unknown>>;

/** No config is longer. */
const MAX_CONFIG = 2 ** 20;

/** What a run may have left half written that was killed. */
const WRITTEN = /^(weights\.safetensors|curves\.svg|(result|test)\.json|report\.html)$/;

/** A run's folder, open for writing until the end of its `using` block. */
export class RunFolder extends WorkFolder {
  readonly config: Config;
  /** Whether the run was begun before, and goes on. */
  readonly isResumed: boolean;

  private constructor(path: string, config: Config, isResumed: boolean) {
    super(path, lockConfig(path));
    this.config = config;
    this.isResumed = isResumed;
  }

  /**
   * Makes the folder, and writes the config to show at once that it can be written to.
   *
   * Throws UsageError where the folder holds anything already, a run of somebody else's included
   * that began a moment ago, and where it cannot be made or written to.
   */
  static async create(path: string, config: Config): Promise<RunFolder> {
    try {
      await Deno.mkdir(path, { recursive: true });
      for await (const entry of Deno.readDir(path)) {
        throw new UsageError(
          `--out: needs a new or empty folder: ${path} holds ${entry.name}; ` +
            `name another folder, or remove this one`,
        );
      }
      // createNew: of two runs that found the folder empty, only one gets it.
      await Deno.writeTextFile(`${path}/config.json`, jsonText(config), { createNew: true });
      return new RunFolder(path, config, false);
    } catch (error) {
      throw error instanceof UsageError ? error : outError(path, error);
    }
  }

  /**
   * Opens the folder of a run that was begun. Throws DataError as {@link readConfig} does; UsageError
   * where another process trains in it, where it is finished, and where it holds a link, through which
   * something else would be written.
   */
  static async resume(path: string): Promise<RunFolder> {
    const folder = new RunFolder(path, await readConfig(path), true);
    try {
      refuseFinished(path);
      refuseLinks(path, "--resume", "run");
      sweep(path, WRITTEN);
      return folder;
    } catch (error) {
      folder[Symbol.dispose]();
      throw error;
    }
  }

  /** Begins `metrics.jsonl` anew with these epochs. */
  rewriteEpochs(history: readonly EpochRecord[]): void {
    replaceFile(`${this.path}/metrics.jsonl`, history.map(lineOf).join(""));
  }

  /** Adds an epoch to `metrics.jsonl`; it is on the disk when this returns. */
  appendEpoch(record: EpochRecord): void {
    try {
      appendText(`${this.path}/metrics.jsonl`, lineOf(record));
    } catch (cause) { // such as a full disk, which gives no name
      throw new DataError(`write ${this.path}/metrics.jsonl: ${messageOf(cause)}`, { cause });
    }
  }
}

/** JSON has no NaN: a loss that is none is written as null. */
function lineOf(record: EpochRecord): string {
  return JSON.stringify(record) + "\n";
}

/** Reads a run's `config.json`. Throws DataError where there is none, or it is not whole. */
export async function readConfig(path: string): Promise<Config> {
  const file = `${path}/config.json`;
  const bytes = await readFile(file);
  if (bytes.length > MAX_CONFIG) {
    throw new DataError(`read ${file}: up to ${MAX_CONFIG} bytes are read: it has ${bytes.length}`);
  }
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    const reason = "it is not whole: the run has not begun: remove the folder and begin anew";
    throw new DataError(`read ${file}: ${reason}`, { cause });
  }
}

/** Whether a folder holds a run. */
export function isBegun(path: string): boolean {
  return isFile(`${path}/config.json`);
}

/** Whether a run has come to its end: its report is written last. */
export function isFinished(path: string): boolean {
  return isFile(`${path}/report.html`);
}

/** Throws UsageError where a run has come to its end. */
export function refuseFinished(path: string): void {
  if (!isFinished(path)) return;
  throw new UsageError(`--resume: ${path} is finished: its report.html has the results`);
}

function lockConfig(path: string): Deno.FsFile {
  let lock: Deno.FsFile | undefined;
  try {
    lock = lockFile(`${path}/config.json`);
  } catch (error) {
    throw outError(path, error);
  }
  if (lock !== undefined) return lock;
  throw new UsageError(
    `--resume: another process trains in ${path}: wait for it, or end it by Ctrl-C or kill`,
  );
}

/**
 * The folder that a training run is written to.
 *
 *     config.json            what was run; written first
 *     metrics.jsonl          a line for each epoch, as soon as it is over
 *     curves.svg             the curves
 *     weights.safetensors    the weights
 *     result.json            what they are worth, of a recipe; when the run is over
 *     report.html            all of it as a page; when the run is over, the last of all
 *     checkpoints/           where it can go on from
 *
 * `config.json` is locked while a process trains.
 *
 * @module
 */
import { DataError } from "@glim/glim";
import { messageOf } from "./messages.ts";
import { readFile, replaceFile } from "./files.ts";
import { refuseLinks } from "./links.ts";
import { lockFile } from "./lock.ts";
import { UsageError } from "./usage_error.ts";
import type { EpochRecord } from "@glim/glim/train";

/** A run's folder, open for writing until the end of its `using` block. */
export class RunFolder implements Disposable {
  /** The folder. */
  readonly path: string;
  /** What was run, as `config.json` has it. */
  readonly config: Config;
  /** Whether the run was begun before, and goes on. */
  readonly isResumed: boolean;
  readonly #metrics: Deno.FsFile;
  readonly #lock: Disposable;

  private constructor(
    path: string,
    config: Config,
    { metrics, lock, isResumed }: { metrics: Deno.FsFile; lock: Disposable; isResumed: boolean },
  ) {
    this.path = path;
    this.config = config;
    this.isResumed = isResumed;
    this.#metrics = metrics;
    this.#lock = lock;
  }

  /**
   * Makes the folder, and writes the config to show at once that it can be written to.
   *
   * Throws UsageError where the folder holds anything already, a run of somebody else's included
   * that began a moment ago, and where it cannot be made or written to.
   */
  static async create(path: string, config: Config): Promise<RunFolder> {
    const lock = await createFolder(path, config);
    try {
      const metrics = await Deno.open(`${path}/metrics.jsonl`, { write: true, createNew: true });
      return new RunFolder(path, config, { metrics, lock, isResumed: false });
    } catch (error) {
      lock[Symbol.dispose]();
      throw outError(path, error);
    }
  }

  /**
   * Opens the folder of a run that was begun. Throws DataError as {@link readConfig} does, and
   * UsageError as {@link lockRun} does.
   */
  static async resume(path: string): Promise<RunFolder> {
    const config = await readConfig(path);
    const lock = await lockRun(path);
    try {
      await sweep(path);
      const metrics = await Deno.open(`${path}/metrics.jsonl`, { write: true, create: true });
      return new RunFolder(path, config, { metrics, lock, isResumed: true });
    } catch (error) {
      lock[Symbol.dispose]();
      throw outError(path, error);
    }
  }

  /** Begins `metrics.jsonl` anew with these epochs. */
  async rewriteEpochs(history: readonly EpochRecord[]): Promise<void> {
    await this.#metrics.truncate();
    await this.#metrics.seek(0, Deno.SeekMode.Start);
    for (const record of history) await this.appendEpoch(record);
  }

  /**
   * Adds an epoch to `metrics.jsonl`; it is on the disk when the promise settles.
   * JSON has no NaN: a loss that is none is written as null.
   */
  async appendEpoch(record: EpochRecord): Promise<void> {
    const line = new TextEncoder().encode(JSON.stringify(record) + "\n");
    try {
      for (let at = 0; at < line.length;) at += await this.#metrics.write(line.subarray(at));
      await this.#metrics.syncData();
    } catch (cause) { // such as a full disk, which gives no name
      const reason = messageOf(cause);
      throw new DataError(`write ${this.path}/metrics.jsonl: ${reason}`, { cause });
    }
  }

  /** Writes `curves.svg`, in place of an earlier one. */
  async writeCurves(svg: string): Promise<void> {
    await replaceText(`${this.path}/curves.svg`, svg);
  }

  /** Writes `weights.safetensors`, in place of an earlier one. */
  async writeWeights(bytes: Uint8Array): Promise<void> {
    await replaceFile(`${this.path}/weights.safetensors`, bytes);
  }

  /** Writes `report.html`, in place of an earlier one. */
  async writeReport(html: string): Promise<void> {
    await replaceText(`${this.path}/report.html`, html);
  }

  /** Writes `result.json`, in place of an earlier one. */
  async writeResult(result: unknown): Promise<void> {
    await replaceText(`${this.path}/result.json`, JSON.stringify(result, null, 2) + "\n");
  }

  /** Ends writing, at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.#metrics.close();
    this.#lock[Symbol.dispose]();
  }
}

/** What was run: what `config.json` holds. */
export type Config = Readonly<Record<string, unknown>>;

/** No config is longer. */
const MAX_CONFIG = 2 ** 20;

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
export function isBegun(path: string): Promise<boolean> {
  return isFile(`${path}/config.json`);
}

/** Throws UsageError where a run has come to its end. */
export async function refuseFinished(path: string): Promise<void> {
  if (!await isFinished(path)) return;
  throw new UsageError(`--resume: ${path} is finished: its report.html has the results`);
}

/** Whether a run has come to its end: its report is written last. */
export function isFinished(path: string): Promise<boolean> {
  return isFile(`${path}/report.html`);
}

/** Whether there is a file at a path. */
export async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Locks the folder of a run that goes on. Throws UsageError where another process trains in it,
 * where it is finished, and where it holds a link, through which something else would be written.
 */
export async function lockRun(path: string): Promise<Disposable> {
  const lock = lockConfig(path);
  try {
    await refuseFinished(path);
    refuseLinks(path, "--resume", "run");
    return lock;
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

function lockConfig(path: string): Disposable {
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

/**
 * Makes a folder that only holds `config.json`, and locks it. Throws UsageError as
 * {@link RunFolder.create} does.
 */
export async function createFolder(path: string, config: Config): Promise<Disposable> {
  try {
    await Deno.mkdir(path, { recursive: true });
    for await (const entry of Deno.readDir(path)) {
      throw new UsageError(
        `--out: needs a new or empty folder: ${path} holds ${entry.name}; ` +
          `name another folder, or remove this one`,
      );
    }
    const text = JSON.stringify(config, null, 2) + "\n";
    // createNew: of two runs that found the folder empty, only one gets it.
    await Deno.writeTextFile(`${path}/config.json`, text, { createNew: true });
    return lockConfig(path);
  } catch (error) {
    throw error instanceof UsageError ? error : outError(path, error);
  }
}

/** What a run leaves that was killed before it could rename a file that it had written. */
const PART = /^(weights\.safetensors|curves\.svg|result\.json|report\.html)\.[0-9a-f]+\.part$/;

/** Removes what a run has left in its folder that was killed while it wrote. */
export async function sweep(path: string): Promise<void> {
  for await (const { name } of Deno.readDir(path)) {
    if (PART.test(name)) await Deno.remove(`${path}/${name}`);
  }
}

/** Puts a text in place of a file's, or where there was none. */
export async function replaceText(path: string, text: string): Promise<void> {
  await replaceFile(path, new TextEncoder().encode(text));
}

/** The error where `--out` cannot be written. */
export function outError(path: string, cause: unknown): UsageError {
  const missing = cause instanceof Deno.errors.NotCapable;
  const reason = missing
    ? `needs the permissions --allow-read=${path} and --allow-write=${path}`
    : `cannot write to ${path}: ${messageOf(cause)}`;
  return new UsageError(`--out: ${reason}`, { cause });
}

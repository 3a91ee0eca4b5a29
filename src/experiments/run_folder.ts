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
 * @module
 */
import { DataError } from "../errors.ts";
import { readFile, replaceFile } from "../io/file.ts";
import { UsageError } from "./usage_error.ts";
import type { EpochRecord } from "../train/epoch_record.ts";

/** A run's folder, open for writing until the end of its `using` block. */
export class RunFolder implements Disposable {
  /** The folder. */
  readonly path: string;
  /** What was run, as `config.json` has it. */
  readonly config: Config;
  /** Whether the run was begun before, and goes on. */
  readonly isResumed: boolean;
  readonly #metrics: Deno.FsFile;

  private constructor(path: string, config: Config, metrics: Deno.FsFile, isResumed: boolean) {
    this.path = path;
    this.config = config;
    this.isResumed = isResumed;
    this.#metrics = metrics;
  }

  /**
   * Makes the folder, and writes the config to show at once that it can be written to.
   *
   * Throws UsageError where the folder holds anything already, a run of somebody else's included
   * that began a moment ago, and where it cannot be made or written to.
   */
  static async create(path: string, config: Config): Promise<RunFolder> {
    await createFolder(path, config);
    try {
      const metrics = await Deno.open(`${path}/metrics.jsonl`, { write: true, createNew: true });
      return new RunFolder(path, config, metrics, false);
    } catch (error) {
      throw outError(path, error);
    }
  }

  /** Opens the folder of a run that was begun. Throws DataError as {@link readConfig} does. */
  static async resume(path: string): Promise<RunFolder> {
    const config = await readConfig(path);
    try {
      await sweep(path);
      const metrics = await Deno.open(`${path}/metrics.jsonl`, { write: true, create: true });
      return new RunFolder(path, config, metrics, true);
    } catch (error) {
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
      const reason = cause instanceof Error ? cause.message : String(cause);
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
  }
}

/** What was run: what `config.json` holds. */
export type Config = Readonly<Record<string, unknown>>;

/** Reads a run's `config.json`. Throws DataError where there is none, or it is not whole. */
export async function readConfig(path: string): Promise<Config> {
  const file = `${path}/config.json`;
  const text = new TextDecoder().decode(await readFile(file));
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = "it is not whole: the run has not begun: remove the folder and begin anew";
    throw new DataError(`read ${file}: ${reason}`, { cause });
  }
}

/** Whether a folder holds a run. */
export function isBegun(path: string): Promise<boolean> {
  return isFile(`${path}/config.json`);
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

/** Makes a folder that only holds `config.json`. Throws UsageError as {@link RunFolder.create} does. */
export async function createFolder(path: string, config: Config): Promise<void> {
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

function outError(path: string, cause: unknown): UsageError {
  const missing = cause instanceof Deno.errors.NotCapable;
  const reason = missing
    ? `needs the permissions --allow-read=${path} and --allow-write=${path}`
    : `cannot write to ${path}: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new UsageError(`--out: ${reason}`, { cause });
}

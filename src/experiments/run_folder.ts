/**
 * The folder that a training run is written to.
 *
 *     config.json            what was run; written first
 *     metrics.jsonl          a line for each epoch, as soon as it is over
 *     curves.svg             the curves
 *     weights.safetensors    the weights
 *     report.html            all of it as a page; when the run is over
 *
 * @module
 */
import { DataError } from "../errors.ts";
import { replaceFile } from "../io/file.ts";
import { UsageError } from "./usage_error.ts";
import type { EpochRecord } from "../train/epoch_record.ts";

/** A run's folder, open for writing until the end of its `using` block. */
export class RunFolder implements Disposable {
  /** The folder. */
  readonly path: string;
  readonly #metrics: Deno.FsFile;

  private constructor(path: string, metrics: Deno.FsFile) {
    this.path = path;
    this.#metrics = metrics;
  }

  /**
   * Makes the folder, and writes the config to show at once that it can be written to.
   *
   * Throws UsageError where the folder holds anything already, a run of somebody else's included
   * that began a moment ago, and where it cannot be made or written to.
   */
  static async create(path: string, config: unknown): Promise<RunFolder> {
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
      const metrics = await Deno.open(`${path}/metrics.jsonl`, { write: true, createNew: true });
      return new RunFolder(path, metrics);
    } catch (error) {
      throw error instanceof UsageError ? error : outError(path, error);
    }
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
    await replaceFile(`${this.path}/curves.svg`, new TextEncoder().encode(svg));
  }

  /** Writes `weights.safetensors`, in place of an earlier one. */
  async writeWeights(bytes: Uint8Array): Promise<void> {
    await replaceFile(`${this.path}/weights.safetensors`, bytes);
  }

  /** Writes `report.html`, in place of an earlier one. */
  async writeReport(html: string): Promise<void> {
    await replaceFile(`${this.path}/report.html`, new TextEncoder().encode(html));
  }

  /** Ends writing, at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.#metrics.close();
  }
}

function outError(path: string, cause: unknown): UsageError {
  const missing = cause instanceof Deno.errors.NotCapable;
  const reason = missing
    ? `needs the permissions --allow-read=${path} and --allow-write=${path}`
    : `cannot write to ${path}: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new UsageError(`--out: ${reason}`, { cause });
}

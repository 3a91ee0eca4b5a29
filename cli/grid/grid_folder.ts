/**
 * The folder of a grid, which outlives every process that works on it.
 *
 *     lock                   held by the process that works here, released by the kernel at its death
 *     grid.json              which grid this is; written first
 *     trials.jsonl           a line for each finished trial, appended and synced at once
 *     times.json             when and how long processes worked on the trials
 *     test.json              every evaluation of the test set
 *     weights.safetensors    the retrained network, of its best epoch
 *     curves.svg report.html what came of it
 */
import { z } from "zod";
import { GridError, messageOf, printable, UsageError } from "../errors.ts";
import {
  appendText,
  isFile,
  lockFile,
  outError,
  refuseLinks,
  sweep,
  WorkFolder,
} from "../files.ts";
import { text } from "../flags.ts";
import { gridDifferences, gridId, type GridSpec } from "./grid_spec.ts";
import { decodeLines, encodeLine } from "./lines.ts";
import { RESULT, type TrialResult } from "./trial.ts";

/** A process's work on the trials of a grid. */
const WORK = z.object({
  began: text,
  /** Where the trials ran: `2 threads`, or the queue's address. */
  where: text,
  trials: z.int().min(0),
  /** Seconds by the clock from its beginning to the last of them. */
  seconds: z.number().min(0),
});
export type Work = z.output<typeof WORK>;

/** A grid's folder, locked until the end of its `using` block. */
export class GridFolder extends WorkFolder {
  /** What of the results was found damaged at opening, a sentence each. */
  readonly repairs: string[] = [];
  readonly #results: Map<string, TrialResult> = new Map();

  /**
   * Opens a grid's folder, and makes it where there is none.
   *
   * Throws UsageError where another process works in it, where it holds another grid or something
   * else, and where it cannot be made or written to.
   */
  static open(path: string, spec: GridSpec): GridFolder {
    let lock: Deno.FsFile | undefined;
    try {
      Deno.mkdirSync(path, { recursive: true });
      refuseStrangers(path);
      refuseLinks(path, "--out", "grid");
      lock = lockFile(`${path}/lock`, { create: true });
      if (lock === undefined) {
        throw new UsageError(
          `--out: another process works in ${path}: wait for it, or name another folder`,
        );
      }
      sweep(path, /^[\w.]+$/);
      const folder = new GridFolder(path, lock);
      folder.#claim(spec);
      folder.#recover();
      return folder;
    } catch (error) {
      lock?.close();
      throw error instanceof UsageError ? error : outError(path, error);
    }
  }

  /** The result of a trial that has been finished, in this process or before. */
  get(id: string): TrialResult | undefined {
    return this.#results.get(id);
  }

  /**
   * Adds a result; it is on the disk when this returns. A trial counts once: of two results the first
   * is kept. Throws GridError where it cannot be written: then it is not kept.
   */
  add(result: TrialResult): void {
    if (this.#results.has(result.id)) return;
    const line = encodeLine(result);
    const path = `${this.path}/trials.jsonl`;
    try {
      appendText(path, line);
    } catch (cause) {
      throw new GridError(
        `cannot write ${path}: ${messageOf(cause)}: what was finished before is kept, and the ` +
          `same command goes on`,
        { cause },
      );
    }
    // As it would be read back: what cannot be written must not differ between now and later.
    const [value] = decodeLines(new TextEncoder().encode(line)).values;
    this.#results.set(result.id, RESULT.parse(value));
  }

  /** What all processes have done here, from the first. */
  get times(): Work[] {
    return this.read("times.json", z.object({ processes: z.array(WORK) }))?.processes ?? [];
  }

  /** Seconds of all processes together. */
  get seconds(): number {
    return this.times.reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** Begins to measure. What it gives is called after each trial, and writes the time down. */
  beginWork(where: string): () => void {
    const processes = this.times;
    const began = performance.now();
    const work: Work = { began: new Date().toISOString(), where, trials: 0, seconds: 0 };
    processes.push(work);
    return () => {
      work.trials++;
      work.seconds = (performance.now() - began) / 1000;
      this.write("times.json", { processes });
    };
  }

  /** Writes which grid the folder is for, or checks what was written. */
  #claim(spec: GridSpec): void {
    const { path } = this;
    const file = `${path}/grid.json`;
    if (!isFile(file)) return this.write("grid.json", { grid: gridId(spec), ...spec });
    let grid: unknown, there: GridSpec;
    try {
      ({ grid, ...there } = JSON.parse(Deno.readTextFileSync(file)) as GridSpec & {
        grid: unknown;
      });
    } catch (cause) {
      throw new UsageError(`--out: ${file} is damaged: name another folder`, { cause });
    }
    if (grid === gridId(spec)) return;
    if (typeof there.vary !== "object") {
      throw new UsageError(
        `--out: ${path} holds a grid of a former version of Glim, which this one cannot go on with: ` +
          `name another folder`,
      );
    }
    const differences = printable(gridDifferences(there, spec).join("; ").slice(0, 500));
    throw new UsageError(
      `--out: ${path} holds another grid (${differences}): name another folder`,
    );
  }

  /** Reads the results; a torn last line is cut off, so that the next begins on a line of its own. */
  #recover(): void {
    const path = `${this.path}/trials.jsonl`;
    using file = Deno.openSync(path, { read: true, append: true, create: true });
    const { values, damaged, end, torn } = decodeLines(Deno.readFileSync(path));
    if (torn) {
      file.truncateSync(end);
      file.syncDataSync();
      this.repairs.push(`${path}: the last line is torn: it is cut off, and its trial runs again`);
    }
    for (const line of damaged) {
      this.repairs.push(
        `${path}: line ${line} is damaged: it is passed over, and its trial runs again`,
      );
    }
    for (const value of values) {
      const { data: result } = RESULT.safeParse(value);
      if (result === undefined) {
        this.repairs.push(`${path}: a line is no trial's: it is passed over`);
      } else if (!this.#results.has(result.id)) this.#results.set(result.id, result);
    }
  }
}

/** Throws UsageError where a folder holds anything but a grid, or what a process left that was killed. */
function refuseStrangers(path: string): void {
  const names = Array.from(Deno.readDirSync(path), ({ name }) => name);
  const stranger = names.find((name) => name !== "lock" && !/\.[0-9a-f]{8}\.part$/.test(name));
  if (names.includes("grid.json") || stranger === undefined) return;
  throw new UsageError(
    `--out: needs a new or empty folder, or one of the same grid: ${path} holds ${stranger}`,
  );
}

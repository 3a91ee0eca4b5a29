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
 *
 * @module
 */
import { messageOf, printable } from "../messages.ts";
import { refuseLinks } from "../links.ts";
import { lockFile } from "../lock.ts";
import { UsageError } from "../usage_error.ts";
import { gridDifferences, gridId, type GridSpec } from "./grid_spec.ts";
import { GridError } from "./grid_error.ts";
import { decodeLines, encodeLine } from "./lines.ts";
import { readTrialResult } from "./schemas.ts";
import type { TrialResult } from "./trial.ts";
import { outError } from "../run_folder.ts";

/** A grid's folder, locked until the end of its `using` block. */
export class GridFolder implements Disposable {
  /** The folder. */
  readonly path: string;
  /** What of the results was found damaged at opening, a sentence each. */
  readonly repairs: readonly string[];
  readonly #lock: Deno.FsFile;
  readonly #file: Deno.FsFile;
  readonly #results: Map<string, TrialResult>;

  private constructor(path: string, lock: Deno.FsFile) {
    this.path = path;
    this.#lock = lock;
    this.#file = Deno.openSync(`${path}/trials.jsonl`, { read: true, append: true, create: true });
    const { repairs, results } = recover(`${path}/trials.jsonl`, this.#file);
    this.repairs = repairs;
    this.#results = results;
  }

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
      const strangers = readNames(path);
      const isNew = !strangers.includes("grid.json");
      const stranger = strangers.find((name) => name !== "lock" && !PART.test(name));
      if (isNew && stranger !== undefined) {
        throw new UsageError(
          `--out: needs a new or empty folder, or one of the same grid: ${path} holds ${stranger}`,
        );
      }
      refuseLinks(path, "--out", "grid");
      lock = lockFolder(path);
      for (const name of readNames(path)) {
        if (PART.test(name)) Deno.removeSync(`${path}/${name}`); // of a process that was killed
      }
      claim(path, spec);
      return new GridFolder(path, lock);
    } catch (error) {
      lock?.close();
      if (error instanceof UsageError) throw error;
      throw outError(path, error);
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
    try {
      appendText(this.#file, line);
    } catch (error) {
      throw writeError(`${this.path}/trials.jsonl`, error);
    }
    // As it would be read back: what cannot be written must not differ between now and later.
    const [value] = decodeLines(new TextEncoder().encode(line)).values;
    this.#results.set(result.id, readTrialResult(value)!);
  }

  /** A file's text; undefined where there is no such file. */
  read(name: string): Uint8Array<ArrayBuffer> | undefined {
    try {
      return Deno.readFileSync(`${this.path}/${name}`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** Writes a file, in place of an earlier one; it is on the disk when this returns. */
  write(name: string, content: string | Uint8Array): void {
    replaceFile(`${this.path}/${name}`, content);
  }

  /** Releases the folder. */
  [Symbol.dispose](): void {
    this.#file.close();
    this.#lock.close();
  }
}

/** Writes all of a text and waits until it is on the disk. */
export function appendText(
  file: Pick<Deno.FsFile, "writeSync" | "syncDataSync">,
  text: string,
): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  file.syncDataSync();
}

/** Reads the results; a torn last line is cut off, so that the next begins on a line of its own. */
function recover(
  path: string,
  file: Deno.FsFile,
): { repairs: string[]; results: Map<string, TrialResult> } {
  const { values, damaged, end, torn } = decodeLines(Deno.readFileSync(path));
  const repairs: string[] = [];
  if (torn) {
    file.truncateSync(end);
    file.syncDataSync();
    repairs.push(`${path}: the last line is torn: it is cut off, and its trial runs again`);
  }
  for (const line of damaged) {
    repairs.push(`${path}: line ${line} is damaged: it is passed over, and its trial runs again`);
  }
  const results = new Map<string, TrialResult>();
  for (const value of values) {
    const result = readTrialResult(value);
    if (result === undefined) repairs.push(`${path}: a line is no trial's: it is passed over`);
    else if (!results.has(result.id)) results.set(result.id, result);
  }
  return { repairs, results };
}

function lockFolder(path: string): Deno.FsFile {
  const file = lockFile(`${path}/lock`, { create: true });
  if (file !== undefined) return file;
  throw new UsageError(
    `--out: another process works in ${path}: wait for it, or name another folder`,
  );
}

/** Writes which grid the folder is for, or checks what was written. */
function claim(path: string, spec: GridSpec): void {
  const file = `${path}/grid.json`;
  let text: string;
  try {
    text = Deno.readTextFileSync(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    replaceFile(file, JSON.stringify({ grid: gridId(spec), ...spec }, null, 2) + "\n");
    return;
  }
  let grid: unknown, there: GridSpec;
  try {
    ({ grid, ...there } = JSON.parse(text) as GridSpec & { grid: unknown });
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
  const differences = gridDifferences(there, spec).join("; ").slice(0, 500);
  throw new UsageError(
    `--out: ${path} holds another grid (${printable(differences)}): ` +
      `name another folder`,
  );
}

/** A file that was not finished: its own name is behind what it was to replace. */
const PART = /^[\w.]+\.[0-9a-f]{8}\.part$/;

/** Writes beside the file and renames: under its name there is never half a file. */
function replaceFile(path: string, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const part = `${path}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    {
      // createNew: nothing that is there already is written to, nor what a link there leads to.
      using file = Deno.openSync(part, { write: true, createNew: true });
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
      file.syncSync();
    }
    Deno.renameSync(part, path);
  } catch (error) {
    throw writeError(path, error);
  }
}

function readNames(path: string): string[] {
  return Array.from(Deno.readDirSync(path), ({ name }) => name);
}

function writeError(path: string, cause: unknown): GridError {
  const reason = messageOf(cause);
  return new GridError(
    `cannot write ${path}: ${reason}: what was finished before is kept, and the same command goes on`,
    { cause },
  );
}

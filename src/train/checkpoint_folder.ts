/**
 * The checkpoints of a run in a folder.
 *
 * @module
 */
import { DataError } from "../core/errors.ts";
import { type Folder, folderAt } from "../io/folder.ts";
import { readAs } from "../io/file.ts";
import { atMost, check, checkOptions, type Kinds, text, whole } from "../core/options.ts";
import { outside } from "../scope/outside.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint_format.ts";
import { CHECKPOINT, type Checkpoint } from "./checkpoint.ts";
import { bestEpoch } from "./epoch_record.ts";

/** Options of {@link CheckpointFolder}. */
export interface CheckpointFolderOptions {
  /** How many of the last checkpoints are kept. Default: 2, should the last be damaged. */
  keep?: number;
}

const OPTIONS: Kinds<CheckpointFolderOptions> = { keep: whole(1) };

/** What {@link CheckpointFolder.latest} finds. */
export interface LatestCheckpoint {
  /** The newest good checkpoint. */
  checkpoint: Checkpoint;
  /** Its file. */
  path: string;
  /** Why newer files were passed over, the newest first; empty if none was. */
  damaged: DataError[];
}

/** A checkpoint's file, by the number of steps that were done. */
const NAME = /^step-(\d{6,})\.ckpt$/;

/** What a writer leaves that was killed before it could rename. */
const PART = /^step-\d{6,}\.ckpt\..*\.part$/;

/**
 * A folder with the last checkpoints of a run, and the first one that was taken after its best epoch:
 * of the disk or, in a page, of the browser's own storage for the page's origin.
 * Files are called `step-000123.ckpt`; whatever else lies there is left alone. One program at a time
 * may write to it; one that is killed while it does leaves the checkpoints before as they were.
 *
 * @example
 * ```ts
 * import { train } from "@glim/glim";
 * function every(steps: number, trainer: () => train.Trainer, path: string): train.Callback {
 *   const folder = new train.CheckpointFolder(path);
 *   return {
 *     onStepEnd: async ({ totalSteps }) => {
 *       if (totalSteps % steps === 0) await folder.save(trainer().checkpoint());
 *     },
 *   };
 * }
 * ```
 */
export class CheckpointFolder {
  /** Where it is. */
  readonly path: string;
  readonly #folder: Folder;
  readonly #keep: number;
  #saving: Promise<unknown> = Promise.resolve();
  #isSwept = false;

  /** The folder is made when something is saved. RangeError unless `keep` is a whole number ≥ 1. */
  constructor(path: string, options: CheckpointFolderOptions = {}) {
    atMost(2, arguments.length, "CheckpointFolder(path, { keep })");
    check("CheckpointFolder", "the path", path, text);
    const { keep = 2 } = checkOptions("CheckpointFolder", options, OPTIONS);
    this.path = path;
    this.#folder = folderAt(path);
    this.#keep = keep;
  }

  /**
   * Writes a checkpoint, and then removes those that are not to be kept. Several are written one
   * after the other. The promise has the file's path.
   *
   * Throws DataError where it cannot write (it says which permission is needed), where there is no
   * room, or nowhere to write.
   */
  save(checkpoint: Checkpoint): Promise<string> {
    atMost(1, arguments.length, "save(checkpoint)");
    check("save", "the checkpoint", checkpoint, CHECKPOINT);
    return this.#next(() => this.#save(checkpoint));
  }

  /**
   * Writes the first checkpoint of another run, and then removes those of the one before: whoever is
   * killed meanwhile has one of the two. It throws as {@link save}.
   */
  replaceAll(checkpoint: Checkpoint): Promise<string> {
    atMost(1, arguments.length, "replaceAll(checkpoint)");
    check("replaceAll", "the checkpoint", checkpoint, CHECKPOINT);
    return this.#next(async () => {
      const path = await this.#save(checkpoint);
      const others = (await this.#steps()).filter((step) => step !== checkpoint.totalSteps);
      await this.#remove(others.map(nameOf));
      return path;
    });
  }

  /** Writes once what was asked for before is written. */
  #next(write: () => Promise<string>): Promise<string> {
    const written = this.#saving.then(write);
    this.#saving = written.catch(() => {});
    return outside(written);
  }

  /**
   * The newest checkpoint that is not damaged. Throws DataError where there is none, saying what was
   * wrong with each.
   */
  latest(): Promise<LatestCheckpoint> {
    return outside(
      this.#latest().then((latest) => {
        if (latest !== null) return latest;
        throw new DataError(`latest: a good checkpoint is needed: ${this.path} has none`);
      }),
    );
  }

  /** The same; null where no checkpoint has been saved. */
  find(): Promise<LatestCheckpoint | null> {
    atMost(0, arguments.length, "find()");
    return outside(this.#latest());
  }

  /** Removes all checkpoints: another run begins. */
  clear(): Promise<void> {
    atMost(0, arguments.length, "clear()");
    const cleared = this.#saving.then(async () => this.#remove((await this.#steps()).map(nameOf)));
    this.#saving = cleared.catch(() => {});
    return outside(cleared);
  }

  async #save(checkpoint: Checkpoint): Promise<string> {
    await this.#folder.make();
    if (!this.#isSwept) {
      await this.#remove((await this.#folder.names()).filter((n) => PART.test(n)));
    }
    this.#isSwept = true;
    const step = checkpoint.totalSteps;
    await this.#folder.replace(nameOf(step), encodeCheckpoint(checkpoint));
    // Later steps are of a run that this one has left: damaged files, which it will replace.
    const steps = (await this.#steps()).filter((n) => n <= step);
    const kept = [...steps.slice(0, this.#keep), bestOf(steps, checkpoint)];
    await this.#remove(steps.filter((n) => !kept.includes(n)).map(nameOf));
    return this.#file(step);
  }

  async #latest(): Promise<LatestCheckpoint | null> {
    const damaged: DataError[] = [];
    for (const step of await this.#steps()) {
      const path = this.#file(step);
      try {
        const read = () => this.#folder.read(nameOf(step));
        const checkpoint = await readAs("loadCheckpoint", path, decodeCheckpoint, read);
        return { checkpoint, path, damaged };
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        damaged.push(error);
      }
    }
    if (damaged.length === 0) return null;
    throw new DataError(
      `latest: a good checkpoint is needed: ${this.path} has none` +
        damaged.map(({ message }) => `; ${message}`).join(""),
    );
  }

  /** The steps of all files, the last first. */
  async #steps(): Promise<number[]> {
    return (await this.#folder.names())
      .flatMap((name) => name.match(NAME)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a);
  }

  #file(step: number): string {
    return `${this.path}/${nameOf(step)}`;
  }

  async #remove(names: readonly string[]): Promise<void> {
    for (const name of names) await this.#folder.remove(name);
  }
}

function nameOf(step: number): string {
  return `step-${String(step).padStart(6, "0")}.ckpt`;
}

/** Of steps in falling order, the earliest that is not before the end of the best epoch. */
function bestOf(steps: readonly number[], checkpoint: Checkpoint): number | null {
  const { history } = checkpoint;
  if (history.length === 0) return null;
  const end = (bestEpoch(history).epoch + 1) * stepsOfEpoch(checkpoint);
  return steps.findLast((step) => step >= end) ?? null;
}

/** Steps of an epoch: fewer than its batches where gradients are accumulated. */
function stepsOfEpoch({ history, totalSteps, step, began, streams }: Checkpoint): number {
  const { batches } = (began ?? streams).train;
  if (batches === null) return Math.max(0, totalSteps - step) / history.length;
  return Math.round(totalSteps * batches / (history.length * batches + step));
}

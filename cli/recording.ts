/** A training run as it is shown and written while it goes. */
import { train } from "@glim/glim";
import { printable } from "./errors.ts";
import type { Training } from "./fit.ts";
import { curvesSvg } from "./report/charts.ts";
import { printError } from "./print.ts";
import type { Progress } from "./progress.ts";
import type { Config, RunFolder } from "./run_folder.ts";
import { encodeWeights } from "./run_config.ts";

/** What a {@link Recording} needs to know. */
interface RecordingOptions {
  /** Steps between checkpoints; null for none but at an interruption. */
  checkpointEvery: number | null;
  /** Whether a checkpoint of another build of Glim will do. */
  allowOtherBuild?: boolean | undefined;
  /** What the weights' file tells of its network. */
  about: Config;
  /** When the run began, as `performance.now` has it. */
  began: number;
}

/** Prints and writes each epoch of one training run, and its checkpoints. */
export class Recording {
  /** The epochs so far, those before an interruption included. */
  readonly history: train.EpochRecord[] = [];
  readonly #training: Training;
  readonly #folder: RunFolder;
  readonly #progress: Progress;
  readonly #options: RecordingOptions;
  readonly #checkpoints: train.CheckpointFolder;
  #secondsBefore = 0;

  /** Listens to a training from here on. */
  constructor(
    training: Training,
    folder: RunFolder,
    progress: Progress,
    options: RecordingOptions,
  ) {
    this.#training = training;
    this.#folder = folder;
    this.#progress = progress;
    this.#options = options;
    this.#checkpoints = new train.CheckpointFolder(`${folder.path}/checkpoints`);
    const { checkpointEvery: every } = options;
    training.listeners.push({
      onEpochBegin: (epoch) => progress.epoch(epoch),
      onProgress: ({ samples, meanLoss }) => progress.update(samples, meanLoss),
      onEpochEnd: (record) => this.#endEpoch(record),
      // a function in the hot loop only where there is something to do
      ...(every === null ? {} : {
        onStepEnd: ({ totalSteps }) => totalSteps % every === 0 ? this.#save() : undefined,
      }),
    });
  }

  /** How long the run took so far by the clock, what was lost at interruptions not counted. */
  get seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#options.began) / 1000;
  }

  /**
   * Trains to the end, or until the signal; false if the signal came first, and then there is a
   * checkpoint of what was trained. A run that was interrupted goes on from its last good one. The
   * curves of what was finished are drawn in any case.
   */
  async fit(signal: AbortSignal): Promise<boolean> {
    const { trainer } = this.#training;
    if (this.#folder.isResumed) await this.#goOn();
    else this.#folder.rewriteEpochs([]);
    if (signal.aborted) return false;
    const stop = () => trainer.stop();
    signal.addEventListener("abort", stop);
    try {
      await this.#training.fit();
    } finally {
      signal.removeEventListener("abort", stop);
      this.#progress.stop();
      if (this.history.length > 0) {
        this.#folder.write("curves.svg", curvesSvg(this.history, this.#training.by));
      }
    }
    if (trainer.isStopped) await this.#save();
    return !trainer.isStopped;
  }

  /** Writes the weights as they are, and gives the file's bytes. */
  async writeWeights(): Promise<Uint8Array> {
    const bytes = await encodeWeights(this.#training.model, this.#options.about);
    this.#folder.write("weights.safetensors", bytes);
    return bytes;
  }

  async #endEpoch(record: train.EpochRecord): Promise<void> {
    const { best, built } = this.#training;
    this.history.push(record);
    this.#folder.appendEpoch(record);
    const isBest = best?.best === record;
    if (isBest || best === null) await this.writeWeights(); // whenever they would be taken
    this.#progress.epochEnd(record, isBest);
    const sample = await built.sample?.();
    if (sample) this.#progress.line(sample);
  }

  async #save(): Promise<void> {
    const { built, trainer } = this.#training;
    const config = { ...built.note?.(), seconds: this.seconds };
    await this.#checkpoints.save(await trainer.readCheckpoint({ config }));
  }

  /** Takes up the last checkpoint, or begins anew where the run had come to none. */
  async #goOn(): Promise<void> {
    const folder = this.#folder, progress = this.#progress;
    if (!await hasCheckpoint(this.#checkpoints.path)) return folder.rewriteEpochs([]);
    const { checkpoint, damaged } = await this.#checkpoints.latest();
    for (const { message } of damaged) printError(`passed over: ${printable(message)}`);
    const { allowOtherBuild = false } = this.#options;
    this.#training.resume(checkpoint, { allowOtherBuild });
    folder.rewriteEpochs(checkpoint.history);
    this.history.push(...checkpoint.history);
    const { seconds: before } = Object(checkpoint.config) as { seconds?: unknown };
    this.#secondsBefore = Number.isFinite(before) ? Number(before) : 0;
    const { epoch, step, sums } = checkpoint;
    progress.line(`going on in epoch ${epoch} after step ${step}`);
    progress.epoch(epoch, sums.samples);
  }
}

/** Whether a run had come to a checkpoint, good or damaged. */
export async function hasCheckpoint(path: string): Promise<boolean> {
  try {
    for await (const { name } of Deno.readDir(path)) if (name.endsWith(".ckpt")) return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return false;
}

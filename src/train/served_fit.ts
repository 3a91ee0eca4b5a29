/**
 * A training that takes orders between two of its steps.
 *
 * @module
 */
import type { DataLoader } from "../data/mod.ts";
import { DataError } from "../core/errors.ts";
import type { Platform } from "../core/platform.ts";
import { encodeRaw } from "../io/safetensors.ts";
import { LateCopies } from "../io/raw_tensor.ts";
import { outside } from "../scope/outside.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { StepInfo } from "./callback.ts";
import type { Checkpoint, ResumeOptions } from "./checkpoint.ts";
import { CheckpointFolder } from "./checkpoint_folder.ts";
import { TensorTable } from "./checkpoint_tensors.ts";
import type { EpochRecord } from "./epoch_record.ts";
import { Meter, type Pace } from "./meter.ts";
import { noSums } from "./metrics.ts";
import { Trainer, type TrainerOptions } from "./trainer.ts";

declare const performance: Platform["performance"];

/** Functions that may be called from outside of a worker. */
// deno-lint-ignore no-explicit-any
export type Calls = Readonly<Record<string, (...args: any[]) => unknown>>;

/** A training as the function of `serveTrainer` gives it: a trainer's options, and its data. */
export interface ServedTraining<C extends Calls = Calls, O = Tensor> extends TrainerOptions<O> {
  /** What to learn from. */
  train: DataLoader;
  /** What to evaluate on after each epoch. */
  dev: DataLoader;
  /** What else may be called from outside, each between two steps. */
  calls?: C | undefined;
  /** What checkpoints are to keep with them: what JSON holds. */
  config?: (() => unknown) | undefined;
  /** Called when another training takes its place. Default: releases model, optimizer and averages. */
  dispose?: (() => void) | undefined;
}

/** How far a fit is. */
export interface TrainerProgress extends StepInfo, Pace {
  /** Samples of an epoch. */
  epochSamples: number;
}

/** Options of {@link TrainerWorker.fit}. */
export interface WorkerFitOptions {
  /** Until there have been so many epochs, those of fits before included. */
  epochs: number;
  /** The most steps that this fit makes. Default: no limit. */
  steps?: number;
  /** Where checkpoints are written, and what it goes on from if there is one. Default: nowhere. */
  checkpoints?: WorkerCheckpoints;
}

/** Where a fit in a worker keeps its checkpoints. */
export interface WorkerCheckpoints {
  /** A folder: of the disk or, in a page, of the browser's own storage for the page's origin. */
  path: string;
  /** Seconds from one to the next; one more is written at the end. Default: 10. */
  seconds?: number;
  /**
   * Whether the first fit begins with the newest that is there. Otherwise, and where it goes on with
   * something else, those that are there are removed once it has written one. Default: true.
   */
  resume?: boolean;
}

/** Who hears how a fit gets on. Training waits for the promises. */
export interface FitListener {
  /** Whether the next progress is wanted now. */
  wantsProgress(now: number): boolean;
  progress(progress: TrainerProgress): Promise<void> | null;
  epochEnd(record: EpochRecord): Promise<void>;
  /** Something failed without which training goes on. */
  problem(error: unknown): void;
}

/** Somebody's turn between two steps. */
interface Turn {
  begin(): void;
  end: Promise<unknown>;
}

/** Fits of one training. */
export class ServedFit {
  readonly #training: ServedTraining;
  readonly #listener: FitListener;
  readonly #trainer: Trainer;
  readonly #meter = new Meter();
  readonly #turns: Turn[] = [];
  #history: EpochRecord[] = [];
  #last: StepInfo | null = null;
  /** Steps that the fit has made, and may make. */
  #made = 0;
  #most = 0;
  #isFitting = false;
  #isPaused = false;
  #isStopped = false;
  /** Where the next `fit` begins: at the start, or a folder's checkpoint; at one that was loaded; as it is. */
  #next: "start" | "loaded" | "goOn" = "start";
  /** Resolves when the last fit has returned. */
  #over: Promise<unknown> = Promise.resolve();
  /** Ends the wait of a training that rests. */
  #wake = () => {};
  #folder: CheckpointFolder | null = null;
  #seconds = 0;
  #lastSave = 0;
  #saving: Promise<void> | null = null;
  /** Whether the folder has another run's checkpoints, until one of this is there. */
  #isOthers = false;

  /** Nothing runs before `fit`. */
  constructor(training: ServedTraining, listener: FitListener) {
    const { train: _, dev: _dev, calls: _calls, config: _config, dispose: _dispose, ...options } =
      training;
    this.#training = training;
    this.#listener = listener;
    // last, so that what the others count of the same event is in a checkpoint
    const callbacks = [...options.callbacks ?? [], {
      onStepEnd: (info: StepInfo) => this.#stepEnded(info),
      // on a GPU the last losses are known only now
      onProgress: (info: StepInfo) => void (this.#last = info),
      onEpochEnd: async (record: EpochRecord) => {
        await this.#tellLast();
        await listener.epochEnd(record);
        await this.#rest();
      },
    }];
    this.#trainer = new Trainer({ ...options, callbacks });
    this.#meter.begin({ epoch: 0, sums: noSums() });
  }

  /** What outside may call. */
  get calls(): Calls {
    return this.#training.calls ?? {};
  }

  /** Trains, or goes on with what there is. Error where it runs already. */
  async fit(options: WorkerFitOptions): Promise<EpochRecord[]> {
    this.#mustRest("fit");
    const fit = this.#fit(options);
    this.#over = fit.catch(() => {});
    return await fit;
  }

  async #fit({ epochs, steps = Infinity, checkpoints }: WorkerFitOptions): Promise<EpochRecord[]> {
    this.#isFitting = true;
    this.#isStopped = this.#isPaused = false;
    this.#made = 0;
    this.#most = steps;
    this.#last = null;
    try {
      await this.#goOn(checkpoints);
      if (!this.#isStopped && steps > 0) {
        this.#next = "goOn";
        this.#meter.start(performance.now());
        const { train, dev } = this.#training;
        this.#history = await this.#trainer.fit(train, dev, { epochs });
        await this.#tellLast();
        if (this.#folder !== null && this.#made > 0) await this.#save();
        await this.#saving;
      }
      return this.#history;
    } finally {
      this.#isFitting = false;
      await this.#takeTurns();
    }
  }

  /** Makes training wait after the step that is under way, until `resume` or `stop`. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Goes on after `pause`. */
  resume(): void {
    this.#isPaused = false;
    this.#meter.start(performance.now());
    this.#wake();
  }

  /** Makes `fit` return after the step that is under way. */
  stop(): void {
    this.#isStopped = true;
    this.#trainer.stop();
    this.resume();
  }

  /** Runs something between two steps, or at once where none is being made. */
  between<T>(action: () => T | PromiseLike<T>): Promise<T> {
    if (!this.#isFitting) return Promise.resolve().then(action);
    // It runs where it was asked for, not in the training's callback: what it draws is its own.
    let begin = () => {};
    const result = new Promise<void>((resolve) => begin = resolve).then(action);
    this.#turns.push({ begin, end: result.catch(() => {}) });
    this.#wake();
    return result;
  }

  /** All that is needed to go on elsewhere. Error before the first `fit`. */
  checkpoint(): Promise<Checkpoint> {
    const { config } = this.#training;
    return this.#trainer.readCheckpoint(config && { config: config() });
  }

  /** Makes the next `fit` go on from a checkpoint. Error while one runs. */
  load(checkpoint: Checkpoint, options: ResumeOptions): void {
    this.#mustRest("load");
    this.#resumeFrom(checkpoint, options);
  }

  /** The weights, as a safetensors file. */
  async weights(): Promise<Uint8Array<ArrayBuffer>> {
    const copies = new LateCopies();
    const table = new TensorTable((x) => copies.copyOf(x));
    for (const [name, tensor] of this.#training.model.stateDict()) table.put(name, tensor);
    await outside(copies.done());
    return encodeRaw(table.tensors);
  }

  /** Stops, waits and gives its memory back. */
  async end(): Promise<void> {
    this.stop();
    await this.#over;
    const { dispose, model, optimizer, averagedModel } = this.#training;
    if (dispose !== undefined) return dispose();
    model[Symbol.dispose]();
    optimizer[Symbol.dispose]();
    averagedModel?.[Symbol.dispose]();
  }

  #mustRest(op: string): void {
    if (!this.#isFitting) return;
    throw new Error(`${op}: the fit before must be over: it runs: stop() it and wait`);
  }

  /** Takes up what was trained before: in this worker, or in one that has left checkpoints. */
  async #goOn(checkpoints: WorkerCheckpoints | undefined): Promise<void> {
    const { path, seconds = 10, resume = true } = checkpoints ?? {};
    const isOther = path !== this.#folder?.path;
    if (isOther) this.#folder = path === undefined ? null : new CheckpointFolder(path);
    this.#seconds = seconds;
    this.#lastSave = performance.now();
    if (this.#next === "goOn") { // also with what was changed since it stopped
      this.#resumeFrom(await this.#trainer.readCheckpoint(), { allowOtherBuild: true });
    }
    if (!isOther || this.#folder === null) return;
    this.#isOthers = this.#next !== "start" || !resume;
    if (this.#isOthers) return;
    try {
      const latest = await this.#folder.find();
      if (latest === null) return;
      latest.damaged.forEach((error) => this.#listener.problem(error));
      this.#resumeFrom(latest.checkpoint, {});
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      this.#listener.problem(error);
    }
  }

  #resumeFrom(checkpoint: Checkpoint, options: ResumeOptions): void {
    this.#trainer.resume(checkpoint, options);
    this.#history = [...checkpoint.history];
    this.#meter.begin(checkpoint);
    this.#next = "loaded";
  }

  #stepEnded(info: StepInfo): void | Promise<void> {
    this.#last = info;
    if (++this.#made >= this.#most) this.#trainer.stop();
    const now = performance.now();
    let told: Promise<void> | null = null;
    if (this.#listener.wantsProgress(now)) {
      told = this.#tell(info, now);
      this.#last = null;
    }
    if (this.#folder !== null && now - this.#lastSave > 1000 * this.#seconds) {
      this.#lastSave = now;
      return this.#begin(told);
    }
    if (told !== null || this.#isPaused || this.#turns.length > 0) return this.#rest(told);
  }

  async #begin(told: Promise<void> | null): Promise<void> {
    await this.#save();
    await this.#rest(told);
  }

  async #tellLast(): Promise<void> {
    if (this.#last !== null) await this.#tell(this.#last, performance.now());
    this.#last = null;
  }

  #tell(info: StepInfo, now: number): Promise<void> | null {
    const pace = this.#meter.read(info, now);
    if (pace === null) return null;
    const epochSamples = this.#training.train.dataset.length;
    return this.#listener.progress({ ...info, ...pace, epochSamples });
  }

  /** Lets others have their turns, and waits while training is paused. */
  async #rest(first: Promise<void> | null = null): Promise<void> {
    if (first !== null) await first;
    for (;;) {
      await this.#takeTurns();
      if (!this.#isPaused) return;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  async #takeTurns(): Promise<void> {
    for (let turn; (turn = this.#turns.shift()) !== undefined;) {
      turn.begin();
      await turn.end;
    }
  }

  /** Writes a checkpoint; training waits only for the copy, or for the one before to be written. */
  async #save(): Promise<void> {
    await this.#saving;
    const checkpoint = await this.checkpoint();
    const folder = this.#folder!;
    const saving = this.#isOthers ? folder.replaceAll(checkpoint) : folder.save(checkpoint);
    this.#saving = saving.then(
      () => void (this.#isOthers = false),
      (error) => this.#listener.problem(error),
    );
  }
}

/**
 * The training loop.
 *
 * @module
 */
import { DataLoader, StreamLoader } from "../data/mod.ts";
import { DivergedError } from "../core/errors.ts";
import { describe, inspectAsString } from "../core/inspect.ts";
import { LateCopies } from "../io/raw_tensor.ts";
import { LRScheduler } from "../lr_scheduler/mod.ts";
import { OPTIMIZER } from "../lr_scheduler/scheduler.ts";
import type { Metric } from "../metrics/mod.ts";
import { MODULE, type Module } from "../nn/module.ts";
import { clipGradNorm_ } from "../nn/utils.ts";
import { swaUtils } from "../optim/mod.ts";
import {
  anything,
  atMost,
  check,
  checkNeeded,
  checkOptions,
  flag,
  kind,
  type Kinds,
  numberThat,
  oneOf,
  whole,
} from "../core/options.ts";
import { outside } from "../scope/outside.ts";
import type { Platform } from "../core/platform.ts";
import { type Generator, generator, withOwnGenerator } from "../core/random.ts";
import { apart } from "../scope/task.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { EventLoopPause } from "../scope/event_loop_pause.ts";
import { checkCallback, type StepInfo } from "./callback.ts";
import {
  checkBuild,
  CHECKPOINT,
  type Checkpoint,
  currentBuild,
  RESUME,
  type ResumeOptions,
} from "./checkpoint.ts";
import type { EpochRecord } from "./epoch_record.ts";
import { findLearningRate, type FindLearningRateOptions, type LearningRates } from "./lr_finder.ts";
import { withCurves } from "./history_display.ts";
import {
  DATA_LOADER,
  evaluate,
  type EvaluateOptions,
  type Evaluation,
  LOADER,
  METRICS,
} from "./evaluate.ts";
import type { Copy } from "./checkpoint_tensors.ts";
import { type Learners, loadLearners, readLearners, statefulCallbacks } from "./learners.ts";
import { LOSS, type Loss, lossOf } from "./metrics.ts";
import { StepValues } from "./step_values.ts";
import { copyOf, finishEpoch, type Position, start, stepInfo } from "./position.ts";
import {
  type AnyLoader,
  type Loaders,
  readStreams,
  restOfEpoch,
  restoreStreams,
  samplesOf,
  type Streams,
  type Turns,
  turnsOf,
} from "./streams.ts";

declare const structuredClone: Platform["structuredClone"];
declare const performance: Platform["performance"];

/** What a {@link Trainer} is made of. */
export interface TrainerOptions<O = Tensor> extends Learners {
  /** The model to train; its output goes to the loss. */
  model: Module<[x: Tensor], O>;
  /** A loss module, or a function of the model's output and the target. */
  loss: Loss<O>;
  /**
   * How many batches' gradients are accumulated for a step, which is then that of one batch of all
   * their samples. Default: 1.
   */
  accumulate?: number | undefined;
  /**
   * The largest norm of all gradients together: larger ones are scaled down to it before a step.
   * Default: no limit.
   */
  clipNorm?: number | undefined;
  /** Restarts all randomness at the beginning of `fit`, as `manualSeed` does; not after `resume`. */
  seed?: number | undefined;
}

// deno-lint-ignore no-explicit-any
const OPTIONS: Kinds<TrainerOptions<any>> = {
  model: MODULE,
  loss: LOSS,
  optimizer: OPTIMIZER,
  scheduler: kind("a schedule", (value) => value instanceof LRScheduler),
  schedulerInterval: oneOf("epoch", "step"),
  averagedModel: kind("an AveragedModel", (value) => value instanceof swaUtils.AveragedModel),
  callbacks: kind("a list of callbacks", Array.isArray),
  accumulate: whole(1),
  clipNorm: numberThat("a number above 0", (value) => value > 0),
  seed: whole(0),
};

/** Options of {@link Trainer.fit}. */
export interface FitOptions {
  /** Passes over the training set. */
  epochs: number;
  /** What to evaluate on after each epoch. Default: nothing. */
  dev?: AnyLoader | undefined;
  /** Metrics of the dev set besides loss and accuracy. */
  metrics?: readonly Metric[] | undefined;
  /** Runs one epoch of one batch, to see whether everything works. Default: false. */
  fastDevRun?: boolean | undefined;
  /**
   * Trains on only this many batches, the same in each epoch: a model that works learns them by
   * heart.
   */
  overfit?: number | undefined;
  /**
   * An `AbortSignal`: once it is aborted, `fit` ends after the current step, as by `stop()`, and rejects
   * with the signal's reason. `checkpoint()` is then that of this step.
   */
  signal?: {
    // what of it is needed, as not every program knows the type
    readonly aborted: boolean;
    throwIfAborted(): void;
    addEventListener(type: "abort", listener: () => void): void;
    removeEventListener(type: "abort", listener: () => void): void;
  } | undefined;
}

const FIT: Kinds<FitOptions> = {
  epochs: whole(1),
  dev: LOADER,
  metrics: METRICS,
  fastDevRun: flag,
  overfit: whole(1),
  signal: kind(
    "an AbortSignal",
    (value) => typeof Object(value).throwIfAborted === "function",
  ),
};

/**
 * Trains a model, evaluates it after each epoch, and calls callbacks. The model is trained in
 * training mode, except for modules that you put into evaluation mode yourself, such as a frozen
 * normalisation.
 *
 * @example
 * ```ts
 * import { data, nn, optim, randn, train } from "@glim/glim";
 * const x = randn([64, 4]);
 * const set = new data.TensorDataset(x, x.argmax(1));
 * const loader = new data.DataLoader(set, { batchSize: 16, shuffle: true, seed: 1 });
 * const model = new nn.Linear(4, 4);
 * const trainer = new train.Trainer({
 *   model,
 *   loss: new nn.CrossEntropyLoss(),
 *   optimizer: new optim.SGD(model.parameters(), { lr: 0.1 }),
 * });
 * const history = await trainer.fit(loader, { dev: loader, epochs: 3 });
 * console.log(history.length, (await trainer.evaluate(loader)).accuracy > 0.3); // 3 true
 * ```
 */
export class Trainer<O = Tensor> {
  readonly #options: TrainerOptions<O>;
  readonly #pause = new EventLoopPause();
  /** What the steps of the epoch that runs are judged by. */
  #values: StepValues | null = null;
  #stopped = false;
  #isRunning = false;
  #isResumed = false;
  #at: Position = start();
  #loaders: Loaders | null = null;
  /** What the last `fit` drew from. */
  #generator: Generator | null = null;
  /** Where the random numbers stand for the training, while others may draw some; else null. */
  #streams: Streams | null = null;

  /** Nothing runs before `fit`. RangeError where callbacks with a state have no name of their own. */
  constructor(options: TrainerOptions<O>) {
    atMost(1, arguments.length, "Trainer({ model, loss, optimizer })");
    checkOptions("Trainer", options, OPTIONS);
    checkNeeded("Trainer", options, "model", "loss", "optimizer");
    checkTogether(options);
    options.callbacks?.forEach(checkCallback);
    statefulCallbacks(options.callbacks);
    this.#options = options;
  }

  /** Whether `stop` has been called since the last `fit` began. */
  get isStopped(): boolean {
    return this.#stopped;
  }

  /** `Trainer(model: Sequential, optimizer: SGD, epoch: 3)`: of what, and the epochs it has done. */
  toString(): string {
    const { model, optimizer } = this.#options;
    return describe(this, {
      model: model.constructor.name,
      optimizer: optimizer.constructor.name,
      epoch: this.#at.epoch,
    });
  }

  /** Makes `fit` return after the current step. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * Trains for some epochs, or goes on until there have been as many.
   *
   * Throws DivergedError, naming epoch and step, when the loss is no longer a number; DataError after
   * `resume`, where the loaders have other batches than those of the checkpoint; RangeError where there
   * is no batch; Error while it runs; the reason of a `signal` that is aborted.
   *
   * @param train What to learn from.
   * @param options How long, and what to evaluate on after each epoch.
   * @returns A record for each epoch that was finished, also before a checkpoint that it went on
   * from; fewer than asked for after `stop`.
   */
  async fit(train: AnyLoader, options: FitOptions): Promise<EpochRecord[]>;
  /** The same, with the dev set before the options. */
  async fit(
    train: AnyLoader,
    dev: AnyLoader,
    options: Omit<FitOptions, "dev">,
  ): Promise<EpochRecord[]>;
  async fit(
    train: AnyLoader,
    second: AnyLoader | FitOptions,
    third?: FitOptions,
  ): Promise<EpochRecord[]> {
    atMost(3, arguments.length, "fit(train, dev, { epochs })");
    check("fit", "the training set", train, LOADER);
    this.#checkIsOver("fit");
    const isBefore = third !== undefined || second instanceof DataLoader ||
      second instanceof StreamLoader;
    if (isBefore) check("fit", "the dev set", second, LOADER);
    const given = checkOptions("fit", (isBefore ? third ?? {} : second) as FitOptions, FIT);
    checkNeeded("fit", given, "epochs");
    const options = isBefore ? { ...given, dev: second as AnyLoader } : given;
    const loaders = loadersOf(train, options);
    const seed = this.#isResumed ? undefined : this.#options.seed;
    return await apart(() => withOwnGenerator(seed, () => this.#fit(loaders, options)));
  }

  async #fit(loaders: Loaders, options: FitOptions): Promise<EpochRecord[]> {
    const epochs = options.fastDevRun ? 1 : options.epochs;
    const { model, optimizer, callbacks = [] } = this.#options;
    const { signal } = options;
    const stop = () => this.stop();
    signal?.throwIfAborted();
    this.#begin(loaders);
    signal?.addEventListener("abort", stop);
    const at = this.#at;
    let isFinished = false;
    const samples = samplesOf(loaders.train);
    const finish = () => void (isFinished = true);
    try {
      for (const callback of callbacks) {
        await outside(done(callback.onFitBegin?.({ model, optimizer, epochs, samples, finish })));
      }
      while (at.epoch < epochs && !this.#stopped && !isFinished) {
        await this.#trainEpoch(loaders, at);
        if (!this.#stopped) await this.#endEpoch(loaders, at, options.metrics);
      }
      if (!this.#stopped) {
        for (const callback of callbacks) await outside(done(callback.onFitEnd?.(at.history)));
      }
    } finally {
      this.#streams ??= this.#readStreams(loaders);
      this.#isRunning = false;
      signal?.removeEventListener("abort", stop);
    }
    if (this.#stopped) signal?.throwIfAborted();
    return withCurves([...at.history]);
  }

  /**
   * All that is needed to go on later to the same bits, as it is after the last step that was made. To
   * be taken when `fit` has returned, in a callback, or while `fit` lets others run. A callback that
   * takes it comes after all others, so that what they count of the same event is in it.
   *
   * Error before the first `fit`; DeviceError where the model is on a GPU: await `readCheckpoint()`.
   *
   * @param options.config What the caller wants to keep with it: what JSON holds.
   */
  checkpoint(options: { config?: unknown } = {}): Checkpoint {
    atMost(1, arguments.length, "checkpoint({ config })");
    const { config = null } = checkOptions("checkpoint", options, { config: anything });
    return this.#checkpoint("checkpoint", config);
  }

  /**
   * The same on every device: of what is on a GPU, too. It is all as it is at the call, but the promise
   * is to be awaited before training goes on, as by a callback that returns it.
   */
  async readCheckpoint(options: { config?: unknown } = {}): Promise<Checkpoint> {
    atMost(1, arguments.length, "readCheckpoint({ config })");
    const { config = null } = checkOptions("readCheckpoint", options, { config: anything });
    const copies = new LateCopies();
    const checkpoint = this.#checkpoint("readCheckpoint", config, (x) => copies.copyOf(x));
    await outside(Promise.all([copies.done(), this.#values?.settle()]));
    return { ...checkpoint, ...copyOf(this.#at) };
  }

  #checkpoint(op: string, config: unknown, copy?: Copy): Checkpoint {
    const streams = this.#streams ?? (this.#loaders && this.#readStreams(this.#loaders));
    if (streams === null) {
      throw new Error(`${op}: nothing has been trained yet: call fit first`);
    }
    return {
      build: currentBuild(),
      ...copyOf(this.#at),
      streams,
      ...readLearners(this.#options, copy),
      config: structuredClone(config),
    };
  }

  /**
   * Makes the next `fit` go on from a checkpoint. Model, optimizer, scheduler, averages and callbacks
   * get their states at once; the random numbers theirs when `fit` begins.
   *
   * DataError, and nothing is changed, where the checkpoint is of another training or by another build
   * of Glim. Error while `fit` runs.
   */
  resume(checkpoint: Checkpoint, options: ResumeOptions = {}): void {
    atMost(2, arguments.length, "resume(checkpoint, { allowOtherBuild })");
    const { allowOtherBuild = false } = checkOptions("resume", options, RESUME);
    check("resume", "the checkpoint", checkpoint, CHECKPOINT);
    this.#checkIsOver("resume");
    if (!allowOtherBuild) checkBuild(checkpoint);
    loadLearners(this.#options, checkpoint);
    this.#at = copyOf(checkpoint);
    this.#streams = checkpoint.streams;
    this.#isResumed = true;
  }

  /**
   * The mean loss and the accuracy over a loader, and metrics, in evaluation mode and without
   * gradients.
   */
  evaluate(loader: AnyLoader, options: EvaluateOptions = {}): Promise<Evaluation> {
    atMost(2, arguments.length, "evaluate(loader, { metrics })");
    return evaluate(this.#options.model, this.#options.loss, loader, options);
  }

  /**
   * Searches for a learning rate: trains some steps with a rising rate and returns their losses.
   * Afterwards model, optimizer, loader and random numbers are as they were before.
   *
   * Error while `fit` runs; RangeError where there is no batch; DeviceError where the model is on a GPU.
   */
  findLearningRate(train: DataLoader, options: FindLearningRateOptions = {}): LearningRates {
    atMost(2, arguments.length, "findLearningRate(train, { from, to, steps })");
    check("findLearningRate", "the training set", train, DATA_LOADER);
    this.#checkIsOver("findLearningRate");
    return findLearningRate(this.#options, train, options);
  }

  #checkIsOver(op: string): void {
    if (this.#isRunning) throw new Error(`${op}: fit must be over: it runs: stop() it and wait`);
  }

  #begin(loaders: Loaders): void {
    this.#generator = generator();
    if (this.#isResumed) restoreStreams(loaders, this.#generator, this.#streams!);
    else this.#at = start();
    this.#isResumed = false;
    this.#isRunning = true;
    this.#stopped = false;
    this.#loaders = loaders;
    this.#streams = null;
  }

  #readStreams(loaders: Loaders): Streams {
    return readStreams(loaders, this.#generator!);
  }

  /** The batches of an epoch that begins or, after `resume`, of one that is gone on with. */
  async #batches(loaders: Loaders, at: Position): Promise<Turns> {
    if (at.began !== null) return restOfEpoch(loaders, this.#generator!, at.began, at.step);
    for (const callback of this.#options.callbacks ?? []) {
      await outside(done(callback.onEpochBegin?.(at.epoch)));
    }
    at.learningRate = this.#options.optimizer.paramGroups[0]!.lr;
    at.began = this.#readStreams(loaders);
    return turnsOf(loaders.train);
  }

  async #trainEpoch(loaders: Loaders, at: Position): Promise<void> {
    const { model, optimizer, averagedModel, scheduler, schedulerInterval } = this.#options;
    const { accumulate = 1, clipNorm } = this.#options;
    const stepScheduler = schedulerInterval === "step" ? scheduler : undefined;
    const { turns, stream } = await this.#batches(loaders, at);
    const before = at.step;
    let last = performance.now();
    const values = this.#values = new StepValues();
    if (!model.training) model.train(); // else single modules may be meant to stay in evaluation
    /** Batches that are still to come; of a stream those that are ready, of as many as a step has. */
    let left = (loaders.train.length ?? 0) - at.step;
    /** Batches of the step that is under way: no one is let in between them. */
    let group = 0, size = 1;
    try {
      if (stream !== null) left = await outside(stream.ready(accumulate));
      for (const [x, y] of turns) {
        const output = model.forward(x);
        const loss = lossOf("fit", this.#options.loss, output, y);
        if (group === 0) {
          optimizer.zeroGrad();
          size = Math.min(accumulate, left);
        }
        if (size === 1) loss.backward();
        else loss.div(size).backward();
        values.add(at.sums, output, y, loss, divergedAt(at));
        left--;
        if (++group < size) continue;
        if (clipNorm !== undefined) clipGradNorm_(model.parameters(), clipNorm);
        optimizer.step();
        averagedModel?.updateParameters();
        stepScheduler?.stepWith(values.loss);
        at.step += group;
        at.totalSteps++;
        group = 0;
        const now = performance.now();
        at.seconds += (now - last) / 1000;
        last = now;

        const promises = this.#stepEnded(at, values.loss);
        if (promises !== null) await outside(promises);
        if (values.isDue(now)) await outside(values.read());
        if (this.#pause.isDue(now)) {
          this.#tell(at, values.loss);
          await this.#pause.take();
        }
        if (this.#stopped) break;
        if (stream !== null) left = await outside(stream.ready(accumulate));
      }
      await outside(values.settle());
    } finally {
      values.release();
      if (stream !== null) await outside(stream.close());
    }
    if (at.step === 0 && !this.#stopped) throw new RangeError("fit: the training set has no batch");
    if (at.step > before) this.#tell(at, values.loss);
  }

  async #endEpoch(
    loaders: Loaders,
    at: Position,
    metrics: readonly Metric[] = [],
  ): Promise<void> {
    const { scheduler, schedulerInterval, averagedModel, callbacks = [] } = this.#options;
    // A checkpoint that is taken meanwhile goes on with the evaluation from its beginning.
    this.#streams = this.#readStreams(loaders);
    averagedModel?.apply();
    try {
      const { dev } = loaders;
      const record = finishEpoch(at, dev && await this.evaluate(dev, { metrics }));
      this.#streams = null;
      if (schedulerInterval !== "step") scheduler?.stepWith(record.trainLoss);
      for (const callback of callbacks) await outside(done(callback.onEpochEnd?.(record)));
    } finally {
      averagedModel?.restore();
    }
  }

  /** Tells all callbacks of a step; the promises that some returned, or null. */
  #stepEnded(at: Position, loss: number): Promise<unknown> | null {
    const promises: Promise<void>[] = [];
    let info: StepInfo | null = null;
    for (const callback of this.#options.callbacks ?? []) {
      if (callback.onStepEnd === undefined) continue;
      const result = callback.onStepEnd(info ??= stepInfo(at, loss));
      if (result instanceof Promise) promises.push(result);
    }
    return promises.length === 0 ? null : Promise.all(promises);
  }

  #tell(at: Position, loss: number): void {
    for (const callback of this.#options.callbacks ?? []) callback.onProgress?.(stepInfo(at, loss));
  }
}

inspectAsString(Trainer);

/** Throws where the optimizer has no parameter of the model, as one that was made for another has not. */
// deno-lint-ignore no-explicit-any
function checkTogether({ model, optimizer }: TrainerOptions<any>): void {
  const own = new Set<Tensor>(model.parameters());
  if (own.size === 0) return;
  if (optimizer.paramGroups.some(({ params }) => params.some((p: Tensor) => own.has(p)))) return;
  throw new TypeError(
    "Trainer: the optimizer must have parameters of the model: it has none: make it of " +
      "model.parameters(), of this very model",
  );
}

function divergedAt({ epoch, step }: Position): (loss: number) => DivergedError {
  return (value) =>
    new DivergedError(
      `fit: the loss is ${value} in epoch ${epoch}, step ${step}: the weights are lost: try a lower ` +
        `learning rate, and look for bad numbers in the data`,
    );
}

/** What is trained and evaluated on: all, or a few batches. */
function loadersOf(train: AnyLoader, { dev, fastDevRun, overfit }: FitOptions): Loaders {
  if (overfit !== undefined) {
    const few = train.firstBatches(overfit);
    return { train: few, dev: few };
  }
  if (fastDevRun) return { train: train.firstBatches(1), dev: dev?.firstBatches(1) ?? null };
  return { train, dev: dev ?? null };
}

function done(result: void | Promise<void>): Promise<void> {
  return Promise.resolve(result);
}

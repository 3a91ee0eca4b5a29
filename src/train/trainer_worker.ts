/**
 * A training in a worker, from outside: `@glim/glim/worker`. It brings no kernels, so that a page which
 * only shows how a worker gets on stays small.
 *
 * @module
 */
import {
  atMost,
  byteArray,
  callable,
  check,
  checkNeeded,
  checkOptions,
  flag,
  isPlainObject,
  kind,
  type Kinds,
  notNegative,
  numberThat,
  text,
  whole,
} from "../core/options.ts";
import { errorOf } from "../core/error_data.ts";
import { messageOf } from "../core/errors.ts";
import type { Platform } from "../core/platform.ts";
import {
  type StartedWorker,
  startWorker,
  whenReleased,
  WORKER,
  type WorkerLike,
} from "../core/worker_port.ts";
import type { ResumeOptions } from "./checkpoint.ts";
import type { EpochRecord } from "./epoch_record.ts";
import type { AnyTrainerService } from "./serve_trainer.ts";
import type { TrainerProgress, WorkerCheckpoints, WorkerFitOptions } from "./served_fit.ts";
import type { FromWorker, Request, Told, ToWorker } from "./worker_messages.ts";

export type { ResumeOptions } from "./checkpoint.ts";
export type { EpochRecord } from "./epoch_record.ts";
export type { StepInfo } from "./callback.ts";
export type { Pace } from "./meter.ts";
export type { AnyTrainerService, TrainerService } from "./serve_trainer.ts";
export type { Calls, TrainerProgress, WorkerCheckpoints, WorkerFitOptions } from "./served_fit.ts";
export type { WorkerLike } from "../core/worker_port.ts";

declare const console: Platform["console"];
declare const structuredClone: Platform["structuredClone"];

/**
 * Who hears what a worker tells. While one of them works, or the promise that it returned is pending,
 * no more than 16 messages come: training waits.
 */
export interface WorkerListeners<M = unknown> {
  /** How far the fit is: a few times a second, and after its last step. */
  onProgress?(progress: TrainerProgress): void | Promise<void>;
  /** How often that is told, at most. Infinity: after every step, and training waits for the answer. Default: 10. */
  progressPerSecond?: number;
  /** An epoch is over and evaluated. */
  onEpochEnd?(record: EpochRecord): void | Promise<void>;
  /** What the worker's own file has sent. */
  onMessage?(message: M): void | Promise<void>;
  /**
   * Something failed without which training goes on, such as writing a checkpoint; or the worker is
   * over while nothing was asked of it. Default: a warning on the console.
   */
  onProblem?(error: Error): void;
}

const LISTENERS: Kinds<WorkerListeners> = {
  onProgress: callable,
  progressPerSecond: numberThat("a number above 0", (value) => value > 0),
  onEpochEnd: callable,
  onMessage: callable,
  onProblem: callable,
};

const CHECKPOINTS: Kinds<WorkerCheckpoints> = { path: text, seconds: notNegative, resume: flag };

const FIT: Kinds<WorkerFitOptions> = {
  epochs: whole(1),
  steps: whole(0),
  checkpoints: kind("a folder: { path, seconds }", isPlainObject),
};

const LOAD: Kinds<ResumeOptions> = { allowOtherBuild: flag };

/** A request that has not been answered. */
interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * Trains in a worker, so that a page or a server stays free meanwhile, with the bits that the same
 * training has without one. The worker's file calls {@link serveTrainer}.
 *
 * What goes wrong in the worker rejects what was asked of it, with its error, stack and cause; where
 * the worker itself is over, all that was asked and will be. In Deno and Node a worker keeps the
 * program alive until it is terminated, which `using` does.
 *
 * @example
 * ```ts
 * import { train } from "@glim/glim";
 *
 * async function run(url: URL): Promise<void> { // new URL("./fit.ts", import.meta.url)
 *   using worker = new train.TrainerWorker(url, { lr: 0.1 }, {
 *     onProgress: ({ epoch, meanLoss }) => console.log(epoch, meanLoss),
 *   });
 *   const history = await worker.fit({ epochs: 3 });
 *   const weights = await worker.weights(); // a safetensors file
 *   console.log(history.length, weights.length);
 * }
 * ```
 */
export class TrainerWorker<S extends AnyTrainerService = AnyTrainerService> implements Disposable {
  readonly #worker: StartedWorker<ToWorker>;
  readonly #listeners: WorkerListeners<Exclude<S["message"], undefined>>;
  readonly #pending: Map<number, Pending> = new Map();
  /** What waits for the worker to listen; null since it does. */
  #queue: Request[] | null = [];
  #id = 0;
  /** Why nothing can be asked any more. */
  #over: Error | null = null;

  /**
   * Starts a worker and lets it build its training. What is asked of it rejects with DataError where its
   * file comes to its end and has not called `serveTrainer`; a file that imports nothing of this library
   * is warned of after 10 seconds.
   *
   * @param worker Where its file is, or a Worker. Bundlers find the file only where it stands in
   * `new Worker(new URL("./fit.ts", import.meta.url), { type: "module" })`.
   * @param options What its function is called with: what can be cloned.
   */
  constructor(
    worker: object | string,
    options?: S["options"],
    listeners: WorkerListeners<Exclude<S["message"], undefined>> = {},
  ) {
    atMost(3, arguments.length, "TrainerWorker(worker, options, listeners)");
    check("TrainerWorker", "the worker", worker, WORKER);
    this.#listeners = checkOptions("TrainerWorker", listeners, LISTENERS);
    this.#worker = startWorker<FromWorker, ToWorker>(
      "TrainerWorker",
      "serveTrainer",
      worker as WorkerLike,
      {
        take: (message) => this.#take(message),
        end: (reason) => this.#end(new Error(`TrainerWorker: the worker is over: ${reason}`)),
      },
    );
    this.#build(options).catch(() => {}); // whoever asks for more is told
  }

  /**
   * Trains until there have been so many epochs, or goes on from where the last fit stopped.
   *
   * Throws what building the training threw, and all that `Trainer.fit` throws.
   *
   * @returns A record for each epoch that was finished; fewer than asked for after `stop` or where
   * `steps` were too few.
   */
  async fit(options: WorkerFitOptions): Promise<EpochRecord[]> {
    atMost(1, arguments.length, "fit({ epochs, steps, checkpoints })");
    const { checkpoints } = checkOptions("fit", options, FIT);
    checkNeeded("fit", options, "epochs");
    if (checkpoints !== undefined) {
      checkOptions("fit: checkpoints", checkpoints, CHECKPOINTS);
      checkNeeded("fit: checkpoints", checkpoints, "path");
    }
    return await this.#ask("fit", options) as EpochRecord[];
  }

  /** Makes training wait after the step that is under way. Resolves when it does. */
  async pause(): Promise<void> {
    atMost(0, arguments.length, "pause()");
    await this.#ask("pause");
  }

  /** Goes on after `pause`. */
  async resume(): Promise<void> {
    atMost(0, arguments.length, "resume()");
    await this.#ask("resume");
  }

  /** Makes `fit` return after the step that is under way. */
  async stop(): Promise<void> {
    atMost(0, arguments.length, "stop()");
    await this.#ask("stop");
  }

  /** The weights as they are after the last step: a safetensors file, for `io.decodeSafetensors`. */
  async weights(): Promise<Uint8Array<ArrayBuffer>> {
    atMost(0, arguments.length, "weights()");
    return await this.#ask("weights") as Uint8Array<ArrayBuffer>;
  }

  /**
   * All that is needed to go on elsewhere to the same bits: a file, for `load` and
   * `train.decodeCheckpoint`. Throws Error before the first `fit`.
   */
  async checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    atMost(0, arguments.length, "checkpoint()");
    return await this.#ask("checkpoint") as Uint8Array<ArrayBuffer>;
  }

  /**
   * Makes the next `fit` go on from a checkpoint. Throws DataError where it is damaged, of another
   * training or by another build of Glim; Error while `fit` runs.
   */
  async load(checkpoint: Uint8Array, options: ResumeOptions = {}): Promise<void> {
    atMost(2, arguments.length, "load(checkpoint, { allowOtherBuild })");
    check("load", "the checkpoint", checkpoint, byteArray);
    await this.#ask("load", checkpoint, checkOptions("load", options, LOAD));
  }

  /**
   * Calls one of the functions that the training has, between two steps. What it returns can be
   * cloned, which a tensor cannot. Throws what it throws, and RangeError where there is none.
   */
  async call<Name extends keyof NonNullable<S["calls"]> & string>(
    name: Name,
    ...args: Parameters<NonNullable<S["calls"]>[Name]>
  ): Promise<Awaited<ReturnType<NonNullable<S["calls"]>[Name]>>> {
    check("call", "the name", name, text);
    return await this.#ask("call", name, ...args) as never;
  }

  /** Drops the training, a fit that runs included, and builds another. */
  async reset(options?: S["options"]): Promise<void> {
    atMost(1, arguments.length, "reset(options)");
    await this.#build(options);
  }

  /** Ends the worker, whatever it does. What was asked of it and not answered is rejected. */
  terminate(): void {
    atMost(0, arguments.length, "terminate()");
    this.#end(new Error("TrainerWorker: it was terminated"), false);
  }

  /** The same. */
  [Symbol.dispose](): void {
    this.terminate();
  }

  #build(options: unknown): Promise<unknown> {
    const { onProgress, progressPerSecond = 10 } = this.#listeners;
    return this.#ask("reset", options, onProgress ? 1000 / progressPerSecond : Infinity);
  }

  #ask(name: string, ...args: unknown[]): Promise<unknown> {
    if (this.#over !== null) throw this.#over;
    const id = this.#id++;
    const request = { id, name, args };
    try {
      if (this.#queue === null) this.#worker.post(request);
      else this.#queue.push(structuredClone(request)); // as it is now
    } catch (cause) {
      if (id === 0) this.terminate();
      throw new TypeError(
        `${id === 0 ? "TrainerWorker" : name}: what is sent must be cloned: ${messageOf(cause)}`,
        { cause },
      );
    }
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  #take(message: FromWorker): void {
    if (this.#over !== null) return;
    if ("ready" in message) {
      for (const request of this.#queue ?? []) this.#worker.post(request);
      this.#queue = null;
      const gone = () => this.#end(new Error("TrainerWorker: the worker has closed itself"));
      if (message.ready !== null) whenReleased(message.ready, gone);
    } else if ("fault" in message) {
      this.#end(errorOf(message.fault));
    } else if ("tell" in message) {
      void this.#hear(message);
    } else if (this.#pending.has(message.id)) { // else it is no answer, but the file's own
      const { resolve, reject } = this.#pending.get(message.id)!;
      this.#pending.delete(message.id);
      if ("error" in message) reject(errorOf(message.error));
      else resolve(message.value);
    }
  }

  async #hear({ tell, value }: { tell: Told; value: unknown }): Promise<void> {
    try {
      if (tell === "onProblem") this.#problem(errorOf(value as never));
      else await this.#listeners[tell]?.(value as never);
    } finally {
      if (this.#over === null) this.#worker.post({ taken: true });
    }
  }

  #problem(error: Error): void {
    const { onProblem } = this.#listeners;
    if (onProblem === undefined) console.warn(`glim: ${error.message}`);
    else onProblem(error);
  }

  #end(error: Error, isProblem: boolean = this.#pending.size === 0): void {
    if (this.#over !== null) return;
    this.#over = error;
    this.#worker.terminate();
    if (isProblem) this.#problem(error);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

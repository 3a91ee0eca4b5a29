/**
 * The inner side of a `TrainerWorker`.
 *
 * @module
 */
import { dataOf } from "../core/error_data.ts";
import { messageOf } from "../core/errors.ts";
import { atMost, callable, check, describe } from "../core/options.ts";
import { ownLock, type Port, toParent } from "../core/worker_port.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint_format.ts";
import { type Calls, ServedFit, type ServedTraining } from "./served_fit.ts";
import type { FromWorker, Request, Told, ToWorker } from "./worker_messages.ts";

/** Messages that may be on their way before training waits for them to be listened to. */
const WINDOW = 16;

/** What a training in a worker can say to the outside. */
export interface WorkerContext<M = unknown> {
  /**
   * Sends a message to `onMessage`. The promise resolves when more may be sent: at once, or when the
   * other side has listened to what it was sent before.
   *
   * @param transfer Buffers in it that are handed over instead of copied.
   */
  send(message: M, transfer?: readonly object[]): Promise<void>;
}

/** What a worker serves, for the type of a {@link TrainerWorker}; it holds nothing. */
export interface TrainerService<Options = unknown, C extends Calls = Calls, M = unknown> {
  /** What it is built from. */
  readonly options?: Options;
  /** What may be called. */
  readonly calls?: C;
  /** What it sends. */
  readonly message?: M;
}

/** Any of them. */
// deno-lint-ignore no-explicit-any
export type AnyTrainerService = TrainerService<any, any, any>;

/**
 * Makes a worker's file one that trains. A {@link TrainerWorker} calls the function with the options
 * that it was given, again whenever it is `reset`, and fits what the function returns. What the file
 * keeps outside of the function, such as data, stays. To be called once, before the file awaits
 * anything that may fail.
 *
 * Error where it is called outside of a worker.
 *
 * @returns What gives a `TrainerWorker` its type.
 *
 * @example
 * ```ts
 * import { data, manualSeed, nn, optim, randn, train } from "@glim/glim";
 *
 * // fit.ts
 * export function build({ lr }: { lr: number }) {
 *   manualSeed(1);
 *   const x = randn([64, 4]);
 *   const loader = new data.DataLoader(new data.TensorDataset(x, x.argmax(1)), { batchSize: 16 });
 *   const model = new nn.Linear(4, 4);
 *   const optimizer = new optim.SGD(model.parameters(), { lr });
 *   return {
 *     model,
 *     optimizer,
 *     loss: new nn.CrossEntropyLoss(),
 *     train: loader,
 *     dev: loader,
 *     calls: { setRate: (lr: number) => void (optimizer.paramGroups[0]!.lr = lr) },
 *   };
 * }
 * export const serve = () => train.serveTrainer(build); // in a worker: export const fit = …
 * ```
 */
export function serveTrainer<Options, C extends Calls, M = unknown, O = Tensor>(
  build: (
    options: Options,
    context: WorkerContext<M>,
  ) => ServedTraining<C, O> | Promise<ServedTraining<C, O>>,
): TrainerService<Options, C, M> {
  atMost(1, arguments.length, "serveTrainer(build)");
  check("serveTrainer", "the function that builds", build, callable);
  // deno-lint-ignore no-explicit-any
  new Server(build as any);
  return {};
}

type Build = (options: unknown, context: WorkerContext) => ServedTraining | Promise<ServedTraining>;

/** Answers requests, in the order in which they come. */
class Server {
  readonly #build: Build;
  readonly #port: Port<FromWorker>;
  #fit: Promise<ServedFit> = Promise.reject(new Error("nothing has been built"));
  /** Messages that nobody has listened to yet, and who waits until there are few. */
  #onTheirWay = 0;
  #waiting: { most: number; resolve(): void }[] = [];
  /** Milliseconds between two messages about progress, at least; 0: after every step. */
  #interval = 100;
  #lastProgress = 0;

  constructor(build: Build) {
    this.#build = build;
    this.#fit.catch(() => {});
    this.#port = toParent<ToWorker, FromWorker>(
      "serveTrainer",
      (message) => "taken" in message ? this.#taken() : void this.#answer(message),
      (error) => this.#port.post({ fault: dataOf(error) }),
    );
    ownLock().then((ready) => this.#port.post({ ready }));
  }

  async #answer({ id, name, args }: Request): Promise<void> {
    try {
      const value = await this.#handle(name, args);
      const transfer = value instanceof Uint8Array && name !== "call" ? [value.buffer] : [];
      try {
        this.#port.post({ id, value }, transfer);
      } catch (cause) {
        throw new TypeError(
          `${name}: what ${describe(args[0])} returns must be cloned, as x.toTypedArray() can: a ` +
            `tensor cannot: ${messageOf(cause)}`,
        );
      }
    } catch (error) {
      this.#port.post({ id, error: dataOf(error) });
    }
  }

  #handle(name: string, args: readonly unknown[]): unknown {
    // deno-lint-ignore no-explicit-any
    const [first, ...rest] = args as any[];
    if (name === "reset") return this.#begin(first, rest[0]);
    return this.#fit.then((fit): unknown => {
      switch (name) {
        case "fit":
          return fit.fit(first);
        case "pause":
          return fit.between(() => fit.pause());
        case "resume":
          return fit.resume();
        case "stop":
          return fit.stop();
        case "weights":
          return fit.between(() => fit.weights());
        case "checkpoint":
          return fit.between(async () => encodeCheckpoint(await fit.checkpoint()));
        case "load":
          return fit.load(decodeCheckpoint(first), rest[0]);
        default:
          return fit.between(() => callOf(fit.calls, first)(...rest));
      }
    });
  }

  /** Builds a training, the first or one that takes the place of another. */
  async #begin(options: unknown, interval: number): Promise<void> {
    const before = this.#fit;
    this.#interval = interval;
    this.#fit = before.then((fit) => fit.end(), () => {}).then(async () => {
      const training = await this.#build(options, { send: this.#send });
      return new ServedFit(training, {
        wantsProgress: (now) => this.#wantsProgress(now),
        progress: (progress) => this.#tell("onProgress", progress, [], this.#interval && WINDOW),
        epochEnd: (record) => this.#tell("onEpochEnd", record),
        problem: (error) => void this.#tell("onProblem", dataOf(error)),
      });
    });
    await this.#fit;
  }

  readonly #send = (message: unknown, transfer: readonly object[] = []): Promise<void> =>
    this.#tell("onMessage", message, transfer);

  /** A busy listener is not told of every step, unless it wants to be: then training waits for it. */
  #wantsProgress(now: number): boolean {
    const since = now - this.#lastProgress;
    if (this.#interval > 0 && (since < this.#interval || this.#onTheirWay > 0)) return false;
    this.#lastProgress = now;
    return true;
  }

  /** Sends, and resolves when at most so many messages are on their way. */
  #tell(
    tell: Told,
    value: unknown,
    transfer: readonly object[] = [],
    most: number = WINDOW,
  ): Promise<void> {
    this.#port.post({ tell, value }, transfer);
    this.#onTheirWay++;
    if (this.#onTheirWay <= most) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ most, resolve }));
  }

  #taken(): void {
    this.#onTheirWay--;
    this.#waiting = this.#waiting.filter(({ most, resolve }) => {
      if (this.#onTheirWay > most) return true;
      resolve();
      return false;
    });
  }
}

function callOf(calls: Calls, name: string): Calls[string] {
  if (Object.hasOwn(calls, name)) return calls[name]!;
  const names = Object.keys(calls).join(", ") || "nothing";
  throw new RangeError(`call: the training's calls are ${names}: it is ${JSON.stringify(name)}`);
}

/**
 * Samples that are made in workers, while others are learnt from.
 *
 * ```
 * WorkerDataset ── { id, at, seed } ──▶ serveDataset    at: the number of a sample, or those of a batch
 *               ◀─ { id, tensors } ───
 * ```
 *
 * @module
 */
import { dataOf, type ErrorData, errorOf } from "../core/error_data.ts";
import { DataError } from "../core/errors.ts";
import { atMost, check, checkOptions, either, kind, type Kinds, whole } from "../core/options.ts";
import { Generator, generator, generatorOf, withGenerator } from "../core/random.ts";
import {
  type StartedWorker,
  startWorker,
  toParent,
  WORKER,
  type WorkerLike,
} from "../core/worker_port.ts";
import type { DType, TypedArray } from "../core/dtype.ts";
import { scopeOf } from "../scope/task.ts";
import { fromTypedArray } from "../tensor/create.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import type { AsyncDataset } from "./stream_loader.ts";
import { type Dataset, type Sample, stacked } from "./dataset.ts";

/** A tensor as a message has it. */
interface Sent {
  dtype: DType;
  shape: readonly number[];
  data: TypedArray;
}

/** What is asked of a worker. */
interface Asked {
  id: number;
  at: number | Int32Array;
  seed: number;
}

/** What a worker answers. */
type Answer =
  | { length: number; info: unknown }
  | { id: number; tensors: Sent[] }
  | { id: number; error: ErrorData }
  | { fault: ErrorData };

/**
 * Makes a worker's file one that samples are made in: a {@link WorkerDataset} asks it for them. What is
 * drawn there, as by `rand`, follows from what is drawn where the samples are used.
 *
 * Error where it is called outside of a worker.
 *
 * @param set The samples; a promise of them where they are looked for first.
 * @param info What `WorkerDataset.info` tells: whatever can be cloned.
 */
export function serveDataset<S extends Sample>(
  set: Dataset<S> | AsyncDataset<S> | Promise<Dataset<S> | AsyncDataset<S>>,
  info: unknown = null,
): void {
  atMost(2, arguments.length, "serveDataset(set, info)");
  check("serveDataset", "the data set", set, SET);
  const samples = Promise.resolve(set);
  const answer = async ({ id, at, seed }: Asked) => {
    try {
      const made = await withGenerator(
        new Generator(seed),
        () => scopeOf("a sample of serveDataset", async () => sampleOf(await samples, at)),
      );
      const tensors = made.map((x) => ({
        dtype: x.dtype,
        shape: x.shape,
        data: x.toTypedArray(),
      }));
      for (const tensor of made) tensor[Symbol.dispose]();
      port.post({ id, tensors }, tensors.map(({ data }) => data.buffer));
    } catch (error) {
      port.post({ id, error: dataOf(error) });
    }
  };
  const fault = (error: unknown) => port.post({ fault: dataOf(error) });
  const port = toParent<Asked, Answer>("serveDataset", (asked) => void answer(asked), fault);
  samples.then(async ({ length }) => port.post({ length, info: await info }), fault);
}

const SET = kind("a data set, or a promise of one", (value) => {
  const { length, get, then } = Object(value);
  return typeof then === "function" || typeof length === "number" && typeof get === "function";
});

async function sampleOf<S extends Sample>(
  set: Dataset<S> | AsyncDataset<S>,
  at: number | Int32Array,
): Promise<S> {
  if (typeof at === "number") return [...await set.get(at)].map((x) => x.clone()) as unknown as S;
  if (set.batch !== undefined) return await set.batch(at);
  const samples = await Promise.all(Array.from(at, (i) => set.get(i)));
  return noGrad(() => stacked(samples));
}

/** Options of {@link WorkerDataset.start}. */
export interface WorkerDatasetOptions {
  /** How many workers there are: each has its own copy of the data set. Default: 1. */
  workers?: number;
}

const OPTIONS: Kinds<WorkerDatasetOptions> = { workers: whole(1) };

const START = either(WORKER, kind("a function", (value) => typeof value === "function"));

/** A request that has not been answered. */
interface Pending {
  resolve(tensors: Sent[]): void;
  reject(error: Error): void;
}

/**
 * Samples that workers make: read, unpacked, changed at random. A `StreamLoader` asks for the next
 * batches while one is worked on.
 *
 * In Deno and Node workers keep the program alive until they are terminated, which `using` does.
 *
 * @example
 * ```ts ignore
 * // pictures.ts
 * import { data } from "@glim/glim";
 * import { decodeJpeg } from "@glim/glim/jpeg";
 * data.serveDataset(data.imageFiles("pets", { size: 64, decoders: { jpg: decodeJpeg } }));
 *
 * // main.ts
 * import { data } from "@glim/glim";
 * using set = await data.WorkerDataset.start(
 *   () => new Worker(new URL("./pictures.ts", import.meta.url), { type: "module" }),
 *   { workers: 3 },
 * );
 * const loader = new data.StreamLoader(set, { batchSize: 64, shuffle: true });
 * ```
 */
export class WorkerDataset<S extends Sample = [x: Tensor, y: Tensor], I = unknown>
  implements AsyncDataset<S>, Disposable {
  /** How many samples there are. */
  readonly length: number;
  /** What the worker's file has told of them. */
  readonly info: I;
  readonly #workers: StartedWorker<Asked>[];
  /** What each works on. */
  readonly #load: number[];
  readonly #pending: Map<number, Pending>;
  readonly #state: { over: Error | null };
  #id = 0;

  private constructor(
    workers: StartedWorker<Asked>[],
    pending: Map<number, Pending>,
    state: { over: Error | null },
    { length, info }: { length: number; info: unknown },
  ) {
    this.#workers = workers;
    this.#load = workers.map(() => 0);
    this.#pending = pending;
    this.#state = state;
    this.length = length;
    this.info = info as I;
  }

  /**
   * Starts workers and waits until they know their samples.
   *
   * Rejects with the worker's error, or DataError where it ends or cannot be started, where its file
   * comes to its end and has not called `serveDataset`, and where workers differ in how many samples
   * there are. A file that imports nothing of this library is warned of after 10 seconds.
   *
   * @param worker Where their file is, or a function that gives a new Worker: bundlers find the file only
   * where it stands in `new Worker(new URL("./pictures.ts", import.meta.url), { type: "module" })`.
   */
  static async start<S extends Sample = [x: Tensor, y: Tensor], I = unknown>(
    worker: { readonly href: string } | string | (() => WorkerLike),
    options: WorkerDatasetOptions = {},
  ): Promise<WorkerDataset<S, I>> {
    atMost(2, arguments.length, "WorkerDataset.start(worker, { workers })");
    check("WorkerDataset.start", "the worker", worker, START);
    const { workers: count = 1 } = checkOptions("WorkerDataset.start", options, OPTIONS);
    const pending = new Map<number, Pending>();
    const state: { over: Error | null } = { over: null };
    const started: StartedWorker<Asked>[] = [];
    const told = Array.from(
      { length: count },
      () =>
        new Promise<{ length: number; info: unknown }>((resolve, reject) => {
          const end = (error: Error) => {
            state.over ??= error;
            reject(error);
            for (const { reject } of pending.values()) reject(error);
            pending.clear();
          };
          const take = (message: Answer) => {
            if ("length" in message) return resolve(message);
            if ("fault" in message) return end(errorOf(message.fault));
            const asked = pending.get(message.id);
            pending.delete(message.id);
            if ("error" in message) asked?.reject(errorOf(message.error));
            else asked?.resolve(message.tensors);
          };
          started.push(startWorker<Answer, Asked>(
            "WorkerDataset",
            "serveDataset",
            typeof worker === "function" ? worker() : worker,
            {
              take,
              end: (reason) => end(new DataError(`WorkerDataset: the worker is over: ${reason}`)),
            },
          ));
        }),
    );
    try {
      const [first, ...others] = await Promise.all(told);
      const other = others.find(({ length }) => length !== first!.length);
      if (other !== undefined) {
        throw new DataError(
          "WorkerDataset: all workers must have the same samples: they have " +
            `${first!.length} and ${other.length}`,
        );
      }
      return new WorkerDataset<S, I>(started, pending, state, first!);
    } catch (error) {
      for (const one of started) one.terminate();
      throw error;
    }
  }

  /** One sample. */
  get(index: number): Promise<S> {
    return this.#ask(index);
  }

  /** Several samples, stacked. */
  batch(indices: Int32Array): Promise<S> {
    return this.#ask(indices);
  }

  /** Ends the workers: what was asked of them and will be is rejected. */
  [Symbol.dispose](): void {
    const error = new DataError("WorkerDataset: the workers have been terminated");
    this.#state.over ??= error;
    for (const worker of this.#workers) worker.terminate();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  async #ask(at: number | Int32Array): Promise<S> {
    if (this.#state.over !== null) throw this.#state.over;
    const worker = this.#load.indexOf(Math.min(...this.#load));
    this.#load[worker]!++;
    const id = this.#id++;
    const { seed } = generatorOf(generator().next(), OF_WORKER).state;
    try {
      const tensors = await new Promise<Sent[]>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject });
        this.#workers[worker]!.post({ id, at, seed });
      });
      return tensors.map(({ dtype, shape, data }) =>
        fromTypedArray(data, shape, { dtype })
      ) as unknown as S;
    } finally {
      this.#load[worker]!--;
    }
  }
}

/** What the generator of a request is for: see `generatorOf`. */
const OF_WORKER = 5;

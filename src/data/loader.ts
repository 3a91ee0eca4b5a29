import { Buffer, notATensor } from "../device/buffer.ts";
import { DataError } from "../core/errors.ts";
import { describe, inspectAsString } from "../core/inspect.ts";
import {
  atMost,
  callable,
  check,
  checkOptions,
  flag,
  kind,
  type Kinds,
  whole,
} from "../core/options.ts";
import { Generator, generator, permutation, type RandomState } from "../core/random.ts";
import { StepIterator } from "../scope/step_iterator.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Dataset } from "./dataset.ts";
import type { Transform } from "./transform.ts";

/** Options of {@link DataLoader}. */
export interface DataLoaderOptions {
  /** Samples in a batch. Default: 1. */
  batchSize?: number;
  /** A new order in every loop. Default: false. */
  shuffle?: boolean;
  /** The seed of the orders; default: they follow `manualSeed`. */
  seed?: number;
  /** Whether to leave out a last batch that is not full. Default: false. */
  dropLast?: boolean;
  /**
   * Changes each batch's x, as augmentation does. The generator to draw from is the loader's own if it
   * has a seed, else the one that follows `manualSeed`. TypeError in the loop unless it gives a
   * tensor: not a promise of one.
   */
  transform?: Transform;
}

const OPTIONS: Kinds<DataLoaderOptions> = {
  batchSize: whole(1),
  shuffle: flag,
  seed: whole(0),
  dropLast: flag,
  transform: callable,
};

const FROM_0 = whole(0);

const DATASET = kind("a data set, with length and batch()", (value) => {
  const { length, batch } = Object(value) as Partial<Dataset>;
  return typeof length === "number" && typeof batch === "function";
});

/** What the batches of a loader depend on, apart from the samples: to go on with it later. */
export interface LoaderState {
  /** Samples of the data set. */
  samples: number;
  /** Samples in a full batch. */
  batchSize: number;
  /** Batches of a loop. */
  batches: number;
  /** Whether each loop has an order of its own. */
  shuffle: boolean;
  /** Where its own random numbers stand; null where they follow `manualSeed`. */
  random: RandomState | null;
}

/**
 * Batches of a data set. Each turn of a loop over it is a scope: what a turn makes is released when
 * the next begins, so a loop runs in constant memory.
 *
 * @example
 * ```ts
 * import { arange, data } from "@glim/glim";
 * const set = new data.TensorDataset(arange(10).reshape(10, 1), arange(10));
 * for (const [x, y] of new data.DataLoader(set, { batchSize: 4, shuffle: true, seed: 1 })) {
 *   console.log(x.shape, y.shape); // [4, 1] [4], twice, then [2, 1] [2]
 * }
 * ```
 */
export class DataLoader implements Iterable<[x: Tensor, y: Tensor]> {
  /** What it loads from. */
  readonly dataset: Dataset;
  /** Samples in a full batch. */
  readonly batchSize: number;
  readonly #shuffle: boolean;
  readonly #dropLast: boolean;
  readonly #generator: Generator | null;
  readonly #transform: Transform | undefined;

  /** RangeError unless the batch size is a whole number of at least 1. */
  constructor(dataset: Dataset, options: DataLoaderOptions = {}) {
    atMost(2, arguments.length, "DataLoader(dataset, options)");
    check("DataLoader", "the first argument", dataset, DATASET);
    checkOptions("DataLoader", options, OPTIONS);
    const { batchSize = 1, shuffle = false, seed, dropLast = false, transform } = options;
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.#shuffle = shuffle;
    this.#dropLast = dropLast;
    this.#generator = seed === undefined ? null : new Generator(seed);
    this.#transform = transform;
  }

  /** How many batches a loop has. */
  get length(): number {
    const batches = this.dataset.length / this.batchSize;
    return this.#dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /** One loop over all batches. */
  [Symbol.iterator](): IterableIterator<[x: Tensor, y: Tensor]> {
    return this.startingAt(0);
  }

  /**
   * One loop without its first batches, which are not loaded: how a loop is gone on with. RangeError
   * unless `batch` is a whole number from 0 to `length`.
   */
  startingAt(batch: number): IterableIterator<[x: Tensor, y: Tensor]> {
    atMost(1, arguments.length, "startingAt(batch)");
    const n = this.length;
    check("startingAt", "the batch", batch, FROM_0);
    if (batch > n) {
      throw new RangeError(`startingAt: there are ${n} batches: it is ${batch}`);
    }
    const order = this.#order();
    let i = batch;
    return new StepIterator(
      "a turn of a DataLoader",
      () => i < n ? this.#batch(order, i++) : undefined,
    );
  }

  /** The first batch of a loop, in the caller's scope. RangeError where there is none. */
  first(): [x: Tensor, y: Tensor] {
    atMost(0, arguments.length, "first()");
    if (this.length === 0) throw new RangeError("first: the data set has no batch");
    return this.#batch(this.#order(), 0);
  }

  /**
   * What the next loop depends on. The order is drawn when a loop begins, so the state from before it,
   * and the number of batches that are through, bring back the rest of it: see `startingAt`.
   */
  stateDict(): LoaderState {
    return {
      samples: this.dataset.length,
      batchSize: this.batchSize,
      batches: this.length,
      shuffle: this.#shuffle,
      random: this.#generator?.state ?? null,
    };
  }

  /**
   * Goes on from a state. DataError, before anything is changed, where it is of a loader with other
   * batches.
   */
  loadStateDict(state: LoaderState): void {
    const own = this.stateDict();
    const faults = (["samples", "batchSize", "batches", "shuffle"] as const)
      .filter((name) => own[name] !== state[name])
      .map((name) => `${name} (${own[name]} is needed: it is ${state[name]})`);
    const seeded = (random: RandomState | null) => random === null ? "none" : "one";
    if (seeded(own.random) !== seeded(state.random)) {
      faults.push(`seed (${seeded(own.random)} is needed: there is ${seeded(state.random)})`);
    }
    if (faults.length > 0) {
      throw new DataError(`loadStateDict: the loader's batches must agree: ${faults.join("; ")}`);
    }
    if (this.#generator !== null) this.#generator.state = state.random!;
  }

  /** `DataLoader(dataset: ImageDataset(length: 50000), batchSize: 64, shuffle: true)`. */
  toString(): string {
    const { dataset, batchSize } = this;
    return describe(this, { dataset, batchSize, shuffle: this.#shuffle });
  }

  #order(): Int32Array {
    const n = this.dataset.length;
    if (!this.#shuffle) return Int32Array.from({ length: n }, (_, i) => i);
    return permutation(n, this.#random.next());
  }

  #batch(order: Int32Array, i: number): [x: Tensor, y: Tensor] {
    const [x, y] = this.dataset.batch(
      order.subarray(i * this.batchSize, (i + 1) * this.batchSize),
    );
    if (this.#transform === undefined) return [x, y];
    const changed = this.#transform(x, this.#random);
    if (Buffer.is(changed)) return [changed, y];
    throw new TypeError(`DataLoader: transform must give a tensor: it is ${notATensor(changed)}`);
  }

  get #random(): Generator {
    return this.#generator ?? generator();
  }
}

inspectAsString(DataLoader);

import { describe, inspectAsString } from "../core/inspect.ts";
import { atMost, callable, check, checkOptions, flag, type Kinds, whole } from "../core/options.ts";
import { Generator, generator, permutation } from "../core/random.ts";
import { StepIterator } from "../scope/step_iterator.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Dataset, Sample } from "./dataset.ts";
import { goOnFrom, type LoaderState } from "./loader_state.ts";
import {
  BATCH_SAMPLER,
  batchesOf,
  type BatchLists,
  indicesOf,
  SAMPLER,
  type Sampler,
} from "./sampler.ts";
import { DATASET, Subset } from "./subset.ts";
import { changed, type Transform } from "./transform.ts";

/** Options of {@link DataLoader}. */
export interface DataLoaderOptions<S extends Sample = [x: Tensor, y: Tensor], B = S> {
  /** How many samples a batch has. Default: 1. */
  batchSize?: number;
  /** Whether to shuffle the samples anew for every loop. Default: false. */
  shuffle?: boolean;
  /** The seed for shuffling. Default: the order follows `manualSeed`. */
  seed?: number;
  /** Whether to leave out a last batch that is not full. Default: false. */
  dropLast?: boolean;
  /**
   * Changes each batch's x, for augmentation. It draws its random numbers from the loader's own
   * generator if the loader has a seed, else from the one that follows `manualSeed`. TypeError in the
   * loop unless it returns a tensor, not a promise.
   */
  transform?: Transform;
  /** Chooses the samples of a loop and their order, instead of `shuffle`. */
  sampler?: Sampler;
  /**
   * Chooses the samples of each batch, instead of all other options but `seed`, `transform` and
   * `collate`.
   */
  batchSampler?: BatchLists;
  /**
   * Makes a batch of samples that cannot simply be stacked, such as sequences of unlike length. Default:
   * each tensor is stacked along a new first dimension.
   */
  collate?: (samples: S[]) => B;
}

// deno-lint-ignore no-explicit-any
const OPTIONS: Kinds<DataLoaderOptions<any, any>> = {
  batchSize: whole(1),
  shuffle: flag,
  seed: whole(0),
  dropLast: flag,
  transform: callable,
  sampler: SAMPLER,
  batchSampler: BATCH_SAMPLER,
  collate: callable,
};

const FROM_0 = whole(0), FROM_1 = whole(1);

/**
 * Loads a data set in batches. Each turn of a loop over a loader is a scope: what it makes is
 * released when the next turn begins, so the loop runs in constant memory.
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
export class DataLoader<S extends Sample = [x: Tensor, y: Tensor], B = S> implements Iterable<B> {
  /** The data set that it loads. */
  readonly dataset: Dataset<S>;
  /** Samples in a full batch. */
  readonly batchSize: number;
  readonly #shuffle: boolean;
  readonly #dropLast: boolean;
  readonly #generator: Generator | null;
  readonly #transform: Transform | undefined;
  readonly #sampler: DataLoaderOptions["sampler"];
  readonly #batchSampler: DataLoaderOptions["batchSampler"];
  readonly #collate: ((samples: S[]) => B) | undefined;

  /**
   * RangeError unless the batch size is a whole number of at least 1; TypeError where two options say
   * which samples a batch has.
   */
  constructor(dataset: Dataset<S>, options: DataLoaderOptions<S, B> = {}) {
    atMost(2, arguments.length, "DataLoader(dataset, options)");
    check("DataLoader", "the first argument", dataset, DATASET);
    checkOptions("DataLoader", options, OPTIONS);
    const { batchSize = 1, shuffle = false, seed, dropLast = false, transform } = options;
    const { sampler, batchSampler, collate } = options;
    if (sampler !== undefined && shuffle) throw notBoth("sampler", "shuffle");
    for (const other of ["batchSize", "shuffle", "dropLast", "sampler"] as const) {
      if (batchSampler !== undefined && options[other]) throw notBoth("batchSampler", other);
    }
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.#shuffle = shuffle;
    this.#dropLast = dropLast;
    this.#generator = seed === undefined ? null : new Generator(seed);
    this.#transform = transform;
    this.#sampler = sampler;
    this.#batchSampler = batchSampler;
    this.#collate = collate;
  }

  /** The number of batches in a loop. */
  get length(): number {
    if (this.#batchSampler !== undefined) return this.#batchSampler.length;
    const batches = (this.#sampler ?? this.dataset).length / this.batchSize;
    return this.#dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /** One loop over all batches. */
  [Symbol.iterator](): IterableIterator<B> {
    return this.startingAt(0);
  }

  /**
   * One loop without its first batches, which are not loaded: what resumes a loop. RangeError
   * unless `batch` is a whole number from 0 to `length`.
   */
  startingAt(batch: number): IterableIterator<B> {
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
  first(): B {
    atMost(0, arguments.length, "first()");
    if (this.length === 0) throw new RangeError("first: the data set has no batch");
    return this.#batch(this.#order(), 0);
  }

  /**
   * A loader of its first batches only, in the order of the data set, not shuffled and not changed at
   * random: to try a training out. RangeError unless the number is a whole one of at least 1.
   */
  firstBatches(count: number): DataLoader<S, B> {
    atMost(1, arguments.length, "firstBatches(count)");
    check("firstBatches", "the count", count, FROM_1);
    const { batchSize } = this;
    const samples = Math.min(this.dataset.length, count * batchSize);
    const first = new Subset<S>(this.dataset, Int32Array.from({ length: samples }, (_, i) => i));
    const collate = this.#collate;
    return new DataLoader<S, B>(first, { batchSize, ...collate && { collate } });
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
    goOnFrom(state, this.stateDict(), this.#generator);
  }

  /** `DataLoader(dataset: ImageDataset(length: 50000), batchSize: 64, shuffle: true)`. */
  toString(): string {
    const { dataset, batchSize } = this;
    return describe(this, { dataset, batchSize, shuffle: this.#shuffle });
  }

  /** The numbers of the samples of all batches, or those of each batch. */
  #order(): Int32Array | Int32Array[] {
    const n = this.dataset.length;
    if (this.#batchSampler !== undefined) return batchesOf(this.#batchSampler, this.#random);
    if (this.#sampler !== undefined) return indicesOf(this.#sampler, this.#random);
    if (!this.#shuffle) return Int32Array.from({ length: n }, (_, i) => i);
    return permutation(n, this.#random.next());
  }

  #batch(order: Int32Array | Int32Array[], i: number): B {
    const indices = Array.isArray(order)
      ? order[i]!
      : order.subarray(i * this.batchSize, (i + 1) * this.batchSize);
    const batch = this.#collate === undefined
      ? this.dataset.batch(indices) as unknown as B
      : this.#collate(Array.from(indices, (index) => this.dataset.get(index)));
    if (this.#transform === undefined) return batch;
    return changed("DataLoader", batch, this.#transform, this.#random);
  }

  get #random(): Generator {
    return this.#generator ?? generator();
  }
}

inspectAsString(DataLoader);

function notBoth(a: string, b: string): TypeError {
  return new TypeError(`DataLoader: ${a} does not go with ${b}: leave one out`);
}

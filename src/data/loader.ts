import { Generator, generator, permutation } from "../random.ts";
import { Turns } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import type { Dataset } from "./dataset.ts";

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

  /** RangeError unless the batch size is a whole number of at least 1. */
  constructor(dataset: Dataset, options: DataLoaderOptions = {}) {
    const { batchSize = 1, shuffle = false, seed, dropLast = false } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new RangeError(
        `DataLoader: the batch size must be a whole number of at least 1: it is ${batchSize}`,
      );
    }
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.#shuffle = shuffle;
    this.#dropLast = dropLast;
    this.#generator = seed === undefined ? null : new Generator(seed);
  }

  /** How many batches a loop has. */
  get length(): number {
    const batches = this.dataset.length / this.batchSize;
    return this.#dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /** One loop over all batches. */
  [Symbol.iterator](): IterableIterator<[x: Tensor, y: Tensor]> {
    const order = this.#order();
    const n = this.length;
    let i = 0;
    return new Turns("a turn of a DataLoader", () => i < n ? this.#batch(order, i++) : undefined);
  }

  /** The first batch of a loop, in the caller's scope. RangeError where there is none. */
  first(): [x: Tensor, y: Tensor] {
    if (this.length === 0) throw new RangeError("first: the data set has no batch");
    return this.#batch(this.#order(), 0);
  }

  #order(): Int32Array {
    const n = this.dataset.length;
    if (!this.#shuffle) return Int32Array.from({ length: n }, (_, i) => i);
    return permutation(n, (this.#generator ?? generator()).next());
  }

  #batch(order: Int32Array, i: number): [x: Tensor, y: Tensor] {
    return this.dataset.batch(order.subarray(i * this.batchSize, (i + 1) * this.batchSize));
  }
}

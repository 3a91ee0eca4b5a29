/**
 * Which samples a loop takes, and in which order, as PyTorch's samplers.
 *
 * @module
 */
import {
  atMost,
  check,
  checkOptions,
  describe,
  flag,
  isListOf,
  type Kind,
  kind,
  type Kinds,
  whole,
} from "../core/options.ts";
import { type Generator, permutation, philox } from "../core/random.ts";
import { INDICES } from "./subset.ts";

/**
 * Numbers of samples, drawn when a loop begins: from the loader's generator alone, so that a loop can
 * be gone on with after a checkpoint.
 */
export interface Sampler {
  /** How many samples a loop has. */
  readonly length: number;
  /** The numbers of a loop: a list, or a generator of them. */
  indices(generator: Generator): Iterable<number>;
}

/** What a sampler gives for a loop. TypeError where that is no list, RangeError of another length. */
export function indicesOf(sampler: Sampler, generator: Generator): Int32Array {
  const numbers = numbersOf(sampler.indices(generator));
  checkCount("numbers", sampler.length, numbers.length);
  return numbers;
}

/** The same of a sampler of batches. */
export function batchesOf(sampler: BatchLists, generator: Generator): Int32Array[] {
  const batches = sampler.batches(generator);
  check("sampler", "what batches() gives", batches, ITERABLE);
  const lists = Array.from(batches, numbersOf);
  checkCount("batches", sampler.length, lists.length);
  return lists;
}

/** What gives the numbers of each batch. */
export interface BatchLists {
  /** How many batches a loop has. */
  readonly length: number;
  /** The batches of a loop: a list of lists, or generators. */
  batches(generator: Generator): Iterable<Iterable<number>>;
}

const ITERABLE = kind("a list", (value) => typeof Object(value)[Symbol.iterator] === "function");

function numbersOf(given: Iterable<number>): Int32Array {
  check("sampler", "what gives the numbers of samples", given, ITERABLE);
  return given instanceof Int32Array ? given : Int32Array.from(given);
}

function checkCount(what: string, length: number, count: number): void {
  if (count === length) return;
  throw new RangeError(`sampler: its length is ${length}: it gives ${count} ${what}`);
}

const COUNT = whole(1);

/** What has a length: a data set. */
type Sized = { readonly length: number };

function sizeOf(name: string, of: Sized | number): number {
  const size = typeof of === "number" ? of : Object(of).length;
  check(name, "the data set, or how many samples it has,", size, COUNT);
  return size;
}

/** All samples in their order. */
export class SequentialSampler implements Sampler {
  /** How many there are. */
  readonly length: number;

  /** Of a data set, or of so many samples. */
  constructor(dataset: Sized | number) {
    atMost(1, arguments.length, "SequentialSampler(dataset)");
    this.length = sizeOf("SequentialSampler", dataset);
  }

  /** 0 … n − 1. */
  indices(_generator: Generator): Int32Array {
    return Int32Array.from({ length: this.length }, (_, i) => i);
  }
}

/** Options of {@link RandomSampler}. */
export interface RandomSamplerOptions {
  /** Whether a sample may come again. Default: false. */
  replacement?: boolean;
  /** How many samples a loop has. Default: as many as there are. */
  numSamples?: number;
}

const RANDOM: Kinds<RandomSamplerOptions> = { replacement: flag, numSamples: COUNT };

/** Samples at random. */
export class RandomSampler implements Sampler {
  /** How many samples a loop has. */
  readonly length: number;
  readonly #n: number;
  readonly #replacement: boolean;

  /** Of a data set, or of so many samples. */
  constructor(dataset: Sized | number, options: RandomSamplerOptions = {}) {
    atMost(2, arguments.length, "RandomSampler(dataset, options)");
    this.#n = sizeOf("RandomSampler", dataset);
    const { replacement = false, numSamples = this.#n } = checkOptions(
      "RandomSampler",
      options,
      RANDOM,
    );
    this.#replacement = replacement;
    this.length = numSamples;
  }

  /** Without replacement each sample comes once before one comes again. */
  indices(generator: Generator): Int32Array {
    const out = new Int32Array(this.length);
    if (this.#replacement) {
      const draw = uniform(generator);
      return out.map(() => Math.floor(draw() * this.#n));
    }
    for (let at = 0; at < out.length; at += this.#n) {
      out.set(permutation(this.#n, generator.next()).subarray(0, out.length - at), at);
    }
    return out;
  }
}

/** Some samples of a data set, in another order each loop. */
export class SubsetRandomSampler implements Sampler {
  readonly #indices: Int32Array;

  /** Of the samples with these numbers. */
  constructor(indices: ArrayLike<number>) {
    atMost(1, arguments.length, "SubsetRandomSampler(indices)");
    check("SubsetRandomSampler", "the indices", indices, INDICES);
    this.#indices = Int32Array.from(indices);
  }

  /** How many there are. */
  get length(): number {
    return this.#indices.length;
  }

  /** The numbers, shuffled. */
  indices(generator: Generator): Int32Array {
    return permutation(this.length, generator.next()).map((i) => this.#indices[i]!);
  }
}

/** Options of {@link WeightedRandomSampler}. */
export interface WeightedRandomSamplerOptions {
  /** Whether a sample may come again. Default: true. */
  replacement?: boolean;
}

const WEIGHTED: Kinds<WeightedRandomSamplerOptions> = { replacement: flag };

const WEIGHTS = kind(
  "a list of numbers from 0 up, not all 0",
  (value) => ArrayBuffer.isView(value) || isListOf(value, (item) => typeof item === "number"),
  (value: ArrayLike<number>) => {
    const list = Array.from(value);
    return list.every((weight) => weight >= 0 && weight < Infinity) &&
      list.some((weight) => weight > 0);
  },
);

/** Samples as often as their weights say: rare classes as often as common ones. */
export class WeightedRandomSampler implements Sampler {
  /** How many samples a loop has. */
  readonly length: number;
  readonly #weights: Float64Array;
  readonly #replacement: boolean;

  /**
   * RangeError without replacement where fewer weights than samples are above 0.
   *
   * @param weights One a sample; they need not sum to 1.
   * @param numSamples How many samples a loop has.
   */
  constructor(
    weights: ArrayLike<number>,
    numSamples: number,
    options: WeightedRandomSamplerOptions = {},
  ) {
    atMost(3, arguments.length, "WeightedRandomSampler(weights, numSamples, options)");
    check("WeightedRandomSampler", "the weights", weights, WEIGHTS);
    check("WeightedRandomSampler", "numSamples", numSamples, COUNT);
    const { replacement = true } = checkOptions("WeightedRandomSampler", options, WEIGHTED);
    this.#weights = Float64Array.from(weights);
    this.length = numSamples;
    this.#replacement = replacement;
    const positive = this.#weights.filter((weight) => weight > 0).length;
    if (!replacement && numSamples > positive) {
      throw new RangeError(
        `WeightedRandomSampler: without replacement at most ${positive} samples have a weight: ` +
          `numSamples is ${describe(numSamples)}`,
      );
    }
  }

  /** Numbers of samples. */
  indices(generator: Generator): Int32Array {
    const draw = uniform(generator);
    if (!this.#replacement) { // the largest of u^(1/w): Efraimidis and Spirakis, 2006
      const keys = this.#weights.map((weight) =>
        weight > 0 ? Math.log(draw()) / weight : -Infinity
      );
      const order = Array.from(keys.keys()).sort((i, j) => keys[j]! - keys[i]!);
      return Int32Array.from(order.slice(0, this.length));
    }
    let sum = 0;
    const sums = this.#weights.map((weight) => sum += weight);
    return Int32Array.from({ length: this.length }, () => firstAbove(sums, draw() * sum));
  }
}

/** Batches of what another sampler gives, drawn when a loop begins. */
export class BatchSampler implements BatchLists {
  readonly #sampler: Sampler;
  readonly #batchSize: number;
  readonly #dropLast: boolean;

  /** Of what a sampler gives; `dropLast` leaves out a last batch that is not full. */
  constructor(sampler: Sampler, batchSize: number, dropLast = false) {
    atMost(3, arguments.length, "BatchSampler(sampler, batchSize, dropLast)");
    check("BatchSampler", "the sampler", sampler, SAMPLER);
    check("BatchSampler", "batchSize", batchSize, COUNT);
    check("BatchSampler", "dropLast", dropLast, flag);
    this.#sampler = sampler;
    this.#batchSize = batchSize;
    this.#dropLast = dropLast;
  }

  /** How many batches a loop has. */
  get length(): number {
    return this.#dropLast
      ? Math.floor(this.#sampler.length / this.#batchSize)
      : Math.ceil(this.#sampler.length / this.#batchSize);
  }

  /** The batches, one after the other. */
  batches(generator: Generator): Int32Array[] {
    const all = indicesOf(this.#sampler, generator);
    return Array.from(
      { length: this.length },
      (_, i) => all.subarray(i * this.#batchSize, (i + 1) * this.#batchSize),
    );
  }
}

/** A sampler, for checks of options. */
export const SAMPLER: Kind = kind("a sampler, with length and indices()", (value) => {
  const { length, indices } = Object(value) as Partial<Sampler>;
  return typeof length === "number" && typeof indices === "function";
});

/** A sampler of batches, for checks of options. */
export const BATCH_SAMPLER: Kind = kind(
  "a sampler of batches, with length and batches()",
  (value) => {
    const { length, batches } = Object(value) as Partial<BatchSampler>;
    return typeof length === "number" && typeof batches === "function";
  },
);

/** Uniform numbers in (0, 1), of one draw. */
export function uniform(generator: Generator): () => number {
  const key = generator.next();
  const block = new Uint32Array(4);
  let counter = 0;
  return () => {
    const lane = counter & 3;
    if (lane === 0) philox([counter >>> 2, 0, key.stream[0], key.stream[1]], key.seed, block);
    counter++;
    return (block[lane]! + 0.5) / 2 ** 32;
  };
}

/** The first of rising numbers that is above another. */
function firstAbove(rising: Float64Array, value: number): number {
  let low = 0, high = rising.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

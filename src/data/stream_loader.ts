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
import {
  Generator,
  generator,
  generatorOf,
  permutation,
  type RandomKey,
  withGenerator,
} from "../core/random.ts";
import { scope } from "../scope/scope.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { Dataset, type Sample, stacked } from "./dataset.ts";
import { goOnFrom, type LoaderState } from "./loader_state.ts";
import { uniform } from "./sampler.ts";
import { release, StreamTurns, tensorsOf } from "./stream_turns.ts";
import { INDICES } from "./subset.ts";
import { changed, type Transform } from "./transform.ts";

/** Samples that come by themselves: a generator, or what reads a file or a socket piece by piece. */
export type SampleStream<S extends Sample> = Iterable<S> | AsyncIterable<S>;

/** A data set whose samples are promises: read from a disk or a server when they are asked for. */
export interface AsyncDataset<S extends Sample = [x: Tensor, y: Tensor]> {
  /** How many samples there are. */
  readonly length: number;
  /** One sample. */
  get(index: number): Promise<S>;
  /** Several samples, stacked. Where it is there, whole batches are asked for. */
  batch?(indices: Int32Array): Promise<S>;
}

/** Options of {@link StreamLoader}. */
export interface StreamLoaderOptions<S extends Sample, B = S> {
  /** Samples in a batch. Default: 1. */
  batchSize?: number;
  /** Whether to leave out a last batch that is not full. Default: false. */
  dropLast?: boolean;
  /** Batches that are made ready while one is worked on. Default: 2. */
  prefetch?: number;
  /** Samples that wait, of which the next is taken at random; of a data set all. Default: 0. */
  shuffle?: number | boolean;
  /** Which samples of a data set there are, as a part's of `split`. Default: all. */
  indices?: ArrayLike<number>;
  /** The seed of that order; default: it follows `manualSeed`. */
  seed?: number;
  /** Makes a batch of samples. Default: each tensor is stacked along a new first dimension. */
  collate?: (samples: S[]) => B;
  /**
   * Changes each batch's x, as augmentation does, while batches are made ready. Chance must come from the
   * generator that it is given.
   */
  transform?: Transform;
}

// deno-lint-ignore no-explicit-any
const OPTIONS: Kinds<StreamLoaderOptions<any, any>> = {
  batchSize: whole(1),
  dropLast: flag,
  prefetch: whole(0),
  shuffle: kind(
    "true, false or a whole number of at least 0",
    (value) => typeof value === "boolean" || typeof value === "number",
    (value) => typeof value === "boolean" || Number.isSafeInteger(value) && value >= 0,
  ),
  indices: INDICES,
  seed: whole(0),
  collate: callable,
  transform: callable,
};

const FROM_0 = whole(0), FROM_1 = whole(1);

// deno-lint-ignore no-explicit-any
type AnySource = (() => SampleStream<any>) | AsyncDataset<any>;

const SOURCE = kind("a function that gives samples one by one, or a data set", (value) => {
  const { length, get } = Object(value) as Partial<AsyncDataset>;
  return typeof value === "function" || typeof length === "number" && typeof get === "function";
});

/**
 * Batches of samples that come one by one, or late: while one batch is worked on, the next are made
 * ready. For what does not fit in memory, is read from a server, or has no end. `Trainer.fit` takes it
 * in the place of a `DataLoader`.
 *
 * Random numbers follow from one draw a loop, not from how far is read ahead: what the source draws, as
 * by `rand`, comes from a generator of the loop's, or of the sample's. Where engines have no async
 * context, as browsers, that ends with the source's first `await`.
 *
 * A batch's tensors are released when the next is asked for: `keep()` what is to stay. What else a turn
 * makes is the caller's: put the step into a `scope`.
 *
 * @example
 * ```ts
 * import { data, scope, tensor } from "@glim/glim";
 * async function* samples() { // of a file, a server …
 *   for (let i = 0; i < 5; i++) yield [tensor([i, i]).float(), tensor(i)] as [x: any, y: any];
 * }
 * for await (const [x, y] of new data.StreamLoader(samples, { batchSize: 2 })) {
 *   scope(() => console.log(x.shape, y.shape)); // [2, 2] [2], twice, then [1, 2] [1]
 * }
 * ```
 */
export class StreamLoader<S extends Sample = [x: Tensor, y: Tensor], B = S>
  implements AsyncIterable<B> {
  readonly #source: (() => SampleStream<S>) | AsyncDataset<S>;
  readonly #options: StreamLoaderOptions<S, B>;
  readonly #generator: Generator | null;

  /**
   * Makes a loader of samples that come one after the other.
   *
   * @param source Begins the samples anew at each loop; or a data set, that gives promises of them or is
   * in memory.
   */
  constructor(
    source: (() => SampleStream<S>) | AsyncDataset<S> | Dataset<S>,
    options: StreamLoaderOptions<S, B> = {},
  ) {
    atMost(2, arguments.length, "StreamLoader(source, options)");
    check("StreamLoader", "the source", source as AnySource, SOURCE);
    this.#options = { ...checkOptions("StreamLoader", options, OPTIONS) };
    this.#source = source as AnySource; // what is there at once is awaited, too
    const { seed } = options;
    this.#generator = seed === undefined ? null : new Generator(seed);
  }

  /** `StreamLoader(batchSize: 32)`. */
  toString(): string {
    return describe(this, { batchSize: this.batchSize });
  }

  /** Samples in a full batch. */
  get batchSize(): number {
    return this.#options.batchSize ?? 1;
  }

  /** How many samples a loop has; null of a stream, of which nobody knows. */
  get samples(): number | null {
    if (typeof this.#source === "function") return null;
    return this.#options.indices?.length ?? this.#source.length;
  }

  /** How many batches a loop has; null of a stream. */
  get length(): number | null {
    const { samples, batchSize } = this;
    if (samples === null) return null;
    return this.#options.dropLast
      ? Math.floor(samples / batchSize)
      : Math.ceil(samples / batchSize);
  }

  /** One loop over all batches. */
  [Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    return this.startingAt(0)[Symbol.asyncIterator]();
  }

  /**
   * One loop without its first batches: how a loop is gone on with. Of a data set their samples are not
   * read; a stream is read from its beginning, and what comes before is passed over. RangeError unless
   * `batch` is a whole number of at least 0, and of a data set at most `length`.
   */
  startingAt(batch: number): StreamTurns<B> {
    atMost(1, arguments.length, "startingAt(batch)");
    check("startingAt", "the batch", batch, FROM_0);
    const { length } = this;
    if (length !== null && batch > length) {
      throw new RangeError(`startingAt: there are ${length} batches: it is ${batch}`);
    }
    // The one draw of a loop, made at once: all else follows from it, however far it is read ahead.
    const key = (this.#generator ?? generator()).next();
    const own = generatorOf(key, OF_SOURCE);
    const batches = this.#batches(key, batch);
    return new StreamTurns(batches, (fn) => withGenerator(own, fn), this.#options.prefetch ?? 2);
  }

  /**
   * A loader of its first batches only, in the order of the source, not shuffled and not changed at
   * random: to try a training out. RangeError unless the number is a whole one of at least 1.
   */
  firstBatches(count: number): StreamLoader<S, B> {
    atMost(1, arguments.length, "firstBatches(count)");
    check("firstBatches", "the count", count, FROM_1);
    const { batchSize } = this;
    const { prefetch, collate, indices } = this.#options;
    const options = {
      batchSize,
      ...indices !== undefined && {
        indices: Array.from(indices).slice(0, count * batchSize),
      },
      ...prefetch !== undefined && { prefetch },
      ...collate && { collate },
    };
    return new StreamLoader<S, B>(
      indices === undefined ? firstOf(this.#source, count * batchSize) : this.#source,
      options,
    );
  }

  /**
   * What the next loop depends on: the state from before a loop, and the number of batches that are
   * through, bring back the rest of it, if the source gives the same samples again. See `startingAt`.
   */
  stateDict(): LoaderState {
    return {
      samples: this.samples,
      batchSize: this.batchSize,
      batches: this.length,
      shuffle: this.#options.shuffle ?? 0,
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

  /** Batches from one on, each made when the one before is. */
  #batches(key: RandomKey, from: number): AsyncGenerator<B, void, undefined> {
    const set = this.#source;
    if (typeof set === "function") return this.#batchesOf(this.#streamed(set, key), key, 0, from);
    const order = this.#order(set, key);
    if (set.batch !== undefined && this.#options.collate === undefined) {
      return this.#whole(set as Required<AsyncDataset<S>>, order, key, from);
    }
    const asked = from * this.batchSize;
    const get = (at: number) => atOnce(set, () => set.get(order[at]!));
    return this.#batchesOf(
      this.#asked(get, asked, order.length, this.batchSize, key),
      key,
      from,
      from,
    );
  }

  /** Batches that a data set gives as such. */
  async *#whole(
    set: Required<AsyncDataset<S>>,
    order: Int32Array,
    key: RandomKey,
    from: number,
  ): AsyncGenerator<B, void, undefined> {
    const { batchSize } = this;
    const batch = (i: number) =>
      atOnce(set, () => set.batch(order.slice(i * batchSize, (i + 1) * batchSize)));
    let i = from;
    for await (const made of this.#asked(batch, from, this.length!, 1, key)) {
      yield this.#changed(() => made as unknown as B, [made], generatorOf(key, OF_CHANGE, i++));
    }
  }

  /** Batches out of samples, of which the first are those of batch `begin`. */
  async *#batchesOf(
    source: AsyncGenerator<S, void, undefined>,
    key: RandomKey,
    begin: number,
    from: number,
  ): AsyncGenerator<B, void, undefined> {
    const { dropLast = false, collate } = this.#options;
    const { batchSize } = this;
    let batch = begin;
    let samples: S[] = [];
    const full = (): B => {
      const made = this.#changed(
        () => collate ? collate(samples) : noGrad(() => stacked(samples)) as unknown as B,
        samples,
        generatorOf(key, OF_CHANGE, batch++),
      );
      samples = [];
      return made;
    };
    try {
      for await (const sample of source) {
        if (samples.push(sample) < batchSize) continue;
        if (batch >= from) yield full();
        else {
          batch++;
          samples.splice(0).forEach(release);
        }
      }
      if (samples.length > 0 && !dropLast && batch >= from) yield full();
    } finally {
      samples.forEach(release);
    }
  }

  /** A batch as it is told; what it was made of, and on the way to it, is released. */
  #changed(make: () => B, samples: S[], random: Generator): B {
    const { transform } = this.#options;
    return scope(() => {
      const before = make();
      const batch = transform === undefined
        ? before
        : changed("StreamLoader", before, transform, random);
      const own = tensorsOf(batch);
      for (const tensor of own) tensor.keep();
      const kept = new Set(own);
      release(samples.flatMap(tensorsOf).filter((one) => !kept.has(one)));
      return batch;
    });
  }

  /** The numbers of a data set's samples, in the order of a loop. */
  #order(set: AsyncDataset<S>, key: RandomKey): Int32Array {
    const { shuffle = 0, indices } = this.#options;
    const all = indices === undefined
      ? Int32Array.from({ length: set.length }, (_, i) => i)
      : Int32Array.from(indices);
    if (shuffle === false || shuffle === 0) return all;
    return permutation(all.length, key).map((i) => all[i]!);
  }

  /** Samples or batches of a data set, several of which are asked for at once. */
  async *#asked(
    get: (at: number) => Promise<S>,
    from: number,
    end: number,
    size: number,
    key: RandomKey,
  ): AsyncGenerator<S, void, undefined> {
    const asked: Promise<S>[] = [];
    const { prefetch = 2 } = this.#options;
    let next = from;
    try {
      while (next < end || asked.length > 0) {
        while (next < end && asked.length < size * (1 + prefetch)) {
          const own = generatorOf(key, OF_SAMPLE, next);
          const sample = withGenerator(own, async () => kept(await get(next++)));
          sample.catch(() => {});
          asked.push(sample);
        }
        yield await asked.shift()!;
      }
    } finally {
      for (const sample of asked) await sample.then(release, () => {});
    }
  }

  /** The samples of a stream in the order that is asked for. */
  async *#streamed(
    source: () => SampleStream<S>,
    key: RandomKey,
  ): AsyncGenerator<S, void, undefined> {
    const { shuffle = 0 } = this.#options;
    const room = shuffle === true ? 1000 : Number(shuffle);
    const waiting: S[] = [];
    const draw = uniform(generatorOf(key, OF_ORDER));
    try {
      for await (const sample of source()) {
        waiting.push(kept(sample));
        if (waiting.length > room) yield taken(waiting, draw());
      }
      while (waiting.length > 0) yield taken(waiting, draw());
    } finally {
      waiting.forEach(release);
    }
  }
}

inspectAsString(StreamLoader);

/** What a data set in memory is asked for, without what it makes on the way. */
function atOnce<T>(set: object, ask: () => T): T {
  return set instanceof Dataset ? scope(ask) : ask();
}

/** What the generators of a loop are for: see `generatorOf`. */
const OF_SOURCE = 1, OF_SAMPLE = 2, OF_CHANGE = 3, OF_ORDER = 4;

/** The first samples of a source. */
function firstOf<S extends Sample>(
  source: (() => SampleStream<S>) | AsyncDataset<S>,
  count: number,
): (() => SampleStream<S>) | AsyncDataset<S> {
  if (typeof source !== "function") {
    return {
      length: Math.min(count, source.length),
      get: (index) => source.get(index),
      ...source.batch !== undefined && { batch: (indices) => source.batch!(indices) },
    };
  }
  return async function* () {
    let left = count;
    for await (const sample of source()) {
      yield sample;
      if (--left === 0) return;
    }
  };
}

function kept<S extends Sample>(sample: S): S {
  for (const tensor of sample) tensor.keep();
  return sample;
}

/** Takes one out of a list, in whose place comes the last. */
function taken<S>(list: S[], share: number): S {
  const at = Math.floor(share * list.length);
  const found = list[at]!;
  const last = list.pop()!;
  if (at < list.length) list[at] = last;
  return found;
}

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
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { type Sample, stacked } from "./dataset.ts";
import { goOnFrom, type LoaderState } from "./loader_state.ts";
import { uniform } from "./sampler.ts";
import { release, StreamTurns, tensorsOf } from "./stream_turns.ts";
import { changed, type Transform } from "./transform.ts";

/** Samples that come by themselves: a generator, or what reads a file or a socket piece by piece. */
export type SampleStream<S extends Sample> = Iterable<S> | AsyncIterable<S>;

/** A data set whose samples are promises: read from a disk or a server when they are asked for. */
export interface AsyncDataset<S extends Sample = [x: Tensor, y: Tensor]> {
  /** How many samples there are. */
  readonly length: number;
  /** One sample. */
  get(index: number): Promise<S>;
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
   * @param source Begins the samples anew at each loop; or a data set that gives promises of them.
   */
  constructor(
    source: (() => SampleStream<S>) | AsyncDataset<S>,
    options: StreamLoaderOptions<S, B> = {},
  ) {
    atMost(2, arguments.length, "StreamLoader(source, options)");
    check("StreamLoader", "the source", source as AnySource, SOURCE);
    this.#options = { ...checkOptions("StreamLoader", options, OPTIONS) };
    this.#source = source;
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
    return typeof this.#source === "function" ? null : this.#source.length;
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
    const { prefetch, collate } = this.#options;
    const options = {
      batchSize,
      ...prefetch !== undefined && { prefetch },
      ...collate && { collate },
    };
    return new StreamLoader<S, B>(firstOf(this.#source, count * batchSize), options);
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
  async *#batches(key: RandomKey, from: number): AsyncGenerator<B, void, undefined> {
    const { dropLast = false } = this.#options;
    const { batchSize } = this;
    const skipped = typeof this.#source === "function" ? 0 : from;
    let batch = skipped;
    let samples: S[] = [];
    const full = (): B => {
      const made = this.#made(samples, generatorOf(key, OF_CHANGE, batch++));
      samples = [];
      return made;
    };
    try {
      for await (const sample of this.#samples(key, skipped * batchSize)) {
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

  /** A batch of samples, which are released. */
  #made(samples: S[], random: Generator): B {
    const { collate, transform } = this.#options;
    const before = collate === undefined
      ? noGrad(() => stacked(samples)) as unknown as B
      : collate(samples);
    const batch = transform === undefined
      ? before
      : changed("StreamLoader", before, transform, random);
    const own = tensorsOf(batch);
    for (const tensor of own) tensor.keep();
    const kept = new Set(own);
    release([...tensorsOf(before), ...samples.flatMap(tensorsOf)].filter((one) => !kept.has(one)));
    return batch;
  }

  /** The samples in the order that is asked for, of a data set from one on; out of all scopes. */
  async *#samples(key: RandomKey, from: number): AsyncGenerator<S, void, undefined> {
    const { shuffle = 0, prefetch = 2 } = this.#options;
    const set = this.#source;
    if (typeof set !== "function") {
      const { length } = set;
      const order = shuffle === false || shuffle === 0
        ? Int32Array.from({ length }, (_, i) => i)
        : permutation(length, key);
      const asked: Promise<S>[] = [];
      let next = from;
      try {
        while (next < length || asked.length > 0) {
          while (next < length && asked.length < this.batchSize * (1 + prefetch)) {
            const index = order[next]!;
            const own = generatorOf(key, OF_SAMPLE, next++);
            const sample = withGenerator(own, () => set.get(index)).then(kept);
            sample.catch(() => {});
            asked.push(sample);
          }
          yield await asked.shift()!;
        }
      } finally {
        for (const sample of asked) await sample.then(release, () => {});
      }
      return;
    }
    const room = shuffle === true ? 1000 : Number(shuffle);
    const waiting: S[] = [];
    const draw = uniform(generatorOf(key, OF_ORDER));
    try {
      for await (const sample of set()) {
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

/** What the generators of a loop are for: see `generatorOf`. */
const OF_SOURCE = 1, OF_SAMPLE = 2, OF_CHANGE = 3, OF_ORDER = 4;

/** The first samples of a source. */
function firstOf<S extends Sample>(
  source: (() => SampleStream<S>) | AsyncDataset<S>,
  count: number,
): (() => SampleStream<S>) | AsyncDataset<S> {
  if (typeof source !== "function") {
    return { length: Math.min(count, source.length), get: (index) => source.get(index) };
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

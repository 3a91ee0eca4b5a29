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
import { Generator, generator, permutation } from "../core/random.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { type Sample, stacked } from "./dataset.ts";
import { uniform } from "./sampler.ts";

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
};

// deno-lint-ignore no-explicit-any
type AnySource = (() => SampleStream<any>) | AsyncDataset<any>;

const SOURCE = kind("a function that gives samples one by one, or a data set", (value) => {
  const { length, get } = Object(value) as Partial<AsyncDataset>;
  return typeof value === "function" || typeof length === "number" && typeof get === "function";
});

/**
 * Batches of samples that come one by one, or late: while one batch is worked on, the next are made
 * ready. For what does not fit in memory, is read from a server, or has no end.
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
    return describe(this, { batchSize: this.#options.batchSize ?? 1 });
  }

  /** One loop over all batches. */
  async *[Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    const { prefetch = 2 } = this.#options;
    const batches = this.#batches();
    const ready: Promise<IteratorResult<B, void>>[] = [];
    const ask = () => {
      const next = batches.next();
      next.catch(() => {}); // whoever waits for it is told
      ready.push(next);
    };
    let last: B | null = null;
    try {
      for (ask();;) {
        while (ready.length <= prefetch) ask();
        const { value, done } = await ready.shift()!;
        if (last !== null) release(last);
        last = null;
        if (done === true) return;
        yield last = value as B;
      }
    } finally {
      if (last !== null) release(last);
      await batches.return(undefined);
      for (const next of ready) await next.then(({ value }) => value && release(value), () => {});
    }
  }

  /** Batches, one when the one before is made. */
  async *#batches(): AsyncGenerator<B, void, undefined> {
    const { batchSize = 1, dropLast = false, collate } = this.#options;
    const own = (samples: S[]): B => {
      const batch = collate === undefined
        ? noGrad(() => stacked(samples)) as unknown as B
        : collate(samples);
      for (const tensor of tensorsOf(batch)) tensor.keep();
      const kept = new Set(tensorsOf(batch));
      for (const sample of samples) {
        for (const tensor of sample) if (!kept.has(tensor)) tensor[Symbol.dispose]();
      }
      return batch;
    };
    let samples: S[] = [];
    const full = (): B => {
      const batch = own(samples);
      samples = [];
      return batch;
    };
    try {
      for await (const sample of this.#samples()) {
        if (samples.push(sample) === batchSize) yield full();
      }
      if (samples.length > 0 && !dropLast) yield full();
    } finally {
      samples.forEach(release);
    }
  }

  /** The samples in the order that is asked for; out of all scopes. */
  async *#samples(): AsyncGenerator<S, void, undefined> {
    const { shuffle = 0, batchSize = 1, prefetch = 2 } = this.#options;
    const random = this.#generator ?? generator();
    if (typeof this.#source !== "function") {
      const { length } = this.#source;
      const order = shuffle === false || shuffle === 0
        ? Int32Array.from({ length }, (_, i) => i)
        : permutation(length, random.next());
      const asked: Promise<S>[] = [];
      let next = 0;
      try {
        while (next < length || asked.length > 0) {
          while (next < length && asked.length < batchSize * (1 + prefetch)) {
            const sample = this.#source.get(order[next++]!).then(kept);
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
    const draw = uniform(random);
    try {
      for await (const sample of this.#source()) {
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

function tensorsOf(batch: unknown): Tensor[] {
  const parts = Array.isArray(batch) ? batch : [batch];
  return parts.filter((part) => typeof Object(part).keep === "function");
}

function release(batch: unknown): void {
  for (const tensor of tensorsOf(batch)) tensor[Symbol.dispose]();
}

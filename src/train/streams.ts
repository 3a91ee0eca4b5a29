/**
 * Where a run's random numbers stand.
 *
 * @module
 */
import { type DataLoader, type LoaderState, StreamLoader, type StreamTurns } from "../data/mod.ts";
import { DataError } from "../core/errors.ts";
import type { Generator, RandomState } from "../core/random.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Batches of a data set in memory, or of samples that come one by one. */
export type AnyLoader = DataLoader | StreamLoader;

/** What a run learns from, and what it is evaluated on. */
export interface Loaders {
  /** To learn from. */
  train: AnyLoader;
  /** To evaluate on, if there is any. */
  dev: AnyLoader | null;
}

/** One loop: its turns, and where they are waited for what makes them ready. */
export interface Turns {
  /** The turns. */
  turns: Iterable<[x: Tensor, y: Tensor]>;
  /** What is waited for before a turn; null where all is in memory. */
  stream: StreamTurns<[x: Tensor, y: Tensor]> | null;
}

/** One loop over a loader, without its first batches. */
export function turnsOf(loader: AnyLoader, from = 0): Turns {
  if (!(loader instanceof StreamLoader)) return { turns: loader.startingAt(from), stream: null };
  const stream = loader.startingAt(from);
  return { turns: stream, stream };
}

/** How many samples a loop has; NaN where nobody knows. */
export function samplesOf(loader: AnyLoader): number {
  const samples = loader instanceof StreamLoader ? loader.samples : loader.dataset.length;
  return Math.min(samples ?? NaN, (loader.length ?? NaN) * loader.batchSize);
}

/** All that random numbers of a run come from. */
export interface Streams {
  /** The run's own: dropout's, and those of loaders without a seed. */
  process: RandomState;
  /** The training loader's own. */
  train: LoaderState;
  /** The dev loader's own; null where there is none. */
  dev: LoaderState | null;
}

/** Where they stand now; `generator` is the run's own. */
export function readStreams({ train, dev }: Loaders, generator: Generator): Streams {
  return { process: generator.state, train: train.stateDict(), dev: dev?.stateDict() ?? null };
}

/** Goes on from there. DataError where the loaders have other batches. */
export function restoreStreams(
  { train, dev }: Loaders,
  generator: Generator,
  streams: Streams,
): void {
  train.loadStateDict(streams.train);
  if ((dev === null) !== (streams.dev === null)) {
    const has = (dev: unknown) => dev === null ? "none" : "one";
    throw new DataError(
      `resume: the training must be the same: a dev set: the checkpoint has ${has(streams.dev)}, ` +
        `there is ${has(dev)}`,
    );
  }
  dev?.loadStateDict(streams.dev!);
  generator.state = streams.process;
}

/** The rest of an epoch's batches, the order being drawn as it was when the epoch began. */
export function restOfEpoch(
  loaders: Loaders,
  generator: Generator,
  began: Streams,
  step: number,
): Turns {
  const now = readStreams(loaders, generator);
  restoreStreams(loaders, generator, began);
  const rest = turnsOf(loaders.train, step);
  restoreStreams(loaders, generator, now);
  return rest;
}

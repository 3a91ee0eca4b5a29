/**
 * Where a run's random numbers stand.
 *
 * @module
 */
import type { DataLoader, LoaderState } from "../data/mod.ts";
import { DataError } from "../core/errors.ts";
import type { Generator, RandomState } from "../core/random.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What a run learns from, and what it is evaluated on. */
export interface Loaders {
  /** To learn from. */
  train: DataLoader;
  /** To evaluate on, if there is any. */
  dev: DataLoader | null;
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
): IterableIterator<[x: Tensor, y: Tensor]> {
  const now = readStreams(loaders, generator);
  restoreStreams(loaders, generator, began);
  const rest = loaders.train.startingAt(step);
  restoreStreams(loaders, generator, now);
  return rest;
}

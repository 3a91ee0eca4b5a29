/**
 * What the batches of a loader depend on, to go on with them later.
 *
 * @module
 */
import { DataError } from "../core/errors.ts";
import type { Generator, RandomState } from "../core/random.ts";

/** What the batches of a loader depend on, apart from the samples: to go on with it later. */
export interface LoaderState {
  /** Samples of the data set; null of a stream. */
  samples: number | null;
  /** Samples in a full batch. */
  batchSize: number;
  /** Batches of a loop; null of a stream. */
  batches: number | null;
  /** Whether each loop has an order of its own; of a stream how many samples wait for that. */
  shuffle: boolean | number;
  /** Where its own random numbers stand; null where they follow `manualSeed`. */
  random: RandomState | null;
}

/**
 * Takes a loader's generator, if it has one, to where a state says. DataError, before anything is
 * changed, where it is of a loader with other batches.
 */
export function goOnFrom(state: LoaderState, own: LoaderState, generator: Generator | null): void {
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
  if (generator !== null) generator.state = state.random!;
}

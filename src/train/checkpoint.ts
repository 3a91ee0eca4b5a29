/**
 * What a training needs to go on later as if it had never stopped.
 *
 * @module
 */
import { DataError } from "../core/errors.ts";
import { flag, isPlainObject, type Kind, kind, type Kinds } from "../core/options.ts";
import { VERSION } from "../core/version.ts";
import { defaultDevice } from "../devices.ts";
import type { LearnersState } from "./learners.ts";
import type { Position } from "./position.ts";
import type { Streams } from "./streams.ts";

/** What computed: another version of Glim or another build rounds numbers in other ways. */
export interface Build {
  /** Glim's version. */
  glim: string;
  /** The build of its kernels: `"fast"` or `"strict"`. */
  kernels: string;
}

/**
 * A training between two of its steps. Plain data, a copy that no step changes: it can be sent to
 * another thread, and there is nothing to release.
 */
export interface Checkpoint extends Position, LearnersState {
  /** What trained. */
  build: Build;
  /** Where the random numbers stand. */
  streams: Streams;
  /** What the caller wanted to be kept with it: what JSON holds; null where there is nothing. */
  config: unknown;
}

/** Options of {@link Trainer.resume}. */
export interface ResumeOptions {
  /**
   * Whether to go on from a checkpoint by another version of Glim or another kernel build: what
   * follows has other last bits then. Default: false.
   */
  allowOtherBuild?: boolean;
}

/** What resume takes. */
export const RESUME: Kinds<ResumeOptions> = { allowOtherBuild: flag };

/** What may be a checkpoint: it has tensors. */
export const WITH_TENSORS: Kind = kind(
  "a checkpoint",
  (value) => isPlainObject(value) && (value as Partial<Checkpoint>).tensors instanceof Map,
);

/** A checkpoint, as far as it can be told at a glance. */
export const CHECKPOINT: Kind = kind("a checkpoint", (value) => {
  if (!WITH_TENSORS.isType(value)) return false;
  const { build, streams, optimizer } = value as Partial<Checkpoint>;
  return isPlainObject(build) && isPlainObject(streams) && isPlainObject(optimizer);
});

/** What computes now. */
export function currentBuild(): Build {
  return { glim: VERSION, kernels: defaultDevice().build };
}

/** Throws DataError where another build trained. */
export function checkBuild({ build }: Checkpoint): void {
  const own = currentBuild();
  if (own.glim === build.glim && own.kernels === build.kernels) return;
  throw new DataError(
    `resume: the same bits need the same build: this is Glim ${own.glim} with ${own.kernels} ` +
      `kernels, the checkpoint is by Glim ${build.glim} with ${build.kernels} kernels: ` +
      `allowOtherBuild goes on with other bits`,
  );
}

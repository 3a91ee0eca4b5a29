/**
 * Runs as files: weights, and checkpoints to go on from. Both are safetensors.
 *
 * @module
 */
import { DataError, getKernelBuild, io, train } from "../../mod.ts";
import { checkConfig, DEFAULTS, type RunConfig } from "../shared/run_config.ts";
import type { Session, Standing } from "./session.ts";

/** A run in a file. */
export interface RunFile {
  config: RunConfig;
  /** Images that must have come before a session can go on with it. */
  images: number;
  /** What of the file the user should know; null where there is nothing. */
  note: string | null;
  /** Puts it into a session of its configuration. */
  putInto(session: Session): void;
}

/** A run as the bytes of a checkpoint. Error before its first step. */
export function saveRun(session: Session): Uint8Array<ArrayBuffer> {
  return train.encodeCheckpoint(session.checkpoint());
}

/**
 * The run in a file: a checkpoint, or weights, which may be by others and are then taken for those
 * of the `current` configuration. Throws DataError or RangeError where it is neither.
 */
export function openRun(bytes: Uint8Array, current: RunConfig = DEFAULTS.mlp): RunFile {
  const { tensors, metadata } = io.decodeSafetensorsFile(bytes);
  if (metadata["glim.checkpoint"] !== undefined) {
    for (const tensor of tensors.values()) tensor[Symbol.dispose]();
    return openCheckpoint(train.decodeCheckpoint(bytes));
  }
  const config = metadata.config === undefined ? current : checkConfig(JSON.parse(metadata.config));
  return {
    config,
    images: 0,
    note: null,
    putInto(session) {
      session.model.loadStateDict(tensors);
      for (const tensor of tensors.values()) tensor[Symbol.dispose]();
    },
  };
}

function openCheckpoint(checkpoint: train.Checkpoint): RunFile {
  const standing = (checkpoint.config ?? {}) as Partial<Standing>;
  if (!Number.isSafeInteger(standing.train) || !Number.isSafeInteger(standing.dev)) {
    throw new DataError("open: the checkpoint of a run in this page is needed: this is another's");
  }
  const build = checkpoint.build.kernels;
  return {
    config: checkConfig(standing.config),
    images: standing.train!,
    note: build === getKernelBuild()
      ? null
      : `The ${build} kernels made this checkpoint, so from here on the last bits differ.`,
    putInto(session) {
      session.resume(checkpoint, { allowOtherBuild: true });
    },
  };
}

/**
 * Runs as files: weights, and checkpoints to go on from. Both are safetensors.
 *
 * @module
 */
import { DataError, getKernelBuild } from "@glim/glim";
import * as io from "@glim/glim/io";
import type * as nn from "@glim/glim/nn";
import * as train from "@glim/glim/train";
import { judgedWeights } from "../shared/judged_weights.ts";
import { buildNetwork } from "../shared/network.ts";
import { checkConfig, DEFAULTS, type RunConfig } from "../shared/run_config.ts";
import { perceptronOf, whyNot } from "./foreign.ts";
import type { Session, Standing } from "./session.ts";

/** A run in a file. */
export interface RunFile {
  config: RunConfig;
  /** Images that must have come before a session can go on with it. */
  images: number;
  /** What of the file the user should know; null where there is nothing. */
  note: string | null;
  /** Null where it has weights alone. */
  checkpoint: train.Checkpoint | null;
  /** Makes a session of its configuration ready for it: all but what the trainer does with a checkpoint. */
  prepare(session: Session): void;
  /** Puts it into one. */
  putInto(session: Session): void;
}

/**
 * The run in a file: a checkpoint, or weights. Those of the command line are taken where the page
 * has the same kind of network, and those of nobody known for those of the `current` configuration.
 *
 * Throws DataError or RangeError where it is neither, or where the page has no such network.
 *
 * @param run What the `config.json` beside the file tells, for files that tell nothing themselves.
 */
export function openRun(
  bytes: Uint8Array,
  current: RunConfig = DEFAULTS.mlp,
  run?: unknown,
): RunFile {
  const { tensors, metadata } = io.decodeSafetensorsFile(bytes);
  if (metadata["glim.checkpoint"] !== undefined) {
    for (const tensor of tensors.values()) tensor[Symbol.dispose]();
    return openCheckpoint(train.decodeCheckpoint(bytes), current, run);
  }
  const config = metadata.config === undefined ? run : parse(metadata.config);
  return openWeights(tensors, current, config);
}

function parse(config: string): unknown {
  try {
    return JSON.parse(config);
  } catch (cause) {
    throw new DataError("open: the file's config is damaged", { cause });
  }
}

function openWeights(state: nn.StateDict, current: RunConfig, run: unknown): RunFile {
  const own = Object(run) as { network?: unknown };
  if (own.network !== undefined) return weightsFile(checkConfig(run), state);
  const names = Array.from(state.keys());
  if (run === undefined && names.join() === namesOf(current)) return weightsFile(current, state);
  const foreign = perceptronOf(state, run);
  if (foreign === undefined) throw new DataError(whyNot(run, state));
  return weightsFile(
    foreign.config,
    foreign.state,
    foreign.isGuess
      ? "The file does not tell what stands between its layers: ReLU is a guess. Open the run's " +
        "folder, which does."
      : null,
  );
}

/** The names of a configuration's weights. */
function namesOf(config: RunConfig): string {
  using model = buildNetwork(config);
  return Array.from(model.namedParameters(), ([name]) => name).join();
}

function weightsFile(config: RunConfig, state: nn.StateDict, note: string | null = null): RunFile {
  const putInto = (session: Session) => {
    session.model.loadStateDict(state);
    for (const tensor of state.values()) tensor[Symbol.dispose]();
  };
  return { config, images: 0, note, checkpoint: null, prepare: putInto, putInto };
}

/** The run in a checkpoint. */
export function openCheckpoint(
  checkpoint: train.Checkpoint,
  current: RunConfig = DEFAULTS.mlp,
  run?: unknown,
): RunFile {
  const standing = (checkpoint.config ?? {}) as Partial<Standing>;
  if (!Number.isSafeInteger(standing.train) || !Number.isSafeInteger(standing.dev)) {
    const file = openWeights(judgedWeights(checkpoint), current, run);
    const note = "A checkpoint of the command line: its weights are here. To go on with the run " +
      "itself, there is deno task train --resume.";
    return { ...file, note: file.note === null ? note : `${note} ${file.note}` };
  }
  const build = checkpoint.build.kernels;
  return {
    config: checkConfig(standing.config),
    images: standing.train!,
    note: build === getKernelBuild()
      ? null
      : `The ${build} kernels made this checkpoint, so from here on the last bits differ.`,
    checkpoint,
    prepare: (session) => session.expect(checkpoint),
    putInto: (session) => session.resume(checkpoint, { allowOtherBuild: true }),
  };
}

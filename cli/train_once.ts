/**
 * One training without a folder, as a study has many of.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type nn, setNumThreads, type train } from "@glim/glim";
import type { Data } from "./experiment.ts";
import { type Options, Training } from "./fit.ts";
import type { Loaded } from "./load.ts";
import { type Figures, figuresOf } from "./results.ts";
import { configOf, runOptionsOf } from "./run_config.ts";
import { encodeWeights, networkConfig } from "./weights_file.ts";

/** How far a training is. */
export interface TrainingProgress {
  /** The epoch, counted from 0. */
  readonly epoch: number;
  /** Samples of the epoch that are through. */
  readonly samples: number;
  /** Mean loss over them. */
  readonly loss: number;
  /** How much of the whole training is done, from 0 to 1. */
  readonly done: number;
}

/** What {@link trainOnce} is told. */
export interface TrainOnceOptions {
  /** The values of the experiment's options. */
  readonly options: Options;
  /** Where all random numbers begin. */
  readonly seed: number;
  /** The data; see `dataOf`. */
  readonly data: Data;
  /** Ends the training early. */
  readonly signal?: AbortSignal | undefined;
  /** Told about 20 times a second. */
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
  /** What the weights' file tells besides. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** What came of a training. */
export interface Trained {
  /** A record an epoch. */
  readonly epochs: train.EpochRecord[];
  /** The epoch whose weights were taken: the best, or the last. */
  readonly epoch: number;
  /** What these weights are worth on the dev set. */
  readonly dev: Figures;
  /** The network with them. */
  readonly model: nn.Module;
  /** What they are worth on the test set, which is looked at when this is called. */
  test(): Promise<Figures | null>;
  /** SHA-256 of the last epoch's weights, in the order of the state dict. */
  readonly lastHash: string;
  /** The weights that were taken, as a safetensors file that tells what network they belong to. */
  readonly weights: Uint8Array<ArrayBuffer>;
}

/**
 * Trains an experiment's network on one thread: the same options and seed give the same bits anywhere.
 * Undefined where the signal came first. Throws DivergedError as `Trainer.fit` does.
 *
 * @param use Is given what came of it while the network is there.
 */
export async function trainOnce(
  loaded: Loaded,
  { options, seed, data, signal, onProgress, metadata }: TrainOnceOptions,
  use: (trained: Trained) => Promise<void> | void = () => {},
): Promise<Omit<Trained, "test" | "model"> | undefined> {
  setNumThreads(1);
  const { experiment } = loaded;
  using training = await Training.begin(experiment, { options, seed, data });
  const { model, best, samples: each } = training;
  training.listeners.push({
    onProgress({ epoch, samples, meanLoss: loss }) {
      onProgress?.({ epoch, samples, loss, done: (epoch + samples / each) / options.epochs });
    },
  });
  const stop = () => training.trainer.stop();
  signal?.addEventListener("abort", stop);
  let epochs: train.EpochRecord[];
  try {
    epochs = await training.fit();
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  if (training.trainer.isStopped) return undefined;
  const lastHash = hashOf(model);
  training.takeWeights();
  const { metrics } = experiment;
  const run = runOptionsOf(experiment, { seed });
  const config = await configOf(loaded, { options, run, data, out: "" });
  const trained: Trained = {
    epochs,
    epoch: (best?.best ?? epochs.at(-1)!).epoch,
    dev: await figuresOf(training, data.dev, metrics),
    model,
    test: async () => data.test ? await figuresOf(training, data.test, metrics) : null,
    lastHash,
    weights: encodeWeights(model, networkConfig(experiment, config), metadata),
  };
  await use(trained);
  return trained;
}

/** SHA-256 of a model's weights, in the order of its state dict. */
export function hashOf(model: nn.Module): string {
  const hash = createHash("sha256");
  for (const tensor of model.stateDict().values()) {
    const { buffer, byteOffset, byteLength } = tensor.toTypedArray();
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
    tensor[Symbol.dispose]();
  }
  return hash.digest("hex");
}

/**
 * One training run of a grid, from the first weights to the result.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type data, type nn, setNumThreads } from "@glim/glim";
import { hasCentredImages } from "@glim/web";
import type { Config } from "../run_folder.ts";
import { CLASSES, Training, type TrialConfig } from "../training.ts";
import { encodeWeights } from "../weights_file.ts";
import type { Trial, TrialResult } from "./trial.ts";

/** How far a trial is. */
export interface TrialProgress {
  /** The share of it that is done, from 0 to 1. */
  share: number;
  /** The epoch, counted from 0. */
  epoch: number;
  /** Mean loss over the samples of the epoch that are through. */
  loss: number;
}

/** What a trial leaves behind. */
export interface TrialOutcome {
  /** The record of it. */
  result: TrialResult;
  /** The best epoch's weights, as a safetensors file that names the trial. */
  weights: Uint8Array<ArrayBuffer>;
}

/**
 * Trains and evaluates. Everything random starts from the trial's seed, and one thread does it all:
 * the same trial gives the same bits in any process. Throws DivergedError as `Trainer.fit` does.
 */
export async function runTrial(
  { id, options, seed }: Trial,
  set: data.Mnist,
  onProgress: (progress: TrialProgress) => void = () => {},
): Promise<TrialOutcome> {
  const began = performance.now();
  const config = { ...options, seed } as unknown as TrialConfig;
  setNumThreads(1);
  using training = new Training(config, set, () => ({
    onProgress({ epoch, samples, meanLoss }) {
      const share = (epoch + samples / set.train.length) / config.epochs;
      onProgress({ share, epoch, loss: meanLoss });
    },
  }));
  const { model, best } = training;
  const epochs = await training.fit();
  const weightHash = hashWeights(model);
  best.restore();
  const seconds = (performance.now() - began) / 1000;
  const { devAccuracy, devLoss, epoch } = best.best!;
  return {
    result: {
      id,
      options,
      seed,
      dev: { accuracy: devAccuracy, loss: devLoss },
      bestEpoch: epoch,
      epochs,
      weightHash,
      seconds,
    },
    weights: encodeWeights(model, networkConfig(config, set), { trial: id, epoch: String(epoch) }),
  };
}

/** SHA-256 of a model's weights, in the order of its state dict. */
export function hashWeights(model: nn.Module): string {
  const hash = createHash("sha256");
  for (const tensor of model.stateDict().values()) {
    const values = tensor.toTypedArray();
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    tensor[Symbol.dispose]();
  }
  return hash.digest("hex");
}

/** What the weights' file tells of their network. */
function networkConfig(config: TrialConfig, set: data.Mnist): Config {
  const { name, train, imageShape } = set;
  const isCentred = hasCentredImages(train, imageShape);
  return { ...config, imageShape, classes: CLASSES, data: { name, isCentred } };
}

/**
 * What follows a grid: the best configuration is trained again for twice as long, and tested.
 *
 * @module
 */
import { type data, io, type nn, type train } from "@glim/glim";
import { evaluate, networkFor, type TrialConfig } from "../training.ts";
import type { GridFolder } from "./grid_folder.ts";
import { type GridSpec, trialOf } from "./grid_spec.ts";
import { hashWeights } from "./run_trial.ts";
import type { Options, Trial } from "./trial.ts";

/** The retrained network's weights in a grid's folder. */
export const WEIGHTS = "weights.safetensors";

/** The trial of a configuration with the first seed and twice the epochs, as the paper has it. */
export function retrainTrial(best: Options, spec: GridSpec): Trial {
  return trialOf(spec, { ...best, epochs: 2 * Number(spec.options.epochs) }, 0);
}

/** A network with the weights of a trial, as `runTrial` gave them. */
export class TrainedNetwork implements Disposable {
  /** The network. */
  readonly model: nn.Module;
  /** SHA-256 of its weights. */
  readonly weightHash: string;

  private constructor(model: nn.Module) {
    this.model = model;
    this.weightHash = hashWeights(model);
  }

  /** Reads the folder's weights; undefined where it has none of this trial that are whole. */
  static load(
    { id, options, seed }: Trial,
    folder: GridFolder,
    set: data.Mnist,
  ): TrainedNetwork | undefined {
    const bytes = folder.read(WEIGHTS);
    if (bytes === undefined) return undefined;
    let file: io.SafetensorsFile;
    try {
      file = io.decodeSafetensorsFile(bytes);
    } catch {
      return undefined;
    }
    const model = networkFor({ ...options, seed } as unknown as TrialConfig, set);
    try {
      if (file.metadata.trial !== id) return undefined;
      model.loadStateDict(file.tensors);
      return new TrainedNetwork(model);
    } finally {
      for (const tensor of file.tensors.values()) tensor[Symbol.dispose]();
    }
  }

  /** Mean loss and accuracy over a data set. */
  evaluate(set: data.Dataset): Promise<train.Evaluation> {
    return evaluate(this.model, set);
  }

  /** Releases the network. */
  [Symbol.dispose](): void {
    this.model[Symbol.dispose]();
  }
}

/**
 * The best configuration of a grid, trained again.
 *
 * @module
 */
import { io } from "@glim/glim";
import { createHash } from "node:crypto";
import type { Data } from "../experiment.ts";
import { type Options as RunOptions, Training } from "../fit.ts";
import type { Loaded } from "../load.ts";
import { figuresOf } from "../results.ts";
import type { GridFolder } from "./grid_folder.ts";
import { numbersOf } from "./run_trial.ts";
import type { Trial } from "./trial.ts";

/** The retrained network's weights in a grid's folder. */
export const WEIGHTS = "weights.safetensors";

/** A network with the weights of a trial, as `runTrial` gave them. */
export class RetrainedNetwork implements Disposable {
  /** SHA-256 of its weights' file. */
  readonly fileHash: string;
  /** The network, and what evaluates it. */
  readonly training: Training;
  readonly #loaded: Loaded;

  private constructor(training: Training, loaded: Loaded, fileHash: string) {
    this.training = training;
    this.#loaded = loaded;
    this.fileHash = fileHash;
  }

  /** Reads the folder's weights; undefined where it has none of this trial that are whole. */
  static async load(
    { id, seed }: Trial,
    folder: GridFolder,
    { loaded, ...given }: { loaded: Loaded; options: RunOptions; data: Data },
  ): Promise<RetrainedNetwork | undefined> {
    const bytes = folder.read(WEIGHTS);
    if (bytes === undefined) return undefined;
    let file: io.SafetensorsFile;
    try {
      file = io.decodeSafetensorsFile(bytes);
    } catch {
      return undefined;
    }
    try {
      if (file.metadata.trial !== id) return undefined;
      const training = await Training.begin(loaded.experiment, { ...given, seed });
      training.model.loadStateDict(file.tensors);
      const hash = createHash("sha256").update(bytes).digest("hex");
      return new RetrainedNetwork(training, loaded, hash);
    } finally {
      for (const tensor of file.tensors.values()) tensor[Symbol.dispose]();
    }
  }

  /** What it is worth on a set: its loss, and the metrics that are numbers. */
  async evaluate(set: Data["dev"]): Promise<Record<string, number>> {
    return numbersOf(await figuresOf(this.training, set, this.#loaded.experiment.metrics));
  }

  /** Releases the network. */
  [Symbol.dispose](): void {
    this.training[Symbol.dispose]();
  }
}

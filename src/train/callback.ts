import type { Module, StateDict } from "../nn/mod.ts";
import type { EpochRecord } from "./epoch_record.ts";

/** What a callback learns of a step. */
export interface StepInfo {
  /** The epoch, counted from 0. */
  epoch: number;
  /** The step within the epoch, counted from 0. */
  step: number;
  /** Samples of the epoch that are through, this step's included. */
  samples: number;
  /** Mean loss over those samples. */
  meanLoss: number;
}

/** Told how a training run gets on. A callback that returns a promise is waited for. */
export interface Callback {
  /** An epoch begins; counted from 0. */
  onEpochBegin?(epoch: number): void | Promise<void>;
  /** About 20 times a second, and after an epoch's last step. Synchronous: it is in the hot loop. */
  onProgress?(info: StepInfo): void;
  /** An epoch is over and evaluated. */
  onEpochEnd?(record: EpochRecord): void | Promise<void>;
}

/** Keeps the weights of the epoch with the best dev accuracy. */
export class BestWeights implements Callback {
  /** The best epoch so far; null before the first. */
  best: EpochRecord | null = null;
  readonly #model: Module;
  #weights: StateDict | null = null;

  /** Of a model that is being trained. */
  constructor(model: Module) {
    this.#model = model;
  }

  /** Takes the weights if the epoch is better than all before. */
  onEpochEnd(record: EpochRecord): void {
    if (this.best !== null && !(record.devAccuracy > this.best.devAccuracy)) return;
    this.best = record;
    for (const tensor of this.#weights?.values() ?? []) tensor[Symbol.dispose]();
    this.#weights = this.#model.stateDict();
  }

  /** Puts the best weights back into the model; it stays as it is if there are none. */
  restore(): void {
    if (this.#weights !== null) this.#model.loadStateDict(this.#weights);
  }
}

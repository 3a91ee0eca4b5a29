import type { AnyModule, StateDict } from "../nn/mod.ts";
import { MODULE } from "../nn/module.ts";
import { atMost, check, checkOptions } from "../core/options.ts";
import { noGrad } from "../tensor/tensor.ts";
import type { Callback, CallbackState } from "./callback.ts";
import { type EpochRecord, isBetter, MONITOR, type Monitor } from "./epoch_record.ts";

/**
 * Keeps the weights of the best epoch: that with the highest dev accuracy or, where targets are not
 * labels, the lowest dev loss; or by a figure of one's own choice.
 */
export class BestWeights implements Callback {
  /** Under which name checkpoints keep it. */
  readonly name = "best";
  /** The best epoch so far; null before the first. */
  best: EpochRecord | null = null;
  readonly #model: AnyModule;
  readonly #monitor: Monitor;
  #weights: StateDict | null = null;

  /** Of a model that is being trained. */
  constructor(model: AnyModule, options: Monitor = {}) {
    atMost(2, arguments.length, "BestWeights(model, { monitor, mode })");
    check("BestWeights", "the model", model, MODULE);
    this.#monitor = checkOptions("BestWeights", options, MONITOR);
    this.#model = model;
  }

  /** Takes the weights if the epoch is better than all before. */
  onEpochEnd(record: EpochRecord): void {
    if (this.best !== null && !isBetter(record, this.best, this.#monitor)) return;
    this.best = record;
    this.#keep(this.#model.stateDict());
  }

  /** Puts the best weights back into the model; it stays as it is if there are none. */
  restore(): void {
    if (this.#weights !== null) this.#model.loadStateDict(this.#weights);
  }

  /** The best epoch, and copies of its weights. */
  stateDict(): CallbackState {
    return { values: this.best, tensors: copyOf(this.#weights ?? new Map()) };
  }

  /** Goes on from a state. */
  loadStateDict({ values, tensors }: CallbackState): void {
    this.best = values as EpochRecord | null;
    this.#keep(this.best === null ? null : copyOf(tensors!));
  }

  /** Gives the copies of the weights back. */
  [Symbol.dispose](): void {
    this.#keep(null);
  }

  #keep(weights: StateDict | null): void {
    for (const tensor of this.#weights?.values() ?? []) tensor[Symbol.dispose]();
    for (const tensor of weights?.values() ?? []) tensor.keep();
    this.#weights = weights;
  }
}

function copyOf(weights: StateDict): StateDict {
  return new Map(Array.from(weights, ([name, t]) => [name, noGrad(() => t.clone())]));
}

import { atMost, checkOptions, flag, type Kinds, notNegative, whole } from "../core/options.ts";
import { noGrad } from "../tensor/tensor.ts";
import { BestWeights } from "./best_weights.ts";
import type { Callback, CallbackState, Fit } from "./callback.ts";
import { type EpochRecord, isBetter, MONITOR, type Monitor } from "./epoch_record.ts";

/** Options of {@link earlyStopping}. */
export interface EarlyStoppingOptions extends Monitor {
  /** Epochs in a row that may be no better than the best before. Default: 5. */
  patience?: number;
  /** By how much an epoch must be better to count. Default: 0. */
  minDelta?: number;
  /** Whether the model has the weights of the best epoch when `fit` is over. Default: true. */
  restoreBest?: boolean;
}

const OPTIONS: Kinds<EarlyStoppingOptions> = {
  ...MONITOR,
  patience: whole(1),
  minDelta: notNegative,
  restoreBest: flag,
};

/** Ends a training that no longer gets better. Made by {@link earlyStopping}. */
export class EarlyStopping implements Callback {
  /** Under which name checkpoints keep it. */
  readonly name = "earlyStopping";
  /** The best epoch so far; null before the first. */
  best: EpochRecord | null = null;
  /** Epochs since then. */
  waited = 0;
  readonly #options: EarlyStoppingOptions;
  #fit: Fit | null = null;
  #weights: BestWeights | null = null;
  /** What the next training goes on with: the state of a checkpoint. */
  #state: CallbackState | null = null;

  /** RangeError where patience is not a whole number of at least 1. */
  constructor(options: EarlyStoppingOptions = {}) {
    atMost(1, arguments.length, "EarlyStopping({ patience, restoreBest, monitor, mode })");
    this.#options = checkOptions("EarlyStopping", options, OPTIONS);
  }

  /** Gets to know the model. */
  onFitBegin(fit: Fit): void {
    this.#fit = fit;
    const { patience: _, minDelta: _least, restoreBest = true, ...monitor } = this.#options;
    this.#weights?.[Symbol.dispose]();
    this.#weights = restoreBest ? new BestWeights(fit.model, monitor) : null;
    const { best, waited, kept } = (this.#state?.values ?? START) as Counted;
    [this.best, this.waited] = [best, waited];
    if (this.#state !== null) {
      const { tensors } = this.#state;
      this.#weights?.loadStateDict({ values: kept, ...tensors && { tensors } });
      for (const tensor of tensors?.values() ?? []) tensor[Symbol.dispose]();
      this.#state = null;
    }
  }

  /** Counts, and ends the training where it has waited long enough. */
  onEpochEnd(record: EpochRecord): void {
    const { patience = 5, minDelta = 0, monitor, mode } = this.#options;
    const by = { ...monitor !== undefined && { monitor }, ...mode !== undefined && { mode } };
    this.#weights?.onEpochEnd(record);
    if (this.best === null || isBetter(record, this.best, by, minDelta)) {
      this.best = record;
      this.waited = 0;
    } else if (++this.waited >= patience) this.#fit!.finish();
  }

  /** Puts the best weights back. */
  onFitEnd(): void {
    this.#weights?.restore();
  }

  /** What it has counted, and the best weights. */
  stateDict(): CallbackState {
    const { values = null, tensors } = this.#weights?.stateDict() ?? {};
    const counted = { best: this.best, waited: this.waited, kept: values };
    return { values: counted, ...tensors && { tensors } };
  }

  /** Goes on from a state, when the next `fit` begins. */
  loadStateDict({ values, tensors }: CallbackState): void {
    const { best, waited } = values as Counted;
    [this.best, this.waited] = [best, waited];
    for (const tensor of this.#state?.tensors?.values() ?? []) tensor[Symbol.dispose]();
    const copies = new Map(
      Array.from(tensors ?? [], ([name, tensor]) => [name, noGrad(() => tensor.clone()).keep()]),
    );
    this.#state = { values, tensors: copies };
  }
}

/** What is counted, and of which epoch the weights are kept. */
interface Counted {
  best: EpochRecord | null;
  waited: number;
  kept: EpochRecord | null;
}

const START: Counted = { best: null, waited: 0, kept: null };

/**
 * Ends a training when epochs no longer get better, and gives the model the weights of the best: an
 * entry of a trainer's `callbacks`.
 *
 * @example
 * ```ts
 * import { data, nn, optim, randn, train } from "@glim/glim";
 * const x = randn([64, 4]);
 * const loader = new data.DataLoader(new data.TensorDataset(x, x.argmax(1)), { batchSize: 16 });
 * const model = new nn.Linear(4, 4);
 * const trainer = new train.Trainer({
 *   model,
 *   loss: new nn.CrossEntropyLoss(),
 *   optimizer: new optim.SGD(model.parameters(), { lr: 0.5 }),
 *   callbacks: [train.earlyStopping({ patience: 3, monitor: "devLoss" })],
 * });
 * console.log((await trainer.fit(loader, { dev: loader, epochs: 100 })).length <= 100); // true
 * ```
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): EarlyStopping {
  atMost(1, arguments.length, "earlyStopping({ patience, restoreBest, monitor, mode })");
  checkOptions("earlyStopping", options, OPTIONS);
  return new EarlyStopping(options);
}

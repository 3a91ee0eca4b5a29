/**
 * One run: a network that learns, and can be stopped and continued at any step. Deno runs the same.
 *
 * @module
 */
import { data, manualSeed, nn, optim, train } from "../../mod.ts";
import { buildNetwork } from "../shared/network.ts";
import type { RunConfig } from "../shared/run_config.ts";
import type { Digits } from "./digits.ts";

/** Passes over the data that are as good as for ever. */
const EPOCHS = 10_000;

/** Samples a batch of an evaluation has. */
export const EVALUATION_BATCH = 500;

/** What a run learns from, and what it is judged by. */
export interface DigitSets {
  train: Digits;
  dev: Digits;
}

/** What a checkpoint of a run keeps beside what the trainer does. */
export interface Standing {
  config: RunConfig;
  /** Images that the epoch under way has: all that had come when it began. */
  train: number;
  /** Images that it will be judged by. */
  dev: number;
}

/** A run of a configuration. */
export class Session implements Disposable {
  readonly config: RunConfig;
  readonly model: nn.Sequential;
  readonly #optimizer: optim.SGD;
  readonly #trainer: train.Trainer;
  readonly #sets: DigitSets;
  #steps = 0;
  #toGo = 0;

  /** The network gets its first weights; `callback` is told how the run gets on. */
  constructor(config: RunConfig, sets: DigitSets, callback: train.Callback = {}) {
    manualSeed(config.seed);
    this.config = config;
    this.#sets = sets;
    this.model = buildNetwork(config);
    const { lr, momentum } = config;
    this.#optimizer = new optim.SGD(this.model.parameters(), { lr, momentum });
    this.#trainer = new train.Trainer({
      model: this.model,
      loss: new nn.CrossEntropyLoss(),
      optimizer: this.#optimizer,
      callbacks: [{
        onEpochBegin: () => this.#takeWhatHasCome(),
        onStepEnd: ({ totalSteps }) => {
          this.#steps = totalSteps;
          if (--this.#toGo <= 0) this.#trainer.stop();
        },
      }, callback],
    });
  }

  /** Steps since the beginning. */
  get steps(): number {
    return this.#steps;
  }

  /** Images that the epoch has. */
  get epochImages(): number {
    return this.#sets.train.length;
  }

  /** Learning rate and momentum as they are now. */
  get rates(): { lr: number; momentum: number } {
    const { lr, momentum } = this.#optimizer.paramGroups[0]!;
    return { lr, momentum };
  }

  /** Goes on for some steps, or until `pause`; resolves when it has stopped. */
  async run(steps: number = Infinity): Promise<void> {
    const { train: trainSet, dev } = this.#sets;
    const { batchSize } = this.config;
    this.#toGo = steps;
    try {
      await this.#trainer.fit(
        // no seed of its own: the order follows the run's
        new data.DataLoader(trainSet, { batchSize, shuffle: true }),
        new data.DataLoader(dev, { batchSize: EVALUATION_BATCH }),
        { epochs: EPOCHS },
      );
    } finally {
      // so that the next `run` goes on, with what may have been changed meanwhile
      this.#trainer.resume(this.#trainer.checkpoint());
    }
  }

  /** Makes `run` stop after the step that is under way. */
  pause(): void {
    this.#trainer.stop();
  }

  /** Changes learning rate and momentum from the next step on. */
  setRates(lr: number, momentum: number): void {
    for (const group of this.#optimizer.paramGroups) Object.assign(group, { lr, momentum });
  }

  /** Everything to go on from elsewhere. Error before the first step. */
  checkpoint(): train.Checkpoint {
    const { train, dev } = this.#sets;
    const standing: Standing = { config: this.config, train: train.length, dev: dev.length };
    return this.#trainer.checkpoint({ config: standing });
  }

  /**
   * Goes on from a checkpoint of the same configuration. RangeError where images of its epoch have
   * not come yet; DataError where another kernel build made it and `options` do not allow that.
   */
  resume(checkpoint: train.Checkpoint, options: train.ResumeOptions = {}): void {
    const { train, dev } = checkpoint.config as Standing;
    this.#sets.train.refresh(train);
    this.#sets.dev.refresh(dev);
    this.#trainer.resume(checkpoint, options);
    this.#steps = checkpoint.totalSteps;
  }

  #takeWhatHasCome(): void {
    this.#sets.train.refresh();
    this.#sets.dev.refresh();
  }

  /** Releases network and optimizer. */
  [Symbol.dispose](): void {
    this.model[Symbol.dispose]();
    this.#optimizer[Symbol.dispose]();
  }
}

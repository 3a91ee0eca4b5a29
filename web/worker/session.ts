/**
 * One run: a network that learns, and can be stopped and continued at any step. Deno runs the same.
 *
 * @module
 */
import { data, manualSeed, nn, optim, train } from "@glim/glim";
import { hasCentredImages } from "../shared/centred.ts";
import { buildNetwork, SIDE } from "../shared/network.ts";
import type { RunConfig } from "../shared/run_config.ts";
import type { Digits } from "./digits.ts";

/** Passes over the data that are as good as for ever. */
const EPOCHS = 10_000;

/** Samples a batch of an evaluation has. */
export const EVALUATION_BATCH = 500;

/** What a run learns from, and what it is judged by. */
export interface DigitSets {
  /** What the data set is called; undefined where nobody says. */
  name?: string;
  train: Digits;
  dev: Digits;
}

/** What files tell of the data that a network learnt from. */
export interface DataNote {
  name: string | undefined;
  /** Whether the images are placed as MNIST's digits are. */
  isCentred: boolean;
}

/** What a checkpoint of a run keeps beside what the trainer does. */
export interface Standing {
  config: RunConfig;
  /** Images that the epoch under way has: all that had come when it began. */
  train: number;
  /** Images that it will be judged by. */
  dev: number;
  /** The data; of older checkpoints undefined, as where no image has come. */
  data?: DataNote | undefined;
}

/** A run of a configuration. */
export class Session implements Disposable {
  readonly config: RunConfig;
  readonly model: nn.Sequential;
  /** What runs the loop. */
  readonly trainer: train.Trainer;
  readonly #optimizer: optim.SGD;
  readonly #sets: DigitSets;
  #steps = 0;
  #toGo = 0;

  /** The network gets its first weights; `listen` returns who is told how the run gets on. */
  constructor(
    config: RunConfig,
    sets: DigitSets,
    listen: (session: Session) => train.Callback = () => ({}),
  ) {
    manualSeed(config.seed);
    this.config = config;
    this.#sets = sets;
    this.model = buildNetwork(config);
    const { lr, momentum } = config;
    this.#optimizer = new optim.SGD(this.model.parameters(), { lr, momentum });
    this.trainer = new train.Trainer({
      model: this.model,
      loss: new nn.CrossEntropyLoss(),
      optimizer: this.#optimizer,
      callbacks: [{
        onEpochBegin: () => this.#takeWhatHasCome(),
        onStepEnd: ({ totalSteps }) => {
          this.#steps = totalSteps;
          if (--this.#toGo <= 0) this.trainer.stop();
        },
      }, listen(this)],
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

  /**
   * Goes on for some steps, until there have been so many epochs, or until `pause`; resolves when it
   * has stopped.
   */
  async run(steps: number = Infinity, epochs: number = EPOCHS): Promise<void> {
    const { train: trainSet, dev } = this.#sets;
    const { batchSize } = this.config;
    this.#toGo = steps;
    try {
      await this.trainer.fit(
        // no seed of its own: the order follows the run's
        new data.DataLoader(trainSet, { batchSize, shuffle: true }),
        new data.DataLoader(dev, { batchSize: EVALUATION_BATCH }),
        { epochs },
      );
    } finally {
      // so that the next `run` goes on, with what may have been changed meanwhile
      this.trainer.resume(this.trainer.checkpoint());
    }
  }

  /** Makes `run` stop after the step that is under way. */
  pause(): void {
    this.trainer.stop();
  }

  /** Changes learning rate and momentum from the next step on. */
  setRates(lr: number, momentum: number): void {
    for (const group of this.#optimizer.paramGroups) Object.assign(group, { lr, momentum });
  }

  /** Everything to go on from elsewhere. Error before the first step. */
  checkpoint(): train.Checkpoint {
    return this.trainer.checkpoint({ config: this.standing });
  }

  /** What a checkpoint keeps of the run beside what the trainer does. */
  get standing(): Standing {
    const { train, dev } = this.#sets;
    return { config: this.config, train: train.length, dev: dev.length, data: this.data };
  }

  /** What is to be told of the data; undefined before the first image has come. */
  get data(): DataNote | undefined {
    const { name, train } = this.#sets;
    if (train.available === 0) return undefined;
    return { name, isCentred: hasCentredImages(train, [SIDE, SIDE], train.available) };
  }

  /**
   * Goes on from a checkpoint of the same configuration. RangeError where images of its epoch have
   * not come yet; DataError where another kernel build made it and `options` do not allow that.
   */
  resume(checkpoint: train.Checkpoint, options: train.ResumeOptions = {}): void {
    const { train, dev } = checkpoint.config as Standing;
    this.#sets.train.refresh(train);
    this.#sets.dev.refresh(dev);
    this.trainer.resume(checkpoint, options);
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

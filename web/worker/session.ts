/**
 * One run: a network that learns. The page's worker serves its training; Deno runs the same.
 *
 * @module
 */
import { manualSeed } from "@glim/glim";
import * as data from "@glim/glim/data";
import * as nn from "@glim/glim/nn";
import * as optim from "@glim/glim/optim";
import * as train from "@glim/glim/train";
import { hasCentredImages } from "../shared/centred.ts";
import { buildNetwork, SIDE } from "../shared/network.ts";
import type { RunDevice } from "../shared/protocol.ts";
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
  readonly device: RunDevice;
  readonly sets: DigitSets;
  readonly model: nn.Sequential;
  readonly #optimizer: optim.SGD;
  #trainer: train.Trainer | null = null;
  #steps = 0;
  #toGo = 0;

  /** The network gets its first weights. */
  constructor(config: RunConfig, sets: DigitSets, device: RunDevice = "cpu") {
    manualSeed(config.seed);
    this.config = config;
    this.sets = sets;
    this.device = device;
    this.model = buildNetwork(config).to(device);
    const { lr, momentum } = config;
    this.#optimizer = new optim.SGD(this.model.parameters(), { lr, momentum });
  }

  /** A run on a device, which is opened first. DeviceError where it cannot be. */
  static async on(device: RunDevice, config: RunConfig, sets: DigitSets): Promise<Session> {
    if (device === "webgpu") await (await import("@glim/glim/webgpu")).webgpu();
    return new Session(config, sets, device);
  }

  /** What is trained, on what. */
  get training(): train.ServedTraining & { callbacks: train.Callback[] } {
    const { train, dev } = this.sets;
    const { batchSize } = this.config;
    return {
      model: this.model,
      loss: new nn.CrossEntropyLoss(),
      optimizer: this.#optimizer,
      callbacks: [{
        onEpochBegin() {
          train.refresh();
          dev.refresh();
        },
        onStepEnd: ({ totalSteps }) => void (this.#steps = totalSteps),
      }],
      // no seed of its own: the order follows the run's
      train: new data.DataLoader(train.to(this.device), { batchSize, shuffle: true }),
      dev: new data.DataLoader(dev.to(this.device), { batchSize: EVALUATION_BATCH }),
      config: () => this.standing,
      dispose: () => this[Symbol.dispose](),
    };
  }

  /** Steps since the beginning. */
  get steps(): number {
    return this.#steps;
  }

  /** Images that the epoch has. */
  get epochImages(): number {
    return this.sets.train.length;
  }

  /** Numbers that the network learns. */
  get parameters(): number {
    let count = 0;
    for (const { numel } of this.model.parameters()) count += numel;
    return count;
  }

  /** Learning rate and momentum as they are now. */
  get rates(): { lr: number; momentum: number } {
    const { lr, momentum } = this.#optimizer.paramGroups[0]!;
    return { lr, momentum };
  }

  /** Changes learning rate and momentum from the next step on. */
  setRates(lr: number, momentum: number): void {
    for (const group of this.#optimizer.paramGroups) Object.assign(group, { lr, momentum });
  }

  /** Without a worker: goes on for some steps, or until there have been so many epochs. */
  async run(steps: number = Infinity, epochs: number = EPOCHS): Promise<void> {
    const { train: trainSet, dev } = this.training;
    const trainer = this.#ownTrainer();
    this.#toGo = steps;
    try {
      await trainer.fit(trainSet, dev, { epochs });
    } finally {
      // so that the next `run` goes on, with what may have been changed meanwhile
      trainer.resume(trainer.checkpoint());
    }
  }

  /** Everything to go on from elsewhere. Error before the first step. */
  checkpoint(): train.Checkpoint {
    return this.#ownTrainer().checkpoint({ config: this.standing });
  }

  /** What a checkpoint keeps of the run beside what the trainer does. */
  get standing(): Standing {
    const { train, dev } = this.sets;
    return { config: this.config, train: train.length, dev: dev.length, data: this.data };
  }

  /** What is to be told of the data; undefined before the first image has come. */
  get data(): DataNote | undefined {
    const { name, train } = this.sets;
    if (train.available === 0) return undefined;
    return { name, isCentred: hasCentredImages(train, [SIDE, SIDE], train.available) };
  }

  /** Has the images of a checkpoint's epoch. RangeError where some have not come yet. */
  expect(checkpoint: train.Checkpoint): void {
    const { train, dev } = checkpoint.config as Standing;
    this.sets.train.refresh(train);
    this.sets.dev.refresh(dev);
    this.#steps = checkpoint.totalSteps;
  }

  /**
   * Without a worker: goes on from a checkpoint of the same configuration. RangeError as `expect`
   * throws it; DataError where another kernel build made it and `options` do not allow that.
   */
  resume(checkpoint: train.Checkpoint, options: train.ResumeOptions = {}): void {
    this.expect(checkpoint);
    this.#ownTrainer().resume(checkpoint, options);
  }

  #ownTrainer(): train.Trainer {
    const { model, loss, optimizer, callbacks } = this.training;
    const count: train.Callback = {
      onStepEnd: () => --this.#toGo <= 0 ? this.#trainer!.stop() : undefined,
    };
    return this.#trainer ??= new train.Trainer({
      model,
      loss,
      optimizer,
      callbacks: [...callbacks, count],
    });
  }

  /** Releases network and optimizer. */
  [Symbol.dispose](): void {
    this.model[Symbol.dispose]();
    this.#optimizer[Symbol.dispose]();
  }
}

/**
 * The paper's rules for a training run: its network, its first weights, its optimizer and schedule.
 *
 * @module
 */
import { data, lrScheduler, manualSeed, nn, optim, train } from "@glim/glim";
import { DeepNetwork } from "./network.ts";
import type { TrainOptions } from "./options.ts";

/** Everything that decides a run's weights. */
export type TrialConfig = Pick<
  TrainOptions,
  | "layers"
  | "hidden"
  | "activation"
  | "lr"
  | "momentum"
  | "lrDecay"
  | "batchSize"
  | "epochs"
  | "seed"
>;

/** Digits. */
export const CLASSES = 10;

/** Samples a batch of an evaluation has; it changes no result but the rounding of the mean loss. */
const EVALUATION_BATCH = 500;

/** A network that is trained on MNIST by the paper's rules, all its randomness from one seed. */
export class Training implements Disposable {
  /** What learns. */
  readonly model: DeepNetwork;
  /** The weights of the best epoch so far. */
  readonly best: train.BestWeights;
  /** What runs the loop. */
  readonly trainer: train.Trainer;
  readonly #config: TrialConfig;
  readonly #set: data.Mnist;
  readonly #optimizer: optim.SGD;

  /** `listen` is given the training and returns who is told how it gets on. */
  constructor(
    config: TrialConfig,
    set: data.Mnist,
    listen: (training: Training) => train.Callback,
  ) {
    manualSeed(config.seed);
    this.#config = config;
    this.#set = set;
    this.model = networkFor(config, set);
    this.best = new train.BestWeights(this.model);
    this.#optimizer = new optim.SGD(this.model.parameters(), {
      lr: config.lr,
      momentum: config.momentum ?? 0,
      momentumMode: "ema", // equation 16
    });
    this.trainer = new train.Trainer({
      model: this.model,
      loss: new nn.CrossEntropyLoss(), // log-softmax and NLL in one
      optimizer: this.#optimizer,
      scheduler: config.lrDecay === null
        ? undefined
        : new lrScheduler.DecayOnRise(this.#optimizer, { factor: config.lrDecay }),
      callbacks: [this.best, listen(this)],
    });
  }

  /** Trains for the configuration's epochs, evaluating on the dev set after each. */
  fit(): Promise<train.EpochRecord[]> {
    const { batchSize, epochs } = this.#config;
    return this.trainer.fit(
      new data.DataLoader(this.#set.train, { batchSize, shuffle: true }),
      evaluationLoader(this.#set.dev),
      { epochs },
    );
  }

  /** Releases network and optimizer. */
  [Symbol.dispose](): void {
    this.model[Symbol.dispose]();
    this.#optimizer[Symbol.dispose]();
  }
}

/** The untrained network of a configuration, for images of a data set. */
export function networkFor(config: TrialConfig, { imageShape }: data.Mnist): DeepNetwork {
  return new DeepNetwork(imageShape[0] * imageShape[1], CLASSES, config);
}

/** A network's mean loss and accuracy over a data set; no smoothing of labels is in the loss. */
export function evaluate(model: nn.Module, set: data.Dataset): Promise<train.Evaluation> {
  return train.evaluate(model, new nn.CrossEntropyLoss(), evaluationLoader(set));
}

/** Batches of a data set in its own order, for evaluation. */
export function evaluationLoader(set: data.Dataset): data.DataLoader {
  return new data.DataLoader(set, { batchSize: EVALUATION_BATCH });
}

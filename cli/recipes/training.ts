/**
 * A training run by a recipe.
 *
 * @module
 */
import { data, lrScheduler, manualSeed, nn, optim, train } from "@glim/glim";
import { evaluationLoader } from "../training.ts";
import { learningRateFactor } from "./learning_rate.ts";
import type { Pictures } from "./pictures.ts";
import type { NetworkBuilder, Settings } from "./recipe.ts";

/** What is trained, and how. */
export interface Plan {
  /** Makes the network. */
  network: NetworkBuilder;
  /** How it is trained. */
  settings: Settings;
  /** Where all its random numbers begin. */
  seed: number;
}

/** A network that is trained by a recipe, all its randomness from one seed. */
export class RecipeTraining implements Disposable {
  /** What learns. */
  readonly model: nn.Module;
  /** What runs the loop. */
  readonly trainer: train.Trainer;
  readonly #settings: Settings;
  readonly #pictures: Pictures;
  readonly #loader: data.DataLoader;
  readonly #optimizer: optim.SGD | optim.AdamW;
  readonly #average: optim.swaUtils.AveragedModel | undefined;

  /** `listen` is given the training and returns who is told how it gets on. */
  constructor(
    { network, settings, seed }: Plan,
    pictures: Pictures,
    listen: (training: RecipeTraining) => train.Callback,
  ) {
    manualSeed(seed);
    this.#settings = settings;
    this.#pictures = pictures;
    this.model = network(pictures);
    this.#loader = trainingLoader(settings, pictures);
    this.#optimizer = optimizerFor(this.model, settings);
    this.#average = settings.ema === null ? undefined : averageOf(this.model, settings.ema);
    const steps = settings.epochs * this.#loader.length;
    this.trainer = new train.Trainer({
      model: this.model,
      loss: new nn.CrossEntropyLoss({ labelSmoothing: settings.labelSmoothing }),
      optimizer: this.#optimizer,
      scheduler: new lrScheduler.LambdaLR(
        this.#optimizer,
        (step) => learningRateFactor(step, steps, settings),
      ),
      schedulerInterval: "step",
      averagedModel: this.#average,
      callbacks: [listen(this)],
    });
  }

  /** Trains for the recipe's epochs, evaluating on the dev set after each. */
  fit(): Promise<train.EpochRecord[]> {
    return this.trainer.fit(this.#loader, evaluationLoader(this.#pictures.dev), {
      epochs: this.#settings.epochs,
    });
  }

  /** Puts the averages into the model, if the recipe has any; to be called when `fit` is over. */
  finish(): void {
    this.#average?.apply();
  }

  /** Releases network, optimizer and averages. */
  [Symbol.dispose](): void {
    this.model[Symbol.dispose]();
    this.#optimizer[Symbol.dispose]();
    this.#average?.[Symbol.dispose]();
  }
}

function trainingLoader({ batchSize, warp }: Settings, pictures: Pictures): data.DataLoader {
  const [rows, columns] = pictures.imageShape;
  const options = { batchSize, shuffle: true, dropLast: true };
  if (warp === null) return new data.DataLoader(pictures.train, options);
  const random = new data.RandomWarp({ ...warp, imageShape: [rows, columns] });
  return new data.DataLoader(pictures.train, { ...options, transform: random.apply });
}

function optimizerFor(model: nn.Module, settings: Settings): optim.SGD | optim.AdamW {
  const { optimizer, lr, weightDecay } = settings;
  const all = [...model.parameters()];
  const groups = [
    { params: all.filter((p) => p.ndim > 1), weightDecay },
    { params: all.filter((p) => p.ndim <= 1), weightDecay: 0 },
  ].filter(({ params }) => params.length > 0);
  return optimizer === "sgd"
    ? new optim.SGD(groups, { lr, momentum: 0.9, nesterov: true })
    : new optim.AdamW(groups, { lr, betas: [0.9, 0.999] });
}

/** The average of a model's weights, over few steps at first: the first weights are bad ones. */
function averageOf(model: nn.Module, decay: number): optim.swaUtils.AveragedModel {
  return new optim.swaUtils.AveragedModel(model, {
    multiAvgFn: (averaged, current, n) =>
      optim.swaUtils.getEmaMultiAvgFn(Math.min(decay, n / (n + 10)))(averaged, current, n),
  });
}

/**
 * The training loop.
 *
 * @module
 */
import type { DataLoader } from "../data/mod.ts";
import { DivergedError } from "../errors.ts";
import type { AnyOptimizer, LRScheduler } from "../lr_scheduler/mod.ts";
import type { Module } from "../nn/mod.ts";
import { manualSeed } from "../random.ts";
import { outside } from "../scope.ts";
import { noGrad, type Tensor } from "../tensor.ts";
import type { Callback } from "./callback.ts";
import type { EpochRecord } from "./epoch_record.ts";
import { countCorrect, isClassification } from "./metrics.ts";

/** What a {@link Trainer} is made of. */
export interface TrainerOptions {
  /** What learns. */
  model: Module;
  /** A loss module, or a function of the model's output and the target. */
  loss: Module | ((output: Tensor, target: Tensor) => Tensor);
  /** What changes the parameters. */
  optimizer: AnyOptimizer;
  /** What changes the learning rate after each epoch; it is told the epoch's training loss. */
  scheduler?: LRScheduler | undefined;
  /** Who is told how the run gets on. */
  callbacks?: Callback[] | undefined;
  /** Restarts all randomness at the beginning of `fit`, as `manualSeed` does. */
  seed?: number | undefined;
}

/** Options of {@link Trainer.fit}. */
export interface FitOptions {
  /** Passes over the training set. */
  epochs: number;
}

/** What {@link Trainer.evaluate} tells. */
export interface Evaluation {
  /** Mean loss of a sample. */
  loss: number;
  /** Share of samples predicted right; NaN where targets are not labels. */
  accuracy: number;
}

/** What has been added up over some samples. */
interface Sums {
  samples: number;
  loss: number;
  correct: number;
}

/** Milliseconds after which the loop lets timers, signals and progress bars have a turn. */
const BREATH = 50;

/**
 * Trains a model, evaluates it after each epoch, and tells callbacks.
 *
 * @example
 * ```ts
 * import { data, nn, optim, randn, train } from "@glim/glim";
 * const x = randn([64, 4]);
 * const set = new data.TensorDataset(x, x.argmax(1));
 * const loader = new data.DataLoader(set, { batchSize: 16, shuffle: true, seed: 1 });
 * const model = new nn.Linear(4, 4);
 * const trainer = new train.Trainer({
 *   model,
 *   loss: new nn.CrossEntropyLoss(),
 *   optimizer: new optim.SGD(model.parameters(), { lr: 0.1 }),
 * });
 * const history = await trainer.fit(loader, loader, { epochs: 3 });
 * console.log(history.length, (await trainer.evaluate(loader)).accuracy > 0.3); // 3 true
 * ```
 */
export class Trainer {
  readonly #options: TrainerOptions;
  #stopped = false;
  #lastBreath = 0;

  /** Nothing runs before `fit`. */
  constructor(options: TrainerOptions) {
    this.#options = options;
  }

  /** Whether `stop` has been called since the last `fit` began. */
  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Makes `fit` return after the step that is under way. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * Trains for some epochs.
   *
   * @param train What to learn from.
   * @param dev What to evaluate on after each epoch.
   * @returns A record for each epoch that was finished; fewer than asked for after `stop`.
   *
   * Throws DivergedError, naming epoch and step, when the loss is no longer a number.
   */
  async fit(train: DataLoader, dev: DataLoader, { epochs }: FitOptions): Promise<EpochRecord[]> {
    const { optimizer, scheduler, callbacks = [], seed } = this.#options;
    if (!Number.isInteger(epochs) || epochs < 1) {
      throw new RangeError(`fit: epochs must be a whole number of at least 1: it is ${epochs}`);
    }
    if (seed !== undefined) manualSeed(seed);
    this.#stopped = false;
    const history: EpochRecord[] = [];
    for (let epoch = 0; epoch < epochs && !this.#stopped; epoch++) {
      for (const callback of callbacks) await outside(done(callback.onEpochBegin?.(epoch)));
      const learningRate = optimizer.paramGroups[0]!.lr;
      const began = performance.now();
      const sums = await this.#trainEpoch(train, epoch);
      if (this.#stopped) break;
      const seconds = (performance.now() - began) / 1000;
      const evaluation = await this.evaluate(dev);
      const record: EpochRecord = {
        epoch,
        trainLoss: sums.loss / sums.samples,
        trainAccuracy: sums.correct / sums.samples,
        devLoss: evaluation.loss,
        devAccuracy: evaluation.accuracy,
        learningRate,
        seconds,
      };
      history.push(record);
      scheduler?.step(record.trainLoss);
      for (const callback of callbacks) await outside(done(callback.onEpochEnd?.(record)));
    }
    return history;
  }

  /** The mean loss and the accuracy over a loader, in evaluation mode and without gradients. */
  async evaluate(loader: DataLoader): Promise<Evaluation> {
    const { model } = this.#options;
    const wasTraining = model.training;
    model.eval();
    const sums: Sums = { samples: 0, loss: 0, correct: 0 };
    try {
      for (const [x, y] of loader) {
        noGrad(() => {
          const output = model.forward(x);
          add(sums, output, y, this.#loss(output, y).item());
        });
        if (this.#isDue()) await this.#breathe();
      }
    } finally {
      model.train(wasTraining);
    }
    return { loss: sums.loss / sums.samples, accuracy: sums.correct / sums.samples };
  }

  async #trainEpoch(loader: DataLoader, epoch: number): Promise<Sums> {
    const { model, optimizer } = this.#options;
    const sums: Sums = { samples: 0, loss: 0, correct: 0 };
    let step = 0;
    model.train();
    for (const [x, y] of loader) {
      const output = model.forward(x);
      const loss = this.#loss(output, y);
      optimizer.zeroGrad();
      loss.backward();
      const value = loss.item();
      if (!Number.isFinite(value)) throw diverged(value, epoch, step);
      optimizer.step();
      add(sums, output, y, value);
      step++;
      if (this.#isDue()) {
        this.#tell(epoch, step, sums);
        await this.#breathe();
        if (this.#stopped) break;
      }
    }
    this.#tell(epoch, step, sums);
    return sums;
  }

  #loss(output: Tensor, target: Tensor): Tensor {
    const { loss } = this.#options;
    return typeof loss === "function" ? loss(output, target) : loss.forward(output, target);
  }

  #tell(epoch: number, step: number, { samples, loss }: Sums): void {
    const info = { epoch, step: step - 1, samples, meanLoss: loss / samples };
    for (const callback of this.#options.callbacks ?? []) callback.onProgress?.(info);
  }

  #isDue(): boolean {
    return performance.now() - this.#lastBreath > BREATH;
  }

  #breathe(): Promise<void> {
    return outside(
      new Promise((resolve) =>
        setTimeout(() => {
          this.#lastBreath = performance.now();
          resolve();
        }, 0)
      ),
    );
  }
}

/** A batch's mean loss and correct answers, added to what there is. */
function add(sums: Sums, output: Tensor, target: Tensor, loss: number): void {
  const samples = target.shape[0] ?? 1;
  sums.samples += samples;
  sums.loss += loss * samples;
  sums.correct += isClassification(output, target) ? countCorrect(output, target) : NaN;
}

function diverged(value: number, epoch: number, step: number): DivergedError {
  return new DivergedError(
    `fit: the loss is ${value} in epoch ${epoch}, step ${step}: the weights are lost: try a lower ` +
      `learning rate, and look for bad numbers in the data`,
  );
}

function done(result: void | Promise<void>): Promise<void> {
  return Promise.resolve(result);
}

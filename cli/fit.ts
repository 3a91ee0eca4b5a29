/**
 * The one way in which all experiments are trained.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { data, manualSeed, type nn, noGrad, scope, train } from "@glim/glim";
import { hasCentredImages } from "@glim/web";
import type { Built, Data, DataInfo, Experiment } from "./experiment.ts";

/** Samples a batch of an evaluation has; it changes no result but the rounding of the mean loss. */
const EVALUATION_BATCH = 500;

/** What an experiment's options always have. */
export type Options = Readonly<Record<string, unknown>> & {
  readonly epochs: number;
  readonly batchSize: number;
};

/** What a {@link Training} is begun with. */
export interface TrainingOptions {
  /** The values of the experiment's options. */
  readonly options: Options;
  /** Where all random numbers begin. */
  readonly seed: number;
  /** The data; see {@link dataOf}. */
  readonly data: Data;
}

/** The data of an experiment. All that it draws at random is the same each time. */
export async function dataOf(experiment: Experiment, options: Options): Promise<Data> {
  manualSeed(0);
  const data: Data = await experiment.data({ options });
  if (data.imageShape === undefined || data.isCentred !== undefined) return data;
  return { ...data, isCentred: hasCentredImages(data.train, data.imageShape) };
}

/** What is known of data without the samples. */
export function infoOf({ train: _, dev: _dev, test: _test, ...info }: Data): DataInfo {
  return info;
}

/** A network that is trained, all its randomness from one seed. */
export class Training implements Disposable {
  /** What {@link Experiment.build} gave. */
  readonly built: Built;
  /** What learns. */
  readonly model: nn.Module;
  /** The weights of the best epoch so far; null where the last ones are taken. */
  readonly best: train.BestWeights | null;
  /** Samples of an epoch. */
  readonly samples: number;
  /** Who else is told how it gets on; to be added before the trainer is first used. */
  readonly listeners: train.Callback[] = [];
  readonly #experiment: Experiment;
  readonly #given: TrainingOptions;
  #trainer: train.Trainer | null = null;

  private constructor(experiment: Experiment, built: Built, given: TrainingOptions) {
    this.built = built;
    this.model = built.model;
    this.best = experiment.weights === "best" ? new train.BestWeights(built.model) : null;
    this.samples = samplesOf(experiment, given);
    this.#experiment = experiment;
    this.#given = given;
  }

  /** Builds the network with its first weights. */
  static async begin(experiment: Experiment, given: TrainingOptions): Promise<Training> {
    const { options, seed } = given;
    const steps = options.epochs * Math.ceil(samplesOf(experiment, given) / options.batchSize);
    manualSeed(seed);
    const built = await experiment.build({
      options,
      data: infoOf(given.data),
      sets: given.data,
      seed,
      steps,
    });
    return new Training(experiment, built, given);
  }

  /** What runs the loop. */
  get trainer(): train.Trainer {
    const { model, loss, optimizer, scheduler, schedulerInterval, averagedModel, callbacks } =
      this.built;
    return this.#trainer ??= new train.Trainer({
      model,
      loss,
      optimizer,
      scheduler,
      schedulerInterval,
      averagedModel,
      callbacks: [...callbacks ?? [], ...this.best ? [this.best] : [], ...this.listeners],
    });
  }

  /** Trains for the options' epochs, evaluating on the dev set after each. */
  fit(): Promise<train.EpochRecord[]> {
    const { options: { epochs, batchSize }, data: { train, dev } } = this.#given;
    const { augment: transform } = this.built;
    const { dropLast } = this.#experiment;
    const loader = { batchSize, shuffle: true, dropLast, ...transform && { transform } };
    return this.trainer.fit(new data.DataLoader(train, loader), evaluationLoader(dev), { epochs });
  }

  /** Goes on from a checkpoint. DataError where it is of another training. */
  resume(checkpoint: train.Checkpoint, options: train.ResumeOptions): void {
    this.built.onResume?.(checkpoint);
    this.trainer.resume(checkpoint, options);
  }

  /** Puts those weights into the model that are taken in the end. */
  takeWeights(): void {
    if (this.best === null) this.built.averagedModel?.apply();
    else this.best.restore(); // taken while the averages were in their place
  }

  /** The mean loss and the accuracy over a set. */
  evaluate(set: data.Dataset): Promise<train.Evaluation> {
    const { model, loss, evaluationLoss = loss } = this.built;
    return train.evaluate(model, evaluationLoss, evaluationLoader(set));
  }

  /** Releases network, optimizer and averages. */
  [Symbol.dispose](): void {
    release(this.built);
  }
}

/** Releases what was built. */
export function release({ model, optimizer, averagedModel }: Built): void {
  model[Symbol.dispose]();
  optimizer[Symbol.dispose]();
  averagedModel?.[Symbol.dispose]();
}

function samplesOf({ dropLast }: Experiment, { data, options }: TrainingOptions): number {
  const { length } = data.train;
  return dropLast ? length - length % options.batchSize : length;
}

/** Batches of a data set in its own order, for evaluation. */
export function evaluationLoader(set: data.Dataset): data.DataLoader {
  return new data.DataLoader(set, { batchSize: EVALUATION_BATCH });
}

/** Samples of each part that tell data from others where they have no checksums. */
const LOOKED_AT = 10_000;

/** What tells data from others: their own checksums, or hashes of the samples. */
export function checksumsOf(data: Data): readonly string[] {
  return data.checksums ?? [data.train, data.dev, ...data.test ? [data.test] : []].map(hashOf);
}

/** Names data by their contents: "MNIST" where they are, else a hash. */
export function dataId(data: Data): string {
  if (data.name === "MNIST") return data.name;
  return createHash("sha256").update(JSON.stringify(checksumsOf(data))).digest("hex").slice(0, 16);
}

function hashOf(set: data.Dataset): string {
  const hash = createHash("sha256").update(String(set.length));
  const indices = Int32Array.from({ length: Math.min(LOOKED_AT, set.length) }, (_, i) => i);
  scope(() =>
    noGrad(() => {
      for (const tensor of set.batch(indices)) {
        const { buffer, byteOffset, byteLength } = tensor.toTypedArray();
        hash.update(tensor.shape.join()).update(new Uint8Array(buffer, byteOffset, byteLength));
      }
    })
  );
  return hash.digest("hex");
}

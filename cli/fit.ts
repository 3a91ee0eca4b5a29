/** The one way in which all experiments are trained. */
import { createHash } from "node:crypto";
import { data, getDefaultDevice, manualSeed, type nn, scope, type Tensor, train } from "@glim/glim";
import { hasCentredImages } from "@glim/web";
import { onDevice } from "./device.ts";
import type { Built, Data, DataInfo, Experiment, Options } from "./experiment.ts";
import { sha256 } from "./files.ts";
import { evaluationLoader, type Figures, figuresOf } from "./results.ts";

/** What a {@link Training} is begun with. */
export interface TrainingOptions {
  readonly options: Options;
  /** Where all random numbers begin. */
  readonly seed: number;
  /** The data; see {@link dataOf}. */
  readonly data: Data;
}

/**
 * The data of an experiment. All that it draws at random is the same each time.
 *
 * @param known Of a trained network: what it learnt from.
 */
export async function dataOf(
  experiment: Experiment,
  options: Options,
  known?: DataInfo,
): Promise<Data> {
  return await onDevice(getDefaultDevice(), async () => {
    manualSeed(0);
    const data: Data = await experiment.data({ options, known });
    if (data.imageShape === undefined || data.isCentred !== undefined) return data;
    return { ...data, isCentred: hasCentredImages(data.train, data.imageShape) };
  });
}

/** What is known of data without the samples. */
export function infoOf({ train: _, dev: _dev, test: _test, ...info }: Data): DataInfo {
  return info;
}

/** A network that is trained, all its randomness from one seed. */
export class Training implements Disposable {
  /** What {@link Experiment.build} gave. */
  readonly built: Built;
  readonly model: nn.Module;
  /** The weights of the best epoch so far; null where the last ones are taken. */
  readonly best: train.BestWeights | null;
  /** By what epochs are compared. */
  readonly by: train.Monitor;
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
    const { weights, monitor } = experiment;
    this.by = monitor === undefined ? {} : { monitor };
    this.best = weights === "best" ? new train.BestWeights(built.model, this.by) : null;
    this.samples = samplesOf(experiment, given);
    this.#experiment = experiment;
    this.#given = given;
  }

  /** Builds the network with its first weights. */
  static async begin(experiment: Experiment, given: TrainingOptions): Promise<Training> {
    const { options, seed, data: sets } = given;
    const steps = options.epochs * Math.ceil(samplesOf(experiment, given) / options.batchSize);
    manualSeed(seed);
    const built = await experiment.build({ options, data: infoOf(sets), sets, seed, steps });
    return new Training(experiment, built, given);
  }

  get trainer(): train.Trainer {
    const { model, loss, optimizer, scheduler, schedulerInterval, averagedModel } = this.built;
    const { clipNorm, callbacks } = this.built;
    return this.#trainer ??= new train.Trainer({
      model,
      loss,
      optimizer,
      scheduler,
      schedulerInterval,
      averagedModel,
      clipNorm,
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

  /** Which weights those are. */
  get takenName(): string {
    if (this.best !== null) return `those of epoch ${this.best.best!.epoch}, the best`;
    return this.built.averagedModel === undefined
      ? "the last epoch's weights"
      : "the moving average of the weights";
  }

  /** What the network is worth on a set. */
  figures(set: data.Dataset): Promise<Figures> {
    const { model, loss, evaluationLoss = loss } = this.built;
    return figuresOf({ model, loss: evaluationLoss }, set, this.#experiment.metrics);
  }

  [Symbol.dispose](): void {
    const { model, optimizer, averagedModel } = this.built;
    model[Symbol.dispose]();
    optimizer[Symbol.dispose]();
    averagedModel?.[Symbol.dispose]();
  }
}

function samplesOf({ dropLast }: Experiment, { data, options }: TrainingOptions): number {
  const { length } = data.train;
  return dropLast ? length - length % options.batchSize : length;
}

/** Samples of each part that tell data from others where they have no checksums. */
const LOOKED_AT = 10_000;

/** What tells data from others: their own checksums, or hashes of the samples. */
export async function checksumsOf(data: Data): Promise<readonly string[]> {
  if (data.checksums !== undefined) return data.checksums;
  return await Promise.all([data.train, data.dev, ...data.test ? [data.test] : []].map(hashOfSet));
}

/** Names data by their contents: "MNIST" where they are, else a hash. */
export async function dataId(data: Data): Promise<string> {
  if (data.name === "MNIST") return data.name;
  return sha256(JSON.stringify(await checksumsOf(data))).slice(0, 16);
}

async function hashOfSet(set: data.Dataset): Promise<string> {
  const hash = createHash("sha256").update(String(set.length));
  const indices = Int32Array.from({ length: Math.min(LOOKED_AT, set.length) }, (_, i) => i);
  await scope(async () => {
    for (const tensor of set.batch(indices)) {
      hash.update(tensor.shape.join()).update(await bytesOf(tensor));
    }
  });
  return hash.digest("hex");
}

/** SHA-256 of a model's weights, in the order of its state dict. */
export async function hashOfWeights(model: nn.Module): Promise<string> {
  const hash = createHash("sha256");
  const tensors = [...model.stateDict().values()]; // one may be there several times
  for (const tensor of tensors) hash.update(await bytesOf(tensor));
  for (const tensor of tensors) tensor[Symbol.dispose]();
  return hash.digest("hex");
}

async function bytesOf(tensor: Tensor): Promise<Uint8Array> {
  const { buffer, byteOffset, byteLength } = await tensor.data();
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** How many numbers a network learns. */
export function countParameters(model: nn.Module): number {
  let count = 0;
  for (const parameter of model.parameters()) count += parameter.numel;
  return count;
}

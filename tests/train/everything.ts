/** A small training in which everything has a state, to be stopped and gone on with. */
import { createHash } from "node:crypto";
import {
  data,
  functional,
  lrScheduler,
  manualSeed,
  nn,
  optim,
  rand,
  type Tensor,
  tensor,
  train,
} from "../../mod.ts";
import { uniformArray } from "../prng.ts";
import { macrotask } from "../waiting.ts";

/** What a training is made of. */
export interface Kind {
  /** Default: SGD with momentum. */
  optimizer?: "sgd" | "adam" | "rmsprop";
  /** Default: none. */
  scheduler?: "decay" | "plateau" | "cosine" | "sequential" | "oneCycle";
  /** Whether the loaders have seeds of their own. Default: false. */
  ownSeed?: boolean;
  /** Whether samples come one by one: of a function, or of a data set of promises. Default: neither. */
  stream?: "function" | "set";
  /** Batches of a step. Default: 1. */
  accumulate?: number;
  /** Whether weights are averaged. Default: false. */
  averaged?: boolean;
  /** Neurons of the hidden layer. Default: 9. */
  width?: number;
}

/** Epochs of a whole training. */
export const EPOCHS = 3;
/** Steps of an epoch. */
export const STEPS = 5;
const SAMPLES = 18;
const BATCH = 4;

function schedulerOf(
  kind: Kind["scheduler"],
  optimizer: lrScheduler.AnyOptimizer,
): lrScheduler.LRScheduler | undefined {
  const { LinearLR, StepLR, MultiStepLR, SequentialLR } = lrScheduler;
  switch (kind) {
    case "decay":
      return new lrScheduler.DecayOnRise(optimizer);
    case "plateau":
      return new lrScheduler.ReduceLROnPlateau(optimizer, { patience: 0, threshold: 0.2 });
    case "cosine":
      return new lrScheduler.CosineAnnealingLR(optimizer, EPOCHS);
    case "sequential":
      return new SequentialLR(optimizer, [
        new LinearLR(optimizer, { totalIters: 4 }),
        new StepLR(optimizer, 3),
        new MultiStepLR(optimizer, [2, 5]),
      ], [4, 8]);
    case "oneCycle":
      return new lrScheduler.OneCycleLR(optimizer, 0.1, { totalSteps: EPOCHS * STEPS });
  }
}

function optimizerOf(kind: Kind["optimizer"], model: nn.Module): lrScheduler.AnyOptimizer {
  const parameters = model.parameters();
  if (kind === "adam") return new optim.Adam(parameters, { lr: 0.01, amsgrad: true });
  if (kind === "rmsprop") return new optim.RMSprop(parameters, { momentum: 0.5, centered: true });
  return new optim.SGD(parameters, { lr: 0.1, momentum: 0.9 });
}

/** 18 samples of 6 numbers and their classes. */
function samples(): data.TensorDataset {
  const x = uniformArray(1, SAMPLES * 6);
  const y = Int32Array.from(
    { length: SAMPLES },
    (_, i) => x[6 * i]! > 0 ? 1 : x[6 * i + 1]! > 0 ? 2 : 0,
  );
  return new data.TensorDataset(tensor(x, { shape: [SAMPLES, 6] }), tensor(y));
}

type Pair = [x: Tensor, y: Tensor];

/** Those samples as they come one by one, some late, each changed by random numbers of its own. */
function streamOf(
  kind: "function" | "set",
): (() => AsyncGenerator<Pair>) | data.AsyncDataset<Pair> {
  const set = samples();
  const get = async (i: number): Promise<Pair> => {
    if (i % 3 === 0) await macrotask();
    const [x, y] = set.get(i);
    return [x.add(rand([6]).mul(0.1)), y.clone()];
  };
  if (kind === "set") return { length: SAMPLES, get };
  return async function* () {
    for (let i = 0; i < SAMPLES; i++) yield await get(i);
  };
}

/** A training; each has tensors of its own. */
export class Everything implements Disposable {
  /** What learns. */
  readonly model: nn.Sequential;
  /** Runs it. */
  readonly trainer: train.Trainer;
  /** Its averages, if it has any. */
  readonly averagedModel: optim.swaUtils.AveragedModel | undefined;
  /** The losses of all steps. */
  readonly losses: number[] = [];
  readonly #optimizer: lrScheduler.AnyOptimizer;
  readonly #train: train.AnyLoader;
  readonly #dev: train.AnyLoader;

  /** `onEvaluation` is called before each batch of the dev set. */
  constructor(kind: Kind = {}, callback: train.Callback = {}, onEvaluation: () => void = () => {}) {
    const { width = 9, ownSeed = false, averaged = false } = kind;
    this.model = new nn.Sequential(
      new nn.Linear(6, width),
      new nn.BatchNorm1d(width),
      new nn.ReLU(),
      new nn.Dropout(0.3),
      new nn.Linear(width, 3),
    );
    this.#optimizer = optimizerOf(kind.optimizer, this.model);
    if (averaged) {
      const multiAvgFn = optim.swaUtils.getEmaMultiAvgFn(0.8);
      this.averagedModel = new optim.swaUtils.AveragedModel(this.model, { multiAvgFn });
    }
    // As images of two rows and three columns.
    const { apply } = new data.RandomWarp({
      rotation: 9,
      shift: 0.5,
      elastic: 0.2,
      imageShape: [2, 3],
    });
    const loader = (batchSize: number, transform: typeof apply) => {
      const options = { batchSize, transform, ...ownSeed ? { seed: 5 } : {} };
      return kind.stream === undefined
        ? new data.DataLoader(samples(), { ...options, shuffle: true })
        : new data.StreamLoader(streamOf(kind.stream), { ...options, shuffle: 7 });
    };
    this.#train = loader(BATCH, apply);
    this.#dev = loader(5, (x, generator) => {
      onEvaluation();
      return apply(x, generator);
    });
    this.trainer = new train.Trainer({
      model: this.model,
      loss: functional.crossEntropy,
      optimizer: this.#optimizer,
      scheduler: schedulerOf(kind.scheduler, this.#optimizer),
      schedulerInterval: ["sequential", "oneCycle"].includes(kind.scheduler!) ? "step" : "epoch",
      averagedModel: this.averagedModel,
      accumulate: kind.accumulate ?? 1,
      seed: 7,
      callbacks: [
        { onStepEnd: ({ loss }) => void this.losses.push(loss) },
        new train.BestWeights(this.model),
        callback,
      ],
    });
  }

  /** Trains to the end. */
  fit(epochs: number = EPOCHS): Promise<train.EpochRecord[]> {
    return this.trainer.fit(this.#train, this.#dev, { epochs });
  }

  /** A hash of all that it ends with: its checkpoint but for the seconds, and all losses. */
  outcome(): string {
    const checkpoint = { ...this.trainer.checkpoint({ config: this.losses }), seconds: 0 };
    for (const record of checkpoint.history) record.seconds = 0;
    for (const { values } of checkpoint.callbacks) (values as train.EpochRecord).seconds = 0;
    return createHash("sha256").update(train.encodeCheckpoint(checkpoint)).digest("hex");
  }

  [Symbol.dispose](): void {
    this.model[Symbol.dispose]();
    this.#optimizer[Symbol.dispose]();
    this.averagedModel?.[Symbol.dispose]();
  }
}

/** A training whose first weights are those of a seed. */
export function everything(...options: ConstructorParameters<typeof Everything>): Everything {
  manualSeed(3);
  return new Everything(...options);
}

/** A small training, for a worker and without one. */
import { data, manualSeed, nn, optim, randn, type train } from "../../../mod.ts";

/** What the training is made of. */
export interface Options {
  seed: number;
  /** In batches of 8. Default: 64. */
  samples?: number;
  /** Where something goes wrong. */
  fault?: "build" | "loss" | "diverge";
}

/** What can be asked of it. */
export interface TrainingCalls extends train.Calls {
  setRate(lr: number): void;
  /** Draws, which must not change what is trained. */
  draw(): number[];
  /** A tensor, which cannot be cloned. */
  drawn(): unknown;
  /** Whether the weights stay as they are while it waits. */
  isStill(): Promise<boolean>;
  later(value: unknown): Promise<unknown>;
  fail(): never;
  uncaught(): void;
  close(): void;
}

/** The training. */
export function training(
  { seed, samples = 64, fault }: Options,
): train.ServedTraining<TrainingCalls> {
  if (fault === "build") throw new RangeError("build: it does not want to");
  manualSeed(seed);
  const x = randn([samples, 6]);
  const set = new data.TensorDataset(x, x.argmax(1));
  const model = new nn.Sequential(
    new nn.Linear(6, 16),
    new nn.Dropout(0.2),
    new nn.ReLU(),
    new nn.Linear(16, 6),
  );
  const lr = fault === "diverge" ? Infinity : 0.1;
  const optimizer = new optim.SGD(model.parameters(), { lr, momentum: 0.9 });
  const broken = () => {
    throw new TypeError("the loss is broken", { cause: new Error("for a reason") });
  };
  return {
    model,
    optimizer,
    loss: fault === "loss" ? broken : new nn.CrossEntropyLoss(),
    train: new data.DataLoader(set, { batchSize: 8, shuffle: true }),
    dev: new data.DataLoader(set, { batchSize: 32 }),
    config: () => ({ seed }),
    calls: {
      setRate: (lr) => void (optimizer.paramGroups[0]!.lr = lr),
      draw: () => randn([3]).toArray() as number[],
      drawn: () => randn([3]),
      async isStill() {
        const before = String(model.stateDict().get("0.weight")!.toArray());
        await new Promise((then) => setTimeout(then, 10));
        return String(model.stateDict().get("0.weight")!.toArray()) === before;
      },
      later: (value) => Promise.resolve(value),
      fail() {
        throw new Error("the call has failed");
      },
      uncaught: () => void Promise.reject(new Error("nobody waits for this")),
      close: () => self.close(),
    },
  };
}

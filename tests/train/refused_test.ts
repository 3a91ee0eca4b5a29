/** Checkpoints of another training: what differs is told, and nothing is changed. */
import assert from "node:assert/strict";
import { data, lrScheduler, nn, optim, randn, train } from "../../mod.ts";

/** What a training is made of, where it is not as usual. */
interface Parts {
  model?: nn.Module;
  optimizer?: (model: nn.Module) => lrScheduler.AnyOptimizer;
  scheduler?: (optimizer: lrScheduler.AnyOptimizer) => lrScheduler.LRScheduler;
  schedulerInterval?: "epoch" | "step";
  averaged?: boolean;
  callbacks?: (model: nn.Module) => train.Callback[];
  samples?: number;
  loader?: data.DataLoaderOptions;
}

/** A training of one step an epoch, and its loader. */
function training(parts: Parts = {}): { trainer: train.Trainer; loader: data.DataLoader } {
  const { model = new nn.Linear(2, 3), samples = 8, loader = { batchSize: 8 } } = parts;
  const optimizer = parts.optimizer?.(model) ??
    new optim.SGD(model.parameters(), { momentum: 0.9 });
  return {
    trainer: new train.Trainer({
      model,
      loss: new nn.MSELoss(),
      optimizer,
      scheduler: parts.scheduler?.(optimizer) ?? new lrScheduler.StepLR(optimizer, 2),
      schedulerInterval: parts.schedulerInterval,
      averagedModel: parts.averaged ? new optim.swaUtils.AveragedModel(model) : undefined,
      callbacks: parts.callbacks?.(model) ?? [new train.BestWeights(model)],
    }),
    loader: new data.DataLoader(
      new data.TensorDataset(randn([samples, 2]), randn([samples, 3])),
      loader,
    ),
  };
}

async function usual(): Promise<train.Checkpoint> {
  const { trainer, loader } = training();
  await trainer.fit(loader, loader, { epochs: 1 });
  return trainer.checkpoint();
}

/** Checks that a training refuses the usual one's checkpoint, and that its model stays as it is. */
async function refuses(parts: Parts, message: string | RegExp): Promise<void> {
  const model = parts.model ?? new nn.Linear(2, 3);
  const before = weightsOf(model);
  const checkpoint = await usual();
  const { trainer } = training({ ...parts, model });
  assert.throws(() => trainer.resume(checkpoint), { name: "DataError", message });
  assert.deepEqual(weightsOf(model), before);
}

function weightsOf(model: nn.Module): unknown[] {
  return Array.from(model.stateDict(), ([name, tensor]) => [name, tensor.toArray()]);
}

Deno.test("another network is refused with its missing, unexpected and misshapen tensors", async () => {
  await refuses(
    { model: new nn.Linear(3, 3, { bias: false }) },
    /^resume: the training must be the same: parameters of the optimizer's groups: 1 is needed, the checkpoint has 2$/,
  );
  class Net extends nn.Module {
    weight = new nn.Linear(4, 3).weight;
    gain = new nn.Linear(3, 1).weight;
    forward = (x: Parameters<nn.Linear["forward"]>[0]) => x;
  }
  await refuses(
    { model: new Net() },
    "resume: the checkpoint does not fit: loadStateDict: names and shapes must agree: missing: " +
      "gain; unexpected: bias; of another shape: weight ([3, 4] is needed: it is [3, 2])",
  );
});

Deno.test("another optimizer or scheduler is refused", async () => {
  const same = "resume: the training must be the same: ";
  await refuses(
    { optimizer: (model) => new optim.Adam(model.parameters()) },
    `${same}optimizer: Adam is needed, the checkpoint has SGD`,
  );
  await refuses(
    {
      scheduler: (sgd) => new lrScheduler.ExponentialLR(sgd, 0.9),
      schedulerInterval: "step",
      averaged: true,
      callbacks: () => [],
    },
    `${same}scheduler: ExponentialLR, each step is needed, the checkpoint has StepLR, each epoch; ` +
      "averagedModel: one is needed, the checkpoint has none; " +
      "callbacks with a state: none is needed, the checkpoint has best",
  );
});

Deno.test("other groups of the same parameters are refused", async () => {
  await refuses(
    { optimizer: (m) => new optim.SGD(Array.from(m.parameters(), (p) => ({ params: [p] }))) },
    "resume: the training must be the same: parameters of the optimizer's groups: " +
      "1 + 1 is needed, the checkpoint has 2",
  );
});

Deno.test("what a callback cannot take is refused, and the others stay as they were", async () => {
  const counted: unknown[] = [];
  const counter = (loadStateDict: (state: train.CallbackState) => void): train.Callback => ({
    name: "counter",
    stateDict: () => ({ values: 3 }),
    loadStateDict,
  });
  const first = training({ callbacks: () => [counter(() => {})] });
  await first.trainer.fit(first.loader, first.loader, { epochs: 1 });
  const model = new nn.Linear(2, 3);
  const before = weightsOf(model);
  let calls = 0;
  const { trainer } = training({
    model,
    callbacks: () => [counter(({ values }) => {
      counted.push(values);
      if (calls++ === 0) throw new RangeError("three is too many");
    })],
  });
  assert.throws(() => trainer.resume(first.trainer.checkpoint()), {
    name: "DataError",
    message: "resume: the checkpoint does not fit: three is too many",
  });
  assert.deepEqual(weightsOf(model), before);
  assert.deepEqual(counted, [3, 3]);
});

Deno.test("a checkpoint without one of its tensors is refused", async () => {
  const checkpoint = await usual();
  for (const name of checkpoint.tensors.keys()) {
    const tensors = new Map(checkpoint.tensors);
    tensors.delete(name);
    const { trainer } = training();
    if (name.startsWith("callbacks.best")) continue;
    assert.throws(() => trainer.resume({ ...checkpoint, tensors }), {
      name: "DataError",
      message: /^resume: the checkpoint does not fit: /,
    }, name);
  }
});

Deno.test("other data are refused by fit, which can be called again with the right ones", async () => {
  const checkpoint = await usual();
  const { trainer, loader } = training();
  trainer.resume(checkpoint);
  const others: [Parts, string][] = [
    [{ samples: 9 }, "samples (9 is needed: it is 8); batches (2 is needed: it is 1)"],
    [
      { loader: { batchSize: 4 } },
      "batchSize (4 is needed: it is 8); batches (2 is needed: it is 1)",
    ],
    [{ loader: { batchSize: 8, shuffle: true } }, "shuffle (true is needed: it is false)"],
    [{ loader: { batchSize: 8, seed: 1 } }, "seed (one is needed: there is none)"],
  ];
  for (const [parts, what] of others) {
    const { loader: other } = training(parts);
    for (const [first, second] of [[other, loader], [loader, other]] as const) {
      await assert.rejects(trainer.fit(first, second, { epochs: 2 }), {
        name: "DataError",
        message: `loadStateDict: the loader's batches must agree: ${what}`,
      });
    }
  }
  assert.equal((await trainer.fit(loader, loader, { epochs: 2 })).length, 2);
});

Deno.test("callbacks with a state need names of their own", () => {
  const keeper = (name?: string): train.Callback => ({
    ...(name === undefined ? {} : { name }),
    stateDict: () => ({}),
    loadStateDict: () => {},
  });
  training({ callbacks: () => [keeper("a"), keeper("b"), { onEpochEnd: () => {} }] });
  for (const names of [["a", "a"], [undefined], [""], ["a.b"]]) {
    assert.throws(() => training({ callbacks: () => names.map(keeper) }), {
      name: "RangeError",
      message:
        /^Trainer: a callback with a state needs a name of its own, of letters, digits, _ and -: it is /,
    });
  }
});

/** Modules: which of their parts are registered, in which mode they are, which weights are the best. */
import assert from "node:assert/strict";
import {
  data,
  io,
  manualSeed,
  nn,
  ones,
  optim,
  randn,
  type Tensor,
  tensor,
  train,
  zeros,
} from "../../mod.ts";
import { catchWarnings } from "../warnings.ts";

class Headed extends nn.Sequential {
  head = new nn.Linear(2, 3);
  scale = new nn.Parameter(ones([3]));
  constructor() {
    super(new nn.Linear(2, 2), new nn.Dropout());
  }
  override forward(x: Tensor): Tensor {
    return this.head.forward(super.forward(x)).mul(this.scale);
  }
}

class Listed extends nn.ModuleList {
  head = new nn.Linear(2, 3);
  constructor() {
    super([new nn.Linear(2, 2)]);
    this.registerBuffer("steps", zeros([]));
  }
}

Deno.test("fields of a subclass of Sequential or ModuleList are registered, after its modules", () => {
  const model = new Headed();
  assert.deepEqual([...model.stateDict().keys()], [
    "scale",
    "0.weight",
    "0.bias",
    "head.weight",
    "head.bias",
  ]);
  assert.equal([...model.parameters()].length, 5);
  model.eval();
  assert.deepEqual([model.head.training, model.at(1)!.training], [false, false]);
  assert.match(String(model), /\(1\): Dropout\(.*\n {2}\(head\): Linear\(/);
  const other = new Headed();
  other.loadStateDict(model.stateDict());
  const x = randn([4, 2]);
  assert.deepEqual(other.eval().forward(x).toArray(), model.forward(x).toArray());
  model.forward(x).sum().backward();
  assert.ok(model.head.weight.grad);
  model.zeroGrad();
  assert.equal(model.head.weight.grad, null);
  assert.equal(model.length, 2, "its modules are still two");
  const list = new Listed();
  assert.deepEqual([...list.stateDict().keys()], [
    "steps",
    "0.weight",
    "0.bias",
    "head.weight",
    "head.bias",
  ]);
  assert.equal(list.eval().head.training, false);
});

/** What a function warns of. */
function warnings(run: () => void): string[] {
  using caught = catchWarnings();
  run();
  return caught.texts;
}

Deno.test("modules and parameters in a plain list are warned of, once a class", () => {
  class Blocks extends nn.Module {
    blocks = [new nn.Linear(2, 2), new nn.Linear(2, 2)];
    forward = (x: Tensor) => this.blocks.reduce((x, block) => block.forward(x), x);
  }
  class Weights extends nn.Module {
    weights = new Map([["a", new nn.Parameter(ones([2]))]]);
    forward = (x: Tensor) => x;
  }
  class Fine extends nn.Module {
    first = new nn.Linear(2, 2);
    order = [this.first];
    sizes = [1, 2];
    list = new nn.ModuleList([new nn.Linear(2, 2)]);
    forward = (x: Tensor) => x;
  }
  const told = warnings(() => {
    for (const model of [new Blocks(), new Blocks(), new Weights(), new Fine(), new Headed()]) {
      void [...model.parameters()];
      void [...new nn.Sequential(model).parameters()];
    }
  });
  assert.deepEqual(told, [
    "glim: Blocks.blocks holds modules in a plain list, which does not register them: no optimizer, " +
    "state dict, train() or eval() sees them: use an nn.ModuleList",
    "glim: Weights.weights holds parameters in a plain list, which does not register them: no " +
    "optimizer, state dict, train() or eval() sees them: make each of them a field",
  ]);
});

/** A model whose normalisation is frozen, and a loader for it. */
function frozen() {
  const norm = new nn.BatchNorm1d(4);
  const model = new nn.Sequential(
    new nn.Linear(4, 4),
    norm,
    new nn.Dropout(0.5),
    new nn.Linear(4, 4),
  );
  model.train();
  norm.eval();
  const x = randn([12, 4]);
  const set = new data.TensorDataset(x, x.argmax(1));
  return { model, norm, x, loader: new data.DataLoader(set, { batchSize: 4 }) };
}

const modes = (model: nn.Module) => Array.from(model.modules(), (module) => module.training);

Deno.test("whatever looks at a model leaves each module in its mode", async () => {
  const { model, x, loader } = frozen();
  const before = modes(model);
  assert.deepEqual(before, [true, true, false, true, true]);
  const loss = new nn.CrossEntropyLoss();
  const optimizer = new optim.SGD(model.parameters());
  const uses: Record<string, () => unknown> = {
    evaluate: () => train.evaluate(model, loss, loader),
    predict: () => train.predict(model, loader),
    "evaluate that throws": () =>
      train.evaluate(model, () => {
        throw new Error("no");
      }, loader).catch(() => {}),
    "Trainer.evaluate": () => new train.Trainer({ model, loss, optimizer }).evaluate(loader),
    exportOnnx: () => io.exportOnnx(model, x),
    stateDict: () => model.loadStateDict(model.stateDict()),
  };
  for (const [name, use] of Object.entries(uses)) {
    await use();
    assert.deepEqual(modes(model), before, name);
    model.eval();
    await use();
    assert.deepEqual(modes(model), before.map(() => false), `${name} in evaluation`);
    model.train();
    model.at(1)!.eval();
  }
});

Deno.test("fit trains in training mode, and leaves a frozen module frozen", async () => {
  const { model, norm, loader } = frozen();
  const trainer = new train.Trainer({
    model,
    loss: new nn.CrossEntropyLoss(),
    optimizer: new optim.SGD(model.parameters(), { lr: 0.1 }),
  });
  await trainer.fit(loader, loader, { epochs: 2 });
  assert.deepEqual(norm.runningMean!.toArray(), [0, 0, 0, 0]);
  assert.deepEqual(modes(model), [true, true, false, true, true]);
  model.eval();
  await trainer.fit(loader, loader, { epochs: 3 });
  assert.equal(model.training && norm.training, true, "all of a model in evaluation is switched");
});

Deno.test("the best weights of a regression are those with the lowest dev loss", async () => {
  manualSeed(0);
  const x = randn([64, 4]);
  const set = new data.TensorDataset(x, x.sum(1, true));
  const loader = new data.DataLoader(set, { batchSize: 16 });
  const model = new nn.Linear(4, 1);
  const best = new train.BestWeights(model);
  const trainer = new train.Trainer({
    model,
    loss: new nn.MSELoss(),
    optimizer: new optim.SGD(model.parameters(), { lr: 0.1 }),
    callbacks: [best],
  });
  const history = await trainer.fit(loader, loader, { epochs: 4 });
  const lowest = Math.min(...history.map(({ devLoss }) => devLoss));
  assert.equal(best.best!.devLoss, lowest);
  assert.equal(train.bestEpoch(history).devLoss, lowest);
  for (const p of model.parameters()) p.detach().fill_(0);
  best.restore();
  assert.equal((await trainer.evaluate(loader)).loss, lowest);
});

Deno.test("an epoch is better by accuracy if there is one, else by a loss that is a number", () => {
  const epoch = (devAccuracy: number, devLoss: number, at: number) => {
    return {
      epoch: at,
      devAccuracy,
      devLoss,
      trainLoss: 0,
      trainAccuracy: 0,
      learningRate: 0,
      seconds: 0,
    };
  };
  const best = (...pairs: [accuracy: number, loss: number][]) =>
    train.bestEpoch(pairs.map(([accuracy, loss], i) => epoch(accuracy, loss, i))).epoch;
  assert.equal(best([0.5, 1], [0.7, 2], [0.7, 1]), 1, "the first of the highest accuracy");
  assert.equal(best([NaN, 1], [NaN, 0.5], [NaN, 0.5]), 1, "the first of the lowest loss");
  assert.equal(best([NaN, NaN], [NaN, 3], [NaN, NaN]), 1);
  assert.equal(best([NaN, Infinity], [NaN, 3]), 1);
});

Deno.test("images that are no bytes, or not there, are refused; any layout is read right", () => {
  const bytes = tensor([[10, 20, 30], [40, 50, 60]], { dtype: "uint8" });
  const labels = (n: number) => zeros([n], { dtype: "int32" });
  for (const dtype of ["float32", "int32", "bool"] as const) {
    assert.throws(() => new data.ImageDataset(bytes.to(dtype), labels(2)), {
      name: "DTypeError",
      message:
        `ImageDataset: images must be uint8 and labels int32 or uint8: they are ${dtype} and int32`,
    });
  }
  assert.throws(() => new data.ImageDataset(bytes, zeros([2])), { name: "DTypeError" });
  const layouts: Record<string, Tensor> = {
    transposed: bytes.t(),
    "a part of the columns": bytes.narrow(1, 1, 2),
    "a part of the rows": bytes.narrow(0, 1, 1),
    expanded: bytes.narrow(0, 0, 1).expand([4, 3]),
  };
  for (const [name, images] of Object.entries(layouts)) {
    const set = new data.ImageDataset(images, labels(images.shape[0]!));
    const [x] = set.batch(Int32Array.from({ length: set.length }, (_, i) => i));
    assert.deepEqual(x.toArray(), images.to("float32").div(255).toArray(), name);
    assert.deepEqual(set.slice(0, 1).get(0)[0].toArray(), x.select(0, 0).toArray(), name);
    for (const index of [-1, set.length, -1_000_000_000, 2 ** 31 - 1]) {
      const message = /the numbers must be from 0 to \d+: one is|the number must be from 0 to/;
      assert.throws(() => set.batch(Int32Array.of(0, index)), { name: "RangeError", message });
      assert.throws(() => set.get(index), { name: "RangeError", message });
    }
  }
});

Deno.test("initialisation, biases and optimizers' states are float32, or refused by name", () => {
  for (const dtype of ["int32", "uint8", "bool"] as const) {
    const fills = [
      "uniform_",
      "normal_",
      "xavierUniform_",
      "xavierNormal_",
      "kaimingUniform_",
      "kaimingNormal_",
    ] as const;
    for (const name of fills) {
      const others = Array.from({ length: 4 }, () => zeros([64], { dtype }));
      const t = zeros([8, 8], { dtype });
      assert.throws(() => nn.init[name](t), (error: Error) => {
        assert.equal(error.name, "DTypeError", `${name} ${dtype}`);
        return error.message.startsWith(`${name}: `);
      });
      for (const x of [t, ...others]) assert.ok(x.toTypedArray().every((v) => v === 0));
    }
    nn.init.ones_(zeros([2], { dtype }));
    const sgd = new optim.SGD([new nn.Parameter(ones([2]))], { momentum: 0.9 });
    const state = sgd.stateDict();
    state.state.set(0, { momentumBuffer: ones([2], { dtype }) });
    assert.throws(() => sgd.loadStateDict(state), {
      name: "DataError",
      message: /must be float32 \[2\]/,
    });
  }
});

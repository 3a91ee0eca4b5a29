import assert from "node:assert/strict";
import {
  getKernelBuild,
  manualSeed,
  memory,
  nn,
  noGrad,
  ones,
  optim,
  randn,
  scope,
  setKernelBuild,
  setNumThreads,
  steps,
  tensor,
} from "../../mod.ts";
import fixture from "../fixtures/cnn_curve.json" with { type: "json" };
import { batch, batchSize, initialWeight, side, weights } from "../fixtures/cnn_curve.ts";

const close = (a: number, b: number, limit = 1e-6) => Math.abs(a - b) <= limit;

Deno.test("a batch normalisation has PyTorch's names, in PyTorch's order, and starts as it does", () => {
  using layer = new nn.BatchNorm2d(2);
  const state = layer.stateDict();
  assert.deepEqual(Object.fromEntries(Array.from(state, ([k, v]) => [k, v.toArray()])), {
    weight: [1, 1],
    bias: [0, 0],
    running_mean: [0, 0],
    running_var: [1, 1],
    num_batches_tracked: 0,
  });
  assert.equal(state.get("num_batches_tracked")!.dtype, "int32");
  using plain = new nn.BatchNorm1d(2, { affine: false, trackRunningStats: false });
  assert.equal(plain.stateDict().size, 0);
  for (const tensor of state.values()) tensor[Symbol.dispose]();
});

Deno.test("training moves the running moments, evaluation uses them and moves nothing", () => {
  using layer = new nn.BatchNorm1d(1);
  scope(() => {
    const x = tensor([[1], [3]]);
    const y = layer.forward(x).toTypedArray();
    assert(close(y[0]!, -1, 1e-5) && close(y[1]!, 1, 1e-5));
    assert(close(layer.runningMean!.item(), 0.2)); // 0.9 · 0 + 0.1 · 2
    assert(close(layer.runningVar!.item(), 1.1)); // 0.9 · 1 + 0.1 · 2, the unbiased variance
    assert.equal(layer.numBatchesTracked!.item(), 1);
    const before = [...layer.stateDict()].map(([_, v]) => v.toArray());
    layer.eval();
    const one = layer.forward(tensor([[0.2]]));
    assert(close(one.item(), 0));
    assert.deepEqual([...layer.stateDict()].map(([_, v]) => v.toArray()), before);
  });
});

Deno.test("with momentum null the running moments are the plain average of the batches", () => {
  using layer = new nn.BatchNorm1d(1, { momentum: null });
  scope(() => {
    for (const mean of [1, 5, 9]) layer.forward(tensor([[mean - 1], [mean + 1]]));
    assert(close(layer.runningMean!.item(), 5));
    assert(close(layer.runningVar!.item(), 2));
    assert.equal(layer.numBatchesTracked!.item(), 3);
  });
});

Deno.test("the plain average goes on from a state that was loaded", () => {
  using layer = new nn.BatchNorm1d(1, { momentum: null });
  scope(() => {
    const state = layer.stateDict();
    for (const mean of [1, 5, 9]) layer.forward(tensor([[mean - 1], [mean + 1]]));
    layer.loadStateDict(state);
    for (const mean of [2, 4]) layer.forward(tensor([[mean - 1], [mean + 1]]));
    assert(close(layer.runningMean!.item(), 3));
  });
});

Deno.test("without running moments the batch's own serve in evaluation too", () => {
  using layer = new nn.BatchNorm1d(1, { trackRunningStats: false }).eval();
  scope(() => {
    const y = layer.forward(tensor([[1], [3]])).toTypedArray();
    assert(close(y[0]!, -1, 1e-5) && close(y[1]!, 1, 1e-5));
  });
});

Deno.test("what a normalisation cannot take is an error that names the rule and the shapes", () => {
  using one = new nn.BatchNorm1d(3);
  using two = new nn.BatchNorm2d(3);
  using layer = new nn.LayerNorm([3, 4]);
  scope(() => {
    assert.throws(() => one.forward(ones([1, 3])), {
      name: "ShapeError",
      message: /: batchNorm: more than one value a channel is needed in training: x is \[1, 3\]$/,
    });
    assert.equal(one.numBatchesTracked!.item(), 0, "a batch that is refused does not count");
    assert.throws(() => one.forward(ones([2, 4])), {
      name: "ShapeError",
      message:
        /^BatchNorm1d\(3, .*\): batchNorm: x must be \[n, c\] or \[n, c, l\] with c = 3: it is \[2, 4\]$/,
    });
    assert.throws(() => two.forward(ones([2, 3])), {
      message:
        /^BatchNorm2d\(3, .*\): batchNorm: x must be \[n, c, h, w\] with c = 3: it is \[2, 3\]$/,
    });
    assert.throws(() => layer.forward(ones([2, 4])), {
      name: "ShapeError",
      message: /: layerNorm: x must end in the normalized shape \[3, 4\]: it is \[2, 4\]$/,
    });
    assert.throws(() => new nn.BatchNorm2d(0), { name: "RangeError" });
    assert.deepEqual(one.eval().forward(ones([1, 3])).shape, [1, 3]);
  });
});

Deno.test("normalisation, pooling and dropout have the same bits on one thread and on several", () => {
  using model = new nn.Sequential(
    new nn.BatchNorm2d(24),
    new nn.MaxPool2d(3, { stride: 2, padding: 1 }),
    new nn.GELU(),
    new nn.Dropout(0.3),
    new nn.AvgPool2d(2),
    new nn.LayerNorm([10, 10]),
  );
  const run = (threads: number) => {
    setNumThreads(threads);
    manualSeed(1);
    return scope(() => {
      const x = randn([32, 24, 40, 40]);
      x.requiresGrad = true;
      for (let i = 0; i < 3; i++) { // the workers start on the way
        model.zeroGrad();
        x.zeroGrad();
        manualSeed(2);
        model.forward(x).mul(ones([10])).abs().sum().backward();
      }
      const grads = [x, ...model.parameters()].map((p) => p.grad!.toTypedArray());
      return [...grads, model.forward(x).toTypedArray()];
    });
  };
  try {
    const alone = run(1);
    const several = run(2);
    for (const [i, values] of alone.entries()) assert.deepEqual(several[i], values);
  } finally {
    setNumThreads(1);
  }
});

for (const build of ["fast", "strict"] as const) {
  Deno.test(`100 steps of a convolutional network have PyTorch's losses, ${build} build`, () => {
    const before = getKernelBuild();
    setKernelBuild(build);
    try {
      train();
    } finally {
      setKernelBuild(before);
    }
  });
}

function network(): nn.Sequential {
  const model = new nn.Sequential(
    new nn.Conv2d(1, 8, 3),
    new nn.BatchNorm2d(8),
    new nn.SiLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(8, 16, 3, { padding: 1 }),
    new nn.BatchNorm2d(16),
    new nn.SiLU(),
    new nn.AvgPool2d(2),
    new nn.Flatten(),
    new nn.Linear(144, 10),
  );
  noGrad(() => {
    for (const [name, p] of model.namedParameters()) {
      if (name in weights) {
        p.copy_(tensor(initialWeight(name, p.numel), { shape: p.shape }));
      } else if (/^[049]\.bias/.test(name)) p.zero_();
    }
  });
  return model;
}

function train(): void {
  using model = network();
  const { lr, momentum, losses } = fixture;
  using sgd = new optim.SGD(model.parameters(), { lr, momentum });
  const loss = new nn.CrossEntropyLoss();
  const lossOf = (step: number) => {
    const { x, y } = batch(step);
    return loss.forward(
      model.forward(tensor(x, { shape: [batchSize, 1, side, side] })),
      tensor(y),
    );
  };
  const live: number[] = [];
  for (const step of steps(losses.length)) {
    const value = lossOf(step);
    sgd.zeroGrad();
    value.backward();
    sgd.step();
    const error = Math.abs(value.item() - losses[step]!);
    assert(error < 1e-3, `step ${step}: ${value.item()}, PyTorch has ${losses[step]}`);
    live.push(memory().liveBytes);
  }
  assert.equal(live.at(-1), live[1], "memory is constant");
  model.eval();
  scope(() => {
    const error = Math.abs(lossOf(losses.length).item() - fixture.evaluated);
    assert(error < 1e-3, `evaluated: PyTorch has ${fixture.evaluated}, ${error} away`);
    const state = model.stateDict();
    assert.deepEqual([...state.keys()], Object.keys(fixture.sums));
    for (const [name, expected] of Object.entries(fixture.sums)) {
      const sum = state.get(name)!.sum().item();
      assert(close(sum, expected, 5e-3), `${name}: ${sum}, PyTorch has ${expected}`);
    }
    for (const tensor of state.values()) tensor[Symbol.dispose]();
  });
}

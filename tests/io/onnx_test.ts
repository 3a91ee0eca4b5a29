import assert from "node:assert/strict";
import { record } from "../../src/autograd/autograd.ts";
import { alloc } from "../../src/device/buffer.ts";
import { fromTypedArray, tensor, zeros } from "../../src/tensor/create.ts";
import { ShapeError } from "../../src/core/errors.ts";
import { exportOnnx, saveOnnx } from "../../src/io/mod.ts";
import { kernels } from "../../src/wasm/kernels.ts";
import * as nn from "../../src/nn/mod.ts";
import * as F from "../../src/ops/mod.ts";
import { memory, scope } from "../../src/scope/scope.ts";
import { noGrad, type Tensor } from "../../src/tensor/tensor.ts";
import { uniformArray } from "../prng.ts";
import { temporaryFolder, testWith } from "../subprocess.ts";
import { graphOf } from "./onnx_reader.ts";
import { checkExport, Lambda } from "./onnx_runtime.ts";

/** Makes n samples of a shape, from −1 to 1. */
function samples(...shape: number[]): (n: number) => Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return (n) => tensor(uniformArray(n, n * size), { shape: [n, ...shape] });
}

/** Makes n samples of `length` numbers below `end`. */
function indices(end: number, length: number): (n: number) => Tensor {
  return (n) => {
    const values = Int32Array.from({ length: n * length }, (_, i) => (i * i + n) % end);
    return fromTypedArray(values, [n, length]);
  };
}

/** The module with random numbers in place of the zeros and ones that it starts with. */
function worn<T extends nn.Module>(model: T): T {
  const state = model.stateDict();
  let seed = 0;
  for (const [name, values] of state) {
    if (values.dtype !== "float32" || values.amax().item() !== values.amin().item()) continue;
    values.copy_(tensor(uniformArray(seed++, values.numel, 0.5), { shape: values.shape }));
    if (name.endsWith("running_var")) values.add_(1);
  }
  model.loadStateDict(state);
  return model;
}

class Residual extends nn.Module {
  conv: nn.Conv2d;
  norm: nn.BatchNorm2d;

  constructor(channels: number) {
    super();
    this.conv = new nn.Conv2d(channels, channels, 3, { padding: 1, bias: false });
    this.norm = new nn.BatchNorm2d(channels);
  }

  forward(x: Tensor): Tensor {
    return this.norm.forward(this.conv.forward(x)).add(x).relu();
  }
}

class ResidualNet extends nn.Module {
  blocks = new nn.ModuleList([new Residual(4), new Residual(4)]);
  out = new nn.Linear(4, 3);

  forward(x: Tensor): Tensor {
    for (const block of this.blocks) x = block.forward(x);
    return this.out.forward(x.mean([2, 3]));
  }
}

class Words extends nn.Module {
  embedding = new nn.Embedding(11, 8);
  first = new nn.MultiheadAttention(8, 2, { batchFirst: true });
  second = new nn.MultiheadAttention(8, 4, { bias: false });
  norm = new nn.LayerNorm(8);

  forward(words: Tensor): Tensor {
    const x = this.embedding.forward(words);
    const y = this.norm.forward(this.first.forward(x).add(x)).transpose(0, 1); // [l, n, e]
    return this.second.attend(y, y, y, { isCausal: true }).mean(0);
  }
}

const models: [string, () => nn.Module, (n: number) => Tensor][] = [
  [
    "a perceptron",
    () => new nn.Sequential(new nn.Linear(784, 100), new nn.ReLU(), new nn.Linear(100, 10)),
    samples(784),
  ],
  [
    "PyTorch's MNIST network",
    () =>
      new nn.Sequential(
        new nn.Conv2d(1, 32, 3),
        new nn.ReLU(),
        new nn.Conv2d(32, 64, 3),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Dropout(0.25),
        new nn.Flatten(),
        new nn.Linear(9216, 128),
        new nn.ReLU(),
        new nn.Dropout(0.5),
        new nn.Linear(128, 10),
        new nn.LogSoftmax(1),
      ),
    samples(1, 28, 28),
  ],
  ["a residual network", () => new ResidualNet(), samples(4, 6, 5)],
  ["attention over words", () => new Words(), indices(11, 5)],
  [
    "convolutions with all options",
    () =>
      new nn.Sequential(
        new nn.Conv2d(4, 6, [3, 2], { stride: [2, 1], padding: [1, 0], groups: 2 }),
        new nn.Conv2d(6, 4, 2, { dilation: [1, 2], bias: false }),
      ),
    samples(4, 8, 9),
  ],
  [
    "pooling",
    () =>
      new nn.Sequential(
        new nn.MaxPool2d(3, { stride: 1, padding: 1 }),
        new nn.AvgPool2d([3, 2], { stride: [2, 1], padding: 1 }),
        new nn.AvgPool2d(3, { stride: 2, padding: 1, countIncludePad: false }),
        new nn.MaxPool2d([2, 1]),
      ),
    samples(2, 13, 12),
  ],
  [
    "pooling beyond the image, of pixels that are apart, and by another divisor",
    () =>
      new nn.Sequential(
        new nn.MaxPool2d(2, { dilation: 2 }),
        new nn.MaxPool2d(3, { stride: 2, padding: 1, dilation: [2, 1], ceilMode: true }),
        new nn.AvgPool2d(2, { ceilMode: true }),
        new nn.AvgPool2d(3, { stride: 2, padding: 1, ceilMode: true, divisorOverride: -2 }),
      ),
    samples(2, 24, 31),
  ],
  [
    "pooling of pixels so far apart that an operator would take no such padding",
    () =>
      new nn.Sequential(
        new nn.MaxPool2d(2, { stride: 5, dilation: 4, ceilMode: true }),
        new nn.AvgPool2d(3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }),
      ),
    samples(2, 13, 14),
  ],
  ["pooling to one pixel", () => new nn.AdaptiveAvgPool2d(1), samples(3, 5, 4)],
  ["pooling to equal parts", () => new nn.AdaptiveAvgPool2d([2, 3]), samples(3, 4, 9)],
  ["pooling to unequal parts", () => new nn.AdaptiveAvgPool2d([3, 5]), samples(3, 7, 8)],
  [
    "batch normalisation of features",
    () => new nn.Sequential(new nn.BatchNorm1d(5), new nn.BatchNorm1d(5, { affine: false })),
    samples(5),
  ],
  ["batch normalisation of sequences", () => new nn.BatchNorm1d(5, { eps: 0.1 }), samples(5, 3)],
  [
    "layer normalisation",
    () =>
      new nn.Sequential(
        new nn.LayerNorm([3, 4], { bias: false }),
        new nn.LayerNorm(4, { eps: 0.1 }),
        new nn.LayerNorm(4, { elementwiseAffine: false }),
      ),
    samples(2, 3, 4),
  ],
  [
    "activations",
    () =>
      new nn.Sequential(
        ...[new nn.Tanh(), new nn.Sigmoid(), new nn.GELU(), new nn.GELU({ approximate: "tanh" })],
        ...[new nn.SiLU(), new nn.LeakyReLU(0.3), new nn.Identity(), new nn.Softmax(-1)],
        new nn.LogSoftmax(1),
      ),
    samples(3, 4),
  ],
];

for (const [name, make, batch] of models) {
  testWith(
    ["read"],
    `ONNX Runtime computes ${name} as Glim does, for batches of any size`,
    async () => {
      using model = worn(make());
      await checkExport(name, model, batch);
    },
  );
}

Deno.test("weights have the state dict's names and values, nodes those of their modules", () => {
  using model = worn(new ResidualNet());
  const graph = graphOf(exportOnnx(model, samples(4, 6, 5)(1)));
  const state = new Map(
    model.stateDict().entries().filter(([name]) => !name.endsWith("num_batches_tracked")),
  );
  for (const [name, values] of state) {
    assert.deepEqual(graph.initializers.get(name), new Uint8Array(values.toTypedArray().buffer));
  }
  assert.deepEqual(graph.nodes, [
    ...["0", "1"].flatMap((i) => [
      `blocks.${i}.conv/Conv`,
      `blocks.${i}.norm/BatchNormalization`,
      `blocks.${i}/Add`,
      `blocks.${i}/Relu`,
    ]),
    "ReduceSum",
    "Div",
    "output",
  ]);
});

Deno.test("weights that are shared, or not used, are in the file once, or not at all", () => {
  class Tied extends nn.Module {
    a = new nn.Linear(4, 4);
    b = this.a;
    unused = new nn.Linear(4, 4);

    forward(x: Tensor): Tensor {
      return this.b.forward(this.a.forward(x));
    }
  }
  using model = new Tied();
  const { initializers } = graphOf(exportOnnx(model, zeros([1, 4])));
  assert.deepEqual([...initializers.keys()].sort(), ["a.bias", "a.weight"]);
});

Deno.test("the input's and output's first dimension is called batch", () => {
  const [{ input, output }] = [graphOf(exportOnnx(new nn.Flatten(), zeros([5, 2, 3])))];
  assert.deepEqual([input, output], [["batch", 2, 3], ["batch", 6]]);
  const rows = new Lambda((x) => x.reshape(-1));
  assert.deepEqual(graphOf(exportOnnx(rows, zeros([5, 2, 3]))).output, ["6 * batch"]);
});

Deno.test("exporting leaves a model, the kernels and the memory as they were", () => {
  using model = worn(new ResidualNet());
  model.blocks.at(1)!.eval();
  const x = samples(4, 6, 5)(3);
  const before = scope(() => model.forward(x).toTypedArray());
  const modes = Array.from(model.modules(), ({ training }) => training);
  const misfit = zeros([1, 5, 2, 2]);
  const [live, table] = [memory().liveBytes, { ...kernels }];
  exportOnnx(model, x);
  assert.throws(() => exportOnnx(model, misfit), ShapeError);
  assert.equal(memory().liveBytes, live);
  assert.deepEqual({ ...kernels }, table);
  assert.deepEqual(Array.from(model.modules(), ({ training }) => training), modes);
  assert(![...model.modules()].some((module) => Object.hasOwn(module, "forward")));
  assert.deepEqual(scope(() => model.forward(x).toTypedArray()), before);
});

/** An op of a user's own, which ONNX knows nothing of. */
function roll(x: Tensor): Tensor {
  const out = alloc(x, x.shape);
  kernels.copy(x, out);
  return record("roll", out, [[x, (dy) => dy]]);
}

class Rolling extends nn.Module {
  forward(x: Tensor): Tensor {
    return roll(x);
  }
}

Deno.test("an op without an operator is refused by the path of its module", () => {
  class Net extends nn.Module {
    features = new nn.Sequential(new nn.ReLU(), new Rolling());

    forward(x: Tensor): Tensor {
      return this.features.forward(x).relu();
    }
  }
  assert.throws(() => exportOnnx(new Net(), zeros([1, 4])), {
    name: "TypeError",
    message: "exportOnnx: features.1 (Rolling): roll has no ONNX operator here",
  });
  assert.throws(() => exportOnnx(new Rolling(), zeros([1, 4])), {
    message: "exportOnnx: Rolling: roll has no ONNX operator here",
  });
});

Deno.test("an op without an operator does not matter where the output does not need it", () => {
  class Net extends nn.Module {
    forward(x: Tensor): Tensor {
      roll(x.add(1)).mul(2);
      return x.neg();
    }
  }
  assert.deepEqual(graphOf(exportOnnx(new Net(), zeros([1, 4]))).nodes, ["output"]);
});

const refusals: [string, (x: Tensor) => Tensor, RegExp][] = [
  [
    "what was computed outside of the ops",
    (x) => tensor(x.toTypedArray().map(Math.round), { shape: x.shape }).add(1),
    /a tensor \[2, 4\] differs from batch to batch, and no op made it of the input$/,
  ],
  [
    "a change in place",
    (x) => {
      const y = x.mul(2);
      y.narrow(1, 0, 2).fill_(0);
      return y.neg();
    },
    /a tensor \(mul\) was changed in place, which has no ONNX operator$/,
  ],
  [
    "a mean over the batch",
    (x) => x.sub(x.mean()),
    /div: only lengths may follow the batch: it computes with 8 at 2 samples, with 12 at 3$/,
  ],
  [
    "a part that follows the batch",
    (x) => F.cat([x, x]).narrow(0, 0, x.shape[0]!),
    /narrow: only lengths may follow the batch: it computes with 2 at 2 samples, with 3 at 3$/,
  ],
  [
    "a length that is no multiple of the batch",
    (x) => F.cat([x, zeros([1, 4])]).reshape(-1, 2, 2),
    /lengths must be fixed or multiples of the batch: \[3, 4\] with 2 samples is \[4, 4\] with 3$/,
  ],
  [
    "ops that depend on the values",
    (x) => x.sum().item() === x.shape[0]! * 2 ? x.relu() : x.neg(),
    /with every batch: at 2 samples it goes on with relu \[2, 4\], at 3 with neg \[3, 4\]$/,
  ],
  [
    "ops that depend on the batch",
    (x) => x.shape[0]! < 3 ? x : x.neg(),
    /with every batch: at 2 samples it goes on with nothing, at 3 with neg \[3, 4\]$/,
  ],
  [
    "a result that depends on the batch",
    (x) => [x.relu(), x.neg()].at(x.shape[0]! - 2)!,
    /with every batch: at 2 samples it goes on with relu \[2, 4\], at 3 with neg \[3, 4\]$/,
  ],
  ["dropout that does not follow the mode", (x) => F.dropout(x), /dropout has no ONNX operator/],
  [
    "normalisation by the batch's own moments",
    (x) => F.batchNorm(x, null, null),
    /batchNorm: running moments are needed: it takes the batch's own$/,
  ],
  ["a loss", (x) => F.crossEntropy(x, x.argmax(1)), /crossEntropy has no ONNX operator here$/],
  ["no tensor", () => 3 as unknown as Tensor, /one tensor must come out of Lambda$/],
];

for (const [name, f, message] of refusals) {
  Deno.test(`exportOnnx refuses ${name}`, () => {
    const x = tensor([[0.5, 0.25, 1, 0.25]]);
    assert.throws(() => exportOnnx(new Lambda(f), x), { name: "TypeError", message });
  });
}

Deno.test("exportOnnx refuses a weight that has the name of the output", () => {
  class Net extends nn.Module {
    output = new nn.Parameter(zeros([4]));

    forward(x: Tensor): Tensor {
      return x.mul(this.output);
    }
  }
  assert.throws(() => exportOnnx(new Net(), zeros([1, 4])), {
    message: "exportOnnx: no weight of Net can be called output: the model's own is",
  });
});

Deno.test("an example without a sample is refused", () => {
  for (const shape of [[], [0, 4]]) {
    assert.throws(
      () => exportOnnx(new nn.ReLU(), zeros(shape)),
      new ShapeError(
        `exportOnnx: the example must be [n, ...] with a sample: it is [${shape.join(", ")}]`,
      ),
    );
  }
});

testWith(["read", "write"], "saveOnnx writes what exportOnnx makes", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/model.onnx`;
  using model = new nn.Linear(4, 2);
  const saving = saveOnnx(path, model, zeros([1, 4]));
  const expected = exportOnnx(model, zeros([1, 4]));
  noGrad(() => model.weight.fill_(0)); // too late for the file
  await saving;
  assert.deepEqual(await Deno.readFile(path), expected);
});

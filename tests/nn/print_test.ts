import assert from "node:assert/strict";
import { nn, scope, type Tensor } from "../../mod.ts";
import fixture from "../fixtures/print.json" with { type: "json" };

class Net extends nn.Module {
  hidden: nn.Linear = new nn.Linear(784, 128);
  out: nn.Linear = new nn.Linear(128, 10);
  forward(x: Tensor): Tensor {
    return this.out.forward(this.hidden.forward(x).relu());
  }
}

class Deep extends nn.Module {
  flatten: nn.Flatten = new nn.Flatten();
  body: nn.Sequential = new nn.Sequential(new nn.Linear(4, 4), new nn.Tanh());
  heads: nn.ModuleList = new nn.ModuleList([new nn.Linear(4, 2), new nn.Linear(4, 3)]);
  drop: nn.Dropout = new nn.Dropout(0.25);
  forward(x: Tensor): Tensor {
    return this.body.forward(this.flatten.forward(x));
  }
}

class Empty extends nn.Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}

const linear = (a: number, b: number) => new nn.Linear(a, b);

/** The fixture's Python expressions, in TypeScript. */
const modules: Record<string, () => nn.Module> = {
  "nn.Linear(784, 128)": () => linear(784, 128),
  "nn.Linear(3, 2, bias=False)": () => new nn.Linear(3, 2, { bias: false }),
  "nn.ReLU()": () => new nn.ReLU(),
  "nn.Tanh()": () => new nn.Tanh(),
  "nn.Sigmoid()": () => new nn.Sigmoid(),
  "nn.Softmax(dim=1)": () => new nn.Softmax(1),
  "nn.LogSoftmax(dim=-1)": () => new nn.LogSoftmax(-1),
  "nn.Flatten()": () => new nn.Flatten(),
  "nn.Flatten(0, 2)": () => new nn.Flatten(0, 2),
  "nn.Dropout()": () => new nn.Dropout(),
  "nn.Dropout(0.25)": () => new nn.Dropout(0.25),
  "nn.Identity()": () => new nn.Identity(),
  "nn.GELU()": () => new nn.GELU(),
  'nn.GELU(approximate="tanh")': () => new nn.GELU({ approximate: "tanh" }),
  "nn.SiLU()": () => new nn.SiLU(),
  "nn.LeakyReLU()": () => new nn.LeakyReLU(),
  "nn.LeakyReLU(0.2)": () => new nn.LeakyReLU(0.2),
  "nn.MaxPool2d(2)": () => new nn.MaxPool2d(2),
  "nn.MaxPool2d((3, 2), stride=(2, 1), padding=1)": () =>
    new nn.MaxPool2d([3, 2], { stride: [2, 1], padding: 1 }),
  "nn.MaxPool2d(3, 2, dilation=(2, 1), ceil_mode=True)": () =>
    new nn.MaxPool2d(3, { stride: 2, dilation: [2, 1], ceilMode: true }),
  "nn.AvgPool2d(3, stride=2, padding=1)": () => new nn.AvgPool2d(3, { stride: 2, padding: 1 }),
  "nn.AdaptiveAvgPool2d(1)": () => new nn.AdaptiveAvgPool2d(1),
  "nn.AdaptiveAvgPool2d((2, 3))": () => new nn.AdaptiveAvgPool2d([2, 3]),
  "nn.BatchNorm1d(8)": () => new nn.BatchNorm1d(8),
  "nn.BatchNorm2d(3, eps=0.001, momentum=None, affine=False)": () =>
    new nn.BatchNorm2d(3, { eps: 0.001, momentum: null, affine: false }),
  "nn.BatchNorm2d(3, momentum=0.5, track_running_stats=False)": () =>
    new nn.BatchNorm2d(3, { momentum: 0.5, trackRunningStats: false }),
  "nn.LayerNorm(8)": () => new nn.LayerNorm(8),
  "nn.LayerNorm((3, 4), eps=1e-12, elementwise_affine=False)": () =>
    new nn.LayerNorm([3, 4], { eps: 1e-12, elementwiseAffine: false }),
  "nn.LayerNorm(8, bias=False)": () => new nn.LayerNorm(8, { bias: false }),
  "nn.Embedding(10, 3)": () => new nn.Embedding(10, 3),
  "nn.Embedding(10, 3, padding_idx=-1)": () => new nn.Embedding(10, 3, { paddingIdx: -1 }),
  "nn.Embedding(10, 3, max_norm=0.5, norm_type=1.0, scale_grad_by_freq=True)": () =>
    new nn.Embedding(10, 3, { maxNorm: 0.5, normType: 1, scaleGradByFreq: true }),
  'nn.EmbeddingBag(10, 3, max_norm=0.5, norm_type=1.0, scale_grad_by_freq=True, mode="sum")': () =>
    new nn.EmbeddingBag(10, 3, { maxNorm: 0.5, normType: 1, scaleGradByFreq: true, mode: "sum" }),
  "nn.MultiheadAttention(8, 2)": () => new nn.MultiheadAttention(8, 2),
  "nn.NLLLoss()": () => new nn.NLLLoss(),
  "nn.CrossEntropyLoss()": () => new nn.CrossEntropyLoss(),
  "nn.MSELoss()": () => new nn.MSELoss(),
  "nn.Sequential()": () => new nn.Sequential(),
  "nn.ModuleList([])": () => new nn.ModuleList([]),
  "nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))": () =>
    new nn.Sequential(linear(784, 128), new nn.ReLU(), linear(128, 10)),
  "nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(4, 3), nn.Tanh()), nn.LogSoftmax(dim=1))":
    () =>
      new nn.Sequential(
        new nn.Flatten(),
        new nn.Sequential(linear(4, 3), new nn.Tanh()),
        new nn.LogSoftmax(1),
      ),
  "nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4), nn.ReLU())": () =>
    new nn.Sequential(linear(4, 4), linear(4, 4), linear(4, 4), new nn.ReLU()),
  "nn.ModuleList([nn.Linear(2, 3), nn.ReLU()])": () =>
    new nn.ModuleList([linear(2, 3), new nn.ReLU()]),
  "nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)])": () =>
    new nn.ModuleList([linear(2, 2), linear(2, 2), linear(2, 2)]),
  "nn.ModuleList([nn.Sequential(nn.Linear(2, 2), nn.ReLU()), nn.Sequential(nn.Linear(2, 2), nn.ReLU())])":
    () =>
      new nn.ModuleList([
        new nn.Sequential(linear(2, 2), new nn.ReLU()),
        new nn.Sequential(linear(2, 2), new nn.ReLU()),
      ]),
  "Net()": () => new Net(),
  "Deep()": () => new Deep(),
  "Empty()": () => new Empty(),
  "nn.Sequential(Empty(), Net())": () => new nn.Sequential(new Empty(), new Net()),
  "nn.Conv2d(1, 32, 3)": () => new nn.Conv2d(1, 32, 3),
  "nn.Conv2d(4, 6, (5, 3), stride=(2, 1), padding=1, dilation=(1, 2), groups=2, bias=False)": () =>
    new nn.Conv2d(4, 6, [5, 3], {
      stride: [2, 1],
      padding: 1,
      dilation: [1, 2],
      groups: 2,
      bias: false,
    }),
};

Deno.test("every module of the fixture is printed", () => {
  assert.deepEqual(Object.keys(modules), Object.keys(fixture.modules));
});

for (const [code, expected] of Object.entries(fixture.modules)) {
  Deno.test(`${code} prints as in PyTorch`, () => {
    using module = scope(() => modules[code]!());
    assert.equal(String(module), expected);
  });
}

/** What `console.log` shows of the library's objects: a line or a tree of layers, never all numbers. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import {
  data,
  functional,
  lrScheduler,
  nn,
  optim,
  rand,
  type Tensor,
  tensor,
  train,
  zeros,
} from "../mod.ts";

const model = new nn.Sequential(new nn.Linear(784, 100), new nn.ReLU(), new nn.Linear(100, 10));
const sgd = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
const set = new data.TensorDataset(rand([50, 784]), zeros([50], { dtype: "int32" }));
const loader = new data.DataLoader(set, { batchSize: 20, shuffle: true });
const trainer = new train.Trainer({ model, loss: functional.crossEntropy, optimizer: sgd });

const ROWS: [what: string, object: object, shown: RegExp][] = [
  [
    "a model",
    model,
    /^Sequential\(\n {2}\(0\): Linear\(in_features=784, [^]*\n {2}\(2\): Linear\([^\n]*\)\n\)$/,
  ],
  [
    "a list of modules",
    new nn.ModuleList([new nn.Tanh()]),
    /^ModuleList\(\n {2}\(0\): Tanh\(\)\n\)$/,
  ],
  ["a tensor", tensor([1, 2]), /^tensor\(\[1, 2\], dtype: int32\)$/],
  [
    "an optimizer",
    sgd,
    /^SGD \(\nParameter Group 0\n {4}lr: 0\.1\n[^]* momentum: 0\.9\n[^]*params: 4\n/,
  ],
  [
    "an optimizer with pairs",
    new optim.AdamW(model.parameters(), {}),
    /^AdamW \([^]*betas: \[0\.9, 0\.999\]/,
  ],
  [
    "a schedule that counts",
    new lrScheduler.StepLR(sgd, 3),
    /^StepLR\(lastEpoch: 0, lr: \[0\.1\]\)$/,
  ],
  [
    "a schedule that does not",
    new lrScheduler.DecayOnRise(sgd, { factor: 0.5 }),
    /^DecayOnRise\(lr: \[0\.1\]\)$/,
  ],
  ["a data set", set, /^TensorDataset\(length: 50\)$/],
  [
    "a loader",
    loader,
    /^DataLoader\(dataset: TensorDataset\(length: 50\), batchSize: 20, shuffle: true\)$/,
  ],
  ["a trainer", trainer, /^Trainer\(model: Sequential, optimizer: SGD, epoch: 0\)$/],
];

for (const [what, object, shown] of ROWS) {
  Deno.test(`console.log shows ${what} as String does`, () => {
    assert.match(String(object), shown);
    assert.equal(Deno.inspect(object), String(object));
    assert.equal(inspect(object), String(object), "in Node");
  });
}

Deno.test("what users derive from them prints by its own name", () => {
  class Net extends nn.Module {
    layer: nn.Linear = new nn.Linear(2, 2);
    override forward(x: Tensor): Tensor {
      return this.layer.forward(x);
    }
  }
  class Squares extends data.Dataset {
    readonly length = 7;
    get(): never {
      throw new Error("is not asked");
    }
  }
  assert.match(Deno.inspect(new Net()), /^Net\(\n {2}\(layer\): Linear\(.*\)\n\)$/);
  assert.equal(Deno.inspect(new Squares()), "Squares(length: 7)");
  assert.match(Deno.inspect({ net: new Net() }), /^{[^]*net: Net\(/);
});

import assert from "node:assert/strict";
import { manualSeed, memory, nn, noGrad, optim, randn, scope, tensor } from "../mod.ts";
import type { SGDOptions } from "../src/optim/mod.ts";

/** Three steps of one sample each; `read` makes each gradient be written before it is used. */
function train(options: SGDOptions, read: boolean, features = 19): Float32Array {
  manualSeed(5);
  const model = new nn.Sequential(new nn.Linear(features, 7), new nn.ReLU(), new nn.Linear(7, 3));
  const sgd = new optim.SGD(model.parameters(), options);
  const loss = new nn.CrossEntropyLoss();
  for (let i = 0; i < 3; i++) {
    scope(() => {
      // every second input is 0, in runs too
      const x = tensor([Array.from({ length: features }, (_, j) => j % 2 || j > 11 ? 0 : j - i)]);
      sgd.zeroGrad();
      loss.forward(model.forward(x), tensor(Int32Array.of(i))).backward();
      if (read) { for (const p of model.parameters()) p.grad!.toTypedArray(); }
      sgd.step();
    });
  }
  return Float32Array.from([...model.parameters()].flatMap((p) => [...p.toTypedArray()]));
}

const RULES: Record<string, SGDOptions> = {
  "plain": { lr: 0.1 },
  "weight decay": { lr: 0.1, weightDecay: 0.01 },
  "momentum": { lr: 0.1, momentum: 0.9 },
  "momentum and weight decay": { lr: 0.1, momentum: 0.9, weightDecay: 0.01 },
  "dampening": { lr: 0.1, momentum: 0.9, dampening: 0.5 },
  "nesterov": { lr: 0.1, momentum: 0.9, nesterov: true },
  "ema": { lr: 0.1, momentum: 0.9, momentumMode: "ema" },
};

for (const [name, options] of Object.entries(RULES)) {
  Deno.test(`one sample's step has the same bits whether its gradient is written or not: ${name}`, () => {
    for (const features of [1, 3, 4, 16, 19]) {
      assert.deepEqual(train(options, false, features), train(options, true, features));
    }
  });
}

Deno.test("the gradient of one sample is the outer product for whoever reads it", () => {
  const linear = new nn.Linear(3, 2);
  linear.forward(tensor([[1, 2, 3]])).backward(tensor([[10, 100]]));
  assert.deepEqual(linear.weight.grad!.toArray(), [[10, 20, 30], [100, 200, 300]]);
});

Deno.test("gradients of several single samples add up", () => {
  const linear = new nn.Linear(2, 1);
  linear.forward(tensor([[1, 2]])).backward(tensor([[1]]));
  linear.forward(tensor([[10, 20]])).backward(tensor([[1]]));
  assert.deepEqual(linear.weight.grad!.toArray(), [[11, 22]]);
});

Deno.test("a gradient outlives its input: it has copies of what it is made of", () => {
  const linear = new nn.Linear(2, 1);
  scope(() => {
    const x = tensor([[1, 2]]);
    linear.forward(x).backward(tensor([[1]]));
    noGrad(() => x.fill_(7));
  });
  assert.deepEqual(linear.weight.grad!.toArray(), [[1, 2]]);
});

Deno.test("a gradient that is not read takes no memory of its weight's size", () => {
  const linear = new nn.Linear(1000, 1000, { bias: false });
  const before = memory().liveBytes;
  scope(() => linear.forward(randn([1, 1000])).sum().backward());
  assert(memory().liveBytes - before < 10_000, "two vectors and no matrix");
  linear.weight.grad!.toTypedArray();
  assert.equal(memory().liveBytes - before, 4_000_000);
  linear.zeroGrad();
  assert.equal(memory().liveBytes, before);
});

Deno.test("numbers that are not finite reach every weight that they reach when written", () => {
  for (const value of [Infinity, NaN]) {
    const step = (read: boolean): number[] => {
      manualSeed(1);
      const linear = new nn.Linear(6, 2, { bias: false });
      const sgd = new optim.SGD(linear.parameters(), { lr: 0.1 });
      linear.forward(tensor([[0, value, 0, 0, 0, 1]])).backward(tensor([[0, 1]]));
      if (read) linear.weight.grad!.toTypedArray();
      sgd.step();
      return [...linear.weight.toTypedArray()];
    };
    assert.deepEqual(step(false), step(true));
  }
});

/** Arrays that a caller hands over and changes afterwards: nothing that took one may follow. */
import assert from "node:assert/strict";
import {
  arange,
  data,
  functional as F,
  lrScheduler,
  nn,
  ones,
  optim,
  randn,
  tensor,
  zeros,
} from "../../mod.ts";

/** Hands an array to `make`, spoils it, and gives what `look` sees before and after. */
function spoiled<T>(array: number[], make: (array: number[]) => T, look: (made: T) => unknown) {
  const made = make(array);
  const before = JSON.stringify(look(made));
  array[0] = 4;
  array.push(7);
  return [before, JSON.stringify(look(made))];
}

const x = () => randn([2, 1, 9, 9]);
const parameters = () => [new nn.Parameter(ones([2]))];
const still = x();

// deno-lint-ignore no-explicit-any
const takers: Record<string, [number[], (array: number[]) => any, (made: any) => unknown]> = {
  "reshape": [[2, 3], (a) => arange(6).reshape(a), (y) => [y.shape, y.toArray()]],
  "reshape of a strided tensor": [
    [2, 3],
    (a) => arange(6).reshape(3, 2).t().reshape(a),
    (y) => [y.shape, y.toArray()],
  ],
  "expand": [[2, 3], (a) => ones([3]).expand(a), (y) => y.toArray()],
  "permute": [[1, 0], (a) => arange(6).reshape(2, 3).permute(a), (y) => y.toArray()],
  "zeros": [[2, 3], zeros, (y) => y.toArray()],
  "tensor": [[2, 3], (shape) => tensor(new Float32Array(6), { shape }), (y) => y.toArray()],
  "sum": [[0, 1], (a) => ones([2, 3]).sum(a), (y) => y.toArray()],
  "the gradient of sum": [[0], (a) => {
    const w = ones([2, 3], { requiresGrad: true });
    return [w, w.sum(a).sum()];
  }, ([w, y]) => (w.zeroGrad(), y.backward(undefined, { retainGraph: true }), w.grad.toArray())],
  "the gradient of layerNorm": [[3], (a) => {
    const [w, weight] = [ones([2, 3], { requiresGrad: true }), ones([3], { requiresGrad: true })];
    return [weight, F.layerNorm(w, a, { weight }).sum()];
  }, ([w, y]) => (w.zeroGrad(), y.backward(undefined, { retainGraph: true }), w.grad.toArray())],
  "nn.LayerNorm": [[9], (a) => new nn.LayerNorm(a), (m) => [m.forward(still).shape, String(m)]],
  "nn.Conv2d": [
    [2, 3],
    (a) => new nn.Conv2d(1, 2, a as [number, number]),
    (m) => [m.forward(still).shape, String(m)],
  ],
  "nn.Conv2d's stride": [
    [2, 3],
    (stride) => new nn.Conv2d(1, 2, 3, { stride: stride as [number, number] }),
    (m) => [m.forward(still).shape, String(m)],
  ],
  "nn.MaxPool2d": [
    [2, 3],
    (a) => new nn.MaxPool2d(a as [number, number]),
    (m) => [m.forward(still).shape, String(m)],
  ],
  "nn.MaxPool2d's stride": [
    [2, 3],
    (stride) => new nn.MaxPool2d(3, { stride: stride as [number, number] }),
    (m) => [m.forward(still).shape, String(m)],
  ],
  "nn.AvgPool2d": [
    [2, 3],
    (a) => new nn.AvgPool2d(a as [number, number]),
    (m) => [m.forward(still).shape, String(m)],
  ],
  "nn.AdaptiveAvgPool2d": [
    [2, 3],
    (a) => new nn.AdaptiveAvgPool2d(a as [number, number]),
    (m) => [m.forward(still).shape, String(m)],
  ],
  "Adam's betas": [
    [0.8, 0.9],
    (betas) => new optim.Adam(parameters(), { betas: betas as [number, number] }),
    (o) => [o.paramGroups[0].betas, o.stateDict().paramGroups],
  ],
  "betas of a group": [
    [0.8, 0.9],
    (betas) => new optim.Adam([{ params: parameters(), betas: betas as [number, number] }]),
    (o) => o.paramGroups[0].betas,
  ],
  "betas of a state": [[0.8, 0.9], (betas) => {
    const adam = new optim.Adam(parameters());
    const state = adam.stateDict();
    state.paramGroups[0]!.betas = betas as [number, number];
    adam.loadStateDict(state);
    return adam;
  }, (o) => o.paramGroups[0].betas],
  "MultiStepLR": [
    [2, 3],
    (a) => new lrScheduler.MultiStepLR(new optim.SGD(parameters()), a),
    (s) => s.milestones,
  ],
  "RandomErasing's area": [
    [0.1, 0.2],
    (area) => new data.RandomErasing({ p: 1, area: area as [number, number] }),
    (t) =>
      t.apply(ones([1, 1, 8, 8]), { next: () => ({ seed: [1, 2], stream: [0, 0] }) }).toArray(),
  ],
  "RandomWarp's shape": [
    [3, 3],
    (imageShape) =>
      new data.RandomWarp({ rotation: 9, imageShape: imageShape as [number, number] }),
    (t) => t.apply(ones([1, 9]), { next: () => ({ seed: [1, 2], stream: [0, 0] }) }).toArray(),
  ],
};

for (const [name, [array, make, look]] of Object.entries(takers)) {
  Deno.test(`an array that is changed later does not change what took it: ${name}`, () => {
    const [before, after] = spoiled([...array], make, look);
    assert.equal(after, before);
  });
}

Deno.test("lists that are changed later do not change schedules, models and optimizers", () => {
  const list = parameters();
  const sgd = new optim.SGD(list, { lr: 1 });
  list.pop();
  assert.equal(sgd.paramGroups[0]!.params.length, 1);
  const modules = [new nn.ReLU(), new nn.ReLU()];
  const model = new nn.ModuleList(modules);
  modules.pop();
  assert.equal(model.length, 2);
  const lambdas = [() => 0.5];
  const schedule = new lrScheduler.LambdaLR(sgd, lambdas);
  lambdas[0] = () => 9;
  schedule.step();
  assert.equal(sgd.paramGroups[0]!.lr, 0.5);
  const other = new optim.SGD(parameters(), { lr: 1 });
  const parts = [new lrScheduler.StepLR(other, 9), new lrScheduler.StepLR(other, 9)];
  const milestones = [3];
  const sequence = new lrScheduler.SequentialLR(other, parts, milestones);
  milestones[0] = 1;
  parts.length = 0;
  for (let i = 0; i < 4; i++) sequence.step();
  assert.equal(other.paramGroups[0]!.lr, 1);
});

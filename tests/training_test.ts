/** Whole trainings: PyTorch's loss at every step, and the same bits for the same seed. */
import assert from "node:assert/strict";
import {
  data,
  getKernelBuild,
  type KernelBuild,
  manualSeed,
  nn,
  noGrad,
  optim,
  scope,
  setKernelBuild,
  steps,
  tensor,
} from "../mod.ts";
import fixture from "./fixtures/mlp_curve.json" with { type: "json" };
import { batch, batchSize, initialParameters } from "./fixtures/mlp_curve.ts";

/** How far float32 in another order of sums may lie from PyTorch's losses. */
const TOLERANCE = 1e-5;

function withBuild(build: KernelBuild, run: () => void): void {
  const before = getKernelBuild();
  setKernelBuild(build);
  try {
    run();
  } finally {
    setKernelBuild(before);
  }
}

/** The network of the fixture with its weights. */
function network(): nn.Sequential {
  const model = new nn.Sequential(
    new nn.Linear(784, 128),
    new nn.ReLU(),
    new nn.Linear(128, 128),
    new nn.ReLU(),
    new nn.Linear(128, 10),
  );
  const initial = initialParameters();
  noGrad(() => {
    Array.from(model.parameters()).forEach((p, i) => {
      p.copy_(tensor(initial[i]!.data, { shape: initial[i]!.shape }));
    });
  });
  return model;
}

for (const build of ["fast", "strict"] as const) {
  for (const momentumMode of ["torch", "ema"] as const) {
    const name =
      `200 steps of an MLP have PyTorch's losses: ${momentumMode} momentum, ${build} build`;
    Deno.test(name, () =>
      withBuild(build, () => {
        const { lr, losses, sums } = fixture[momentumMode];
        using model = network();
        using sgd = new optim.SGD(model.parameters(), {
          lr,
          momentum: fixture.momentum,
          momentumMode,
        });
        const loss = new nn.CrossEntropyLoss();
        for (const step of steps(losses.length)) {
          const { x, y } = batch(step);
          sgd.zeroGrad();
          const value = loss.forward(
            model.forward(tensor(x, { shape: [batchSize, 784] })),
            tensor(y),
          );
          value.backward();
          sgd.step();
          const error = Math.abs(value.item() - losses[step]!);
          assert(error < TOLERANCE, `step ${step}: ${value.item()}, PyTorch has ${losses[step]}`);
        }
        scope(() => {
          Array.from(model.parameters()).forEach((p, i) => {
            const sum = Float64Array.from(p.toTypedArray()).reduce((a, b) => a + b, 0);
            assert(
              Math.abs(sum - sums[i]!) < 1e-3,
              `parameter ${i} sums to ${sum}, not ${sums[i]}`,
            );
          });
        });
      }));
  }
}

/** Trains with everything that draws random numbers; the bits of all weights after the last step. */
function trained(seed: number): { bits: Uint32Array[]; losses: number[] } {
  manualSeed(seed);
  using model = new nn.Sequential(
    new nn.Linear(8, 33),
    new nn.Tanh(),
    new nn.Dropout(0.1),
    new nn.Linear(33, 3),
  );
  using sgd = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
  const loss = new nn.CrossEntropyLoss();
  const losses: number[] = [];
  scope(() => {
    const rows = Float32Array.from({ length: 90 * 8 }, (_, i) => Math.sin(i * i));
    const labels = Int32Array.from(
      { length: 90 },
      (_, i) => rows[i * 8]! > 0 ? 1 : rows[i * 8 + 1]! > 0 ? 2 : 0,
    );
    const set = new data.TensorDataset(tensor(rows, { shape: [90, 8] }), tensor(labels));
    const loader = new data.DataLoader(set, { batchSize: 20, shuffle: true });
    for (let epoch = 0; epoch < 40; epoch++) {
      let total = 0;
      for (const [x, y] of loader) {
        sgd.zeroGrad();
        const value = loss.forward(model.forward(x), y);
        value.backward();
        sgd.step();
        total += value.item() * x.shape[0]!;
      }
      losses.push(total / set.length);
    }
  });
  const bits = Array.from(model.parameters(), (p) => new Uint32Array(p.toTypedArray().buffer));
  return { bits, losses };
}

for (const build of ["fast", "strict"] as const) {
  Deno.test(`the same seed trains to the same bits and learns: ${build} build`, () =>
    withBuild(build, () => {
      const first = trained(3);
      assert.deepEqual(trained(3), first);
      assert.notDeepEqual(trained(4).bits, first.bits);
      assert(first.losses.at(-1)! < 0.25 && first.losses[0]! > 0.9, String(first.losses));
    }));
}

/** Optimizers on the GPU: they follow the CPU, and change all parameters of a group by one call. */
import assert from "node:assert/strict";
import { type DeviceName, nn, noGrad, optim, type Tensor, tensor } from "../../mod.ts";
import { opened } from "../../src/webgpu/device.ts";
import { uniformArray } from "../prng.ts";
import { gpuTest } from "./running.ts";

/** Parameters of an MLP: of less than a group's 1024 elements, of more, and of many of those. */
const SHAPES = [[70, 64], [64], [16, 64], [16], [10, 16], [10]];

/** Any optimizer, of some parameters. */
type Rule = (params: nn.Parameter[]) => { step(): void };

const RULES: Record<string, Rule> = {
  "SGD": (params) => new optim.SGD(params, { lr: 0.1 }),
  "SGD with weight decay": (params) => new optim.SGD(params, { lr: 0.1, weightDecay: 0.01 }),
  "SGD with momentum": (params) => new optim.SGD(params, { lr: 0.1, momentum: 0.9 }),
  "SGD with dampening": (params) =>
    new optim.SGD(params, { lr: 0.1, momentum: 0.9, dampening: 0.3, weightDecay: 0.01 }),
  "SGD by Nesterov": (params) =>
    new optim.SGD(params, { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  "SGD with an average": (params) =>
    new optim.SGD(params, { lr: 0.1, momentum: 0.9, momentumMode: "ema" }),
  "Adam": (params) => new optim.Adam(params, { lr: 0.01, weightDecay: 0.01 }),
  "AMSGrad": (params) => new optim.Adam(params, { lr: 0.01, amsgrad: true }),
  "AdamW": (params) => new optim.AdamW(params, { lr: 0.01, weightDecay: 0.1 }),
  "RMSprop": (params) => new optim.RMSprop(params, { lr: 0.01, weightDecay: 0.01 }),
  "centered RMSprop with momentum": (params) =>
    new optim.RMSprop(params, { lr: 0.01, centered: true, momentum: 0.9 }),
};

function values(seed: number, shape: readonly number[], device: DeviceName): Tensor {
  const numbers = uniformArray(seed, shape.reduce((a, b) => a * b)).map((x) => 2 * x - 1);
  return tensor(numbers, { shape, device });
}

function parametersOn(device: DeviceName, shapes: readonly number[][] = SHAPES): nn.Parameter[] {
  return shapes.map((shape, i) => new nn.Parameter(values(i, shape, device)));
}

/** Takes steps with gradients that are the same on every device; parameter `late` gets its from step 3 on. */
function train(params: nn.Parameter[], rule: Rule, steps: number, late: number): number[] {
  const optimizer = rule(params);
  const calls: number[] = [];
  for (let step = 0; step < steps; step++) {
    params.forEach((p, i) => {
      p.grad = i === late && step < 3 ? null : values(1000 * (step + 1) + i, p.shape, p.device);
    });
    const before = opened!.queue.counts.dispatches;
    optimizer.step();
    calls.push(opened!.queue.counts.dispatches - before);
  }
  return calls;
}

/** What two ways of rounding make of a few steps: the GPU may fuse products and sums. */
async function compare(cpu: readonly Tensor[], gpu: readonly Tensor[], most = 1e-6): Promise<void> {
  const [expected, actual] = await Promise.all(
    [cpu, gpu].map((list) => Promise.all(list.map((x) => x.data()))),
  );
  expected!.forEach((x, i) => {
    x.forEach((value, j) => {
      const [a, b] = [Number(value), Number(actual![i]![j])];
      assert(
        Math.abs(a - b) <= most * (1 + Math.abs(a)),
        `tensor ${i}, ${j}: ${b}, on the CPU ${a}`,
      );
    });
  });
}

for (const [name, rule] of Object.entries(RULES)) {
  gpuTest(`${name} follows the CPU for 20 steps on an MLP's parameters`, async () => {
    const [cpu, gpu] = [parametersOn("cpu"), parametersOn("webgpu")];
    train(cpu, rule, 20, 2);
    train(gpu, rule, 20, 2);
    await compare(cpu, gpu);
  });

  gpuTest(`${name} changes six parameters by one call`, async () => {
    const params = parametersOn("webgpu");
    const calls = train(params, rule, 4, -1);
    assert.deepEqual(calls.slice(1), [1, 1, 1]); // the first step makes what the optimizer remembers
    await params[0]!.data();
  });
}

gpuTest(
  "every other optimizer follows the CPU for 6 steps, but for LBFGS, which reads losses",
  async () => {
    const others = Object.entries(optim).filter(([name, made]) =>
      typeof made === "function" && !["Optimizer", "LBFGS"].includes(name) &&
      RULES[name] === undefined
    ) as [string, new (params: nn.Parameter[]) => { step(): void }][];
    assert(others.some(([name]) => name === "Adafactor"));
    for (const [name, Rule] of others) {
      const shapes = name === "Muon" ? SHAPES.filter((shape) => shape.length === 2) : SHAPES;
      const [cpu, gpu] = [parametersOn("cpu", shapes), parametersOn("webgpu", shapes)];
      for (const params of [cpu, gpu]) train(params, (list) => new Rule(list), 6, 2);
      await compare(cpu, gpu, 1e-4);
    }
  },
);

gpuTest("Adam takes two calls where parameters have taken different numbers of steps", async () => {
  const params = parametersOn("webgpu");
  const calls = train(params, RULES["Adam"]!, 6, 5);
  assert.deepEqual(calls.slice(4), [2, 2]);
  await params[0]!.data();
});

gpuTest("300 parameters are changed as on the CPU, by a call for each 124 of them", async () => {
  const shapes = Array.from({ length: 300 }, (_, i) => i % 7 === 0 ? [i + 1, 9] : [i % 5]);
  const [cpu, gpu] = [parametersOn("cpu", shapes), parametersOn("webgpu", shapes)];
  train(cpu, RULES["SGD with momentum"]!, 3, 0);
  const calls = train(gpu, RULES["SGD with momentum"]!, 3, 0);
  assert.equal(calls[1], 2); // a fifth of them is empty
  await compare(cpu, gpu);
});

gpuTest("clipping by norm and by value follows the CPU", async () => {
  const run = (device: DeviceName) => {
    const params = parametersOn(device);
    params.forEach((p, i) => p.grad = values(50 + i, p.shape, device));
    nn.utils.clipGradNorm_(params, 0.5);
    nn.utils.clipGradValue_(params, 0.01);
    return params.map((p) => p.grad!);
  };
  await compare(run("cpu"), run("webgpu"));
});

gpuTest("clipping 300 gradients by norm follows the CPU, and takes few calls", async () => {
  const shapes = Array.from({ length: 300 }, (_, i) => i % 7 === 0 ? [i + 1, 9] : [i % 5]);
  const dispatches = () => opened!.queue.counts.dispatches;
  const run = (device: DeviceName) => {
    const params = parametersOn(device, shapes);
    params.forEach((p, i) => p.grad = values(50 + i, p.shape, device));
    const before = dispatches();
    const norm = nn.utils.clipGradNorm_(params, 0.5);
    return { list: [norm, ...params.map((p) => p.grad!)], calls: dispatches() - before };
  };
  const [cpu, gpu] = [run("cpu"), run("webgpu")];
  await compare(cpu.list, gpu.list);
  assert.ok(gpu.calls <= 10, `${gpu.calls} calls`); // 249 of them are not empty: three of each kind
});

for (const decay of [0.9, 0.3]) {
  gpuTest(`averages of weights that keep ${decay} follow the CPU`, async () => {
    const { AveragedModel, getEmaMultiAvgFn } = optim.swaUtils;
    const run = (device: DeviceName) => {
      const model = new nn.Linear(70, 64).to(device);
      const params = [...model.parameters()];
      const averages = new AveragedModel(model, { multiAvgFn: getEmaMultiAvgFn(decay) });
      for (const seed of [1, 11, 21]) {
        noGrad(() => params.forEach((p, i) => p.copy_(values(seed + i, p.shape, device))));
        averages.updateParameters();
      }
      averages.apply();
      return params;
    };
    await compare(run("cpu"), run("webgpu"));
  });
}

gpuTest("a state of averages is there at once, and taken on", async () => {
  const model = new nn.Linear(3, 2).to("webgpu");
  const [own, other] = [0, 1].map(() => new optim.swaUtils.AveragedModel(model));
  own!.updateParameters();
  other!.loadStateDict(own!.stateDict());
  assert.equal(other!.nAveraged, 1);
  await compare(await Promise.all([...own!.stateDict().values()].map((x) => x.cpu())), [
    ...other!.stateDict().values(),
  ]);
});

gpuTest("gradients of single samples, which are outer products, follow the CPU", async () => {
  const run = (device: DeviceName) => {
    const model = new nn.Linear(70, 64).to(device);
    const params = [...model.parameters()];
    noGrad(() => params.forEach((p, i) => p.copy_(values(i, p.shape, device))));
    const sgd = new optim.SGD(params, { lr: 0.001, momentum: 0.9 });
    for (const seed of [1, 2, 3]) {
      sgd.zeroGrad();
      model.forward(values(seed, [1, 70], device)).square().sum().backward();
      sgd.step();
    }
    return params;
  };
  await compare(run("cpu"), run("webgpu"), 1e-5);
});

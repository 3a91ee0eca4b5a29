/** Whole programs on the GPU: the CPU's losses, memory that does not grow, and no warnings. */
import assert from "node:assert/strict";
import {
  data,
  type DeviceName,
  functional as F,
  io,
  lrScheduler,
  manualSeed,
  metrics,
  nn,
  optim,
  randn,
  setDefaultDevice,
  steps,
  task,
  type Tensor,
  train,
} from "../../mod.ts";
import { opened } from "../../src/webgpu/device.ts";
import { live } from "../leaks.ts";
import { catchWarnings } from "../warnings.ts";
import { type Program, programs } from "./programs.ts";
import { gpuTest, variable } from "./running.ts";

/** Only programs whose name has this in it: `GLIM_ROWS=LSTM deno test …`. */
const only = variable("GLIM_ROWS");

const STEPS = 50;

/** What is live on the device, and how long its heap is, after steps 10 and 50. */
interface Seen {
  heap: number;
  liveBytes: number;
  tensors: number;
}

/** What the steps of a program give on a device, and what they leave behind. */
async function follow(device: DeviceName, program: Program): Promise<[number[], Seen[]]> {
  setDefaultDevice(device);
  try {
    manualSeed(7);
    const step = program();
    const reads: Promise<Float32Array>[] = [];
    const seen: Seen[] = [];
    for (const i of steps(STEPS)) {
      reads.push(step().data<Float32Array>());
      if (i === 9 || i === STEPS - 1) seen.push({ heap: opened!.heapBytes, ...live() });
    }
    return [(await Promise.all(reads)).map(([loss]) => loss!), seen];
  } finally {
    setDefaultDevice("cpu");
  }
}

/** Fails unless losses are the CPU's within 1e-3 (of what is above 1). */
function assertFollows(gpu: readonly number[], cpu: readonly number[]): void {
  assert.equal(gpu.length, cpu.length);
  gpu.forEach((loss, i) => {
    const allowed = 1e-3 * Math.max(1, Math.abs(cpu[i]!));
    assert.ok(Math.abs(loss - cpu[i]!) <= allowed, `step ${i}: ${loss}, on the CPU ${cpu[i]}`);
  });
}

for (const [name, program] of Object.entries(programs)) {
  if (!name.includes(only)) continue;
  gpuTest(`${name}: 50 steps have the CPU's losses, and take no more memory`, async () => {
    using warnings = catchWarnings();
    const [cpu] = await task(() => follow("cpu", program));
    const [gpu, seen] = await task(() => follow("webgpu", program));
    assert.ok(Math.max(...cpu) - Math.min(...cpu) > 0.03, `it trains: ${cpu}`);
    assertFollows(gpu, cpu);
    assert.deepEqual(seen[1], seen[0]);
    assert.deepEqual(warnings.texts, []);
  });
}

/** Runs with a device as the default. */
async function on<T>(device: DeviceName, run: () => Promise<T>): Promise<T> {
  setDefaultDevice(device);
  try {
    return await run();
  } finally {
    setDefaultDevice("cpu");
  }
}

/** Points and the largest of their coordinates. */
function points(n: number): data.TensorDataset {
  const x = randn([n, 6]);
  return new data.TensorDataset(x, x.argmax(1));
}

function classifier(): nn.Sequential {
  return new nn.Sequential(
    new nn.Linear(6, 16),
    new nn.BatchNorm1d(16),
    new nn.Tanh(),
    new nn.Dropout(0.1),
    new nn.Linear(16, 6),
  );
}

gpuTest("a Trainer with all that it takes has the CPU's history and predictions", async () => {
  const run = (device: DeviceName) =>
    on(device, async () => {
      manualSeed(5);
      const [set, dev] = [points(48), points(20)];
      const model = classifier();
      const optimizer = new optim.AdamW(model.parameters(), { lr: 0.02 });
      const early = train.earlyStopping({ patience: 50, monitor: "devLoss" });
      const trainer = new train.Trainer({
        model,
        loss: new nn.CrossEntropyLoss(),
        optimizer,
        scheduler: new lrScheduler.OneCycleLR(optimizer, 0.02, { totalSteps: 40 }),
        schedulerInterval: "step",
        averagedModel: new optim.swaUtils.AveragedModel(model),
        accumulate: 2,
        clipNorm: 1,
        seed: 3,
        callbacks: [early],
      });
      const loader = new data.DataLoader(set, { batchSize: 8, shuffle: true, seed: 2 });
      const devLoader = new data.DataLoader(dev, { batchSize: 7 });
      const figures = [metrics.f1({ average: "macro" }), metrics.topK({ k: 2 })];
      const history = await trainer.fit(loader, { epochs: 6, dev: devLoader, metrics: figures });
      const { loss } = await train.evaluate(model, new nn.CrossEntropyLoss(), devLoader);
      const answers = await (await train.predict(model, devLoader)).data();
      return {
        losses: history.flatMap((
          { trainLoss, devLoss, learningRate },
        ) => [trainLoss, devLoss, learningRate]),
        shares: history.flatMap((
          { trainAccuracy, devAccuracy, metrics },
        ) => [trainAccuracy, devAccuracy, ...Object.values(metrics!)]),
        best: early.best!.epoch,
        loss,
        answers: Array.from(answers as Float32Array),
      };
    });
  using warnings = catchWarnings();
  const [cpu, gpu] = [await run("cpu"), await run("webgpu")];
  assertFollows(gpu.losses, cpu.losses);
  gpu.shares.forEach((share, i) => { // two scores that are nearly alike may change places
    assert.ok(Math.abs(share - cpu.shares[i]!) < 0.06, `${share}, on the CPU ${cpu.shares[i]}`);
  });
  assertFollows([gpu.best, gpu.loss], [cpu.best, cpu.loss]);
  assertFollows(gpu.answers, cpu.answers);
  assert.deepEqual(warnings.texts, []);
});

/** A model, its optimizer and a step on a batch. */
function learner(device: DeviceName, seed: number) {
  manualSeed(seed);
  const model = new nn.Sequential(new nn.Linear(6, 16), new nn.GELU(), new nn.Linear(16, 6));
  model.to(device);
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.02, amsgrad: true });
  const step = (x: Tensor, y: Tensor) => {
    const loss = F.crossEntropy(model.forward(x), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss.detach();
  };
  return { model, optimizer, step };
}

/** The losses of a learner over batches that the CPU has, each of which goes to its device. */
async function learn(
  device: DeviceName,
  { step }: ReturnType<typeof learner>,
  n: number,
): Promise<number[]> {
  manualSeed(11);
  const loader = new data.DataLoader(points(20), { batchSize: 4 });
  const reads: Promise<Float32Array>[] = [];
  while (reads.length < n) {
    for (const [x, y] of loader) {
      reads.push(step(x!.to(device), y!.to(device)).data<Float32Array>());
    }
  }
  return (await Promise.all(reads)).map(([loss]) => loss!);
}

gpuTest("data on the CPU and a model on the GPU give the CPU's losses", async () => {
  const losses = (device: DeviceName) => task(() => learn(device, learner(device, 1), 50));
  assertFollows(await losses("webgpu"), await losses("cpu"));
});

gpuTest(
  "files that were saved on the GPU go on on the CPU, and files of the CPU there",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const whole = await task(async () => {
        const own = learner("cpu", 1);
        return [...await learn("cpu", own, 20), ...await learn("cpu", own, 20)];
      });
      for (const [first, second] of [["webgpu", "cpu"], ["cpu", "webgpu"]] as const) {
        const halves = await task(async () => {
          const before = learner(first, 1);
          const losses = await learn(first, before, 20);
          await io.saveSafetensors(`${folder}/model`, before.model.stateDict());
          await before.optimizer.cpu();
          const state = before.optimizer.stateDict();
          const after = learner(second, 2);
          after.model.loadStateDict(await io.loadSafetensors(`${folder}/model`));
          after.optimizer.loadStateDict(state);
          return [...losses, ...await learn(second, after, 20)];
        });
        assertFollows(halves, whole);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

gpuTest("models side by side, two there and one on the CPU, learn as each does alone", async () => {
  const devices = ["webgpu", "webgpu", "cpu"] as const;
  const alone: number[][] = [];
  for (const [i, device] of devices.entries()) {
    alone.push(await task(() => learn(device, learner(device, i), 30)));
  }
  const together = await task(async () => {
    const learners = devices.map((device, i) => learner(device, i));
    manualSeed(11);
    const loader = new data.DataLoader(points(20), { batchSize: 4 });
    const reads: Promise<Float32Array>[][] = devices.map(() => []);
    while (reads[0]!.length < 30) {
      for (const [x, y] of loader) {
        devices.forEach((device, i) => {
          const loss = learners[i]!.step(x!.to(device), y!.to(device));
          reads[i]!.push(loss.data<Float32Array>());
        });
      }
    }
    return await Promise.all(
      reads.map(async (list) => (await Promise.all(list)).map(([loss]) => loss!)),
    );
  });
  assert.deepEqual(together, alone);
});

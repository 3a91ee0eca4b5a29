/** Whole trainings on the GPU follow those on the CPU. */
import assert from "node:assert/strict";
import {
  attend,
  data,
  DeviceError,
  type DeviceName,
  functional as F,
  io,
  manualSeed,
  nn,
  ones,
  optim,
  rand,
  randn,
  setDefaultDevice,
  steps,
  task,
  type Tensor,
  tensor,
  train,
} from "../../mod.ts";
import { gptTraining } from "@glim/web";
import { opened } from "../../src/webgpu/device.ts";
import { live } from "../leaks.ts";
import { gpuTest } from "./running.ts";

/** A training: each call makes a step and gives its loss. */
type Make = () => () => Tensor;

/** The losses of some steps on a device. */
async function losses(device: DeviceName, make: Make, n: number): Promise<number[]> {
  setDefaultDevice(device);
  try {
    manualSeed(7);
    const step = make();
    const reads: Promise<Float32Array>[] = [];
    for (const _ of steps(n)) reads.push(step().data<Float32Array>());
    return (await Promise.all(reads)).map(([loss]) => loss!);
  } finally {
    setDefaultDevice("cpu");
  }
}

function labels(n: number, classes: number): Tensor {
  return tensor(Array.from({ length: n }, (_, i) => (i * 7) % classes), { dtype: "int32" });
}

/** Steps of a model on one batch. */
function training(
  model: nn.Module<[Tensor]>,
  x: Tensor,
  y: Tensor,
  optimizer: { zeroGrad(): void; step(): void },
): () => Tensor {
  return () => {
    const loss = F.crossEntropy(model.forward(x), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss.detach();
  };
}

/** A transformer's layer over [b, t, c], and a mean over t. */
class Attending extends nn.Module<[Tensor]> {
  attention = new nn.MultiheadAttention(16, 2);
  norm1 = new nn.LayerNorm([16]);
  norm2 = new nn.LayerNorm([16]);
  up = new nn.Linear(16, 32);
  down = new nn.Linear(32, 16);
  head = new nn.Linear(16, 5);

  forward(x: Tensor): Tensor {
    const a = this.norm1.forward(x);
    const h = x.add(this.attention.forward(a, a, a) as Tensor);
    const g = h.add(this.down.forward(F.gelu(this.up.forward(this.norm2.forward(h)))));
    return this.head.forward(g.mean(1));
  }
}

/** Tokens [4, 8] and those that follow them. */
function sequences(): [x: Tensor, y: Tensor] {
  const token = (i: number) => (i * 7 + (i >> 2)) % VOCABULARY;
  const rows = (from: number) => Int32Array.from({ length: 32 }, (_, i) => token(i + from));
  return [tensor(rows(0), { shape: [4, 8] }), tensor(rows(1), { shape: [4, 8] })];
}

const VOCABULARY = 20;

/** A layer as Llama's, whose sequences end at different places. */
class Rotating extends nn.Module<[tokens: Tensor]> {
  table = new nn.Embedding(VOCABULARY, 16);
  norm1 = new nn.RMSNorm(16);
  qkv = new nn.Linear(16, 48, { bias: false });
  positions = new nn.Rotary(8);
  norm2 = new nn.RMSNorm(16);
  mlp = new nn.SwiGLU(16, 24);

  forward(tokens: Tensor): Tensor {
    let x = this.table.forward(tokens);
    const heads = this.qkv.forward(this.norm1.forward(x)).reshape(4, 8, 3, 2, 8).unbind(2);
    const [q, k, v] = heads.map((y) => y.transpose(1, 2)) as [Tensor, Tensor, Tensor];
    const options = { isCausal: true, keyLengths: [3, 8, 1, 5] };
    const seen = attend(this.positions.forward(q), this.positions.forward(k), v, options);
    x = x.add(seen.transpose(1, 2).reshape(4, 8, 16));
    x = x.add(this.mlp.forward(this.norm2.forward(x)));
    return F.linear(x, this.table.weight).flatten(0, 1);
  }
}

const trainings: Record<string, Make> = {
  "a GPT with dropout": () => {
    const sizes = { layers: 1, heads: 2, width: 16, context: 8, bias: true };
    const config = { ...sizes, dropout: 0.1, lr: 0.01, weightDecay: 0.1 };
    const { model, loss, optimizer, scheduler } = gptTraining(config, VOCABULARY, 50);
    const [x, y] = sequences();
    return () => {
      const value = loss(model.forward(x), y);
      optimizer.zeroGrad();
      value.backward();
      nn.utils.clipGradNorm_(model.parameters(), 1);
      optimizer.step();
      scheduler.step();
      return value.detach();
    };
  },
  "rotary positions, RMS norms and gated layers": () => {
    const model = new Rotating();
    const [x, y] = sequences();
    return training(model, x, y.flatten(), new optim.AdamW(model.parameters(), { lr: 0.003 }));
  },
  "a perceptron with momentum": () => {
    const model = new nn.Sequential(
      new nn.Linear(20, 32),
      new nn.ReLU(),
      new nn.Dropout(0.2),
      new nn.Linear(32, 5),
    );
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
    return training(model, randn([16, 20]), labels(16, 5), optimizer);
  },
  "a convolutional network with normalisation": () => {
    const model = new nn.Sequential(
      new nn.Conv2d(1, 4, 3, { padding: 1 }),
      new nn.BatchNorm2d(4),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Conv2d(4, 6, 3),
      new nn.SiLU(),
      new nn.Flatten(),
      new nn.Linear(6 * 2 * 2, 5),
    );
    const optimizer = new optim.AdamW(model.parameters(), { lr: 0.01 });
    return training(model, rand([8, 1, 8, 8]), labels(8, 5), optimizer);
  },
  "a transformer's layer": () => {
    const model = new Attending();
    const optimizer = new optim.Adam(model.parameters(), { lr: 0.003 });
    return training(model, randn([4, 6, 16]), labels(4, 5), optimizer);
  },
};

for (const [name, make] of Object.entries(trainings)) {
  gpuTest(`${name}: 50 steps have the CPU's losses`, async () => {
    const [cpu, gpu] = [await losses("cpu", make, 50), await losses("webgpu", make, 50)];
    assert.ok(cpu[49]! < cpu[0]! * 0.8, `it learns: ${cpu[0]} to ${cpu[49]}`);
    gpu.forEach((loss, i) => {
      const allowed = 1e-3 * Math.max(1, cpu[i]!);
      assert.ok(Math.abs(loss - cpu[i]!) <= allowed, `step ${i}: ${loss}, on the CPU ${cpu[i]}`);
    });
    assert.deepEqual(await losses("webgpu", make, 50), gpu, "the same bits once more");
  });
}

gpuTest(
  "steps that are sent one by one have the bits of steps that are sent together",
  async () => {
    const make = trainings["a perceptron with momentum"]!;
    const together = await losses("webgpu", make, 20);
    const oneByOne = await losses("webgpu", () => {
      const step = make();
      return () => {
        const loss = step();
        opened!.queue.flush();
        return loss;
      };
    }, 20);
    assert.deepEqual(oneByOne, together);
  },
);

gpuTest(
  "a loop takes no more memory of the GPU from its third turn on, and sends no more for it",
  async () => {
    const { queue } = opened!;
    setDefaultDevice("webgpu");
    try {
      const step = trainings["a perceptron with momentum"]!();
      const seen: { heap: number; liveBytes: number; tensors: number }[] = [];
      for (const i of steps(300)) {
        step();
        if (i === 3 || i === 299) {
          seen.push({
            heap: opened!.heapBytes,
            ...live(),
          });
        }
        if (i === 9) queue.flush();
      }
      assert.deepEqual(seen[1], seen[0]);
      await tensor(0).data();
    } finally {
      setDefaultDevice("cpu");
    }
  },
);

/** A small classification of points, on the default device. */
function points(n: number): data.TensorDataset {
  manualSeed(11);
  const x = randn([n, 6]);
  return new data.TensorDataset(x, x.argmax(1));
}

gpuTest("fit has the CPU's history, and a checkpoint of the GPU's goes on on the CPU", async () => {
  const run = async (device: DeviceName, epochs: number, from?: train.Checkpoint) => {
    setDefaultDevice(device);
    try {
      const set = points(96);
      const loader = new data.DataLoader(set, { batchSize: 16, shuffle: true, seed: 3 });
      manualSeed(5);
      const model = new nn.Sequential(new nn.Linear(6, 16), new nn.Tanh(), new nn.Linear(16, 6));
      const losses: number[] = [];
      const trainer = new train.Trainer({
        model,
        loss: new nn.CrossEntropyLoss(),
        optimizer: new optim.SGD(model.parameters(), { lr: 0.2, momentum: 0.9 }),
        seed: 1,
        callbacks: [{ onProgress: ({ meanLoss }) => void losses.push(meanLoss) }],
      });
      if (from !== undefined) trainer.resume(from, { allowOtherBuild: true });
      const history = await trainer.fit(loader, loader, { epochs });
      assert.ok(Number.isFinite(losses.at(-1)), "progress tells a loss");
      return { history, checkpoint: await trainer.readCheckpoint(), model };
    } finally {
      setDefaultDevice("cpu");
    }
  };
  const close = (a: train.EpochRecord[], b: train.EpochRecord[]) => {
    assert.equal(a.length, b.length);
    a.forEach((record, i) => {
      assert.ok(Math.abs(record.trainLoss - b[i]!.trainLoss) < 1e-3, `epoch ${i}: train loss`);
      assert.ok(Math.abs(record.devLoss - b[i]!.devLoss) < 1e-3, `epoch ${i}: dev loss`);
      assert.ok(Math.abs(record.devAccuracy - b[i]!.devAccuracy) < 0.03, `epoch ${i}: accuracy`);
    });
  };
  const cpu = await run("cpu", 4);
  const gpu = await run("webgpu", 4);
  close(gpu.history, cpu.history);
  assert.ok(cpu.history[3]!.devAccuracy > 0.8, "it learns");
  const half = await run("webgpu", 2);
  const bytes = train.encodeCheckpoint(half.checkpoint);
  close((await run("cpu", 4, train.decodeCheckpoint(bytes))).history, cpu.history);
  close((await run("webgpu", 4, half.checkpoint)).history, cpu.history);
});

gpuTest("weights move between devices and files", async () => {
  manualSeed(2);
  const model = new nn.Linear(3, 2);
  const before = model.weight.toTypedArray();
  model.to("webgpu");
  assert.equal(model.weight.device, "webgpu");
  assert.deepEqual(await model.weight.data(), before);
  const path = await Deno.makeTempFile();
  await io.saveSafetensors(path, model.stateDict());
  const loaded = await io.loadSafetensors(path);
  assert.deepEqual(loaded.get("weight")!.toTypedArray(), before);
  await Deno.remove(path);
  await model.cpu();
  assert.equal(model.weight.device, "cpu");
  assert.deepEqual(model.weight.toTypedArray(), before);
});

gpuTest(
  "gradients pass from the CPU to the GPU, and are refused where they would have to be waited for",
  async () => {
    const x = ones([2, 2], { device: "webgpu", requiresGrad: true });
    const back = await x.mul(3).cpu();
    back.sum().backward();
    assert.deepEqual(Array.from(await x.grad!.data()), [3, 3, 3, 3]);
    const here = ones([2, 2], { requiresGrad: true });
    const loss = here.to("webgpu").sum();
    assert.throws(
      () => loss.backward(),
      new DeviceError(
        'to: a gradient on "webgpu" cannot come back to "cpu" at once: set requiresGrad only there: ' +
          'x = x.detach().to("webgpu"); x.requiresGrad = true',
      ),
    );
  },
);

gpuTest("two trainings at once, in tasks, have the bits that each has alone", async () => {
  const training = (seed: number) => async (): Promise<number[]> => {
    manualSeed(seed);
    const x = rand([48, 8]);
    const set = new data.TensorDataset(x, x.argmax(1));
    const model = new nn.Sequential(
      new nn.Linear(8, 16),
      new nn.Dropout(0.1),
      new nn.Linear(16, 8),
    );
    const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
    const trainer = new train.Trainer({ model, loss: new nn.CrossEntropyLoss(), optimizer });
    const loader = (shuffle: boolean) => new data.DataLoader(set, { batchSize: 16, shuffle });
    const history = await trainer.fit(loader(true), loader(false), { epochs: 3 });
    return history.flatMap(({ trainLoss, devLoss }) => [trainLoss, devLoss]);
  };
  setDefaultDevice("webgpu");
  try {
    const alone = [await task(training(1)), await task(training(2))];
    const together = await Promise.all([task(training(1)), task(training(2))]);
    assert.deepEqual(together, alone);
    assert.notDeepEqual(alone[0], alone[1]);
    assert.ok(alone.flat().every(Number.isFinite), String(alone));
  } finally {
    setDefaultDevice("cpu");
  }
});

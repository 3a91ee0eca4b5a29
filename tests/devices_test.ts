/** Tensors on devices: where they are made, how they move, and that both devices do the same. */
import assert from "node:assert/strict";
import {
  arange,
  data,
  DeviceError,
  type DeviceName,
  eye,
  fromTypedArray,
  full,
  functional as F,
  getDefaultDevice,
  io,
  manualSeed,
  memory,
  nn,
  noGrad,
  ones,
  onesLike,
  optim,
  rand,
  randn,
  scope,
  setDefaultDevice,
  steps,
  type Tensor,
  tensor,
  zeros,
  zerosLike,
} from "../mod.ts";
import { tensorOf } from "../src/autograd/autograd.ts";
import { allocOn } from "../src/device/buffer.ts";
import type { Device } from "../src/device/device.ts";
import { write } from "../src/device/transfer.ts";
import * as ops from "../src/ops/mod.ts";
import { reference } from "../src/reference/device.ts";
import { cases } from "./cases.ts";
import { inputsOf } from "./table.ts";

/** Runs with a default device. */
function on<T>(device: DeviceName, run: () => T): T {
  setDefaultDevice(device);
  try {
    return run();
  } finally {
    setDefaultDevice("cpu");
  }
}

/** Largest difference of elements of two state dicts with the same names. */
function difference(a: Map<string, Tensor>, b: Map<string, Tensor>): number {
  assert.deepEqual([...a.keys()], [...b.keys()]);
  return Math.max(...Array.from(a, ([name, value]) => {
    const other = b.get(name)!.toTypedArray();
    return Math.max(...Array.from(value.toTypedArray(), (v, i) => Math.abs(v - other[i]!)));
  }));
}

Deno.test("each function that makes tensors makes them where it is told, else on the default device", () => {
  const makers: Record<string, (options: { device?: DeviceName }) => Tensor> = {
    arange: (o) => arange(3, o),
    empty: (o) => ops.to(zeros([2], o), "float32"),
    eye: (o) => eye(2, o),
    "eye of two lengths": (o) => eye(2, 2, o),
    fromTypedArray: (o) => fromTypedArray(Float32Array.of(1), [1], o),
    full: (o) => full([2], 7, o),
    ones: (o) => ones([2], o),
    onesLike: (o) => onesLike(ones([2]), o),
    rand: (o) => rand([2], o),
    randn: (o) => randn([2], o),
    tensor: (o) => tensor([1, 2], o),
    zeros: (o) => zeros([2], o),
    zerosLike: (o) => zerosLike(ones([2]), o),
  };
  for (const [name, make] of Object.entries(makers)) {
    assert.equal(make({}).device, "cpu", name);
    const there = make({ device: "reference" });
    assert.equal(there.device, "reference", name);
    assert.deepEqual(on("reference", () => make({}).device), "reference", name);
    assert.equal(on("reference", () => make({ device: "cpu" }).device), "cpu", name);
    if (!name.startsWith("rand")) assert.deepEqual(there.toArray(), make({}).toArray(), name);
  }
  assert.equal(zerosLike(ones([2], { device: "reference" })).device, "reference");
  assert.equal(getDefaultDevice(), "cpu");
});

Deno.test("to moves there and back, in another dtype too, and gradients come back", () => {
  const x = tensor([[1.5, -2], [3, 4]], { requiresGrad: true });
  const there = x.t().to("reference");
  assert.deepEqual([there.device, there.toArray()], ["reference", [[1.5, 3], [-2, 4]]]);
  assert.equal(there.to("reference"), there);
  there.mul(there).sum().to("cpu").backward();
  assert.deepEqual([x.grad!.device, x.grad!.toArray()], ["cpu", [[3, -4], [6, 8]]]);
  const whole = x.to("reference", "int32");
  assert.deepEqual([whole.device, whole.dtype, whole.toArray()], ["reference", "int32", [[1, -2], [
    3,
    4,
  ]]]);
  assert.throws(
    () => x.to("cuda" as "cpu"),
    /to: a device or dtype is needed, one of cpu, reference, float32/,
  );
  assert.throws(() => x.to("int32", "float32"), /to: a device before the dtype is needed/);
  assert.throws(() => setDefaultDevice("cuda" as "cpu"), DeviceError);
});

Deno.test("operands on two devices are refused by every op, whose error names both and the cure", () => {
  const moving = /^a\.copy_/; // copies from wherever
  let refused = 0;
  for (const c of cases) {
    for (let i = 0; c.inputs.length > 1 && i < c.inputs.length; i++) {
      scope(() => {
        const inputs = inputsOf(c);
        if (inputs.some((input) => input.numel === 0)) return; // there is nothing to compute
        const moved = inputs.with(i, noGrad(() => inputs[i]!.to("reference")));
        const call = () => {
          const y = c.run(ops, ...moved);
          if (y.requiresGrad) y.backward(onesLike(y));
        };
        if (moving.test(c.torch)) return;
        assert.throws(call, (error: Error) => {
          assert.equal(error.name, "DeviceError", `${c.name}: ${error.message}`);
          assert.match(error.message, /"cpu".*"reference"|"reference".*"cpu"/, c.name);
          assert.match(error.message, /: move it by to\("\w+"\)$/, c.name);
          return true;
        }, `${c.name}, input ${i}`);
        refused++;
      });
    }
  }
  assert.ok(refused > 300, `${refused}`);
});

Deno.test("random numbers, masks and the weights of new modules are the same bits on both", () => {
  const draws: Record<string, (device: DeviceName) => Iterable<Tensor>> = {
    rand: (device) => [rand([4099], { device })],
    randn: (device) => [randn([4099], { device })],
    dropout: (device) => [F.dropout(ones([1037], { device }), 0.3)],
    uniform_: (device) => [nn.init.uniform_(zeros([999], { device }), -0.1, 0.7)],
    normal_: (device) => [nn.init.normal_(zeros([999], { device }), 3, 0.2)],
    modules: (device) =>
      on(device, () =>
        [
          new nn.Linear(7, 5),
          new nn.Conv2d(3, 4, 3),
          new nn.Embedding(9, 3),
          new nn.MultiheadAttention(8, 2),
        ].flatMap((module) => [...module.parameters()])),
  };
  for (const [name, draw] of Object.entries(draws)) {
    const [here, there] = (["cpu", "reference"] as const).map((device) => {
      manualSeed(11);
      return Array.from(draw(device), (t) => {
        assert.equal(t.device, device);
        return t.toTypedArray();
      });
    });
    assert.deepEqual(there, here, name);
  }
});

/** A small convolutional network with most kinds of layers. */
function cnn(): nn.Sequential {
  return new nn.Sequential(
    new nn.Conv2d(1, 4, 3, { padding: 1, bias: false }), // whose gradient would be rounding only
    new nn.BatchNorm2d(4),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(4, 6, 3, { groups: 2, stride: 2 }),
    new nn.GELU(),
    new nn.AvgPool2d(1),
    new nn.Flatten(),
    new nn.LayerNorm(24),
    new nn.Dropout(0.25),
    new nn.Linear(24, 3),
  );
}

const mlp = () =>
  new nn.Sequential(new nn.Flatten(), new nn.Linear(100, 9), new nn.Tanh(), new nn.Linear(9, 3));

const optimizers = {
  SGD: (p: Any) => new optim.SGD(p, { lr: 0.05, momentum: 0.9, nesterov: true, weightDecay: 1e-3 }),
  "SGD with an average": (p: Any) =>
    new optim.SGD(p, { lr: 0.05, momentum: 0.9, momentumMode: "ema" }),
  Adam: (p: Any) => new optim.Adam(p, { lr: 0.01, amsgrad: true, weightDecay: 1e-3 }),
  AdamW: (p: Any) => new optim.AdamW(p, { lr: 0.01 }),
  RMSprop: (p: Any) => new optim.RMSprop(p, { lr: 0.01, centered: true, momentum: 0.5 }),
};

// deno-lint-ignore no-explicit-any
type Any = any;

Deno.test("networks learn on the reference device as on the CPU, with each optimizer", () => {
  for (const [what, network] of Object.entries({ mlp, cnn })) {
    for (const [name, make] of Object.entries(optimizers)) {
      for (const n of [1, 4]) {
        if (n === 1 && what === "cnn") continue; // normalised over one sample
        const [here, there] = (["cpu", "reference"] as const).map((device) =>
          on(device, () => {
            manualSeed(5);
            const model = network();
            const optimizer = make(model.parameters());
            const x = randn([n, 1, 10, 10]);
            const y = tensor(Int32Array.from({ length: n }, (_, i) => i % 3));
            const loss = new nn.CrossEntropyLoss();
            for (const _ of steps(3)) {
              optimizer.zeroGrad();
              loss.forward(model.forward(x), y).backward();
              nn.utils.clipGradNorm_(model.parameters(), 5);
              optimizer.step();
            }
            return model.stateDict();
          })
        );
        const most = difference(here!, there!);
        assert.ok(most < 2e-5, `${what}, ${name}, ${n} samples: weights differ by ${most}`);
      }
    }
  }
});

Deno.test("weights are saved from one device and loaded on the other", () => {
  manualSeed(2);
  const there = on("reference", cnn);
  const bytes = io.encodeSafetensors(there.stateDict());
  const here = cnn();
  here.loadStateDict(io.decodeSafetensors(bytes));
  assert.equal(difference(here.stateDict(), there.stateDict()), 0);
  assert.ok([...here.parameters()].every((p) => p.device === "cpu"));
  const again = on("reference", cnn);
  again.loadStateDict(here.stateDict());
  assert.equal(difference(again.stateDict(), here.stateDict()), 0);
  assert.ok([...again.parameters()].every((p) => p.device === "reference"));
});

Deno.test("module.to moves parameters, buffers and gradients, which stay the same tensors", () => {
  const model = new nn.Sequential(new nn.Linear(3, 2), new nn.BatchNorm1d(2));
  const parameters = [...model.parameters()];
  const x = tensor([[1, 2, 3], [3, 1, 2], [0, 1, 5]]);
  model.forward(x).pow(2).sum().backward();
  const state = model.stateDict();
  const grad = parameters[0]!.grad!.toArray();
  const row = parameters[0]!.detach().select(0, 1);
  const before = memory();
  assert.equal(model.to("reference"), model);
  assert.deepEqual([...model.parameters()].map((p, i) => p === parameters[i]), [
    true,
    true,
    true,
    true,
  ]);
  assert.deepEqual(
    new Set([...model.stateDict().values()].map((t) => t.device)),
    new Set(["reference"]),
  );
  assert.equal(difference(model.stateDict(), state), 0);
  assert.deepEqual([parameters[0]!.grad!.device, parameters[0]!.grad!.toArray()], [
    "reference",
    grad,
  ]);
  assert.equal(row.device, "reference"); // a view goes along
  const after = memory();
  assert.equal(
    after.liveBytes - before.liveBytes,
    2 * Array.from(state.values(), (t) => t.numel * 4).reduce((a, b) => a + b),
  );
  assert.throws(() => model.forward(x), DeviceError);
  const y = model.forward(x.to("reference"));
  y.sum().backward();
  assert.equal(parameters[0]!.grad!.device, "reference");
  assert.throws(() => model.to("cuda" as "cpu"), DeviceError);
});

Deno.test("a graph whose parameters have moved meanwhile is refused", () => {
  const layer = new nn.Linear(2, 1);
  const y = layer.forward(ones([1, 2], { requiresGrad: true }));
  layer.to("reference");
  assert.throws(() => y.sum().backward(), /changed in place/);
});

Deno.test("a gradient must be where its tensor is", () => {
  const x = ones([2], { requiresGrad: true });
  assert.throws(() => x.mul(2).backward(ones([2], { device: "reference" })), DeviceError);
  assert.throws(() => x.grad = ones([2], { device: "reference" }), DeviceError);
});

Deno.test("gradients are clipped where they are, and cut off on several devices at once", () => {
  const parameters = (["cpu", "reference"] as const).map((device) => {
    const p = new nn.Parameter(tensor([0, 0, 0], { device }));
    p.grad = tensor([-5, 1, 7], { device });
    return p;
  });
  nn.utils.clipGradValue_(parameters, 2);
  for (const p of parameters) {
    assert.deepEqual(p.grad!.toArray(), [-2, 1, 2]);
    assert.equal(nn.utils.clipGradNorm_(p, 1.5).item(), 3);
    assert.ok(p.grad!.sub(tensor([-1, 0.5, 1], { device: p.device })).abs().max().item() < 1e-6);
  }
});

Deno.test("batches come from where their data set is", () => {
  const x = rand([5, 2], { device: "reference" });
  const y = arange(5, { dtype: "int32" });
  const set = new data.TensorDataset(x, y);
  for (const [a, b] of new data.DataLoader(set, { batchSize: 2 })) {
    assert.deepEqual([a.device, b.device], ["reference", "cpu"]);
  }
  const bytes = tensor(Uint8Array.of(0, 51, 102, 255), { shape: [2, 2], device: "reference" });
  const images = new data.ImageDataset(bytes, arange(2, { dtype: "int32", device: "reference" }));
  const [pixels] = images.batch(Int32Array.of(1, 0));
  assert.deepEqual([pixels.device, pixels.shape], ["reference", [2, 2]]);
  assert.ok(Math.abs(pixels.sum().item() - 1.6) < 1e-6);
});

/** A device whose memory the host cannot reach: what is there is read later. */
const far: Device = Object.create(reference, {
  name: { value: "far" },
  bytesOf: { value: undefined },
  write: { value: reference.write.bind(reference) },
  read: { value: reference.read.bind(reference) },
});

Deno.test("what is on a device that the host cannot look into is read by await data()", async () => {
  const x = tensorOf(allocOn(far, [2, 2]), null);
  write(x, [1, 2, 3, 4]);
  assert.deepEqual([...await x.data()], [1, 2, 3, 4]);
  const one = tensorOf(allocOn(far, []), null);
  write(one, [5]);
  assert.deepEqual([...await one.data()], [5]);
  for (
    const [name, read] of Object.entries({
      item: () => one.item(),
      toTypedArray: () => x.toTypedArray(),
      toArray: () => x.toArray(),
      to: () => x.to("cpu"),
    })
  ) {
    assert.throws(read, (error: Error) => {
      assert.equal(error.name, "DeviceError");
      assert.match(error.message, /"far" cannot be read at once: .*: await its data\(\)/, name);
      return true;
    });
  }
  assert.equal(String(x), "tensor(shape: [2, 2], device: far)");
});

Deno.test("memory counts what is on every device, and the reference gives back what is released", () => {
  const before = [memory().liveBytes, reference.heapBytes];
  scope(() => {
    ones([1000], { device: "reference" });
    assert.deepEqual([memory().liveBytes, reference.heapBytes], before.map((n) => n + 4000));
  });
  assert.deepEqual([memory().liveBytes, reference.heapBytes], before);
  assert.throws(
    () => zeros([2 ** 31], { device: "reference" }),
    /out of memory: 8192.0 MiB asked for/,
  );
});

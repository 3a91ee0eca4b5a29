/** The program of a page that tests the GPU there: each of its functions is called from outside. */
import {
  functional as F,
  manualSeed,
  nn,
  optim,
  rand,
  randn,
  setDefaultDevice,
  steps,
  type Tensor,
  tensor,
} from "@glim/glim";
import { webgpu } from "@glim/glim/webgpu";

type DeviceName = "cpu" | "webgpu";

/** Numbers that go wrong first, and some that do not. */
const ODD = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -2.5, 1e-3, 80, -80, 3e38];

/** Ops of two matrices [13, 13], whose first row is odd. */
const OPS: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  add: (a, b) => a.add(b),
  div: (a, b) => a.div(b),
  maximum: (a, b) => a.maximum(b),
  ne: (a, b) => a.ne(b).to("float32"),
  relu: (a) => a.relu(),
  exp: (a) => a.exp(),
  log: (a) => a.log(),
  tanh: (a) => a.tanh(),
  gelu: (a) => F.gelu(a),
  clamp: (a) => a.clamp({ min: -1, max: 1 }),
  max: (a) => a.max(1).values,
  sum: (a) => a.sum(0),
  argmax: (a) => a.argmax(1).to("float32"),
  softmax: (a) => a.softmax(1),
  matmul: (a, b) => a.matmul(b),
  permute: (a, b) => a.t().add(b),
  conv2d: (a, b) => F.conv2d(a.reshape(1, 1, 13, 13), b.narrow(1, 0, 9).reshape(13, 1, 3, 3)),
  maxPool2d: (a) => F.maxPool2d(a.reshape(1, 1, 13, 13), 2),
};

async function on<T>(device: DeviceName, run: () => Promise<T>): Promise<T> {
  setDefaultDevice(device);
  try {
    return await run();
  } finally {
    setDefaultDevice("cpu");
  }
}

/** What each op gives on a device; JSON has no NaN, so as texts. */
async function ops(device: DeviceName): Promise<Record<string, string[]>> {
  return await on(device, async () => {
    manualSeed(1);
    const b = randn([13, 13]);
    const rows = Array.from({ length: 12 }, (_, i) => ODD.map((_, j) => Math.sin(13 * i + j)));
    const a = tensor([ODD, ...rows]);
    const given: Record<string, string[]> = {};
    for (const [name, op] of Object.entries(OPS)) {
      given[name] = Array.from(await op(a, b).data(), String);
    }
    return given;
  });
}

/** The losses of 20 steps of an MLP. */
async function losses(device: DeviceName): Promise<number[]> {
  return await on(device, async () => {
    manualSeed(3);
    const model = new nn.Sequential(new nn.Linear(20, 32), new nn.ReLU(), new nn.Linear(32, 5));
    const sgd = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
    const x = rand([16, 20]);
    const y = tensor(Array.from({ length: 16 }, (_, i) => i % 5), { dtype: "int32" });
    const reads: Promise<Float32Array>[] = [];
    for (const _ of steps(20)) {
      const loss = F.crossEntropy(model.forward(x), y);
      sgd.zeroGrad();
      loss.backward();
      sgd.step();
      reads.push(loss.data<Float32Array>());
    }
    return (await Promise.all(reads)).map(([loss]) => loss!);
  });
}

/** What is said of a label that is none. */
async function badLabel(): Promise<string> {
  const labels = tensor([0, 9], { dtype: "int32" }).to("webgpu");
  const loss = F.crossEntropy(randn([2, 3]).to("webgpu"), labels);
  return await loss.data().then(() => "nothing", (error) => error.message);
}

Object.assign(globalThis, { glim: { open: webgpu, ops, losses, badLabel } });

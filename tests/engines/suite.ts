/**
 * What must have the same bits in every engine: ops and their gradients, trainings, files in memory,
 * threads. Runs from the package, in programs and in pages; `main.ts` compares.
 *
 * @module
 */
import {
  functional as f,
  getKernelBuild,
  io,
  manualSeed,
  nn,
  ones,
  optim,
  rand,
  randn,
  scope,
  setKernelBuild,
  setNumThreads,
  steps,
  type Tensor,
  tensor,
  train,
  VERSION,
} from "@glim/glim";
import { EPOCHS, training } from "./training.ts";
import { setMinWork, watchShared } from "../../src/wasm/threads.ts";

/** Ops on x [4, 6], w [4, 6] and p [4, 6], which is positive. Each also gives gradients. */
const OPS: Record<string, (x: Tensor, w: Tensor, p: Tensor) => Tensor> = {
  add: (x, w) => x.add(w),
  "add, broadcast": (x, w) => x.add(w.select(0, 1)),
  sub: (x, w) => x.sub(w),
  mul: (x, w) => x.mul(w),
  div: (x, _, p) => x.div(p),
  maximum: (x, w) => x.maximum(w),
  minimum: (x, w) => x.minimum(w),
  pow: (_, w, p) => p.pow(w),
  "pow of a number": (_, __, p) => p.pow(1.5),
  neg: (x) => x.neg(),
  abs: (x) => x.abs(),
  exp: (x) => x.exp(),
  log: (_, __, p) => p.log(),
  sqrt: (_, __, p) => p.sqrt(),
  square: (x) => x.square(),
  reciprocal: (_, __, p) => p.reciprocal(),
  sign: (x) => x.sign(),
  relu: (x) => x.relu(),
  tanh: (x) => x.tanh(),
  sigmoid: (x) => x.sigmoid(),
  leakyRelu: (x) => f.leakyRelu(x, 0.1),
  gelu: (x) => f.gelu(x),
  silu: (x) => f.silu(x),
  clamp: (x) => x.clamp({ min: -0.5, max: 0.5 }),
  where: (x, w) => x.where(x.gt(w), w),
  softmax: (x) => x.softmax(1),
  logSoftmax: (x) => x.logSoftmax(1),
  "softmax of columns": (x) => x.softmax(0),
  sum: (x) => x.sum(),
  "sum of rows": (x) => x.sum(1),
  "sum of columns": (x) => x.sum(0),
  mean: (x) => x.mean(),
  "mean of rows": (x) => x.mean(1),
  amax: (x) => x.amax(1),
  amin: (x) => x.amin(0),
  matmul: (x, w) => x.matmul(w.t()),
  "matmul, transposed": (x, w) => x.t().matmul(w),
  "matmul of batches": (x, w) => x.reshape([2, 2, 6]).matmul(w.reshape([2, 6, 2])),
  linear: (x, w, p) => f.linear(x, w, p.sum(1)),
  transpose: (x, w) => x.transpose(0, 1).mul(w.reshape([6, 4])),
  permute: (x) => x.reshape([2, 2, 6]).permute([2, 0, 1]).square(),
  reshape: (x) => x.reshape([3, 8]).tanh(),
  narrow: (x) => x.narrow(1, 1, 3).exp(),
  select: (x) => x.select(1, 2).exp(),
  expand: (x) => x.unsqueeze(0).expand([3, 4, 6]).square(),
  cat: (x, w) => f.cat([x, w], 1).tanh(),
  stack: (x, w) => f.stack([x, w]).tanh(),
  pad: (x) => f.pad(x, [1, 2]).exp(),
  gather: (x) => x.gather(1, tensor([[0, 5], [1, 1], [2, 4], [3, 0]], { dtype: "int32" })),
  indexSelect: (x) => x.indexSelect(0, tensor([3, 0, 3], { dtype: "int32" })),
  embedding: (x) => f.embedding(tensor([1, 3, 1], { dtype: "int32" }), x),
  crossEntropy: (x) => f.crossEntropy(x, tensor([0, 5, 2, 2], { dtype: "int32" })),
  nllLoss: (x) => f.nllLoss(x.logSoftmax(1), tensor([0, 5, 2, 2], { dtype: "int32" })),
  mseLoss: (x, w) => f.mseLoss(x, w),
  layerNorm: (x) => f.layerNorm(x, [6]),
  conv2d: (x, w) =>
    f.conv2d(x.reshape([1, 1, 4, 6]), w.reshape([2, 1, 3, 4]), null, { padding: 1 }),
  maxPool2d: (x) => f.maxPool2d(x.reshape([1, 1, 4, 6]), 2),
  avgPool2d: (x) => f.avgPool2d(x.reshape([1, 1, 4, 6]), 2),
  adaptiveAvgPool2d: (x) => f.adaptiveAvgPool2d(x.reshape([1, 1, 4, 6]), [3, 2]),
  scaledDotProductAttention: (x, w, p) =>
    f.scaledDotProductAttention(
      ...[x, w, p].map((t) => t.reshape([1, 4, 6])) as [Tensor, Tensor, Tensor],
    ),
  float16: (x) => x.to("float16").to("float32").square(),
  eq: (x) => x.eq(x),
  argmax: (x) => x.argmax(1),
};

/** 64 bits of FNV-1a over the bytes of tensors. */
function hashOf(tensors: Iterable<Tensor>): string {
  let [high, low] = [0xcbf29ce4, 0x84222325];
  for (const t of tensors) {
    const values = t.toTypedArray();
    for (const byte of new Uint8Array(values.buffer, values.byteOffset, values.byteLength)) {
      low ^= byte;
      const product = low * 0x1b3;
      high = (Math.imul(high, 0x1b3) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
      low = product >>> 0;
    }
  }
  return [high, low].map((n) => n.toString(16).padStart(8, "0")).join("");
}

/** Each op's result and gradients as a hash. */
function ops(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(OPS).map(([name, op], i) =>
      scope(() => {
        manualSeed(i);
        const inputs = [randn([4, 6]), randn([4, 6]), rand([4, 6]).add(0.5)] as const;
        for (const t of inputs) t.requiresGrad = true;
        const out = op(...inputs);
        if (out.requiresGrad) out.mul(out.detach()).sum().backward();
        return [name, hashOf([out, ...inputs.flatMap(({ grad }) => grad ?? [])])];
      })
    ),
  );
}

/** Trains 50 steps on noise. */
function trained(model: nn.Module, optimizer: optim.SGD | optim.AdamW, shape: number[]): string {
  const x = randn(shape);
  const y = tensor(Array.from({ length: shape[0]! }, (_, i) => i % 10), { dtype: "int32" });
  for (const _ of steps(50)) {
    optimizer.zeroGrad();
    f.crossEntropy(model.forward(x), y).backward();
    optimizer.step();
  }
  return hashOf(model.stateDict().values());
}

function mlp(): string {
  manualSeed(1);
  const model = new nn.Sequential(
    new nn.Linear(784, 64),
    new nn.ReLU(),
    new nn.Dropout(0.2),
    new nn.Linear(64, 10),
  );
  return trained(model, new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 }), [32, 784]);
}

function cnn(): string {
  manualSeed(2);
  const model = new nn.Sequential(
    new nn.Conv2d(1, 8, 3, { padding: 1 }),
    new nn.BatchNorm2d(8),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(8, 16, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.AvgPool2d(2),
    new nn.Flatten(),
    new nn.Linear(16 * 7 * 7, 10),
  );
  return trained(model, new optim.AdamW(model.parameters(), { lr: 0.003 }), [16, 1, 28, 28]);
}

/** Weights through a file in memory and back. */
function safetensors(): string {
  manualSeed(3);
  const model = new nn.Linear(5, 3);
  const back = io.decodeSafetensors(io.encodeSafetensors(model.stateDict()));
  return `${[...back.keys()]} ${hashOf(back.values())}`;
}

/** A product of two threads, and whether both have computed; the others start after some work. */
async function threads(): Promise<{ product: string; shared: boolean }> {
  let shared = false;
  manualSeed(4);
  const a = randn([256, 256]);
  setNumThreads(2);
  setMinWork(0);
  watchShared(() => shared = true);
  for (let i = 0; i < 400 && !shared; i++) {
    scope(() => void ones([512, 512]).matmul(ones([512, 512])));
    await new Promise((then) => setTimeout(then, 0)); // workers of a page start between its tasks
  }
  const product = hashOf([a.matmul(a)]);
  watchShared(null);
  setMinWork();
  setNumThreads(1);
  return { product, shared };
}

/** What an engine has computed. */
export interface Report {
  version: string;
  build: string;
  device: string;
  ops: Record<string, string>;
  mlp: string;
  cnn: string;
  safetensors: string;
  /** Of two threads. */
  product: string;
  /** Whether they have shared work. */
  shared: boolean;
  trainer: string;
  worker: string;
}

/** A Trainer, which waits for the event loop. */
async function trainer(): Promise<string> {
  const { train: learn, dev, ...options } = training();
  await new train.Trainer(options).fit(learn, dev, { epochs: EPOCHS });
  return hashOf(options.model.stateDict().values());
}

/** The same in a worker, whose code whoever bundles this gives. */
declare const WORKER: string;
async function worker(strict: boolean): Promise<string> {
  const code = new Blob([WORKER], { type: "text/javascript" });
  // Node takes no blob's address for a worker's, and Bun none with the code in it
  const url = "process" in globalThis && !("Bun" in globalThis)
    ? `data:text/javascript,${encodeURIComponent(WORKER)}`
    : URL.createObjectURL(code);
  const worker = new train.TrainerWorker(url, { strict });
  const history = await worker.fit({ epochs: EPOCHS });
  const weights = io.decodeSafetensors(await worker.weights());
  worker.terminate();
  return `${history.length} ${hashOf(weights.values())}`;
}

/** Computes everything, with the strict build where there is WebAssembly with SIMD. */
async function run(): Promise<Report> {
  const device = ones([1]).device;
  if (device === "cpu") setKernelBuild("strict");
  setNumThreads(1);
  return {
    version: VERSION,
    build: getKernelBuild(),
    device,
    ops: ops(),
    mlp: mlp(),
    cnn: cnn(),
    safetensors: safetensors(),
    trainer: await trainer(),
    worker: await worker(device === "cpu"),
    ...await threads(),
  };
}

/** Whoever starts the suite gives this. */
declare const tell: (report: Report) => void;
tell(await run());

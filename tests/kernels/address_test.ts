/** No kernel is given an address of a buffer that is not what the kernel takes for granted. */
import assert from "node:assert/strict";
import "../../src/ops/mod.ts"; // defines the rows
import { activationRows } from "../../src/ops/activation_op.ts";
import { binaryRows } from "../../src/ops/binary_op.ts";
import { unaryRows } from "../../src/ops/unary_op.ts";
import { allocOn, Buffer } from "../../src/device/buffer.ts";
import type { DType } from "../../src/core/dtype.ts";
import { look } from "../../src/device/transfer.ts";
import { cpu } from "../../src/wasm/kernels.ts";
import { kernels } from "./cpu.ts";
import type { Device } from "../../src/device/device.ts";
import { DeviceError } from "../../src/core/errors.ts";
import { scope } from "../../src/scope/scope.ts";
import { numelOf, stridesOf } from "../../src/core/shape.ts";
import { Storage } from "../../src/device/storage.ts";

/** A call of a kernel. The buffers among its arguments, in lists too, are tried in every wrong form. */
interface Call {
  kernel: keyof typeof kernels;
  args: () => unknown[];
  /** Arguments whose own shape says how many elements there are: those of any strides, and some lists. */
  strided?: readonly number[];
}

function f(...shape: number[]): Buffer {
  const x = allocOn(cpu, shape);
  kernels.fill(x, 1);
  return x;
}

function int(...shape: number[]): Buffer {
  const x = allocOn(cpu, shape, "int32");
  kernels.fill(x, 0);
  return x;
}

function byte(dtype: "uint8" | "bool", ...shape: number[]): Buffer {
  const x = allocOn(cpu, shape, dtype);
  kernels.fill(x, 1);
  return x;
}

function binaryRow(of: string): unknown {
  return binaryRows.find(({ name }) => name === of);
}

function list(): Buffer[] {
  return [f(6), f(2, 3)];
}

const lstm = { cell: "lstm", steps: 2, batch: 2, hidden: 3, reverse: false } as const;

/** Of a layer of these sizes. */
function states(): Record<string, Buffer> {
  const lengths = int(2);
  return { gates: f(2, 2, 12), h: f(3, 2, 3), c: f(3, 2, 3), aside: f(2, 2, 3), lengths };
}

/** Images [2, 8, 4, 4] with their channels last. */
function images(): Buffer {
  const base = f(2, 8, 4, 4);
  return new Buffer(base.storage, base.shape, [128, 1, 32, 8], 0, "float32", false);
}

/** The same after pooling by 2 × 2. */
function halved(): Buffer {
  const base = f(2, 8, 2, 2);
  return new Buffer(base.storage, base.shape, [32, 1, 16, 8], 0, "float32", false);
}

const sizes = {
  n: 2,
  c: 8,
  h: 4,
  w: 4,
  o: 8,
  oh: 4,
  ow: 4,
  stride: [1, 1],
  dilation: [1, 1],
  groups: 1,
} as const;
const winograd = { ...sizes, kernel: [3, 3], padding: [1, 1] } as const;
const pointwise = { ...sizes, kernel: [1, 1], padding: [0, 0] } as const;
const windows = { rows: [0, 2, 2, 2, 4, 2], cols: [0, 2, 2, 2, 4, 2] };
const halves = { rows: [0, 2, 1, 2, 4, 1], cols: [0, 2, 1, 2, 4, 1] };
const key = { seed: [1, 2], stream: [3, 4] } as const;
const sgd = {
  lr: 0.1,
  momentum: 0.9,
  dampening: 0,
  weightDecay: 0,
  nesterov: false,
  ema: false,
  first: [true, false],
};
const adam = {
  lr: 0.1,
  betas: [0.9, 0.99],
  eps: 1e-8,
  weightDecay: 0,
  decoupled: false,
  steps: [1, 2],
};
const elu = activationRows.find(({ name }) => name === "elu");
const exp = unaryRows.find(({ name }) => name === "exp");
const rmsprop = { lr: 0.1, alpha: 0.9, eps: 1e-8, weightDecay: 0, momentum: 0.9 };
const attending = { scale: 1, causal: false, dropout: null };
const blame = (row: number) => new Error(`row ${row}`);
const spread = { points: 2, cols: new Float32Array(16), rows: new Float32Array(8) };

// deno-fmt-ignore
const calls: Call[] = [
  { kernel: "gemm", args: () => [f(3, 4), f(4, 5), f(3, 5), f(5), false], strided: [0, 1] },
  { kernel: "gemmRelu", args: () => [f(3, 4), f(4, 5), f(3, 5), f(5)], strided: [0, 1] },
  { kernel: "join", args: () => [f(3), f(4), f(7)], strided: [0, 1] },
  { kernel: "outer", args: () => [f(3), f(4), f(3, 4)], strided: [0, 1] },
  { kernel: "gemm", args: () => [f(2, 3, 4), f(2, 4, 5), f(2, 3, 5), f(5), true], strided: [0, 1] },
  { kernel: "attention",
    args: () => [f(2, 3, 4), f(2, 5, 4), f(2, 5, 3), byte("bool", 2, 3, 5), int(2), f(2, 3, 3), f(2, 3, 2), attending],
    strided: [0, 1, 2, 3, 4, 5] },
  { kernel: "attentionGrad",
    args: () => [
      f(2, 3, 4), f(2, 5, 4), f(2, 5, 3), f(2, 3, 5), int(2), f(2, 3, 3), f(2, 3, 2), f(2, 3, 3),
      f(2, 3, 4), f(2, 5, 4), f(2, 5, 3), attending,
    ],
    strided: [0, 1, 2, 3, 4, 5, 7, 8, 9, 10] },
  { kernel: "unary", args: () => [exp, f(6), f(6)] },
  { kernel: "unaryGrad", args: () => [exp, f(6), f(6), f(6)] },
  { kernel: "activation", args: () => [elu, f(6), f(6), 1, 1] },
  { kernel: "activationGrad", args: () => [elu, f(6), f(6), f(6), 1, 1] },
  { kernel: "combine", args: () => ["addcmul", [f(6), f(6), f(6), 2], f(6)] },
  { kernel: "combine", args: () => ["boolNot", [byte("bool", 6)], byte("bool", 6)] },
  { kernel: "combine", args: () => ["int32Neg", [int(6)], int(6)] },
  { kernel: "bits", args: () => ["and", int(6), int(6), int(6)] },
  { kernel: "scan", args: () => ["sum", f(2, 3), f(2, 3), null, [2, 3, 1, false]] },
  { kernel: "scan", args: () => ["prod", f(2, 3), f(2, 3), null, [1, 2, 3, true]] },
  { kernel: "scan", args: () => ["sum", int(2, 3), int(2, 3), null, [2, 3, 1, false]] },
  { kernel: "scan", args: () => ["max", f(2, 3), f(2, 3), int(2, 3), [2, 3, 1, false]] },
  { kernel: "order", args: () => [f(2, 3), int(2, 1), 2, 3, 1, false] },
  { kernel: "ranked", args: () => [f(2, 3), int(2), 2, 3, "median"] },
  { kernel: "clamp", args: () => [f(6), f(6), 0, 1] },
  { kernel: "clampGrad", args: () => [f(6), f(6), f(6), 0, 1] },
  { kernel: "binary", args: () => [binaryRow("add"), f(2, 3), f(2, 3), f(2, 3)], strided: [1, 2] },
  { kernel: "binaryInt", args: () => [binaryRow("add"), int(6), int(6), int(6)] },
  { kernel: "compare", args: () => [binaryRow("lt"), f(6), f(6), byte("bool", 6)] },
  { kernel: "where", args: () => [byte("bool", 6), f(6), f(6), f(6)] },
  { kernel: "leakyRelu", args: () => [f(6), f(6), f(6), 0.1] },
  { kernel: "copy", args: () => [f(2, 3), f(2, 3)], strided: [0, 1] },
  { kernel: "cast", args: () => [f(6), int(6)] },
  { kernel: "fill", args: () => [f(6), 1] },
  { kernel: "reduce", args: () => ["sum", f(2, 3, 4), f(2, 4), 2, 3, 4] },
  { kernel: "argReduce", args: () => ["max", f(2, 3), int(2), 2, 3] },
  { kernel: "softmax", args: () => ["softmax", f(2, 3), f(2, 3), 2, 3] },
  { kernel: "softmaxGrad", args: () => ["softmax", f(2, 3), f(2, 3), f(2, 3), 2, 3] },
  { kernel: "nll", args: () => [f(2, 3), int(2), f(2), 2, 3, blame] },
  { kernel: "nllGrad", args: () => [int(3), f(3), 1, f(3, 2), 3, 2] },
  { kernel: "crossEntropy", args: () => [f(2, 3), int(2), f(2), f(2, 2), 2, 3, blame] },
  { kernel: "crossEntropyGrad", args: () => [f(3, 2), int(3), f(3, 2), f(3), 1, f(3, 2), 3, 2] },
  { kernel: "sgd", args: () => [list(), list(), list(), sgd] },
  { kernel: "adam", args: () => [list(), list(), list(), list(), list(), adam] },
  { kernel: "rmsprop", args: () => [list(), list(), list(), list(), list(), rmsprop] },
  { kernel: "norm", args: () => [list(), f(1)], strided: [0] },
  { kernel: "scale", args: () => [list(), f(1)], strided: [0] },
  { kernel: "limit", args: () => [list(), 0, 1], strided: [0] },
  { kernel: "lerp", args: () => [list(), list(), 0.5] },
  { kernel: "gatherImages", args: () => [byte("uint8", 3, 4), int(2), f(2, 4), 255] },
  { kernel: "indexSelect", args: () => [f(2, 3, 4), int(5), f(2, 5, 4), [2, 3, 5, 4], blame] },
  { kernel: "indexAdd", args: () => [f(2, 5, 4), int(5), f(2, 3, 4), [2, 3, 5, 4]] },
  { kernel: "indexCopy", args: () => [f(2, 5, 4), int(5), f(2, 3, 4), [2, 3, 5, 4], blame] },
  { kernel: "nonzero", args: () => [f(2, 3), int(6), int(1), 6] },
  { kernel: "nonzero", args: () => [byte("bool", 2, 3), int(6, 2), int(1), 3] },
  { kernel: "compress", args: () => [f(2, 3), byte("bool", 2, 3), f(2, 3), int(1)] },
  { kernel: "gather", args: () => [f(2, 3, 4), int(2, 5, 4), f(2, 5, 4), [2, 3, 5, 4], blame] },
  { kernel: "scatterAdd", args: () => [f(2, 5, 4), int(2, 5, 4), f(2, 3, 4), [2, 3, 5, 4]] },
  { kernel: "scatter",
    args: () => ["max", f(2, 5, 4), int(2, 5, 4), f(2, 3, 4), [2, 3, 5, 4], blame] },
  { kernel: "uniform", args: () => [f(6), key, 0, 1] },
  { kernel: "normal", args: () => [f(6), key, 0, 1] },
  { kernel: "dropout", args: () => [f(6), f(6), key, 0.5] },
  { kernel: "maxPool", args: () => [f(2, 4, 4), f(2, 2, 2), int(2, 2, 2), [2, 4, 4, 1], windows] },
  { kernel: "maxPool", args: () => [images(), halved(), int(64), [2, 4, 4, 8], halves] },
  { kernel: "reluMaxPool", args: () => [images(), halved(), int(64), [2, 4, 4, 8]] },
  { kernel: "maxPoolGrad",
    args: () => [f(2, 2, 2), int(2, 2, 2), f(2, 4, 4), [2, 4, 4, 1], windows] },
  { kernel: "maxPoolGrad", args: () => [halved(), int(64), images(), [2, 4, 4, 8], halves] },
  { kernel: "avgPool", args: () => [f(2, 4, 4), f(2, 2, 2), [2, 4, 4, 1], windows] },
  { kernel: "avgPoolGrad", args: () => [f(2, 2, 2), f(2, 4, 4), [2, 4, 4, 1], windows] },
  { kernel: "channelMoments", args: () => [f(2, 3, 4), f(3), f(3), [2, 3, 4]] },
  { kernel: "channelMoments", args: () => [images(), f(8), f(8), [32, 8, 1]] },
  { kernel: "channelSums", args: () => [f(2, 3, 4), f(2, 3, 4), f(3), f(3), f(3), [2, 3, 4]] },
  { kernel: "channelSums",
    args: () => [images(), images(), f(8), f(8), f(8), [32, 8, 1], [f(8), f(8)]] },
  { kernel: "channelScale", args: () => [f(3), f(3), f(3), f(3), 1e-5] },
  { kernel: "channelGradScale", args: () => [f(3), f(3), f(3), f(3), f(3), f(3), f(3), 0.1] },
  { kernel: "channelAffine", args: () => [f(2, 3, 4), f(2, 3, 4), f(3), f(3), f(3), [2, 3, 4]] },
  { kernel: "channelAffineRelu", args: () => [images(), images(), f(8), f(8), f(8), [32, 8, 1]] },
  { kernel: "channelAffineGrad",
    args: () => [images(), images(), images(), f(8), f(8), f(8), f(8), [32, 8, 1]] },
  { kernel: "channelAffineGrad",
    args: () => [images(), images(), images(), f(8), f(8), f(8), f(8), [32, 8, 1], f(8)] },
  { kernel: "layerNorm", args: () => [f(2, 3), f(3), f(3), f(2, 3), f(2, 2), 2, 3, 1e-5] },
  { kernel: "layerNormGrad", args: () => [f(2, 3), f(3), f(2, 3), f(2, 2), f(2, 3), 2, 3] },
  { kernel: "layerNormGradWeight", args: () => [f(2, 3), f(2, 3), f(2, 2), f(3), f(3), 2, 3] },
  { kernel: "recurrent", args: () => [lstm, states(), f(12, 3), f(12)] },
  { kernel: "recurrentGrad",
    args: () => [lstm, states(), f(12, 3), f(3, 2, 3), f(2, 2, 12), f(2, 2, 12), f(2, 3), f(2, 3)] },
  { kernel: "warp", args: () => [f(2, 1, 4, 4), f(2, 1, 4, 4), f(2, 6), f(2, 2, 2, 4), spread] },
  { kernel: "conv", args: () => [winograd, images(), f(8, 3, 3, 8), f(8), images()] },
  { kernel: "conv", args: () => [pointwise, images(), f(8, 1, 1, 8), f(8), images()] },
  { kernel: "convGrad",
    args: () => [winograd, images(), f(8, 3, 3, 8), images(), images(), f(584), true] },
  { kernel: "convGrad",
    args: () => [pointwise, images(), f(8, 1, 1, 8), images(), images(), f(72), true] },
  { kernel: "convRelu", args: () => [winograd, images(), f(8, 3, 3, 8), f(8), images()] },
  { kernel: "convReluGrad",
    args: () => [winograd, images(), f(8, 3, 3, 8), images(), images(), images(), f(584), true] },
];

function run({ kernel }: Call, args: readonly unknown[]): void {
  (kernels[kernel] as (...args: readonly unknown[]) => unknown)(...args);
}

/** A device that gives the same addresses. */
const other: Device = Object.create(cpu, { name: { value: "other" } });

/** A buffer like another, but wrong; null where this way of being wrong is none. */
type Wrong = (x: Buffer, isStrided: boolean) => Buffer | null;

const wrongs: Readonly<Record<string, Wrong>> = {
  released: (x) => {
    const gone = new Buffer(
      new Storage(cpu, x.storage.bytes),
      x.shape,
      x.strides,
      0,
      x.dtype,
      true,
    );
    gone.storage.release("the test");
    return gone;
  },
  "of another dtype": (x) => {
    const dtype: DType = x.dtype === "uint8" ? "bool" : "uint8"; // float32 and int32: some take both
    return new Buffer(new Storage(cpu, x.numel * 4), x.shape, x.strides, 0, dtype, x.isContiguous);
  },
  "in memory that is too short": (x) =>
    new Buffer(
      new Storage(cpu, x.storage.bytes - 1),
      x.shape,
      x.strides,
      0,
      x.dtype,
      x.isContiguous,
    ),
  "in memory that ends before it does": (x) =>
    new Buffer(x.storage, x.shape, x.strides, 1, x.dtype, x.isContiguous),
  "of too few elements": (x, isStrided) => {
    if (isStrided) return null; // its own shape says how many there are
    const shape = [x.numel - 1];
    return new Buffer(x.storage, shape, [1], 0, x.dtype, true);
  },
  "with gaps": (x, isStrided) => {
    if (isStrided || x.numel < 2 || x.shape.every((n) => n === 1)) return null;
    const strides = stridesOf(x.shape).map((s) => s * 2);
    const bytes = numelOf(x.shape) * 8;
    return new Buffer(new Storage(cpu, bytes), x.shape, strides, 0, x.dtype, false);
  },
  "on another device": (x) =>
    new Buffer(new Storage(other, x.storage.bytes), x.shape, x.strides, 0, x.dtype, x.isContiguous),
  "with steps backwards": (x) => {
    const strides = x.strides.map((s) => -s);
    return new Buffer(x.storage, x.shape, strides, x.numel - 1, x.dtype, false);
  },
  "with steps backwards beyond its first element": (x) => {
    const strides = x.strides.map((s) => -s);
    return new Buffer(x.storage, x.shape, strides, x.numel - 2, x.dtype, false);
  },
};

/** The same dtype twice is right where a kernel takes several. */
const ANY_DTYPE: readonly (keyof typeof kernels)[] = ["cast", "fill", "nonzero"];

Deno.test("each kernel has a row here", () => {
  const rows = new Set<string>(calls.map((c) => c.kernel));
  assert.deepEqual(Object.keys(kernels).filter((name) => !rows.has(name)), []);
});

Deno.test("each row is right as it stands", () => {
  for (const call of calls) scope(() => run(call, call.args()));
});

for (const [what, makeWrong] of Object.entries(wrongs)) {
  Deno.test(`no kernel runs with a buffer that is ${what}`, () => {
    for (const call of calls) {
      if (what === "of another dtype" && ANY_DTYPE.includes(call.kernel)) continue;
      const mayGoBack = what === "with steps backwards" && call.kernel === "copy";
      const count = buffersOf(call.args()).length;
      for (let i = mayGoBack ? 1 : 0; i < count; i++) { // what is copied may
        scope(() => {
          const args = call.args();
          const buffers = buffersOf(args);
          const x = buffers[i]!;
          if (what === "of too few elements" && count === 1) return;
          const wrong = makeWrong(
            x,
            call.strided?.includes(args.findIndex((arg) => [arg].flat().includes(x))) ?? false,
          );
          if (wrong === null) return;
          const before = buffers.map(kernelBytes);
          const name = `${call.kernel}, buffer ${i}`;
          const put = (arg: unknown): unknown =>
            arg === x
              ? wrong
              : Array.isArray(arg)
              ? arg.map(put)
              : isRecord(arg)
              ? Object.fromEntries(Object.entries(arg).map(([name, value]) => [name, put(value)]))
              : arg;
          assert.throws(() => run(call, args.map(put)), (error: Error) => {
            assert.doesNotMatch(error.message, /^memory access|unreachable/, name);
            assert.match(error.message, what === "released" ? /was released by/ : /^\w+: .* must /);
            if (what === "on another device") assert.ok(error instanceof DeviceError, name);
            return true;
          }, `${name} runs ${what}`);
          assert.deepEqual(buffers.map(kernelBytes), before, name);
        });
      }
    }
  });
}

/** The buffers among the arguments of a kernel. */
function buffersOf(args: readonly unknown[]): Buffer[] {
  return args.flatMap((arg) => isRecord(arg) ? Object.values(arg) : arg)
    .filter((arg) => arg instanceof Buffer);
}

/** Whether a value is an object that holds buffers by name. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !(value instanceof Buffer) &&
    Object.values(value).some((x) => x instanceof Buffer) && !Array.isArray(value);
}

/** All bytes of a buffer's storage. */
function kernelBytes(x: Buffer): Uint8Array {
  const { bytes } = x.storage;
  return look("test", new Buffer(x.storage, [bytes], [1], 0, "uint8", true)).slice() as Uint8Array;
}

Deno.test("a part of no elements may begin anywhere: it has no address", () => {
  scope(() => {
    const part = new Buffer(
      allocOn(cpu, [2, 0, 4]).storage,
      [2, 0, 1],
      [0, 4, 1],
      3,
      "float32",
      true,
    );
    const to = f(2, 1, 1);
    kernels.reduce("sum", part, to, 2, 0, 1);
    assert.deepEqual([look("test", part).length, ...look("test", to)], [0, 0, 0]);
  });
});

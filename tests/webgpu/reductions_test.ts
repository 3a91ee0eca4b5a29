/** Reductions and softmax on the GPU: of any shape, of special values, and with the same bits every time. */
import assert from "node:assert/strict";
import { functional, type Tensor, tensor, type TypedArray } from "../../mod.ts";
import { kernelsOf } from "../../src/device/buffer.ts";
import { mix, uniformArray } from "../prng.ts";
import { assertSame } from "./both.ts";
import { gpuTest } from "./running.ts";

type Reduction = (x: Tensor) => Tensor;

/** What a function gives on the CPU, and twice on the GPU. */
async function threeTimes(f: Reduction, x: Tensor): Promise<TypedArray[]> {
  const onGpu = x.to("webgpu");
  return await Promise.all([f(x), f(onGpu), f(onGpu)].map((y) => y.data() as Promise<TypedArray>));
}

/** Asserts that the GPU gives the same bits twice, and nearly the CPU's: `most` is of the largest. */
async function compare(what: string, f: Reduction, x: Tensor, most = 0): Promise<void> {
  const [cpu, gpu, again] = await threeTimes(f, x);
  assertSame(again!, gpu!, `${what} the second time`);
  if (most === 0) return assertSame(gpu!, cpu!, what);
  const largest = Math.max(...Array.from(cpu!.slice(0, 1e5), Math.abs));
  cpu!.forEach((value: number, i: number) => {
    const error = Math.abs(value - gpu![i]!);
    assert(error <= most * largest, `${what}, ${i}: ${gpu![i]}, on the CPU ${value}`);
  });
}

/** Rows and columns that one thread, some, a group, and several groups walk. */
const SHAPES: [shape: number[], dim: number][] = [
  [[1, 5], 1],
  [[9, 16], 1],
  [[9, 17], 1],
  [[300, 130], 1],
  [[3_000, 20], 1],
  [[5, 2049], 1],
  [[1, 200_003], 1],
  [[3, 40_000], 1],
  [[20_000, 2], 0],
  [[3_000, 40], 0],
  [[64, 300], 0],
  [[5, 300, 7], 1],
  [[2, 30_000, 3], 1],
  [[1, 3, 20_000], 1],
];

for (const [shape, dim] of SHAPES) {
  const n = shape.reduce((a, b) => a * b);
  // in halves: there are equal ones, of which the first is to be found
  const x = () =>
    tensor(Float32Array.from({ length: n }, (_, i) => mix(1, i) % 999 / 2 - 200), { shape });

  gpuTest(
    `[${shape}] is folded along dimension ${dim} as on the CPU, with the same bits every time`,
    async () => {
      await compare("sum", (x) => x.sum(dim), x(), 1e-6);
      await compare("amax", (x) => x.amax(dim), x());
      await compare("amin", (x) => x.amin(dim), x());
      await compare("argmax", (x) => x.argmax(dim), x());
      await compare("argmin", (x) => x.argmin(dim), x());
      const ints = x().mul(1e6).to("int32");
      await compare("sum of int32", (x) => x.sum(dim), ints);
      await compare("amax of int32", (x) => x.amax(dim), ints);
      await compare("argmin of int32", (x) => x.argmin(dim), ints);
    },
  );
}

gpuTest("NaN and infinities go through reductions, softmax and its logarithm", async () => {
  const rows = [
    [1, NaN, 3, NaN],
    [Infinity, 2, Infinity, 1],
    [-Infinity, 5, 7, -Infinity],
    [-Infinity, -Infinity, -Infinity, -Infinity],
    [0, -0, 0, -0],
    [1e30, 1e30, -1e30, 3],
  ];
  for (const columns of [4, 40, 4000]) { // a thread a row, some, a group
    const x = tensor(rows.map((row) => Array.from({ length: columns }, (_, i) => row[i % 4]!)));
    const folds: Record<string, Reduction> = {
      sum: (x) => x.sum(1),
      amax: (x) => x.amax(1),
      amin: (x) => x.amin(1),
      argmax: (x) => x.argmax(1),
      argmin: (x) => x.argmin(1),
    };
    for (const [name, f] of Object.entries(folds)) {
      const [cpu, gpu] = await threeTimes((x) => f(x.narrow(0, 0, 5)), x);
      assertSame(gpu!.map((v) => v + 0), cpu!.map((v) => v + 0), name);
    }
    const masked = (x: Tensor) => {
      const y = x.clone();
      kernelsOf(y).softmax("maskedSoftmax", x, y, rows.length, columns);
      return y;
    };
    for (const f of [functional.softmax, functional.logSoftmax, masked]) {
      const [cpu, gpu] = await threeTimes((x) => f(x, 1), x);
      cpu!.forEach((value: number, i: number) => {
        const same = Object.is(value, gpu![i]) || Math.abs(value - gpu![i]!) <= 1e-6;
        assert(same, `${f.name}, ${i}: ${gpu![i]}, on the CPU ${value}`);
      });
    }
  }
});

for (const shape of [[50, 10], [7, 300], [3, 50_000]]) {
  gpuTest(`softmax and losses of [${shape}] and their gradients are the CPU's`, async () => {
    const [rows, n] = shape as [number, number];
    const labels = tensor(Int32Array.from({ length: rows }, (_, i) => mix(2, i) % n));
    const grads = (loss: (x: Tensor) => Tensor) => (from: Tensor) => {
      const x = from.detach().clone();
      x.requiresGrad = true;
      const y = loss(x);
      y.backward(tensor(uniformArray(8, y.numel), { shape: y.shape, device: y.device }));
      return x.grad!;
    };
    const x = tensor(uniformArray(4, rows * n, 8), { shape });
    const at = (x: Tensor) => labels.to(x.device);
    const ops: Record<string, Reduction> = {
      softmax: (x) => functional.softmax(x, 1),
      logSoftmax: (x) => functional.logSoftmax(x, 1),
      crossEntropy: (x) => functional.crossEntropy(x, at(x), { reduction: "none" }),
      nllLoss: (x) => functional.nllLoss(x, at(x), { reduction: "none" }),
      mean: (x) => functional.crossEntropy(x, at(x)),
    };
    for (const [name, f] of Object.entries(ops)) {
      await compare(name, f, x, 1e-5);
      await compare(`gradient of ${name}`, grads(f), x, 1e-5);
    }
  });
}

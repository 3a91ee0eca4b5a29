/** Picking and sums by index on the GPU: bad data is blamed, dtypes are kept, bits are the CPU's. */
import assert from "node:assert/strict";
import {
  type DeviceName,
  functional,
  type Shape,
  slice,
  type Tensor,
  tensor,
  type TypedArray,
  zeros,
} from "../../mod.ts";
import { kernelsOf } from "../../src/device/buffer.ts";
import { ImageDataset } from "../../src/data/image_dataset.ts";
import { mix, uniformArray } from "../prng.ts";
import { assertNear, assertSame } from "./both.ts";
import { gpuTest } from "./running.ts";

/** k indices from 0 to n − 1, most of them several times. */
function indices(k: number, n: number, shape: Shape = [k]): Tensor {
  return tensor(Int32Array.from({ length: k }, (_, i) => mix(5, i) % n), { shape });
}

/** What a function gives on both devices. */
async function onBoth(
  f: (device: DeviceName) => Tensor,
): Promise<[cpu: TypedArray, gpu: TypedArray]> {
  const [cpu, gpu] = [f("cpu"), f("webgpu")];
  assert.equal(gpu.device, "webgpu");
  assert.equal(gpu.dtype, cpu.dtype);
  return [await cpu.data() as TypedArray, await gpu.data() as TypedArray];
}

/** What both devices throw: the CPU at once, the GPU at the next read, whatever is read. */
async function assertSameError(f: (device: DeviceName) => Tensor): Promise<void> {
  let message = "";
  assert.throws(() => f("cpu"), (error: Error) => (message = error.message) !== "");
  f("webgpu");
  const other = tensor([1], { device: "webgpu" });
  await assert.rejects(other.data(), { name: "RangeError", message });
  assert.deepEqual([...await other.data()], [1]); // and is well again
}

const LABELS: Record<string, number[]> = {
  "too large": [0, 1, 10, 3],
  "negative": [0, -1, 2, 3],
  "one of several": [3, 2_000_000_000, -77, 12],
  "the last": [3, 2, 1, -2_147_483_648],
};

for (const [what, labels] of Object.entries(LABELS)) {
  gpuTest(`a bad label (${what}) is blamed at the next read in the CPU's words`, async () => {
    for (const loss of [functional.crossEntropy, functional.nllLoss]) {
      await assertSameError((device) =>
        loss(
          tensor(uniformArray(1, 40), { shape: [4, 10], device }),
          tensor(Int32Array.from(labels), { device }),
        )
      );
    }
  });
}

gpuTest("lists of positions and of booleans pick as on the CPU, with gradients", async () => {
  const [cpu, gpu] = (["cpu", "webgpu"] as const).map((device) => {
    const x = tensor(uniformArray(1, 12), { shape: [3, 4], device, requiresGrad: true });
    const y = x.index([[0, 2, -1], [1, 1, -4]]).mul(2).sum().add(
      x.index([[true, false, true]]).index([slice(), [3]]).sum(),
    );
    y.backward();
    assert.throws(() => x.index([[3]]), RangeError);
    return [y, x.grad!];
  });
  const [expected, actual] = await Promise.all(
    [cpu!, gpu!].map((list) => Promise.all(list.map((x) => x.data()))),
  ) as Float32Array[][];
  assertNear("index", actual!, expected!, 1e-6);
});

gpuTest(
  "tensors of positions pick as on the CPU, with gradients, and what is outside is told late",
  async () => {
    const [cpu, gpu] = (["cpu", "webgpu"] as const).map((device) => {
      const x = tensor(uniformArray(1, 24), { shape: [2, 3, 4], device, requiresGrad: true });
      const at = (list: number[]) => tensor(list, { dtype: "int32", device });
      const y = x.index([at([1, 0, -1])]).mul(2).sum().add(
        x.index([at([0, -1]), slice(), at([3, -4])]).square().sum(),
      );
      y.backward();
      return [y, x.grad!];
    });
    const [expected, actual] = await Promise.all(
      [cpu!, gpu!].map((list) => Promise.all(list.map((x) => x.data()))),
    ) as Float32Array[][];
    assertNear("index", actual!, expected!, 1e-5);
    const [x, outside] = [zeros([2, 3], { device: "webgpu" }), tensor([0, 7]).to("webgpu")];
    for (const items of [[outside], [slice(), outside], [[0, 1], outside]]) {
      await assert.rejects(x.index(items).data(), /^RangeError: index: .* \(position 1\)$/);
    }
  },
);

gpuTest("of many bad labels the first is blamed", async () => {
  const n = 50_000;
  const labels = Int32Array.from({ length: n }, (_, i) => i < 777 ? i % 3 : 3 + i % 1000);
  const losses = functional.crossEntropy(
    tensor(uniformArray(1, 3 * n), { shape: [n, 3], device: "webgpu" }),
    tensor(labels, { device: "webgpu" }),
  );
  const message = "crossEntropy: labels must be from 0 to 2: the one in row 777 is 780";
  await assert.rejects(losses.data(), { name: "RangeError", message });
});

gpuTest("a bad index is blamed at the next read in the CPU's words", async () => {
  const x = (device: DeviceName) => tensor(uniformArray(1, 12), { shape: [4, 3], device });
  const at = (device: DeviceName, shape: Shape) =>
    tensor([1, 0, 4], { dtype: "int32", shape, device });
  await assertSameError((device) => x(device).indexSelect(0, at(device, [3])));
  await assertSameError((device) => x(device).gather(0, at(device, [1, 3])));
  await assertSameError((device) => functional.embedding(at(device, [3]), x(device)));
});

for (
  const dtype of [
    "bool",
    "uint8",
    "int8",
    "float16",
    "bfloat16",
    "int32",
    "float64",
    "int64",
  ] as const
) {
  gpuTest(`elements of ${dtype} are picked as they are`, async () => {
    const x = (device: DeviceName) =>
      tensor(uniformArray(1, 5 * 7 * 3), { shape: [5, 7, 3] }).mul(100).to(dtype).to(device);
    const pairs = await Promise.all([
      onBoth((device) => x(device).indexSelect(1, indices(11, 7).to(device))),
      onBoth((device) => x(device).gather(1, indices(5 * 9 * 3, 7, [5, 9, 3]).to(device))),
    ]);
    for (const [cpu, gpu] of pairs) assertSame(gpu, cpu);
  });
}

gpuTest("batches of images are the CPU's, wherever in memory the images begin", async () => {
  const bytes = Uint8Array.from({ length: 50 * 21 }, (_, i) => mix(3, i));
  const batch = (device: DeviceName) => {
    const images = tensor(bytes, { shape: [50, 21], device });
    const all = new ImageDataset(images, tensor(bytes.subarray(0, 50), { device }));
    return all.slice(3, 50).batch(Int32Array.of(0, 46, 5, 5, 13));
  };
  const [[x, y], [onGpu, labels]] = [batch("cpu"), batch("webgpu")];
  assert.deepEqual(await labels.data(), await y.data());
  const [cpu, gpu] = [await x.data(), await onGpu.data()] as Float32Array[];
  cpu!.forEach((value, i) =>
    assert(Math.abs(value - gpu![i]!) < 1e-7, `${i}: ${gpu![i]}, ${value}`)
  );
});

gpuTest("bad indices add nothing, neither inside nor outside of what is added to", async () => {
  const all = zeros([9, 2], { device: "webgpu" });
  const sums = all.narrow(0, 3, 3);
  const x = tensor(uniformArray(1, 10), { shape: [5, 2], device: "webgpu" });
  const at = tensor([3, -1, 1, 5, -3], { dtype: "int32", device: "webgpu" });
  kernelsOf(sums).indexAdd(x, at, sums, [1, 3, 5, 2]);
  const elements = at.reshape([5, 1]).mul(tensor([1, 1], { dtype: "int32", device: "webgpu" }));
  kernelsOf(sums).scatterAdd(x, elements.contiguous(), sums, [1, 3, 5, 2]);
  const expected = new Float32Array(18);
  for (const i of [0, 1]) expected[8 + i] = 2 * uniformArray(1, 10)[4 + i]!;
  assertSame(await all.data() as Float32Array, expected);
});

/** [outer, n, inner], and k places that come to them: none, chained, chained in two parts. */
for (const [outer, n, k, inner] of [[3, 50, 1, 2], [2, 7, 300, 5], [1, 40, 5000, 1]] as const) {
  gpuTest(
    `${k} elements that come to [${[outer, n, inner]}] are put there in their order`,
    async () => {
      const shape = [outer, k, inner];
      for (const dtype of ["float32", "int32", "bool", "uint8"] as const) {
        const run = (name: "set" | "add" | "mul" | "amax" | "amin") =>
          onBoth((device) => {
            const of = (seed: number, sizes: Shape) =>
              tensor(uniformArray(seed, sizes.reduce((a, b) => a * b)), { shape: sizes })
                .mul(100).to(dtype).to(device);
            const [x, source] = [of(1, [outer, n, inner]), of(2, shape)];
            const at = indices(outer * k * inner, n, shape).to(device);
            if (name === "set") return functional.scatter(x, 1, at, source);
            if (name === "add") return functional.scatterAdd(x, 1, at, source);
            return functional.scatterReduce(x, 1, at, source, name === "mul" ? "prod" : name);
          });
        const isComputed = dtype === "float32" || dtype === "int32";
        for (
          const name of isComputed
            ? ["set", "add", "mul", "amax", "amin"] as const
            : ["set"] as const
        ) {
          const [cpu, gpu] = await run(name);
          assertSame(gpu, cpu, `${name} of ${dtype}`);
        }
      }
    },
  );
}

gpuTest("elements that are stored only are put as they are, of 2 bytes and of 8", async () => {
  for (const dtype of ["float16", "int64", "int8"] as const) {
    const [cpu, gpu] = await onBoth((device) => {
      const of = (seed: number, n: number) =>
        tensor(uniformArray(seed, n)).mul(100).to(dtype).to(device);
      const out = of(1, 33).clone();
      const dims = [1, 11, 7, 3] as const;
      const blame = () => new Error();
      kernelsOf(out).scatter("set", of(2, 21), indices(21, 11).to(device), out, dims, blame);
      return out;
    });
    assertSame(gpu, cpu, dtype);
  }
});

gpuTest("labels, chances and places that are wrong are told by the next read", async () => {
  const [labels, chances] = [tensor([0, 3, 1]).to("webgpu"), tensor([0.5, 1.5]).to("webgpu")];
  const there = [...await functional.oneHot(labels, 4).data()];
  assert.deepEqual(there, [1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0]);
  await assert.rejects(functional.oneHot(labels, 3).data(), /^RangeError: oneHot: .*position 1\)$/);
  await assert.rejects(
    functional.bernoulli(chances).data(),
    /^RangeError: bernoulli: .*position 1\)$/,
  );
  await assert.rejects(
    functional.take(chances, labels).data(),
    /^RangeError: take: .*position 1\)$/,
  );
  const x = zeros([2, 2], { device: "webgpu" });
  const at = tensor([[0, 1], [1, 2]]).to("webgpu");
  await assert.rejects(
    functional.scatter(x, 0, at, 1).data(),
    /^RangeError: scatter: .*position 3\)$/,
  );
});

gpuTest(
  "what need not be seen to be chosen is chosen there: masks, shares, and one place",
  async () => {
    const [cpu, gpu] = await onBoth((device) => {
      const x = tensor(uniformArray(1, 30), { shape: [5, 6], device }).indexPut_([0, 0], NaN);
      const rows = tensor([true, false, false, true, true], { device });
      x.indexPut_([rows], 7).indexPut_([x.gt(0.5)], tensor([2], { device }), { accumulate: true });
      const row = x.index([tensor(-2, { dtype: "int32", device })]);
      const filled = x.maskedScatter(x.lt(0), x.flatten());
      const none = x.maskedScatter(x.gt(100), zeros([0], { device }));
      const shares = tensor([0.25, 1], { device });
      return functional.cat([x, row, filled, none, x.quantile(shares, 1)].map((y) => y.flatten()));
    });
    assertSame(gpu, cpu);
    const x = zeros([3], { device: "webgpu" });
    const few = functional.maskedScatter(x, x.eq(0), zeros([2], { device: "webgpu" }));
    await assert.rejects(few.data(), /^ShapeError: maskedScatter: .*: there are 2 for more$/);
    const none = functional.maskedScatter(x, x.eq(0), zeros([0], { device: "webgpu" }));
    await assert.rejects(none.data(), /^ShapeError: maskedScatter: .*: there are 0 for more$/);
  },
);

/** Gradients by index: [outer, n, inner], and k places; more than 4096 are chained in two parts. */
const SUMS = [[1, 10, 4, 3], [2, 3, 5000, 2], [2, 7, 300, 5], [1, 3, 9000, 2], [3, 50, 1, 1], [
  1,
  5000,
  4097,
  1,
]] as const;

for (const [outer, n, k, inner] of SUMS) {
  const shape = [outer, n, inner];
  const grad = (device: DeviceName, pick: (x: Tensor) => Tensor): Tensor => {
    const x = tensor(uniformArray(1, outer * n * inner), { shape, device, requiresGrad: true });
    const y = pick(x);
    y.backward(tensor(uniformArray(2, y.numel), { shape: y.shape, device }));
    return x.grad!;
  };

  gpuTest(`sums of ${k} by index into [${shape}] have the CPU's bits, every time`, async () => {
    for (let time = 0; time < 2; time++) {
      const [cpu, gpu] = await onBoth((device) =>
        grad(device, (x) => x.indexSelect(1, indices(k, n).to(device)))
      );
      assertSame(gpu, cpu);
    }
  });

  gpuTest(`sums of ${k} by element into [${shape}] have the CPU's bits, every time`, async () => {
    for (let time = 0; time < 2; time++) {
      const [cpu, gpu] = await onBoth((device) =>
        grad(
          device,
          (x) => x.gather(1, indices(outer * k * inner, n, [outer, k, inner]).to(device)),
        )
      );
      assertSame(gpu, cpu);
    }
  });
}

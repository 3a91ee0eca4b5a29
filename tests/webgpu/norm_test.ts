/** Normalisation on the GPU. */
import assert from "node:assert/strict";
import { BatchNorm1d } from "../../src/nn/norm.ts";
import { batchNorm, layerNorm } from "../../src/ops/mod.ts";
import { tensor } from "../../src/tensor/create.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { uniformArray, unit } from "../prng.ts";
import { assertLikeCpu, assertNear } from "./both.ts";
import { gpuTest } from "./running.ts";

/** Numbers whose mean is far larger than their deviation. */
function far(n: number): number[] {
  return Array.from({ length: n }, (_, i) => 100 + unit(7, i));
}

/** Images in the layout of a convolution's results. */
function channelsLast(x: Tensor): Tensor {
  return x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
}

gpuTest("batchNorm of one block, of several and of many is that of the CPU", async () => {
  for (const shape of [[7, 5], [300, 3], [9, 40, 6, 7], [5, 70, 31, 29], [40, 1, 30, 30]]) {
    const c = [shape[1]!];
    const given = [{ shape, of: 1 }, { shape: c, of: 2 }, { shape: c, of: 3 }];
    const norm = (x: Tensor, weight: Tensor, bias: Tensor) =>
      batchNorm(x, null, null, { weight, bias, training: true });
    await assertLikeCpu(`batchNorm ${shape}`, given, norm, 2e-5);
    if (shape.length < 4) continue;
    const last = (x: Tensor, weight: Tensor, bias: Tensor) => norm(channelsLast(x), weight, bias);
    await assertLikeCpu(`batchNorm ${shape}, channels last`, given, last, 2e-5);
  }
});

gpuTest("layerNorm of short rows, of long ones and of many is that of the CPU", async () => {
  for (const shape of [[3, 7], [700, 10], [5, 33], [13, 300], [2, 5000], [3000, 65]]) {
    const n = shape[1]!;
    const given = [{ shape, of: 1 }, { shape: [n], of: 2 }, { shape: [n], of: 3 }];
    await assertLikeCpu(
      `layerNorm ${shape}`,
      given,
      (x, weight, bias) => layerNorm(x, n, { weight, bias }),
      2e-5,
    );
  }
});

gpuTest("variances keep their digits where the mean is far larger", async () => {
  const given = [{ shape: [64, 3, 9, 9], of: far(64 * 3 * 81) }];
  const batch = (x: Tensor) => batchNorm(x, null, null, { training: true });
  await assertLikeCpu("batchNorm", given, batch, 2e-4);
  const rows = [{ shape: [64, 243], of: far(64 * 243) }];
  await assertLikeCpu("layerNorm", rows, (x) => layerNorm(x, 243), 2e-4);
});

gpuTest(
  "running moments that are means of all batches go on from a state as on the CPU",
  async () => {
    const moments = async (device: "cpu" | "webgpu") => {
      const [first, second] = [0, 1].map(() => new BatchNorm1d(3, { momentum: null }).to(device));
      const batch = (seed: number) => tensor(uniformArray(seed, 12), { shape: [4, 3], device });
      for (const seed of [1, 2]) first!.forward(batch(seed));
      second!.loadStateDict(first!.stateDict());
      second!.forward(batch(3));
      const kept = [second!.runningMean!, second!.runningVar!, second!.numBatchesTracked!];
      return await Promise.all(kept.map(async (x) => Float32Array.from(await x.data(), Number)));
    };
    assertNear("moments", await moments("webgpu"), await moments("cpu"), 1e-5);
  },
);

/** The losses of 20 steps that fit normalised rows to others; the host computes loss and update. */
async function losses(device: "cpu" | "webgpu"): Promise<number[]> {
  const n = 48 * 6;
  const target = uniformArray(9, n);
  const shapes = [[48, 6], [6], [6], [6], [6]];
  let values = shapes.map((shape, i) => uniformArray(i + 1, shape[0]! * (shape[1] ?? 1)));
  const losses: number[] = [];
  for (let step = 0; step < 20; step++) {
    const parameters = values.map((list, i) =>
      tensor(list, { shape: shapes[i]!, device, requiresGrad: true })
    );
    const [x, weight, bias, weight2, bias2] = parameters as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const z = batchNorm(x, null, null, { weight, bias, training: true });
    const y = layerNorm(z, 6, { weight: weight2, bias: bias2 });
    const error = (await y.data() as Float32Array).map((value, i) => value - target[i]!);
    losses.push(error.reduce((sum, e) => sum + e * e, 0) / n);
    y.backward(tensor(error.map((e) => 2 * e / n), { shape: [48, 6], device }));
    const gradients = await Promise.all(parameters.map((p) => p.grad!.data())) as Float32Array[];
    values = values.map((list, i) => list.map((value, j) => value - 0.5 * gradients[i]![j]!));
  }
  return losses;
}

gpuTest("training through both normalisations follows the CPU for 20 steps", async () => {
  const [cpu, gpu] = [await losses("cpu"), await losses("webgpu")];
  assert(cpu.at(-1)! < 0.8 * cpu[0]!, `nothing was learnt: ${cpu}`);
  cpu.forEach((loss, i) =>
    assert(Math.abs(gpu[i]! - loss) <= 1e-5 * loss, `step ${i}: ${gpu[i]}, ${loss}`)
  );
});

/** Attention on the GPU. */
import assert from "node:assert/strict";
import { attend, functional as F, manualSeed, memory, type Tensor, tensor } from "../../mod.ts";
import type { AttentionOptions } from "../../src/ops/attention.ts";
import { uniformArray } from "../prng.ts";
import { opened } from "../../src/webgpu/device.ts";
import { assertLikeCpu, valuesOn } from "./both.ts";
import { gpuTest } from "./running.ts";

/** Lengths l and s, and what is told, of two heads of two samples. */
type Case = [l: number, s: number, how: (device: "cpu" | "webgpu") => AttentionOptions];

const hides = Float32Array.from(uniformArray(8, 33 * 70), (v, i) => i < 70 || v < 0.3 ? 0 : 1);

const cases: Record<string, Case> = {
  "less than a tile": [3, 5, () => ({})],
  "several tiles": [33, 70, () => ({ scale: 0.7 })],
  "causal": [70, 70, () => ({ isCausal: true })],
  "causal, more queries than keys": [70, 33, () => ({ isCausal: true })],
  "causal, more keys than queries": [33, 70, () => ({ isCausal: true })],
  "lengths": [4, 70, () => ({ keyLengths: [0, 33] })],
  "dropout": [33, 70, () => ({ dropout: 0.3, isCausal: true })],
  "a mask of bool that hides all of a row": [33, 70, (device) => ({
    attnMask: tensor(hides, { shape: [33, 70], device }).gt(0),
  })],
  "a mask of floats, -Infinity among them": [33, 70, (device) => ({
    attnMask: tensor(hides.map((v, i) => v === 0 ? -Infinity : i / 1000), {
      shape: [33, 70],
      device,
    }),
  })],
};

const D = 36, E = 5; // more than a block of numbers, and less

for (const [name, [l, s, how]] of Object.entries(cases)) {
  gpuTest(`attention, ${name}: the CPU's results and gradients`, async () => {
    const given = [[2, 2, l, D], [2, 1, s, D], [2, s, E]].map((shape, i) => ({ shape, of: i }));
    const op = (q: Tensor, k: Tensor, v: Tensor) => {
      manualSeed(3);
      return attend(q, k, v, how(q.device as "cpu" | "webgpu"));
    };
    await assertLikeCpu(name, given, op as (...inputs: Tensor[]) => Tensor, 1e-5);
  });
}

gpuTest(
  "attention with more columns than a group makes: the CPU's results and gradients",
  async () => {
    const given = [[2, 70, 68], [2, 40, 68], [2, 40, 132]].map((shape, i) => ({ shape, of: i }));
    const op = (q: Tensor, k: Tensor, v: Tensor) => {
      manualSeed(3);
      return attend(q, k, v, { isCausal: true, dropout: 0.2 });
    };
    await assertLikeCpu("columns", given, op as (...inputs: Tensor[]) => Tensor, 1e-5);
  },
);

gpuTest("attention of heads side by side: the CPU's results and gradients", async () => {
  const given = [{ shape: [2, 35, 3 * 24], of: 4 }];
  await assertLikeCpu("heads", given, (x) => F.selfAttention(x!, 3, { isCausal: true }), 1e-5);
});

gpuTest("attention never has room for all scores", async () => {
  const l = 512; // 1 MiB of scores
  const x = tensor(uniformArray(1, l * 4), { shape: [l, 4], device: "webgpu", requiresGrad: true });
  const before = memory().peakBytes;
  attend(x, x, x).sum().backward();
  await x.grad!.data();
  assert.ok(memory().peakBytes - before < l * l * 4 / 2, `${memory().peakBytes - before} bytes`);
});

gpuTest("attention goes through as many keys as it can, and refuses more by its name", async () => {
  const [d, most] = [64, 8736]; // what llvmpipe lets a thread turn
  const given = (s: number) => [[1, d], [s, d], [s, d]].map((shape, i) => ({ shape, of: i + 1 }));
  const op = attend as (...inputs: Tensor[]) => Tensor;
  await assertLikeCpu("as many keys", given(most), op, 1e-5);
  if (opened!.turns === Infinity) {
    return await assertLikeCpu("more keys", given(most + 1), op, 1e-5);
  }
  const error = {
    name: "DeviceError",
    message:
      `attend: "${opened!.info.description}" goes through at most ${most} keys or queries of ` +
      `${d} numbers: they are ${most + 1}: compute it on the CPU`,
  };
  await assert.rejects(valuesOn("webgpu", given(most + 1), op), error);
  await assert.rejects(
    valuesOn("webgpu", [[most + 1, d], [1, d], [1, d]].map((shape, i) => ({ shape, of: i })), op),
    error,
  );
});

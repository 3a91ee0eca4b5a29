/** Random numbers on the GPU: the CPU's. */
import assert from "node:assert/strict";
import { functional, manualSeed, nn, rand, randn, type Tensor, tensor, zeros } from "../../mod.ts";
import { uniformArray } from "../prng.ts";
import { generator } from "../../src/core/random.ts";
import { assertSame } from "./both.ts";
import { gpuTest } from "./running.ts";

/** What a function draws from a seed, on both devices; the lengths end inside blocks of four. */
async function onBoth(draw: (device: "cpu" | "webgpu") => Tensor): Promise<Float32Array[]> {
  const seed = 7;
  const values = (["cpu", "webgpu"] as const).map((device) => {
    manualSeed(seed);
    return draw(device).data() as Promise<Float32Array>;
  });
  return await Promise.all(values);
}

for (const n of [1, 3, 4, 1023, 100_002]) {
  gpuTest(`${n} uniform numbers have the CPU's bits`, async () => {
    const [cpu, gpu] = await onBoth((device) => rand([n], { device }));
    assertSame(gpu!, cpu!);
  });
}

gpuTest("a late stream of a large seed has the CPU's bits", async () => {
  const [cpu, gpu] = await onBoth((device) => {
    generator().state = { seed: 2 ** 53 - 2, stream: 2 ** 40 + 3 };
    return rand([1000], { device });
  });
  assertSame(gpu!, cpu!);
});

gpuTest("uniform numbers between any bounds have the CPU's bits", async () => {
  for (const [low, high] of [[-3, 0.7], [1e-3, 1.1e-3], [-1e6, 1e-2], [5, 5]] as const) {
    const [cpu, gpu] = await onBoth((device) =>
      nn.init.uniform_(zeros([5001], { device }), low, high)
    );
    assertSame(gpu!, cpu!, `from ${low} to ${high}`);
  }
});

gpuTest("normal numbers are the CPU's to a few units in the last place", async () => {
  const [cpu, gpu] = await onBoth((device) => randn([100_002], { device }));
  const worst = Math.max(...cpu!.map((z, i) => Math.abs(z - gpu![i]!)));
  assert(worst < 2e-6, `they differ by ${worst}`);
});

gpuTest("multinomial draws what it does on the CPU, and tells late of bad weights", async () => {
  const draw = (n: number, k: number, replacement: boolean) =>
    onBoth((device) => {
      const weights = tensor(uniformArray(5, 8 * n), { shape: [8, n], device });
      return functional.multinomial(weights.clamp({ min: 0 }), k, replacement);
    });
  for (const [n, k, replacement] of [[40, 5, false], [40, 100, true], [3000, 20, true]] as const) {
    const [cpu, gpu] = await draw(n, k, replacement);
    assertSame(gpu!, cpu!, `${k} of ${n}`);
  }
  const of = (...weights: number[]) => tensor(weights, { device: "webgpu" });
  await assert.rejects(
    functional.multinomial(of(1, -1, 2), 1).data(),
    /^RangeError: multinomial: weights must be finite and at least 0: one is not \(position 1\)$/,
  );
  await assert.rejects(
    functional.multinomial(of(1, 0, 2), 3).data(),
    /^RangeError: multinomial: as many weights .*, 3: row 0 has fewer$/,
  );
});

for (const p of [0.1, 0.5, 1 / 3]) {
  gpuTest(
    `dropout of ${p.toFixed(2)} keeps what it keeps on the CPU, in both directions`,
    async () => {
      const values = uniformArray(3, 10_007);
      const run = (device: "cpu" | "webgpu") => {
        manualSeed(9);
        const x = tensor(values, { device, requiresGrad: true });
        const y = functional.dropout(x, p);
        y.sum().backward();
        return Promise.all([y.data(), x.grad!.data()]) as Promise<Float32Array[]>;
      };
      const [cpu, gpu] = await Promise.all([run("cpu"), run("webgpu")]);
      gpu.forEach((elements, i) => assertSame(elements, cpu[i]!, i === 0 ? "y" : "dx"));
    },
  );
}

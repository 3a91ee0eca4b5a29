/** Random numbers on the GPU: the CPU's. */
import assert from "node:assert/strict";
import {
  distributions,
  functional,
  manualSeed,
  nn,
  rand,
  randn,
  type Tensor,
  tensor,
  zeros,
} from "../../mod.ts";
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

gpuTest("counts of Poisson are the CPU's, but where rounding decides", async () => {
  for (const rate of [0, 0.3, 9.99, 10, 40, 3000]) {
    const [cpu, gpu] = await onBoth((device) => {
      return functional.poisson(tensor(new Float32Array(5000).fill(rate), { device }));
    });
    const others = cpu!.filter((count, i) => count !== gpu![i]).length;
    assert.ok(others <= 5, `${others} of 5000 counts at the rate ${rate} are others`);
  }
  for (const rate of [-0.5, NaN, Infinity]) {
    const bad = functional.poisson(tensor([1, rate], { device: "webgpu" }));
    await assert.rejects(
      bad.data(),
      new RegExp(`^RangeError: poisson: rates .* the one at position 1 is ${rate}$`),
    );
  }
});

const { Beta, Dirichlet, Gamma, Poisson, StudentT } = distributions;

gpuTest("samples of Gamma and its kin, and how they move, are the CPU's", async () => {
  const n = 2000;
  const kin: Record<string, (a: Tensor, b: Tensor) => distributions.Distribution> = {
    Gamma: (a) => new Gamma(a, 2),
    Dirichlet: (a) => new Dirichlet(a.reshape(-1, 4)),
    StudentT: (a) => new StudentT(a),
    Beta: (a, b) => new Beta(a, b),
    Poisson: (a) => new Poisson(a),
  };
  for (const [name, of] of Object.entries(kin)) {
    for (const shape of [0.05, 0.8, 1, 6, 300, 20_000]) {
      if (name === "StudentT" && shape < 1) continue; // beyond float32
      const slopes: Promise<Float32Array>[][] = [];
      const both = await onBoth((device) => {
        const [a, b] = [shape, 2 * shape].map((value) => {
          return tensor(new Float32Array(n).fill(value), { device, requiresGrad: true });
        }) as [Tensor, Tensor];
        if (name === "Poisson") return of(a, b).sample();
        const x = of(a, b).rsample();
        x.mul(tensor(uniformArray(9, n), { shape: [...x.shape], device })).sum().backward();
        slopes.push([a, b].filter(({ grad }) => grad !== null).map(({ grad }) => grad!.data()));
        return x.detach();
      });
      const [ofCpu = [], ofGpu = []] = await Promise.all(slopes.map((list) => Promise.all(list)));
      assert.equal(ofCpu.length, ofGpu.length);
      for (const [cpu, gpu] of [both, ...ofCpu.map((slope, i) => [slope, ofGpu[i]])]) {
        const most = cpu!.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-3);
        const far = cpu!.filter((x, i) =>
          !(Math.abs(x - gpu![i]!) <= 2e-3 * Math.abs(x) + 1e-5 * most)
        );
        assert.ok(far.length <= 12, `${name} of ${shape}: ${far.length} of ${n} are others`);
      }
    }
  }
});

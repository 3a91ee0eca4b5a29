/** The table of modules on the GPU, against PyTorch. */
import assert from "node:assert/strict";
import { manualSeed, nn, noGrad, type Tensor, tensor } from "../../mod.ts";
import { modules } from "../nn/modules.ts";
import { nameOf, pairsOf, tolerances } from "../nn/run_module.ts";
import { compareElements } from "../packed.ts";
import { uniformArray } from "../prng.ts";
import { gpuTest, variable } from "./running.ts";

/** Only rows whose name has this in it: `GLIM_ROWS=LSTM deno test …`. */
const only = variable("GLIM_ROWS");

gpuTest("every module has PyTorch's results and gradients on the GPU", async () => {
  const failures: string[] = [];
  const checks = modules.filter((row) => nameOf(row).includes(only)).map(async (row) => {
    try {
      await Promise.all(
        pairsOf(row, "webgpu").map(async ([what, actual, expected]) => {
          const values = await actual.data<Float32Array>();
          assert.equal(actual.device, "webgpu", what);
          compareElements(what, actual, values, expected, tolerances);
        }),
      );
    } catch (error) {
      failures.push(`${nameOf(row)}\n    ${error}`);
    }
  });
  await Promise.all(checks);
  assert.equal(failures.join("\n"), "");
});

gpuTest(
  "an orthogonal weight is the CPU's however large what is learnt is, up to a limit",
  async () => {
    const weightOf = (device: "cpu" | "webgpu", scale: number): Tensor => {
      manualSeed(2);
      const layer = nn.utils.orthogonal(new nn.Linear(4, 4));
      const [original] = [...layer.parameters()].filter(({ ndim }) => ndim === 2);
      noGrad(() => original!.copy_(tensor(uniformArray(3, 16), { shape: [4, 4] }).mul(scale)));
      layer.to(device);
      return layer.weight;
    };
    for (const scale of [0, 1e-3, 1, 7, 100]) {
      const [cpu, gpu] = [weightOf("cpu", scale), weightOf("webgpu", scale)];
      const [expected, actual] = [await cpu.data(), await gpu.data()];
      expected.forEach((value, i) => {
        assert.ok(
          Math.abs(actual[i]! - value) <= 1e-5 * (1 + scale),
          `${scale}: ${actual}, ${expected}`,
        );
      });
    }
    await assert.rejects(
      weightOf("webgpu", 1e6).data(),
      /^RangeError: orthogonal: on "webgpu" .* sums below 2048: .*"householder"/,
    );
  },
);

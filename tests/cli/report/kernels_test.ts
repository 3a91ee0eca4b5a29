import assert from "node:assert/strict";
import { nn, noGrad, tensor } from "../../../mod.ts";
import { firstKernels } from "../../../cli/report/answers.ts";

Deno.test("kernels are grey pictures, each on a scale of its own", async () => {
  const first = new nn.Conv2d(1, 2, [1, 3], { bias: false });
  noGrad(() => first.weight.copy_(tensor([[[[1, 0, -0.5]]], [[[0, 0, 0]]]])));
  const model = new nn.Sequential(first, new nn.ReLU(), new nn.Conv2d(2, 4, 3));
  assert.deepEqual(await firstKernels(model), [
    { pixels: Uint8Array.of(255, 128, 64), rows: 1, columns: 3 },
    { pixels: Uint8Array.of(128, 128, 128), rows: 1, columns: 3 },
  ]);
});

Deno.test("a network whose first convolution sees no grey image has no pictures", async () => {
  assert.deepEqual(await firstKernels(new nn.Linear(4, 2)), []);
  assert.deepEqual(await firstKernels(new nn.Conv2d(3, 2, 3)), []);
});

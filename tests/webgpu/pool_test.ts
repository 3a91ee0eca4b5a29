/** Pooling on the GPU. */
import { adaptiveAvgPool2d, avgPool2d, maxPool2d } from "../../src/ops/mod.ts";
import { mix, unit } from "../prng.ts";
import { assertLikeCpu } from "./both.ts";
import { gpuTest } from "./running.ts";

/** Numbers of which many are equal and some are NaN. */
function withTies(n: number): number[] {
  return Array.from({ length: n }, (_, i) => mix(5, i) % 11 === 0 ? NaN : mix(6, i) % 4 - 2);
}

gpuTest(
  "maximum pooling picks the same elements as the CPU, of equal ones and of NaN",
  async () => {
    for (
      const [shape, kernel, options] of [
        [[2, 3, 9, 14], 2, {}],
        [[2, 3, 9, 14], 3, { stride: 2, padding: 1 }],
        [[1, 5, 8, 11], [3, 2], { stride: [1, 2], padding: [1, 0], dilation: [2, 3] }],
        [[3, 4, 10, 7], 3, { stride: 1, padding: 1, dilation: 3, ceilMode: true }],
      ] as const
    ) {
      const n = (shape as readonly number[]).reduce((a, b) => a * b, 1);
      const what = `maxPool2d ${shape} ${kernel} ${JSON.stringify(options)}`;
      await assertLikeCpu(
        what,
        [{ shape, of: withTies(n) }],
        (x) => maxPool2d(x, kernel, options),
        0,
      );
    }
  },
);

gpuTest("pooling of more windows than a kernel can be told is that of the CPU", async () => {
  const given = [{ shape: [1, 2, 3, 701], of: 1 }];
  await assertLikeCpu("max", given, (x) => maxPool2d(x, [2, 3], { stride: [1, 2] }), 0);
  await assertLikeCpu("mean", given, (x) => avgPool2d(x, [2, 3], { stride: 1 }), 1e-6);
  await assertLikeCpu("adaptive mean", given, (x) => adaptiveAvgPool2d(x, [2, 260]), 1e-6);
});

gpuTest("means of large windows are those of the CPU", async () => {
  const n = 2 * 3 * 40 * 50;
  const of = Array.from({ length: n }, (_, i) => 1 + unit(3, i));
  await assertLikeCpu("all", [{ shape: [2, 3, 40, 50], of }], (x) => adaptiveAvgPool2d(x, 1), 2e-6);
});

/** Products by tiles, whatever the GPU would choose. */
import assert from "node:assert/strict";
import { conv2d, linear, matmul } from "../../src/ops/mod.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { tensor } from "../../src/tensor/create.ts";
import { type Tile, TILES } from "../../src/webgpu/tiled.ts";
import { type Plan, planOf } from "../../src/webgpu/tiles.ts";
import { uniformArray } from "../prng.ts";
import { assertLikeCpu, assertNear } from "./both.ts";
import { planned, SMALL_TILES } from "./planned.ts";
import { gpuTest, variable } from "./running.ts";

/** Rows and columns exchanged in memory, so that operands are loaded another way. */
function turned(x: Tensor): Tensor {
  return x.transpose(-2, -1).contiguous().transpose(-2, -1);
}

/** Checks a·b and a·b + bias, from operands in one layout, for each plan. */
async function check(
  plans: readonly Plan[],
  [m, k, n]: readonly [number, number, number],
  layout: (x: Tensor) => Tensor,
): Promise<void> {
  const of = (device: "cpu" | "webgpu", seed: number, ...shape: number[]) => {
    const numel = shape.reduce((a, b) => a * b, 1);
    return layout(tensor(uniformArray(seed, numel), { shape, device }));
  };
  const valuesOn = (device: "cpu" | "webgpu") => {
    const [a, b] = [of(device, 1, 2, m, k), of(device, 2, 2, k, n)];
    const bias = tensor(uniformArray(3, n), { device });
    const layer = linear(a.select(0, 0), b.select(0, 1).transpose(0, 1), bias);
    return Promise.all([matmul(a, b).data(), layer.data()]) as Promise<
      Float32Array[]
    >;
  };
  const expected = await valuesOn("cpu");
  for (const plan of plans) {
    await planned(plan, async () => {
      const { tile, parts } = plan;
      const what = `${m} × ${k} × ${n}, tiles ${tile?.rows} × ${tile?.cols}, ${parts} parts`;
      const actual = await valuesOn("webgpu");
      assertNear(what, actual, expected, 1e-5);
      assert.deepEqual(
        await valuesOn("webgpu"),
        actual,
        `${what}: another run, other bits`,
      );
    });
  }
}

// Each pair of layouts is a kernel of its own, which a software GPU compiles for a second: here a few
// of them, with lengths that fours divide and others. GLIM_TILES=1: all, by the tiles of real GPUs.
gpuTest(
  "tiles multiply matrices of every layout, k whole and in parts",
  async () => {
    const same = (x: Tensor) => x;
    const both = (tile: Tile | null) => [1, 3].map((parts) => ({ tile, parts }));
    await check([{ tile: null, parts: 1 }, { tile: null, parts: 11 }], [
      31,
      37,
      29,
    ], same);
    await check(both(SMALL_TILES[0]!), [68, 40, 36], same);
    await check([{ tile: SMALL_TILES[0]!, parts: 2 }], [36, 68, 24], turned);
    await check([{ tile: SMALL_TILES[1]!, parts: 2 }], [67, 37, 35], same);
    if (variable("GLIM_TILES") === "") return;
    for (const tile of TILES) {
      for (const sizes of [[136, 72, 132], [131, 37, 141]] as const) {
        for (const layout of [same, turned]) {
          await check(
            both(tile),
            sizes,
            layout,
          );
        }
      }
    }
  },
);

gpuTest("a product of a long k is whole, and that of a convolution's weight", async () => {
  const product = (a: Tensor, b: Tensor) => matmul(a, b);
  const [k, n] = [70_001, 66_000];
  await assertLikeCpu("a·b", [{ shape: [2, k], of: 1 }, { shape: [k, 3], of: 2 }], product, 1e-4);
  const images = [{ shape: [1, 1, 1, n], of: 3 }, { shape: [1, 1, 1, 2], of: 4 }];
  await assertLikeCpu("conv2d", images, (x, w) => conv2d(x, w), 1e-4);
});

gpuTest(
  "a plan fills a GPU: large products by large tiles, few rows and a long k in parts",
  () => {
    const tileOf = (m: number, n: number, k: number) => planOf(m, n, k, 1).tile;
    assert.equal(tileOf(4096, 4096, 4096)?.rows, 128);
    assert.equal(tileOf(4096, 4096, 4096)?.cols, 128);
    assert.equal(planOf(2048, 2048, 2048, 1).parts, 1);
    assert(planOf(64, 128, 9216, 1).parts >= 16, "few rows");
    assert(planOf(288, 64, 36864, 1).parts >= 16, "a weight's gradient");
    assert(
      TILES.every(({ rows, cols, depth, eachRows, eachCols }) =>
        (rows + cols) * depth / 16 <= rows / eachRows * (cols / eachCols)
      ),
      "a thread loads one block of a strip",
    );
    return Promise.resolve();
  },
);

/** Convolution on the GPU. */
import { conv2d } from "../../src/ops/mod.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { type Tile, TILES } from "../../src/webgpu/tiled.ts";
import { assertLikeCpu, type Given } from "./both.ts";
import { planned, SMALL_TILES } from "./planned.ts";
import { gpuTest, variable } from "./running.ts";

type Sizes = readonly [
  n: number,
  c: number,
  h: number,
  w: number,
  o: number,
  kernel: readonly [number, number],
];
type Options = NonNullable<Parameters<typeof conv2d>[3]>;

/** Checks value and gradients, with k in some parts. */
async function check(
  tile: Tile | null,
  parts: number,
  [n, c, h, w, o, kernel]: Sizes,
  options: Options = {},
): Promise<void> {
  const given: Given[] = [
    { shape: [n, c, h, w], of: 1 },
    { shape: [o, c / (options.groups ?? 1), ...kernel], of: 2 },
    { shape: [o], of: 3 },
  ];
  const what = `${[n, c, h, w, o, kernel]} ${JSON.stringify(options)} ${tile?.rows} ${parts}`;
  const conv = (x: Tensor, w: Tensor, b: Tensor) => conv2d(x, w, b, options);
  await planned({ tile, parts }, () => assertLikeCpu(what, given, conv, 1e-5));
}

gpuTest("convolutions of odd sizes and their gradients are the CPU's", async () => {
  await check(null, 1, [3, 1, 13, 9, 5, [3, 3]]);
  await check(null, 3, [2, 5, 7, 11, 3, [3, 2]], { stride: [2, 3], padding: [1, 2] });
  await check(null, 2, [2, 6, 9, 8, 4, [2, 3]], { dilation: [2, 3], padding: 3, groups: 2 });
  await check(null, 5, [3, 7, 8, 8, 7, [3, 3]], { padding: 1, groups: 7 }); // depthwise
  await check(null, 1, [2, 3, 8, 8, 6, [3, 3]], { stride: 2, padding: 1, groups: 3 });
});

// Each of three products is a kernel that a software GPU compiles for a second or two. GLIM_TILES=1: by
// the tiles of real GPUs, and of other layouts.
gpuTest("convolutions by tiles are the CPU's", async () => {
  const options = { stride: [2, 1], padding: [1, 2], groups: 2 } as const;
  await check(SMALL_TILES[0]!, 2, [2, 8, 9, 10, 8, [3, 2]], options);
  if (variable("GLIM_TILES") === "") return;
  for (const tile of [...SMALL_TILES, ...TILES]) {
    await check(tile, 1, [2, 8, 9, 7, 12, [3, 3]], { padding: 1 });
    await check(tile, 3, [2, 8, 9, 10, 8, [3, 2]], options);
    await check(tile, 2, [3, 3, 11, 8, 5, [3, 3]], { padding: 2, dilation: [1, 2] });
  }
});

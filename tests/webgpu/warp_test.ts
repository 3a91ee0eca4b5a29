/** Warping on the GPU. */
import { padded, spreadOver, warp } from "../../src/data/warp.ts";
import { tensor } from "../../src/tensor/create.ts";
import { uniformArray } from "../prng.ts";
import { assertNear } from "./both.ts";
import { gpuTest } from "./running.ts";

gpuTest(
  "images are warped as on the CPU, by maps and by displacements, and beyond their edges",
  async () => {
    const [n, channels, h, w] = [5, 2, 19, 26] as const;
    for (const points of [0, 3, 5]) {
      const spread = spreadOver(h, w, points);
      const run = async (device: "cpu" | "webgpu") => {
        const shape = [n, channels, h, w];
        const x = tensor(uniformArray(1, n * channels * h * w), { shape, device });
        const maps = uniformArray(2, n * 6).map((v, i) =>
          i % 3 === 2 ? 9 * v : (i % 6 === 0 || i % 6 === 4 ? 1 : 0) + 0.4 * v
        );
        maps[2] = 1e12; // all comes from far outside
        const affine = tensor(maps, { shape: [n, 6], device });
        const sizes = [n, 2, points, padded(points)];
        const field = points === 0
          ? null
          : tensor(uniformArray(3, n * 2 * points * padded(points), 4), { shape: sizes, device });
        const y = warp(x, [n, channels, h, w], affine, field, spread);
        return [await y.data() as Float32Array];
      };
      assertNear(`${points} points`, await run("webgpu"), await run("cpu"), 2e-5);
    }
  },
);

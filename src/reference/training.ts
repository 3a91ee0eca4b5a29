/**
 * What larger trainings have.
 *
 * @module
 */
import type { Training } from "../device/kernels.ts";
import { numbers, tabulate, tabulateAverages } from "./memory.ts";
import { unit } from "./random.ts";

/** Images read from bytes, dropout, running averages, clipped gradients. */
export const training: Training = {
  gatherImages(images, index, out, divisor) {
    const [from, at, width] = [numbers(images), numbers(index), out.shape[1]!];
    tabulate(out, (i) => from[at[Math.floor(i / width)]! * width + i % width]! / divisor);
  },
  dropout(x, y, key, p) {
    const [from, least, scale] = [numbers(x), Math.fround(p), Math.fround(1 / (1 - p))];
    tabulate(y, (i) => from[i]! * (unit(i, key) >= least ? scale : 0));
  },
  lerp(xs, ys, weight) {
    xs.forEach((x, p) => {
      const [from, to] = [numbers(x), numbers(ys[p]!)];
      tabulateAverages(x, (i) => from[i]! + weight * (to[i]! - from[i]!));
    });
  },
  scale(xs, by) {
    const factor = numbers(by)[0]!;
    for (const x of xs) {
      const from = numbers(x);
      tabulate(x, (i) => factor * from[i]!);
    }
  },
  limit(xs, low, high) {
    for (const x of xs) {
      const from = numbers(x);
      tabulate(x, (i) => from[i]! < low ? low : from[i]! > high ? high : from[i]!); // NaN stays
    }
  },
};

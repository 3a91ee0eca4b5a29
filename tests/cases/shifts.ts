import { uniform } from "../prng.ts";
import { adder, type Case, exact } from "./case.ts";

/** Shifts of images: padded on one side, cut off on the other. */
export const shifts: Case[] = [];
const op = adder(shifts);

for (
  const [shape, dy, dx, padding] of [
    [[4, 5], 0, 0, [0, 0, 0, 0]],
    [[2, 1, 4, 5], 1, -2, [-2, 2, 1, -1]],
    [[3, 4, 5], -3, 4, [4, -4, -3, 3]],
    // moved as far as it reaches or further, an image is empty
    [[2, 2, 3], 2, 0, [0, 0, 2, -2]],
    [[2, 3], 0, -7, [-3, 3, 0, 0]],
  ] as [number[], number, number, number[]][]
) {
  const run: Case["run"] = (f, a) => f.shiftImages(a, dy, dx);
  op(`F.pad(a, [${padding}])`, [uniform(shape)], run, { ...exact, allZero: dy === 2 || dx === -7 });
}

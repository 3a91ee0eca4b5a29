import { scope } from "@glim/glim";
import type * as data from "@glim/glim/data";

/** How many images tell how all of a data set are placed. */
const LOOKED_AT = 1000;

/** The most that a centre of mass is beside the middle, in MNIST: half a pixel for the rounding. */
const BESIDE = 0.6;

/** How much of the ink MNIST may have in the two outermost pixels of each side. */
const BORDER = 0.02;

/**
 * Whether a data set's images are placed as MNIST's digits are, by the first of the `n` that there
 * are: centre of mass in the middle, with a margin. Pictures of people's own are then to be placed in
 * the same way, and those for other data are not.
 */
export function hasCentredImages(
  set: data.Dataset,
  imageShape: readonly [rows: number, columns: number],
  n: number = set.length,
): boolean {
  const indices = Int32Array.from({ length: Math.min(LOOKED_AT, n) }, (_, i) => i);
  return areCentred(scope(() => set.batch(indices)[0].toTypedArray()), imageShape);
}

/** Whether images [n, rows · columns] are. */
function areCentred(
  images: ArrayLike<number>,
  [rows, columns]: readonly [rows: number, columns: number],
): boolean {
  const pixels = rows * columns;
  const beside: number[] = [];
  let border = 0;
  for (let at = 0; at + pixels <= images.length; at += pixels) {
    let [mass, x, y, outside] = [0, 0, 0, 0];
    for (let i = 0; i < pixels; i++) {
      const value = images[at + i]!;
      const [row, column] = [Math.floor(i / columns), i % columns];
      mass += value;
      x += value * column;
      y += value * row;
      const margin = Math.min(row, column, rows - 1 - row, columns - 1 - column);
      if (margin < 2) outside += value;
    }
    if (mass === 0) continue;
    const [middleX, middleY] = [Math.floor(columns / 2), Math.floor(rows / 2)];
    beside.push(Math.max(Math.abs(x / mass - middleX), Math.abs(y / mass - middleY)));
    border += outside / mass;
  }
  if (beside.length === 0) return false;
  const median = beside.sort((a, b) => a - b)[beside.length >> 1]!;
  return median <= BESIDE && border / beside.length <= BORDER;
}

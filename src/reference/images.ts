/**
 * Pooling and changes of images.
 *
 * @module
 */
import type { Images, ImageSize, Windows } from "../device/kernels.ts";
import { numbers, store, tabulate } from "./memory.ts";

/** Calls `visit` for each window, with its place in y and the places in x of what it looks at. */
function eachWindow(
  [outer, h, w, inner]: ImageSize,
  { rows, cols }: Windows,
  isDilated: boolean,
  visit: (y: number, inputs: number[], divisor: number) => void,
): void {
  let y = 0;
  for (let o = 0; o < outer; o++) {
    for (let r = 0; r < rows.length; r += 3) {
      const [top, bottom, down] = rows.slice(r, r + 3) as [number, number, number];
      for (let c = 0; c < cols.length; c += 3) {
        const [left, right, across] = cols.slice(c, c + 3) as [number, number, number];
        for (let channel = 0; channel < inner; channel++) {
          const inputs: number[] = [];
          for (let i = top; i < bottom; i += isDilated ? down : 1) {
            for (let j = left; j < right; j += isDilated ? across : 1) {
              inputs.push(((o * h + i) * w + j) * inner + channel);
            }
          }
          visit(y++, inputs, down * across);
        }
      }
    }
  }
}

/** Pooling and changes of images. */
export const images: Images = {
  maxPool(x, y, index, size, windows) {
    const [from, best] = [numbers(x), new Int32Array(y.numel)];
    const [, h, w, inner] = size;
    eachWindow(size, windows, true, (y, inputs) => {
      best[y] = inputs.reduce((a, b) => from[b]! > from[a]! || Number.isNaN(from[b]) ? b : a);
    });
    tabulate(y, (i) => from[best[i]!]!);
    tabulate(index, (i) => Math.floor(best[i]! / inner) % (h * w));
  },
  maxPoolGrad(dy, index, dx, [outer, h, w, inner]) {
    const [d, at, sums] = [numbers(dy), numbers(index), new Float64Array(dx.numel)];
    const each = dy.numel / outer;
    for (let i = 0; i < dy.numel; i++) {
      sums[(Math.floor(i / each) * h * w + at[i]!) * inner + i % inner]! += d[i]!;
    }
    store(dx, sums);
  },
  avgPool(x, y, size, windows) {
    const [from, means] = [numbers(x), new Float64Array(y.numel)];
    eachWindow(size, windows, false, (y, inputs, divisor) => {
      means[y] = inputs.reduce((sum, i) => sum + from[i]!, 0) / divisor;
    });
    store(y, means);
  },
  avgPoolGrad(dy, dx, size, windows) {
    const [d, sums] = [numbers(dy), new Float64Array(dx.numel)];
    eachWindow(size, windows, false, (y, inputs, divisor) => {
      for (const i of inputs) sums[i]! += d[y]! / divisor;
    });
    store(dx, sums);
  },
  warp(x, y, affine, field, { points, cols, rows }) {
    const [, channels, h, w] = x.shape as [number, number, number, number];
    const [from, maps] = [numbers(x), numbers(affine)];
    const moves = field === null ? [] : numbers(field);
    const upToFour = (n: number) => Math.ceil(n / 4) * 4;
    tabulate(y, (at) => {
      const [j, i] = [at % w, Math.floor(at / w) % h];
      const plane = Math.floor(at / (h * w));
      const sample = Math.floor(plane / channels);
      // axis 0: which column a pixel comes from, axis 1: which row
      const [column, row] = [0, 1].map((axis) => {
        const map = sample * 6 + axis * 3;
        let place = maps[map]! * (j - (w - 1) / 2) + maps[map + 1]! * (i - (h - 1) / 2) +
          maps[map + 2]! + ((axis === 0 ? w : h) - 1) / 2;
        for (let k = 0; k < points; k++) {
          const line = ((sample * 2 + axis) * points + k) * upToFour(points);
          for (let l = 0; l < points; l++) {
            place += moves[line + l]! * rows[i * points + k]! * cols[l * upToFour(w) + j]!;
          }
        }
        return place;
      }) as [number, number];
      const [left, top] = [Math.floor(column), Math.floor(row)];
      const [right, down] = [column - left, row - top];
      const pixel = (i: number, j: number) =>
        i >= 0 && i < h && j >= 0 && j < w ? from[(plane * h + i) * w + j]! : 0;
      return (1 - down) * ((1 - right) * pixel(top, left) + right * pixel(top, left + 1)) +
        down * ((1 - right) * pixel(top + 1, left) + right * pixel(top + 1, left + 1));
    });
  },
};

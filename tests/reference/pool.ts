/** Pooling. */
import type { Values } from "./values.ts";

/**
 * A window of pooling: where it begins and ends, and its share of the divisor of a mean or, of a
 * maximum, the distance of its pixels.
 */
export type Window = readonly [begin: number, end: number, third: number];

/** What pooling walks: images [outer, h, w, inner]. */
export type ImageSize = readonly [outer: number, h: number, w: number, inner: number];

/** Calls `visit` for each output of pooling, with its place and the places of its window's inputs. */
function eachWindow(
  [outer, h, w, inner]: ImageSize,
  rows: readonly Window[],
  cols: readonly Window[],
  visit: (out: number, inputs: number[], divisor: number) => void,
  isDilated = false,
): void {
  let out = 0;
  for (let o = 0; o < outer; o++) {
    for (const [top, bottom, dr] of rows) {
      for (const [left, right, dc] of cols) {
        for (let c = 0; c < inner; c++) {
          const inputs: number[] = [];
          for (let i = top; i < bottom; i += isDilated ? dr : 1) {
            for (let j = left; j < right; j += isDilated ? dc : 1) {
              inputs.push(((o * h + i) * w + j) * inner + c);
            }
          }
          visit(out++, inputs, dr * dc);
        }
      }
    }
  }
}

/** y and index (row · w + column) of max pooling; the first of equal elements, the last NaN. */
export function maxPool(
  x: Values,
  size: ImageSize,
  rows: readonly Window[],
  cols: readonly Window[],
): [y: number[], index: number[]] {
  const [, h, w, inner] = size;
  const y: number[] = [], index: number[] = [];
  eachWindow(size, rows, cols, (_, inputs) => {
    let best = inputs[0]!;
    for (const i of inputs) if (x[i]! > x[best]! || Number.isNaN(x[i]!)) best = i;
    y.push(x[best]!);
    index.push(Math.floor(best / inner) % (h * w));
  }, true);
  return [y, index];
}

/** dx of max pooling from the places it chose. */
export function maxPoolGrad(dy: Values, index: Values, size: ImageSize): Float64Array {
  const [outer, h, w, inner] = size;
  const dx = new Float64Array(outer * h * w * inner);
  const each = dy.length / outer;
  for (let i = 0; i < dy.length; i++) {
    dx[(Math.floor(i / each) * h * w + index[i]!) * inner + i % inner]! += dy[i]!;
  }
  return dx;
}

/** y of average pooling. */
export function avgPool(
  x: Values,
  size: ImageSize,
  rows: readonly Window[],
  cols: readonly Window[],
): number[] {
  const y: number[] = [];
  eachWindow(size, rows, cols, (_, inputs, divisor) => {
    y.push(inputs.reduce((sum, i) => sum + x[i]!, 0) / divisor);
  });
  return y;
}

/** dx of average pooling. */
export function avgPoolGrad(
  dy: Values,
  size: ImageSize,
  rows: readonly Window[],
  cols: readonly Window[],
): Float64Array {
  const dx = new Float64Array(size.reduce((n, length) => n * length, 1));
  eachWindow(size, rows, cols, (out, inputs, divisor) => {
    for (const i of inputs) dx[i]! += dy[out]! / divisor;
  });
  return dx;
}

/**
 * Pooling of images: from buffers to kernels, part of the door that `../kernels.ts` is.
 *
 * @module
 */
import type { Buffer } from "../buffer.ts";
import { i32 } from "../memory.ts";
import { gainsFromThreads } from "../threads.ts";
import { onThreads, scratchOf, wasm } from "../wasm.ts";

/** Images as pooling walks them: row-major ones are [n · c, h, w, 1], channels-last [n, h, w, c]. */
export type ImageSize = readonly [outer: number, h: number, w: number, inner: number];

/** Windows along both dimensions: begin, end and divisor of each, one after the other. */
export interface Windows {
  /** Down the image. */
  rows: readonly number[];
  /** Along a row of it. */
  cols: readonly number[];
}

/** Puts the tables of windows where kernels read them; returns their addresses. */
function tables({ rows, cols }: Windows): [rows: number, cols: number] {
  const at = scratchOf((rows.length + cols.length) * 4);
  i32.set(rows, at >>> 2);
  i32.set(cols, (at >>> 2) + rows.length);
  return [at, at + rows.length * 4];
}

/** Pooling of images, by name. */
export const pool = {
  /**
   * y = the largest element of each window of x, index (int32, laid out like y) = where in its image
   * it stands.
   */
  maxPool(x: Buffer, y: Buffer, index: Buffer, size: ImageSize, windows: Windows): void {
    const [outer, h, w, inner] = size;
    const [rows, cols] = tables(windows);
    const [oh, ow] = [windows.rows.length / 3, windows.cols.length / 3];
    const args = [x.ptr, y.ptr, index.ptr, rows, cols, h, w, oh, ow, inner, 0, outer * oh];
    if (gainsFromThreads(x.numel)) onThreads("maxPool", args, { align: 1 });
    else wasm.maxPool!(...args);
  },

  /** dx of the same. */
  maxPoolGrad(dy: Buffer, index: Buffer, dx: Buffer, [outer, h, w, inner]: ImageSize): void {
    const windows = dy.numel / Math.max(1, outer * inner);
    const args = [dy.ptr, index.ptr, dx.ptr, h * w, windows, inner, 0, outer];
    if (gainsFromThreads(dy.numel * 2)) onThreads("maxPoolGrad", args, { align: 1 });
    else wasm.maxPoolGrad!(...args);
  },

  /** y = the sum of each window of x over the window's divisor. */
  avgPool(x: Buffer, y: Buffer, [outer, h, w, inner]: ImageSize, windows: Windows): void {
    const [rows, cols] = tables(windows);
    const [oh, ow] = [windows.rows.length / 3, windows.cols.length / 3];
    const args = [x.ptr, y.ptr, rows, cols, h, w, oh, ow, inner, 0, outer * oh];
    if (gainsFromThreads(x.numel)) onThreads("avgPool", args, { align: 1 });
    else wasm.avgPool!(...args);
  },

  /** dx of the same. */
  avgPoolGrad(dy: Buffer, dx: Buffer, [outer, h, w, inner]: ImageSize, windows: Windows): void {
    const [rows, cols] = tables(windows);
    const [oh, ow] = [windows.rows.length / 3, windows.cols.length / 3];
    const args = [dy.ptr, dx.ptr, rows, cols, h, w, oh, ow, inner, 0, outer];
    if (gainsFromThreads(dx.numel)) onThreads("avgPoolGrad", args, { align: 1 });
    else wasm.avgPoolGrad!(...args);
  },
};

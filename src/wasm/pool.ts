/**
 * Pooling of images: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Images, ImageSize, Windows } from "../device/kernels.ts";
import { i32 } from "./memory.ts";
import { gainsFromThreads } from "./threads.ts";
import { onThreads, scratchOf, wasm } from "./instance.ts";
import { imagesAt, intsAt } from "./address.ts";

/** Puts the tables of windows where kernels read them; returns their addresses. */
function tables({ rows, cols }: Windows): [rows: number, cols: number] {
  const at = scratchOf((rows.length + cols.length) * 4); // before the view: it may renew that
  i32.set(rows, at >>> 2);
  i32.set(cols, (at >>> 2) + rows.length);
  return [at, at + rows.length * 4];
}

/** Pooling of images, by name. */
export const pool: Pick<Images, "maxPool" | "maxPoolGrad" | "avgPool" | "avgPoolGrad"> = {
  /**
   * y = the largest element of each window of x, index (int32, laid out like y) = where in its image
   * it stands.
   */
  maxPool(x: Buffer, y: Buffer, index: Buffer, size: ImageSize, windows: Windows): void {
    const op = "maxPool2d";
    const [outer, h, w, inner] = size;
    const [oh, ow] = [windows.rows.length / 3, windows.cols.length / 3];
    const xAt = imagesAt(x, inner !== 1, outer * h * w * inner, op, "x");
    const yAt = imagesAt(y, inner !== 1, outer * oh * ow * inner, op, "the result");
    const indexAt = intsAt(index, outer * oh * ow * inner, op, "the index");
    const [rows, cols] = tables(windows);
    const args = [xAt, yAt, indexAt, rows, cols, h, w, oh, ow, inner, 0, outer * oh];
    if (gainsFromThreads(x.numel)) onThreads("maxPool", args, { align: 1 });
    else wasm.maxPool!(...args);
  },

  /** dx of the same. */
  maxPoolGrad(dy: Buffer, index: Buffer, dx: Buffer, [outer, h, w, inner]: ImageSize): void {
    const windows = dy.numel / Math.max(1, outer * inner);
    const op = "maxPool2d";
    const dyAt = imagesAt(dy, inner !== 1, outer * windows * inner, op, "dy");
    const indexAt = intsAt(index, outer * windows * inner, op, "the index");
    const dxAt = imagesAt(dx, inner !== 1, outer * h * w * inner, op, "dx");
    const args = [dyAt, indexAt, dxAt, h * w, windows, inner, 0, outer];
    if (gainsFromThreads(dy.numel * 2)) onThreads("maxPoolGrad", args, { align: 1 });
    else wasm.maxPoolGrad!(...args);
  },

  /** y = the sum of each window of x over the window's divisor. */
  avgPool(x: Buffer, y: Buffer, [outer, h, w, inner]: ImageSize, windows: Windows): void {
    const [oh, ow] = [windows.rows.length / 3, windows.cols.length / 3];
    const xAt = imagesAt(x, inner !== 1, outer * h * w * inner, "avgPool2d", "x");
    const yAt = imagesAt(y, inner !== 1, outer * oh * ow * inner, "avgPool2d", "the result");
    const [rows, cols] = tables(windows);
    const args = [xAt, yAt, rows, cols, h, w, oh, ow, inner, 0, outer * oh];
    if (gainsFromThreads(x.numel)) onThreads("avgPool", args, { align: 1 });
    else wasm.avgPool!(...args);
  },

  /** dx of the same. */
  avgPoolGrad(dy: Buffer, dx: Buffer, [outer, h, w, inner]: ImageSize, windows: Windows): void {
    const [oh, ow] = [windows.rows.length / 3, windows.cols.length / 3];
    const dyAt = imagesAt(dy, inner !== 1, outer * oh * ow * inner, "avgPool2d", "dy");
    const dxAt = imagesAt(dx, inner !== 1, outer * h * w * inner, "avgPool2d", "dx");
    const [rows, cols] = tables(windows);
    const args = [dyAt, dxAt, rows, cols, h, w, oh, ow, inner, 0, outer];
    if (gainsFromThreads(dx.numel)) onThreads("avgPoolGrad", args, { align: 1 });
    else wasm.avgPoolGrad!(...args);
  },
};

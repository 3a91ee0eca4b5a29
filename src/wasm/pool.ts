/**
 * Pooling of images: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Images, ImageSize, Windows } from "../device/kernels.ts";
import { type Address, imagesAt, intsAt, offset } from "./address.ts";
import { launch, ROWS } from "./launch.ts";
import { intTable } from "./scratch.ts";

/** Puts the tables of windows where kernels read them. */
function tables({ rows, cols }: Windows): [rows: Address, cols: Address] {
  const at = intTable(rows, cols);
  return [at, offset(at, rows.length * 4)];
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
    launch.maxPool(x.numel, xAt, yAt, indexAt, rows, cols, h, w, oh, ow, inner, outer * oh, ROWS);
  },

  /** dx of the same. */
  maxPoolGrad(dy: Buffer, index: Buffer, dx: Buffer, [outer, h, w, inner]: ImageSize): void {
    const windows = dy.numel / Math.max(1, outer * inner);
    const op = "maxPool2d";
    const dyAt = imagesAt(dy, inner !== 1, outer * windows * inner, op, "dy");
    const indexAt = intsAt(index, outer * windows * inner, op, "the index");
    const dxAt = imagesAt(dx, inner !== 1, outer * h * w * inner, op, "dx");
    launch.maxPoolGrad(dy.numel * 2, dyAt, indexAt, dxAt, h * w, windows, inner, outer, ROWS);
  },

  /** y = the sum of each window of x over the window's divisor. */
  avgPool(x: Buffer, y: Buffer, [outer, h, w, inner]: ImageSize, windows: Windows): void {
    const [oh, ow] = [windows.rows.length / 3, windows.cols.length / 3];
    const xAt = imagesAt(x, inner !== 1, outer * h * w * inner, "avgPool2d", "x");
    const yAt = imagesAt(y, inner !== 1, outer * oh * ow * inner, "avgPool2d", "the result");
    const [rows, cols] = tables(windows);
    launch.avgPool(x.numel, xAt, yAt, rows, cols, h, w, oh, ow, inner, outer * oh, ROWS);
  },

  /** dx of the same. */
  avgPoolGrad(dy: Buffer, dx: Buffer, [outer, h, w, inner]: ImageSize, windows: Windows): void {
    const [oh, ow] = [windows.rows.length / 3, windows.cols.length / 3];
    const dyAt = imagesAt(dy, inner !== 1, outer * oh * ow * inner, "avgPool2d", "dy");
    const dxAt = imagesAt(dx, inner !== 1, outer * h * w * inner, "avgPool2d", "dx");
    const [rows, cols] = tables(windows);
    launch.avgPoolGrad(dx.numel, dyAt, dxAt, rows, cols, h, w, oh, ow, inner, outer, ROWS);
  },
};

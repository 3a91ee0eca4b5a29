/**
 * Pooling of images: from buffers to kernels.
 *
 * @module
 */
import { launch } from "../../build/images.ts";
import type { Buffer } from "../device/buffer.ts";
import type { Images, ImageSize, Windows } from "../device/kernels.ts";
import { type Address, imagesAt, intsAt, offset } from "./address.ts";
import { ROWS, STREAM } from "./launch.ts";
import { intTable } from "./scratch.ts";

/** Puts the tables of windows where kernels read them. */
function tables({ rows, cols }: Windows): [rows: Address, cols: Address] {
  const at = intTable(rows, cols);
  return [at, offset(at, rows.length * 4)];
}

/** Whether channels lie in eights, and windows of 2 × 2 next to each other: they have own kernels. */
function isHalving([_outer, h, w, inner]: ImageSize, { rows, cols }: Windows): boolean {
  if (inner % 8 !== 0 || rows.length !== 3 * (h >> 1) || cols.length !== 3 * (w >> 1)) return false;
  const areNeighbours = (list: readonly number[]) => {
    for (let i = 0; i < list.length; i += 3) {
      const begin = i / 3 * 2;
      if (list[i] !== begin || list[i + 1] !== begin + 2 || list[i + 2] !== 1) return false;
    }
    return true;
  };
  return areNeighbours(rows) && areNeighbours(cols);
}

/** `relu`: of what relu makes of x, and −1 as the index of what is not above 0. */
function halve(
  x: Buffer,
  y: Buffer,
  index: Buffer,
  [outer, h, w, inner]: ImageSize,
  relu: boolean,
): void {
  const op = "maxPool2d";
  const rows = outer * (h >> 1);
  const xAt = imagesAt(x, true, outer * h * w * inner, op, "x");
  const yAt = imagesAt(y, true, rows * (w >> 1) * inner, op, "the result");
  const indexAt = intsAt(index, rows * (w >> 1) * inner, op, "the index");
  launch.halve(x.numel * STREAM, xAt, yAt, indexAt, h, w, inner, relu ? 1 : 0, rows, ROWS);
}

/** Pooling of images, by name. */
export const pool: Pick<
  Images,
  "maxPool" | "reluMaxPool" | "maxPoolGrad" | "avgPool" | "avgPoolGrad"
> = {
  /**
   * y = the largest element of each window of x, index (int32, laid out like y) = where in its image
   * it stands.
   */
  maxPool(x: Buffer, y: Buffer, index: Buffer, size: ImageSize, windows: Windows): void {
    if (isHalving(size, windows)) return halve(x, y, index, size, false);
    const op = "maxPool2d";
    const [outer, h, w, inner] = size;
    const [oh, ow] = [windows.rows.length / 3, windows.cols.length / 3];
    const xAt = imagesAt(x, inner !== 1, outer * h * w * inner, op, "x");
    const yAt = imagesAt(y, inner !== 1, outer * oh * ow * inner, op, "the result");
    const indexAt = intsAt(index, outer * oh * ow * inner, op, "the index");
    const [rows, cols] = tables(windows);
    launch.maxPool(x.numel, xAt, yAt, indexAt, rows, cols, h, w, oh, ow, inner, outer * oh, ROWS);
  },

  /** The same of relu(x), by windows of 2 × 2 next to each other and channels in eights. */
  reluMaxPool(x: Buffer, y: Buffer, index: Buffer, size: ImageSize): void {
    halve(x, y, index, size, true);
  },

  /** dx of the same. */
  maxPoolGrad(dy: Buffer, index: Buffer, dx: Buffer, size: ImageSize, table: Windows): void {
    const [outer, h, w, inner] = size;
    const windows = dy.numel / Math.max(1, outer * inner);
    const op = "maxPool2d";
    const dyAt = imagesAt(dy, inner !== 1, outer * windows * inner, op, "dy");
    const indexAt = intsAt(index, outer * windows * inner, op, "the index");
    const dxAt = imagesAt(dx, inner !== 1, outer * h * w * inner, op, "dx");
    if (isHalving(size, table)) {
      return launch.halveGrad(dx.numel * STREAM, dyAt, indexAt, dxAt, h, w, inner, outer, ROWS);
    }
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

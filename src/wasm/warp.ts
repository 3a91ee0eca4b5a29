/**
 * Changing images on the fly: from buffers to kernels.
 *
 * @module
 */
import { launch } from "../../build/images.ts";
import type { Buffer } from "../device/buffer.ts";
import type { Images, Spread } from "../device/kernels.ts";
import { floatsAt, NONE, offset } from "./address.ts";
import { ROWS } from "./launch.ts";
import { floatTable } from "./scratch.ts";

/** Nanoseconds that a pixel takes on one thread, roughly. */
const WARP = 3;

/** Changes of images, by name. */
export const warping: Pick<Images, "warp"> = {
  /**
   * y = x warped, both [n, channels, h, w]. `affine` [n, 6] and `field` [n, 2, points, padded], in
   * pixels, say where each pixel comes from (see `assembly/image/warp.ts`); without points, field is not
   * read.
   */
  warp(x: Buffer, y: Buffer, affine: Buffer, field: Buffer | null, spread: Spread): void {
    const [n, channels, h, w] = x.shape as [number, number, number, number];
    const width = (w + 3) & ~3;
    const { points, cols, rows } = spread;
    const pixels = n * channels * h * w;
    const xAt = floatsAt(x, pixels, "warp", "x");
    const yAt = floatsAt(y, pixels, "warp", "the result");
    const affineAt = floatsAt(affine, n * 6, "warp", "the maps");
    const fieldAt = field === null
      ? NONE
      : floatsAt(field, n * 2 * points * ((points + 3) & ~3), "warp", "the displacements");
    const scratchBytes = (2 * width + 2 * (h + 2) * (w + 2) + 2) * 4;
    const colsAt = floatTable(cols, rows);
    const rowsAt = offset(colsAt, cols.byteLength);
    // deno-fmt-ignore
    launch.warp(
      pixels * WARP, xAt, yAt, affineAt, fieldAt, colsAt, rowsAt, points, channels, h, w,
      scratchBytes, n * channels, ROWS,
    );
  },
};

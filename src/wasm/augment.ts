/**
 * Changing images on the fly: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Images, Spread } from "../device/kernels.ts";
import { f32 } from "./memory.ts";
import { gainsFromThreads, getNumThreads } from "./threads.ts";
import { onThreads, scratchOf, toLines, wasm } from "./instance.ts";
import { floatsAt } from "./address.ts";

/** Nanoseconds that a pixel takes on one thread, roughly. */
const WARP = 3;

/** Changes of images, by name. */
export const augment: Pick<Images, "warp"> = {
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
      ? 0
      : floatsAt(field, n * 2 * points * ((points + 3) & ~3), "warp", "the displacements");
    const own = toLines((2 * width + 2 * (h + 2) * (w + 2) + 2) * 4);
    const split = gainsFromThreads(y.numel * WARP);
    const tables = toLines((cols.length + rows.length) * 4);
    const at = scratchOf(tables + own * (split ? getNumThreads() : 1));
    f32.set(cols, at >>> 2);
    f32.set(rows, (at >>> 2) + cols.length);
    // deno-fmt-ignore
    const args = [
      xAt, yAt, affineAt, fieldAt, at, at + cols.length * 4, points, channels, h, w,
      at + tables, 0, n * channels,
    ];
    if (split) onThreads("warp", args, { align: 1, varyAt: 10, varyBy: own });
    else wasm.warp!(...args);
  },
};

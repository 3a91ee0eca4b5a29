/**
 * Picking by index: from buffers to kernels, part of the door that `../kernels.ts` is.
 *
 * @module
 */
import type { Buffer } from "../buffer.ts";
import { gainsFromThreads } from "../threads.ts";
import { badRow, clearStatus, onThreads, status, wasm } from "../wasm.ts";
import { STREAM } from "./cost.ts";

/** Picking by index, by name. */
export const select = {
  /** out[i, :] = images[index[i], :] / divisor: bytes [n, width] → float32 [rows, width]. */
  gatherImages(images: Buffer, index: Buffer, out: Buffer, divisor: number): void {
    const width = out.shape[1]!;
    const rows = out.shape[0]!;
    if (gainsFromThreads(rows * width * STREAM)) {
      onThreads("gatherRowsU8", [images.ptr, index.ptr, out.ptr, width, divisor, 0, rows], {
        align: 1,
      });
    } else wasm.gatherRowsU8!(images.ptr, index.ptr, out.ptr, width, divisor, 0, rows);
  },

  /**
   * out[o, j, :] = x[o, index[j], :] for x: [outer, n, inner] and out: [outer, k, inner], of any
   * dtype. Returns the first position whose index is not in [0, n), or −1.
   */
  indexSelect(
    x: Buffer,
    index: Buffer,
    out: Buffer,
    [outer, n, k, inner]: readonly [number, number, number, number],
  ): number {
    const size = x.dtype === "float32" || x.dtype === "int32" ? 4 : 1;
    clearStatus();
    const rows = outer * k;
    if (gainsFromThreads(rows * inner * STREAM)) {
      const args = [size, x.ptr, index.ptr, out.ptr, n, k, inner, status, 0, rows];
      onThreads("indexSelect", args, { align: 1 });
    } else wasm.indexSelect!(size, x.ptr, index.ptr, out.ptr, n, k, inner, status, 0, rows);
    return badRow();
  },

  /** out[o, index[j], :] += x[o, j, :], the gradient of `indexSelect`. */
  indexAdd(
    x: Buffer,
    index: Buffer,
    out: Buffer,
    [outer, n, k, inner]: readonly [number, number, number, number],
  ): void {
    wasm.indexAdd!(x.ptr, index.ptr, out.ptr, n, k, inner, 0, outer);
  },

  /**
   * out[o, j, i] = x[o, index[o, j, i], i] for x: [outer, n, inner], index and out: [outer, k,
   * inner], of any dtype. Returns the first position whose index is not in [0, n), or −1.
   */
  gather(
    x: Buffer,
    index: Buffer,
    out: Buffer,
    [outer, n, k, inner]: readonly [number, number, number, number],
  ): number {
    const size = x.dtype === "float32" || x.dtype === "int32" ? 4 : 1;
    clearStatus();
    wasm.gather!(size, x.ptr, index.ptr, out.ptr, n, k, inner, status, 0, outer);
    return badRow();
  },

  /** out[o, index[o, j, i], i] += x[o, j, i], the gradient of `gather`. */
  scatterAdd(
    x: Buffer,
    index: Buffer,
    out: Buffer,
    [outer, n, k, inner]: readonly [number, number, number, number],
  ): void {
    wasm.scatterAdd!(x.ptr, index.ptr, out.ptr, n, k, inner, 0, outer);
  },
};

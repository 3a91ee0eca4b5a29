/**
 * Picking by index: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Blame, Picked, Selection } from "../device/kernels.ts";
import { BYTES } from "../core/dtype.ts";
import { gainsFromThreads } from "./threads.ts";
import { checkStatus, clearStatus, onThreads, status, wasm } from "./instance.ts";
import { addressOf, floatsAt, intsAt } from "./address.ts";
import { STREAM } from "./cost.ts";

/** Picking by index, by name. */
export const select: Selection = {
  /** out[i, :] = images[index[i], :] / divisor: bytes [n, width] → float32 [rows, width]. */
  gatherImages(images: Buffer, index: Buffer, out: Buffer, divisor: number): void {
    const width = out.shape[1]!;
    const rows = out.shape[0]!;
    const op = "gatherImages";
    const imagesAt = addressOf(images, "uint8", images.shape[0]! * width, op, "the images");
    const indexAt = intsAt(index, rows, op, "the index");
    const outAt = floatsAt(out, rows * width, op, "the result");
    const args = [imagesAt, indexAt, outAt, width, divisor, 0, rows];
    if (gainsFromThreads(rows * width * STREAM)) onThreads("gatherRowsU8", args, { align: 1 });
    else wasm.gatherRowsU8!(...args);
  },

  /**
   * out[o, j, :] = x[o, index[j], :] for x: [outer, n, inner] and out: [outer, k, inner], of any
   * dtype. Blames a position whose index is not in [0, n).
   */
  indexSelect(
    x: Buffer,
    index: Buffer,
    out: Buffer,
    [outer, n, k, inner]: Picked,
    blame: Blame,
  ): void {
    const op = "indexSelect";
    const xAt = addressOf(x, x.dtype, outer * n * inner, op, "x");
    const indexAt = intsAt(index, k, op, "the index");
    const outAt = addressOf(out, x.dtype, outer * k * inner, op, "the result");
    clearStatus();
    const rows = outer * k;
    const args = [BYTES[x.dtype], xAt, indexAt, outAt, n, k, inner, status, 0, rows];
    if (gainsFromThreads(rows * inner * STREAM)) onThreads("indexSelect", args, { align: 1 });
    else wasm.indexSelect!(...args);
    checkStatus(blame);
  },

  /** out[o, index[j], :] += x[o, j, :], the gradient of `indexSelect`. */
  indexAdd(
    x: Buffer,
    index: Buffer,
    out: Buffer,
    [outer, n, k, inner]: Picked,
  ): void {
    const op = "indexSelect";
    const xAt = floatsAt(x, outer * k * inner, op, "dy");
    const indexAt = intsAt(index, k, op, "the index");
    wasm.indexAdd!(xAt, indexAt, floatsAt(out, outer * n * inner, op, "dx"), n, k, inner, 0, outer);
  },

  /**
   * out[o, j, i] = x[o, index[o, j, i], i] for x: [outer, n, inner], index and out: [outer, k,
   * inner], of any dtype. Blames a position whose index is not in [0, n).
   */
  gather(
    x: Buffer,
    index: Buffer,
    out: Buffer,
    [outer, n, k, inner]: Picked,
    blame: Blame,
  ): void {
    const xAt = addressOf(x, x.dtype, outer * n * inner, "gather", "x");
    const indexAt = intsAt(index, outer * k * inner, "gather", "the index");
    const outAt = addressOf(out, x.dtype, outer * k * inner, "gather", "the result");
    clearStatus();
    wasm.gather!(BYTES[x.dtype], xAt, indexAt, outAt, n, k, inner, status, 0, outer);
    checkStatus(blame);
  },

  /** out[o, index[o, j, i], i] += x[o, j, i], the gradient of `gather`. */
  scatterAdd(
    x: Buffer,
    index: Buffer,
    out: Buffer,
    [outer, n, k, inner]: Picked,
  ): void {
    const xAt = floatsAt(x, outer * k * inner, "gather", "dy");
    const indexAt = intsAt(index, outer * k * inner, "gather", "the index");
    const outAt = floatsAt(out, outer * n * inner, "gather", "dx");
    wasm.scatterAdd!(xAt, indexAt, outAt, n, k, inner, 0, outer);
  },
};

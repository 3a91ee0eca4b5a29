/**
 * Picking by index: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Blame, Picked, ScatterOp, Selection } from "../device/kernels.ts";
import { SCATTER_OP } from "../../build/abi.ts";
import { BYTES } from "../core/dtype.ts";
import { addressOf, floatsAt, intsAt } from "./address.ts";
import { launch, ROWS, STREAM } from "./launch.ts";
import { checkStatus, clearStatus } from "./scratch.ts";

/** Nanoseconds that picking one element takes on one thread, roughly. */
const PICK = 1;

/** Picking by index, by name. */
export const select: Selection = {
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
    const rows = outer * k;
    const [size, status] = [BYTES[x.dtype], clearStatus()];
    // deno-fmt-ignore
    launch.indexSelect(
      rows * inner * STREAM, size, xAt, indexAt, outAt, n, k, inner, status, rows, ROWS,
    );
    checkStatus(blame, indexAt);
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
    const outAt = floatsAt(out, outer * n * inner, op, "dx");
    const columns = outer * inner;
    launch.indexAdd(columns * k * STREAM, xAt, indexAt, outAt, n, k, inner, columns);
  },

  /** out[o, index[j], :] = x[o, j, :], of any dtype. Blames a position whose index is not in [0, n). */
  indexCopy(
    x: Buffer,
    index: Buffer,
    out: Buffer,
    [outer, n, k, inner]: Picked,
    blame: Blame,
  ): void {
    const op = "indexCopy";
    const xAt = addressOf(x, x.dtype, outer * k * inner, op, "x");
    const indexAt = intsAt(index, k, op, "the index");
    const outAt = addressOf(out, x.dtype, outer * n * inner, op, "the result");
    const [size, status] = [BYTES[x.dtype], clearStatus()];
    // deno-fmt-ignore
    launch.indexCopy(
      outer * k * (PICK + inner * STREAM), size, xAt, indexAt, outAt, n, k, inner, status, outer, ROWS,
    );
    checkStatus(blame, indexAt);
  },

  /** out begins with where x is not 0, of which there are count: with places, or rows and columns. */
  nonzero(x: Buffer, out: Buffer, count: Buffer, n: number): void {
    const { numel } = x;
    const xAt = addressOf(x, x.dtype, numel, "nonzero", "x");
    const inPairs = out.numel === 2 * numel ? 1 : 0;
    const outAt = intsAt(out, numel << inPairs, "nonzero", "the places");
    const countAt = intsAt(count, 1, "nonzero", "the count");
    const size = x.dtype === "float32" ? 0 : BYTES[x.dtype];
    const rows = n === 0 ? 0 : numel / n;
    launch.nonzero(numel * STREAM, size, xAt, outAt, countAt, rows, n, inPairs, 1, ROWS);
  },

  /** out begins with the elements of x where the mask is true, of which there are count. */
  compress(x: Buffer, mask: Buffer, out: Buffer, count: Buffer): void {
    const { numel, dtype } = x;
    const xAt = addressOf(x, dtype, numel, "compress", "x");
    const maskAt = addressOf(mask, "bool", numel, "compress", "the mask");
    const outAt = addressOf(out, dtype, numel, "compress", "the result");
    const countAt = intsAt(count, 1, "compress", "the count");
    launch.compress(numel * STREAM, xAt, maskAt, outAt, countAt, numel, 1, ROWS);
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
    if (index.numel === 0) return;
    const rows = outer * k;
    const [size, status] = [BYTES[x.dtype], clearStatus()];
    // deno-fmt-ignore
    launch.gather(
      rows * inner * PICK, size, xAt, indexAt, outAt, n, k, inner, status, rows, ROWS,
    );
    checkStatus(blame, indexAt);
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
    if (index.numel === 0) return;
    const columns = outer * inner;
    launch.scatterAdd(columns * k * PICK, xAt, indexAt, outAt, n, k, inner, columns);
  },

  /** out[o, index[o, j, i], i] = op(what is there, x[o, j, i]). Blames a position whose index is not in [0, n). */
  scatter(
    op: ScatterOp,
    x: Buffer,
    index: Buffer,
    out: Buffer,
    [outer, n, k, inner]: Picked,
    blame: Blame,
  ): void {
    const dtype = op === "set" || x.dtype === "int32" ? x.dtype : "float32";
    const xAt = addressOf(x, dtype, outer * k * inner, "scatter", "x");
    const indexAt = intsAt(index, outer * k * inner, "scatter", "the index");
    const outAt = addressOf(out, dtype, outer * n * inner, "scatter", "the result");
    if (index.numel === 0) return;
    const columns = outer * inner;
    const size = op !== "set" && dtype === "int32" ? 0 : BYTES[dtype];
    const status = clearStatus();
    // deno-fmt-ignore
    launch.scatter(
      columns * k * PICK, SCATTER_OP[op], size, xAt, indexAt, outAt, n, k, inner, status, columns,
    );
    checkStatus(blame, indexAt);
  },
};

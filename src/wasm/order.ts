/**
 * Scans and order: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Rank, ScanDims, ScanOp, Scans } from "../device/kernels.ts";
import { scanOnHost } from "../device/on_host.ts";
import { SCAN_OP } from "../../build/abi.ts";
import { addressOf, intsAt } from "./address.ts";
import { launch, ROWS } from "./launch.ts";

/** Nanoseconds that an element of a scan takes, of a sort, and of a search for one. */
const SCAN = 0.5, SORT = 8, RANK = 4;

/** Bytes of scratch: two words for each of n elements and four more, and counts of what 11 bits can be. */
function scratchBytes(n: number): number {
  return 16 * (n + 4) + (4 << 11);
}

/** Scans and order, by name. */
export const scans: Scans = {
  /** y = all of x folded up to each element of the middle; what is rare, by the host. */
  scan(op: ScanOp, x: Buffer, y: Buffer, index: Buffer | null, dims: ScanDims): void {
    const [outer, n, inner, reversed] = dims;
    const name = `cum${op}`, numel = outer * n * inner, columns = outer * inner;
    const isInt = x.dtype === "int32", dtype = isInt ? "int32" : "float32";
    if (op === "logsumexp" || (op === "prod" && isInt)) return scanOnHost(op, x, y, index, dims);
    const xAt = addressOf(x, dtype, numel, name, "x");
    const yAt = addressOf(y, dtype, numel, name, "the result");
    const work = numel * SCAN, back = reversed ? 1 : 0;
    if (op === "max" || op === "min") {
      const at = intsAt(index!, numel, name, "the indices");
      const [code, type] = [SCAN_OP[op], isInt ? 1 : 0];
      launch.scanExtremes(work, code, type, xAt, yAt, at, n, inner, columns, ROWS);
    } else if (isInt) launch.scanI32(work, xAt, yAt, n, inner, back, columns, ROWS);
    else if (inner === 1) launch.scanRows(work, SCAN_OP[op], xAt, yAt, n, back, outer, ROWS);
    else launch.scanCols(work, SCAN_OP[op], xAt, yAt, n, inner, back, outer, inner);
  },

  /** index (int32) = where the first k of the order of each row of x stand. */
  order(
    x: Buffer,
    index: Buffer,
    rows: number,
    n: number,
    k: number,
    descending: boolean,
  ): void {
    const isInt = x.dtype === "int32";
    const xAt = addressOf(x, isInt ? "int32" : "float32", rows * n, "sort", "x");
    const indexAt = intsAt(index, rows * k, "sort", "the indices");
    const work = rows * n * SORT;
    const [type, turned] = [isInt ? 1 : 0, descending ? 1 : 0];
    launch.order(work, type, xAt, indexAt, n, k, turned, scratchBytes(n), rows, ROWS);
  },

  /** index (int32) [rows] = where the element of a rank of each row of x stands. */
  ranked(x: Buffer, index: Buffer, rows: number, n: number, rank: Rank): void {
    const isInt = x.dtype === "int32";
    const xAt = addressOf(x, isInt ? "int32" : "float32", rows * n, "kthvalue", "x");
    const indexAt = intsAt(index, rows, "kthvalue", "the indices");
    const place = rank === "median" ? -1 : rank === "nanmedian" ? -2 : rank;
    launch.ranked(
      rows * n * RANK,
      isInt ? 1 : 0,
      xAt,
      indexAt,
      n,
      place,
      scratchBytes(n),
      rows,
      ROWS,
    );
  },
};

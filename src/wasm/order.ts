/**
 * Scans and order: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { ScanDims, ScanOp, Scans } from "../device/kernels.ts";
import { scanOnHost } from "../device/on_host.ts";
import { SCAN_OP } from "../../build/abi.ts";
import { addressOf, floatsAt, intsAt } from "./address.ts";
import { launch, ROWS } from "./launch.ts";

/** Nanoseconds that an element of a scan takes, and of a sort. */
const SCAN = 0.5, SORT = 8;

/** What is counted beside the words that are sorted: 11 bits can be so many numbers of 4 bytes. */
const COUNTS = 4 << 11;

/** Scans and order, by name. */
export const scans: Scans = {
  /** y = all of x folded up to each element of the middle; integers and extremes by the host. */
  scan(op: ScanOp, x: Buffer, y: Buffer, index: Buffer | null, dims: ScanDims): void {
    if ((op !== "sum" && op !== "prod") || x.dtype === "int32") {
      return scanOnHost(op, x, y, index, dims);
    }
    const [outer, n, inner, reversed] = dims;
    const name = `cum${op}`, numel = outer * n * inner;
    const xAt = floatsAt(x, numel, name, "x");
    const yAt = floatsAt(y, numel, name, "the result");
    const back = reversed ? 1 : 0;
    if (inner === 1) launch.scanRows(numel * SCAN, SCAN_OP[op], xAt, yAt, n, back, outer, ROWS);
    else launch.scanCols(numel * SCAN, SCAN_OP[op], xAt, yAt, n, inner, back, outer, inner);
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
    const scratch = 16 * n + COUNTS;
    const [type, turned] = [isInt ? 1 : 0, descending ? 1 : 0];
    launch.order(work, type, xAt, indexAt, n, k, turned, scratch, rows, ROWS);
  },
};

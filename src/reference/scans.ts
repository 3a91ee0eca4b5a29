/**
 * Scans and order.
 *
 * @module
 */
import type { Scans } from "../device/kernels.ts";
import { scanOnHost } from "../device/on_host.ts";
import { numbers, tabulate } from "./memory.ts";

/** A negative number where a comes before b: numbers by size, then NaN. */
function compare(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b)
    ? Number(Number.isNaN(a)) - Number(Number.isNaN(b))
    : a - b;
}

/** Scans and order. */
export const scans: Scans = {
  scan: scanOnHost,
  order(x, index, rows, n, k, descending) {
    const from = numbers(x);
    const sign = descending ? -1 : 1;
    const orders = Array.from({ length: rows }, (_, row) => {
      const at = (i: number) => from[row * n + i]!;
      return Array.from({ length: n }, (_, i) => i)
        .sort((i, j) => sign * compare(at(i), at(j)) || i - j);
    });
    tabulate(index, (i) => orders[Math.floor(i / k)]![i % k]!);
  },
};

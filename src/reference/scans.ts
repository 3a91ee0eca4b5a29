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

/** Where the elements of a row stand in order. */
function orderOf(from: ArrayLike<number>, row: number, n: number, sign = 1): number[] {
  const at = (i: number) => from[row * n + i]!;
  return Array.from({ length: n }, (_, i) => i)
    .sort((i, j) => sign * compare(at(i), at(j)) || i - j);
}

/** Scans and order. */
export const scans: Scans = {
  scan: scanOnHost,
  order(x, index, rows, n, k, descending) {
    const from = numbers(x);
    const orders = Array.from({ length: rows }, (_, row) => {
      return orderOf(from, row, n, descending ? -1 : 1);
    });
    tabulate(index, (i) => orders[Math.floor(i / k)]![i % k]!);
  },
  ranked(x, index, _rows, n, rank) {
    const from = numbers(x);
    tabulate(index, (row) => {
      const order = orderOf(from, row, n);
      if (typeof rank === "number") return order[rank]!;
      const count = order.filter((i) => !Number.isNaN(from[row * n + i]!)).length;
      if (rank === "median" && count < n) return order[count]!;
      return order[(Math.max(1, count) - 1) >> 1]!;
    });
  },
};

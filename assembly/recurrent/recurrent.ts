// Recurrent layers: all steps of some samples in one call. A step is a product with few rows, the
// samples', and their cells. Samples do not meet, so threads take some each, with all their steps.
//
//   h: steps + 1 times [batch, n]; a layer begins with the first of them, one that goes backwards with
//      the last, and each step reads the one before and writes the one behind
//
//   forwards    h0 │ y0 │ y1 │ y2        backwards    y0 │ y1 │ y2 │ h0
//               x0 → x1 → x2                              x0 ← x1 ← x2
//
// A sample that has fewer steps than the others keeps what it has during those that it lacks.

import { Flag } from "../gemm/edge";
import { gemm } from "../gemm/gemm";
import { at, loadUpTo, storeUpTo } from "../simd";
import {
  CellOp,
  gatesOf,
  gruCell,
  gruCellGrad,
  lstmCell,
  lstmCellGrad,
  plainCell,
  plainCellGrad,
} from "./cells";

/** Whether a sample has a step. lengths 0: each has all. */
// @ts-ignore: decorator
@inline
function has(lengths: usize, row: i32, t: i32): bool {
  return lengths == 0 || t < i32.load(at(lengths, row));
}

/**
 * gates [steps, batch, g n], which hold what x gives to them, become what the cells make of them; all
 * but the first state of h and c [steps + 1, batch, n] is written. aside [steps, batch, n]: tanh c of
 * the LSTM, the hidden state's part in n of the GRU. weight: g n × n with strides wrs and wcs; bias: g n
 * numbers, or 0; c and aside are 0 where a cell has none. Samples begin to end.
 */
export function recurrent(
  op: i32, gates: usize, weight: usize, wrs: i32, wcs: i32, bias: usize, h: usize, c: usize,
  aside: usize, lengths: usize, steps: i32, batch: i32, n: i32, backwards: i32, scratch: usize,
  begin: i32, end: i32,
): void {
  const width = n * gatesOf(op), all = batch * n, wide = op == CellOp.Gru ? 2 * n : width;
  for (let i = 0; i < steps; i++) {
    const t = backwards ? steps - 1 - i : i;
    const from = at(h, all * (backwards ? t + 1 : t)), to = at(h, all * (backwards ? t : t + 1));
    const rows = at(gates, batch * width * t), beside = at(aside, all * t);
    gemm(from, n, 1, weight, wcs, wrs, rows, width, batch, wide, n, bias, Flag.Add, scratch,
      begin, end, 0, wide);
    if (op == CellOp.Gru) {
      gemm(from, n, 1, at(weight, wide * wrs), wcs, wrs, beside, n, batch, n, n,
        bias ? at(bias, wide) : 0, 0, scratch, begin, end, 0, n);
    }
    const cFrom = at(c, all * (backwards ? t + 1 : t)), cTo = at(c, all * (backwards ? t : t + 1));
    for (let row = begin; row < end; row++) {
      const x = at(rows, row * width), j = row * n;
      if (!has(lengths, row, t)) {
        memory.copy(at(to, j), at(from, j), <usize>n << 2);
        if (op == CellOp.Lstm) memory.copy(at(cTo, j), at(cFrom, j), <usize>n << 2);
      } else if (op == CellOp.Lstm) {
        lstmCell(x, at(cFrom, j), at(cTo, j), at(beside, j), at(to, j), n);
      } else if (op == CellOp.Gru) gruCell(x, at(beside, j), at(from, j), at(to, j), n);
      else plainCell(op, x, at(to, j), n);
    }
  }
}

/** y += x, n numbers. */
// @ts-ignore: decorator
@inline
function addTo(y: usize, x: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) {
    const k = min(n - i, 4);
    storeUpTo(at(y, i), f32x4.add(loadUpTo(at(y, i), k), loadUpTo(at(x, i), k)), k);
  }
}

/**
 * Gradients of the same. dy [steps + 1, batch, n]: of each state by itself, the first of which counts
 * for nothing; dh and dc [batch, n]: of the last state from elsewhere, and in the end of the first.
 * dgates: like gates, dhidden: of the GRU that of the hidden state's part, else 0.
 */
export function recurrentGrad(
  op: i32, gates: usize, weight: usize, wrs: i32, wcs: i32, h: usize, c: usize, aside: usize,
  lengths: usize, dy: usize, dgates: usize, dhidden: usize, dh: usize, dc: usize,
  steps: i32, batch: i32, n: i32, backwards: i32, scratch: usize, begin: i32, end: i32,
): void {
  const width = n * gatesOf(op), all = batch * n, row4 = <usize>width << 2;
  for (let i = steps - 1; i >= 0; i--) {
    const t = backwards ? steps - 1 - i : i;
    const from = at(h, all * (backwards ? t + 1 : t)), to = all * (backwards ? t : t + 1);
    const cFrom = at(c, all * (backwards ? t + 1 : t)), beside = at(aside, all * t);
    const step = batch * width * t, given = at(dy, to);
    const sent = at(op == CellOp.Gru ? dhidden : dgates, step);
    for (let row = begin; row < end; row++) {
      const j = row * n, k = step + row * width, d = at(dh, j);
      addTo(d, at(given, j), n);
      if (!has(lengths, row, t)) {
        memory.fill(at(dgates, k), 0, row4);
        if (op == CellOp.Gru) memory.fill(at(dhidden, k), 0, row4);
      } else if (op == CellOp.Lstm) {
        lstmCellGrad(at(gates, k), at(cFrom, j), at(beside, j), at(dgates, k), d, at(dc, j), n);
      } else if (op == CellOp.Gru) {
        gruCellGrad(at(gates, k), at(beside, j), at(from, j), at(dgates, k), at(dhidden, k), d, n);
      } else plainCellGrad(op, at(h, to + j), at(dgates, k), d, n);
    }
    gemm(sent, width, 1, weight, wrs, wcs, dh, n, batch, n, width, 0, Flag.Add, scratch,
      begin, end, 0, n);
  }
}

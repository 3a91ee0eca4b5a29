/**
 * Reductions, softmax and losses along rows: from buffers to kernels, part of the door that `../kernels.ts` is.
 *
 * @module
 */
import type { Buffer } from "../buffer.ts";
import { gainsFromThreads } from "../threads.ts";
import { badRow, clearStatus, onThreads, status, wasm } from "../wasm.ts";
import { STREAM } from "./cost.ts";

const REDUCE = { sum: 0, max: 1, min: 2 } as const;

/** y = all of x, folded. */
export type ReduceOp = keyof typeof REDUCE;

/** Reductions, softmax and losses along rows, by name. */
export const rows = {
  /** y = op over the middle of x: [outer, n, inner] → [outer, inner]. float32 or int32. */
  reduce(op: ReduceOp, x: Buffer, y: Buffer, outer: number, n: number, inner: number): void {
    const code = REDUCE[op];
    const split = gainsFromThreads(outer * n * inner * STREAM);
    if (inner === 1) {
      const name = x.dtype === "int32" ? "reduceRowsI32" : "reduceRows";
      if (split && outer > 1) onThreads(name, [code, x.ptr, y.ptr, n, 0, outer], { align: 1 });
      else wasm[name]!(code, x.ptr, y.ptr, n, 0, outer);
    } else {
      const name = x.dtype === "int32" ? "reduceColsI32" : "reduceCols";
      if (split) onThreads(name, [code, x.ptr, y.ptr, n, inner, 0, outer, 0, inner]);
      else wasm[name]!(code, x.ptr, y.ptr, n, inner, 0, outer, 0, inner);
    }
  },

  /** y (int32) = where in each row of x: [rows, n] its first largest or smallest element stands. */
  argReduce(op: "max" | "min", x: Buffer, y: Buffer, rows: number, n: number): void {
    const run = x.dtype === "int32" ? wasm.argRowsI32! : wasm.argRows!;
    run(REDUCE[op], x.ptr, y.ptr, n, 0, rows);
  },

  /** y = softmax, or log-softmax, of each row of x: [rows, n]. */
  softmax(log: boolean, x: Buffer, y: Buffer, rows: number, n: number): void {
    if (gainsFromThreads(rows * n)) {
      onThreads("softmaxRows", [log ? 1 : 0, x.ptr, y.ptr, n, 0, rows], { align: 1 });
    } else wasm.softmaxRows!(log ? 1 : 0, x.ptr, y.ptr, n, 0, rows);
  },

  /** dx of the same, from its output y and dy; dx must be neither. */
  softmaxGrad(log: boolean, y: Buffer, dy: Buffer, dx: Buffer, rows: number, n: number): void {
    if (gainsFromThreads(rows * n)) {
      onThreads("softmaxGradRows", [log ? 1 : 0, y.ptr, dy.ptr, dx.ptr, n, 0, rows], { align: 1 });
    } else wasm.softmaxGradRows!(log ? 1 : 0, y.ptr, dy.ptr, dx.ptr, n, 0, rows);
  },

  /** losses[i] = −logp[i, label i]. Returns the first row whose label is not in [0, c), or −1. */
  nll(logp: Buffer, labels: Buffer, losses: Buffer, rows: number, c: number): number {
    clearStatus();
    wasm.nllRows!(logp.ptr, labels.ptr, losses.ptr, c, status, 0, rows);
    return badRow();
  },

  /** dlogp = −scale · dloss at the labels, else 0. dloss holds one number, or one a row. */
  nllGrad(
    labels: Buffer,
    dloss: Buffer,
    scale: number,
    dlogp: Buffer,
    rows: number,
    c: number,
  ): void {
    const step = dloss.numel === 1 ? 0 : 1;
    wasm.nllGradRows!(labels.ptr, dloss.ptr, step, scale, dlogp.ptr, c, 0, rows);
  },

  /**
   * losses[i] = log Σ exp x[i, :] − x[i, label i], and stats [rows, 2] for the gradient. Returns the
   * first row whose label is not in [0, c), or −1.
   */
  crossEntropy(
    x: Buffer,
    labels: Buffer,
    losses: Buffer,
    stats: Buffer,
    rows: number,
    c: number,
  ): number {
    clearStatus();
    if (gainsFromThreads(rows * (40 + c))) {
      // deno-fmt-ignore
      const args = [x.ptr, labels.ptr, losses.ptr, stats.ptr, c, status, 0, rows];
      onThreads("crossEntropyRows", args, { align: 1 });
    } else {
      wasm.crossEntropyRows!(x.ptr, labels.ptr, losses.ptr, stats.ptr, c, status, 0, rows);
    }
    return badRow();
  },

  /** dx = (softmax(x) − onehot) · scale · dloss. dloss holds one number, or one a row. */
  crossEntropyGrad(
    x: Buffer,
    labels: Buffer,
    stats: Buffer,
    dloss: Buffer,
    scale: number,
    dx: Buffer,
    rows: number,
    c: number,
  ): void {
    const step = dloss.numel === 1 ? 0 : 1;
    // deno-fmt-ignore
    if (gainsFromThreads(rows * (40 + c))) {
      const args = [x.ptr, labels.ptr, stats.ptr, dloss.ptr, step, scale, dx.ptr, c, 0, rows];
      onThreads("crossEntropyGradRows", args, { align: 1 });
    } else {
      wasm.crossEntropyGradRows!(x.ptr, labels.ptr, stats.ptr, dloss.ptr, step, scale, dx.ptr, c, 0, rows);
    }
  },
};

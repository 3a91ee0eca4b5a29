/**
 * Reductions, softmax and losses along rows: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Blame, Losses, ReduceOp, Reductions, SoftmaxForm } from "../device/kernels.ts";
import { gainsFromThreads } from "./threads.ts";
import { checkStatus, clearStatus, onThreads, status, wasm } from "./instance.ts";
import { addressOf, floatsAt, intsAt } from "./address.ts";
import { STREAM } from "./cost.ts";

const REDUCE: Record<ReduceOp, number> = { sum: 0, max: 1, min: 2 };

const SOFTMAX: Record<SoftmaxForm, number> = { softmax: 0, logSoftmax: 1, maskedSoftmax: 2 };

/** Reductions, softmax and losses along rows, by name. */
export const rows: Reductions & Losses = {
  /** y = op over the middle of x: [outer, n, inner] → [outer, inner]. float32 or int32. */
  reduce(op: ReduceOp, x: Buffer, y: Buffer, outer: number, n: number, inner: number): void {
    const code = REDUCE[op];
    const dtype = x.dtype === "int32" ? "int32" : "float32";
    const xAt = addressOf(x, dtype, outer * n * inner, op, "x");
    const yAt = addressOf(y, dtype, outer * inner, op, "the result");
    const split = gainsFromThreads(outer * n * inner * STREAM);
    if (inner === 1) {
      const name = dtype === "int32" ? "reduceRowsI32" : "reduceRows";
      if (split && outer > 1) onThreads(name, [code, xAt, yAt, n, 0, outer], { align: 1 });
      else wasm[name]!(code, xAt, yAt, n, 0, outer);
    } else {
      const name = dtype === "int32" ? "reduceColsI32" : "reduceCols";
      if (split) onThreads(name, [code, xAt, yAt, n, inner, 0, outer, 0, inner]);
      else wasm[name]!(code, xAt, yAt, n, inner, 0, outer, 0, inner);
    }
  },

  /** y (int32) = where in each row of x: [rows, n] its first largest or smallest element stands. */
  argReduce(op: "max" | "min", x: Buffer, y: Buffer, rows: number, n: number): void {
    const dtype = x.dtype === "int32" ? "int32" : "float32";
    const run = dtype === "int32" ? wasm.argRowsI32! : wasm.argRows!;
    const xAt = addressOf(x, dtype, rows * n, `arg${op}`, "x");
    run(REDUCE[op], xAt, intsAt(y, rows, `arg${op}`, "the result"), n, 0, rows);
  },

  /** y = softmax, in one of its forms, of each row of x: [rows, n]. */
  softmax(op: SoftmaxForm, x: Buffer, y: Buffer, rows: number, n: number): void {
    const xAt = floatsAt(x, rows * n, op, "x");
    const yAt = floatsAt(y, rows * n, op, "the result");
    if (gainsFromThreads(rows * n)) {
      onThreads("softmaxRows", [SOFTMAX[op], xAt, yAt, n, 0, rows], { align: 1 });
    } else wasm.softmaxRows!(SOFTMAX[op], xAt, yAt, n, 0, rows);
  },

  /** dx of the same, from its output y and dy; dx must be neither. */
  softmaxGrad(
    op: SoftmaxForm,
    y: Buffer,
    dy: Buffer,
    dx: Buffer,
    rows: number,
    n: number,
  ): void {
    const yAt = floatsAt(y, rows * n, op, "y");
    const dyAt = floatsAt(dy, rows * n, op, "dy");
    const dxAt = floatsAt(dx, rows * n, op, "dx");
    if (gainsFromThreads(rows * n)) {
      onThreads("softmaxGradRows", [SOFTMAX[op], yAt, dyAt, dxAt, n, 0, rows], { align: 1 });
    } else wasm.softmaxGradRows!(SOFTMAX[op], yAt, dyAt, dxAt, n, 0, rows);
  },

  /** losses[i] = −logp[i, label i]. Blames a row whose label is not in [0, c). */
  nll(
    logp: Buffer,
    labels: Buffer,
    losses: Buffer,
    rows: number,
    c: number,
    blame: Blame,
  ): void {
    const logpAt = floatsAt(logp, rows * c, "nllLoss", "the log-probabilities");
    const labelsAt = intsAt(labels, rows, "nllLoss", "the labels");
    clearStatus();
    wasm.nllRows!(
      logpAt,
      labelsAt,
      floatsAt(losses, rows, "nllLoss", "the losses"),
      c,
      status,
      0,
      rows,
    );
    checkStatus(blame);
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
    const labelsAt = intsAt(labels, rows, "nllLoss", "the labels");
    const dlossAt = floatsAt(dloss, step === 0 ? 1 : rows, "nllLoss", "dloss");
    const dlogpAt = floatsAt(dlogp, rows * c, "nllLoss", "dlogp");
    wasm.nllGradRows!(labelsAt, dlossAt, step, scale, dlogpAt, c, 0, rows);
  },

  /**
   * losses[i] = log Σ exp x[i, :] − x[i, label i], and stats [rows, 2] for the gradient. Blames a
   * row whose label is not in [0, c).
   */
  crossEntropy(
    x: Buffer,
    labels: Buffer,
    losses: Buffer,
    stats: Buffer,
    rows: number,
    c: number,
    blame: Blame,
  ): void {
    const op = "crossEntropy";
    const xAt = floatsAt(x, rows * c, op, "the logits");
    const labelsAt = intsAt(labels, rows, op, "the labels");
    const lossesAt = floatsAt(losses, rows, op, "the losses");
    const statsAt = floatsAt(stats, rows * 2, op, "what was saved");
    clearStatus();
    if (gainsFromThreads(rows * (40 + c))) {
      const args = [xAt, labelsAt, lossesAt, statsAt, c, status, 0, rows];
      onThreads("crossEntropyRows", args, { align: 1 });
    } else wasm.crossEntropyRows!(xAt, labelsAt, lossesAt, statsAt, c, status, 0, rows);
    checkStatus(blame);
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
    const op = "crossEntropy";
    const xAt = floatsAt(x, rows * c, op, "the logits");
    const labelsAt = intsAt(labels, rows, op, "the labels");
    const statsAt = floatsAt(stats, rows * 2, op, "what was saved");
    const dlossAt = floatsAt(dloss, step === 0 ? 1 : rows, op, "dloss");
    const dxAt = floatsAt(dx, rows * c, op, "dx");
    if (gainsFromThreads(rows * (40 + c))) {
      const args = [xAt, labelsAt, statsAt, dlossAt, step, scale, dxAt, c, 0, rows];
      onThreads("crossEntropyGradRows", args, { align: 1 });
    } else {
      // deno-fmt-ignore
      wasm.crossEntropyGradRows!(xAt, labelsAt, statsAt, dlossAt, step, scale, dxAt, c, 0, rows);
    }
  },
};

/**
 * Reductions, softmax and losses along rows: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import { DIV } from "../device/arithmetic.ts";
import { elementwise } from "./elementwise.ts";
import type { Buffer } from "../device/buffer.ts";
import type {
  Blame,
  Channels,
  Losses,
  ReduceOp,
  Reductions,
  SoftmaxForm,
} from "../device/kernels.ts";
import { REDUCE_OP, SOFTMAX_OP } from "../../build/abi.ts";
import { addressOf, floatsAt, imagesAt, intsAt } from "./address.ts";
import { ELEMENTS, launch, ROWS, STREAM } from "./launch.ts";
import { checkStatus, clearStatus } from "./scratch.ts";

/** Nanoseconds that picking one number by its label takes. */
const PICK = 2;

/** Bytes that a thread needs for sums down columns, for each kind of sum: `assembly/norm/columns.ts`. */
export const STRIP: number = 12 * 512;

/** Reductions, softmax and losses along rows, by name. */
export const rows: Reductions & Losses = {
  /** y = op over the middle of x: [outer, n, inner] → [outer, inner]. float32 or int32. */
  reduce(op: ReduceOp, x: Buffer, y: Buffer, outer: number, n: number, inner: number): void {
    if (op === "mean") {
      rows.reduce("sum", x, y, outer, n, inner);
      return elementwise.binary(DIV, y, n, y);
    }
    const code = REDUCE_OP[op];
    const work = outer * n * inner * STREAM;
    const dtype = x.dtype === "int32" ? "int32" : "float32";
    const xAt = addressOf(x, dtype, outer * n * inner, op, "x");
    const yAt = addressOf(y, dtype, outer * inner, op, "the result");
    if (inner === 1) {
      if (dtype === "int32") launch.reduceRowsI32(work, code, xAt, yAt, n, outer, ROWS);
      else launch.reduceRows(work, code, xAt, yAt, n, outer, ROWS);
    } else if (dtype === "int32") {
      launch.reduceColsI32(work, code, xAt, yAt, n, inner, outer, inner);
    } else launch.reduceCols(work, code, xAt, yAt, n, inner, outer, inner);
  },

  /** y (int32) = where in each row of x: [rows, n] its first largest or smallest element stands. */
  argReduce(op: "max" | "min", x: Buffer, y: Buffer, rows: number, n: number): void {
    const dtype = x.dtype === "int32" ? "int32" : "float32";
    const xAt = addressOf(x, dtype, rows * n, `arg${op}`, "x");
    const yAt = intsAt(y, rows, `arg${op}`, "the result");
    const [work, code] = [rows * n * STREAM, REDUCE_OP[op]];
    if (dtype === "int32") launch.argRowsI32(work, code, xAt, yAt, n, rows, ROWS);
    else launch.argRows(work, code, xAt, yAt, n, rows, ROWS);
  },

  /** y = softmax, in one of its forms, of each row of x: [rows, n]. */
  softmax(op: SoftmaxForm, x: Buffer, y: Buffer, rows: number, n: number): void {
    const xAt = floatsAt(x, rows * n, op, "x");
    const yAt = floatsAt(y, rows * n, op, "the result");
    launch.softmaxRows(rows * n, SOFTMAX_OP[op], xAt, yAt, n, rows, ROWS);
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
    launch.softmaxGradRows(rows * n, SOFTMAX_OP[op], yAt, dyAt, dxAt, n, rows, ROWS);
  },

  /** mean and variance (of n, not n − 1) of each channel of x. */
  channelMoments(x: Buffer, mean: Buffer, variance: Buffer, [outer, c, inner]: Channels): void {
    const op = "batchNorm";
    const xAt = imagesAt(x, inner === 1, outer * c * inner, op, "x");
    const meanAt = floatsAt(mean, c, op, "the mean");
    const varianceAt = floatsAt(variance, c, op, "the variance");
    launch.channelMoments(
      x.numel * 2 * STREAM,
      xAt,
      meanAt,
      varianceAt,
      outer,
      c,
      inner,
      inner === 1 ? STRIP : 0,
      c,
      inner === 1 ? ELEMENTS : ROWS,
    );
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
    const lossesAt = floatsAt(losses, rows, "nllLoss", "the losses");
    launch.nllRows(rows * PICK, logpAt, labelsAt, lossesAt, c, clearStatus(), rows, ROWS);
    checkStatus(blame, labelsAt);
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
    const work = rows * (PICK + c * STREAM);
    launch.nllGradRows(work, labelsAt, dlossAt, step, scale, dlogpAt, c, rows, ROWS);
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
    const work = rows * (40 + c);
    const status = clearStatus();
    launch.crossEntropyRows(work, xAt, labelsAt, lossesAt, statsAt, c, status, rows, ROWS);
    checkStatus(blame, labelsAt);
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
    // deno-fmt-ignore
    launch.crossEntropyGradRows(
      rows * (40 + c), xAt, labelsAt, statsAt, dlossAt, step, scale, dxAt, c, rows, ROWS,
    );
  },
};

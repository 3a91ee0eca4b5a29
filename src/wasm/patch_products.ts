/**
 * The matrix products of convolutions whose numbers below a kernel lie as rows of a matrix: one row for each
 * pixel of the result.
 *
 * ```
 * y [P, o] = rows [P, K] · wᵀ + bias        dw [K, o] = rowsᵀ · dy        P pixels, K numbers a kernel
 * ```
 *
 * @module
 */
import { type Buffer, viewOf } from "../device/buffer.ts";
import type { ConvSizes } from "../device/kernels.ts";
import { floatsAt } from "./address.ts";
import { inputAt, outputAt, weightAt, weightSize } from "./conv_sizes.ts";
import { moves } from "./copy.ts";
import { product } from "./matmul.ts";
import { rows as reduction } from "./reduce.ts";

/** Calls `run` with the rows, which are there only so long. */
export type WithRows = (run: (rows: Buffer) => void) => void;

/** Outputs of a batch, in pixels. */
export function pixelsOf(s: ConvSizes): number {
  return s.n * s.oh * s.ow;
}

/** A matrix of a buffer's elements. */
export function matrix(of: Buffer, m: number, n: number, offset: number = of.offset): Buffer {
  return viewOf(of, [m, n], [n, 1], offset);
}

/** aᵀ. */
function turned(a: Buffer): Buffer {
  const [m, n] = a.shape as [number, number];
  return viewOf(a, [n, m], [1, n]);
}

/** y = the convolution of x, or relu of it. */
export function forwardOfRows(
  s: ConvSizes,
  x: Buffer,
  w: Buffer,
  bias: Buffer | null,
  y: Buffer,
  relu: boolean,
  withRows: WithRows,
): void {
  inputAt(s, x, "x"); // throws where they do not lie as they must
  weightAt(s, w);
  outputAt(s, y, "the result");
  if (bias !== null) floatsAt(bias, s.o, "conv2d", "the bias");
  const weight = turned(matrix(w, s.o, weightSize(s) / s.o)), to = matrix(y, pixelsOf(s), s.o);
  withRows((rows) => {
    if (relu) product.gemmRelu!(rows, weight, to, bias);
    else product.gemm(rows, weight, to, bias, false);
  });
}

/** dw and behind it that of the bias, as `convGrad` of `convolution.ts`. */
export function weightGradOfRows(
  s: ConvSizes,
  x: Buffer,
  dy: Buffer,
  dw: Buffer,
  bias: boolean,
  withRows: WithRows,
): void {
  inputAt(s, x, "x");
  outputAt(s, dy, "dy");
  const size = weightSize(s), pixels = pixelsOf(s);
  floatsAt(dw, size + s.o, "conv2d", "dw");
  const from = matrix(dy, pixels, s.o);
  withRows((rows) => {
    product.gemm(turned(rows), from, matrix(dw, size / s.o, s.o), null, false);
  });
  const sums = viewOf(dw, [s.o], [1], dw.offset + size);
  if (bias) reduction.reduce("sum", from, sums, 1, pixels, s.o);
  else moves.fill(sums, 0);
}

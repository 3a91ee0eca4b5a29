/**
 * Convolutions whose kernel is one pixel: each is one matrix product of all pixels of a batch.
 *
 * ```
 * y [P, o] = x [P, c] · wᵀ + bias        dx [P, c] = dy [P, o] · w        dw [c, o] = xᵀ · dy
 * ```
 *
 * With steps, the pixels that count are copied out first.
 *
 * @module
 */
import { alloc, type Buffer, viewOf } from "../device/buffer.ts";
import type { ConvSizes } from "../device/kernels.ts";
import { floatsAt } from "./address.ts";
import { inputAt, outputAt, weightAt, weightSize } from "./conv_sizes.ts";
import { moves } from "./copy.ts";
import { product } from "./matmul.ts";
import { rows } from "./reduce.ts";

/** Whether a kernel is one pixel, with nothing around the image. */
export function isPointwise(s: ConvSizes): boolean {
  return s.groups === 1 && [...s.kernel].every((n) => n === 1) && s.padding.every((n) => n === 0);
}

function hasSteps(s: ConvSizes): boolean {
  return s.stride.some((n) => n !== 1);
}

/** Outputs of a batch, in pixels. */
function pixelsOf(s: ConvSizes): number {
  return s.n * s.oh * s.ow;
}

/** A matrix of a buffer's elements. */
function matrix(of: Buffer, m: number, n: number, offset: number = of.offset): Buffer {
  return viewOf(of, [m, n], [n, 1], offset);
}

/** aᵀ. */
function turned(a: Buffer): Buffer {
  const [m, n] = a.shape as [number, number];
  return viewOf(a, [n, m], [1, n]);
}

/** Of what has x's size the pixels that outputs see, [n, oh, ow, c]. */
function seen(s: ConvSizes, x: Buffer): Buffer {
  const { n, h, w, c, oh, ow, stride: [sh, sw] } = s;
  return viewOf(x, [n, oh, ow, c], [h * w * c, sh * w * c, sw * c, 1]);
}

/** Calls `run` with the pixels of x that outputs see, as a matrix. */
function withPixels(s: ConvSizes, x: Buffer, run: (pixels: Buffer) => void): void {
  if (!hasSteps(s)) return run(matrix(x, pixelsOf(s), s.c));
  const pixels = alloc(x, [s.n, s.oh, s.ow, s.c]);
  moves.copy(seen(s, x), pixels);
  run(matrix(pixels, pixelsOf(s), s.c));
  pixels.storage.release("conv");
}

/** y = the convolution, or relu of it. */
export function pointwiseForward(
  s: ConvSizes,
  x: Buffer,
  w: Buffer,
  bias: Buffer | null,
  y: Buffer,
  relu: boolean,
): void {
  inputAt(s, x, "x"); // throws where they do not lie as they must
  weightAt(s, w);
  outputAt(s, y, "the result");
  if (bias !== null) floatsAt(bias, s.o, "conv2d", "the bias");
  const weight = turned(matrix(w, s.o, s.c)), to = matrix(y, pixelsOf(s), s.o);
  withPixels(s, x, (from) => {
    if (relu) product.gemmRelu!(from, weight, to, bias);
    else product.gemm(from, weight, to, bias, false);
  });
}

/** Its gradients, as `convGrad` of `convolution.ts`. */
export function pointwiseGrad(
  s: ConvSizes,
  x: Buffer,
  w: Buffer,
  dy: Buffer,
  dx: Buffer | null,
  dw: Buffer | null,
  bias: boolean,
): void {
  inputAt(s, x, "x");
  weightAt(s, w);
  outputAt(s, dy, "dy");
  if (dx !== null) inputAt(s, dx, "dx");
  if (dw !== null) floatsAt(dw, weightSize(s) + s.o, "conv2d", "dw");
  const pixels = pixelsOf(s), from = matrix(dy, pixels, s.o), weight = matrix(w, s.o, s.c);
  if (dx !== null && !hasSteps(s)) {
    product.gemm(from, weight, matrix(dx, pixels, s.c), null, false);
  } else if (dx !== null) {
    const part = alloc(dx, [s.n, s.oh, s.ow, s.c]);
    product.gemm(from, weight, matrix(part, pixels, s.c), null, false);
    moves.fill(viewOf(dx, [dx.numel], [1]), 0);
    moves.copy(part, seen(s, dx));
    part.storage.release("conv");
  }
  if (dw === null) return;
  withPixels(s, x, (seen) => {
    product.gemm(turned(seen), from, matrix(dw, s.c, s.o), null, false);
  });
  const sums = viewOf(dw, [s.o], [1], dw.offset + weightSize(s));
  if (bias) rows.reduce("sum", from, sums, 1, pixels, s.o);
  else moves.fill(sums, 0);
}

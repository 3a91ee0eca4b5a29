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
import { forwardOfRows, matrix, pixelsOf, weightGradOfRows } from "./patch_products.ts";

/** Whether a kernel is one pixel, with nothing around the image. */
export function isPointwise(s: ConvSizes): boolean {
  return s.groups === 1 && [...s.kernel].every((n) => n === 1) && s.padding.every((n) => n === 0);
}

function hasSteps(s: ConvSizes): boolean {
  return s.stride.some((n) => n !== 1);
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
  forwardOfRows(s, x, w, bias, y, relu, (run) => withPixels(s, x, run));
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
  inputAt(s, x, "x"); // all is looked at before anything is written
  weightAt(s, w);
  outputAt(s, dy, "dy");
  if (dx !== null) inputAt(s, dx, "dx");
  if (dw !== null) floatsAt(dw, weightSize(s) + s.o, "conv2d", "dw");
  if (dx !== null) inputGrad(s, w, dy, dx);
  if (dw !== null) weightGradOfRows(s, x, dy, dw, bias, (run) => withPixels(s, x, run));
}

function inputGrad(s: ConvSizes, w: Buffer, dy: Buffer, dx: Buffer): void {
  const pixels = pixelsOf(s), from = matrix(dy, pixels, s.o), weight = matrix(w, s.o, s.c);
  if (!hasSteps(s)) return product.gemm(from, weight, matrix(dx, pixels, s.c), null, false);
  const part = alloc(dx, [s.n, s.oh, s.ow, s.c]);
  product.gemm(from, weight, matrix(part, pixels, s.c), null, false);
  moves.fill(viewOf(dx, [dx.numel], [1]), 0);
  moves.copy(part, seen(s, dx));
  part.storage.release("conv");
}

/**
 * The sizes of a convolution as kernels read them, and the addresses of what it works on.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { ConvSizes } from "../device/kernels.ts";
import { type Address, floatsAt, imagesAt } from "./address.ts";
import { intTable } from "./scratch.ts";

/** Most chunks of a batch whose weight gradients are sums of their own, whatever the threads. */
const CHUNKS = 8;

/** Samples of a chunk: from four on whole fours, since Winograd's products take rows in fours. */
export function chunkOf(s: ConvSizes): number {
  const samples = Math.ceil(s.n / CHUNKS);
  return samples > 4 ? 4 * Math.ceil(samples / 4) : samples;
}

/**
 * Puts the sizes where kernels read them. bias: whether its gradient is wanted; tile: rows and columns of
 * Winograd's tiles of outputs, or none.
 */
export function shapeAt(
  s: ConvSizes,
  bias: boolean,
  tile: readonly [number, number] = [0, 0],
): Address {
  // deno-fmt-ignore
  return intTable([
    s.n, s.c, s.h, s.w, s.o, s.oh, s.ow, ...s.kernel, ...s.stride, ...s.padding, ...s.dilation,
    s.groups, chunkOf(s), bias ? 1 : 0, ...tile,
  ]);
}

/** Nanoseconds that one convolution takes on one thread, roughly. */
export function workOf(s: ConvSizes): number {
  return s.n * s.oh * s.ow * s.o * s.kernel[0] * s.kernel[1] * (s.c / s.groups) / 20;
}

/** Numbers of the weight. */
export function weightSize(s: ConvSizes): number {
  return s.o * s.kernel[0] * s.kernel[1] * (s.c / s.groups);
}

/** The address of the weight. */
export function weightAt(s: ConvSizes, w: Buffer): Address {
  return floatsAt(w, weightSize(s), "conv2d", "the weight");
}

/** The address of what has x's size. */
export function inputAt(s: ConvSizes, x: Buffer, argument: string): Address {
  return imagesAt(x, true, s.n * s.h * s.w * s.c, "conv2d", argument);
}

/** The address of what has y's size. */
export function outputAt(s: ConvSizes, y: Buffer, argument: string): Address {
  return imagesAt(y, true, s.n * s.oh * s.ow * s.o, "conv2d", argument);
}

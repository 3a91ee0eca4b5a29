/**
 * The one way from a buffer to its place on the GPU. As on the CPU, kernels check nothing: each place
 * is asked for with what the kernel is going to take for granted.
 *
 * @module
 */
import { BYTES, type DType } from "../core/dtype.ts";
import { DeviceError } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
import type { Buffer } from "../device/buffer.ts";
import { compute } from "../device/outer_product.ts";
import {
  checkAlike,
  checkBroadcasts,
  checkChannelsLast,
  checkStrided,
  refused,
} from "../device/check.ts";
import { type Gpu, opened, placeOf } from "./device.ts";

/** The GPU that a buffer is on. */
export function gpuOf(x: Buffer): Gpu {
  return x.storage.device as Gpu;
}

/**
 * Where `numel` elements of a dtype lie that are row-major without gaps: counted in elements of that
 * dtype from the beginning of all memory. Throws, naming the op and the argument, where the buffer is
 * anything else: ReleasedError, DTypeError, ShapeError, DeviceError.
 */
export function elementsAt(
  x: Buffer,
  dtype: DType,
  numel: number,
  op: string,
  argument: string,
): number {
  const { storage } = x;
  if (storage.pending !== null) compute(storage);
  const bytes = BYTES[dtype];
  if (
    storage.device !== opened || x.dtype !== dtype || !x.isContiguous ||
    x.numel !== numel ||
    (numel > 0 ? (x.offset + numel) * bytes > storage.bytes : storage.block === null)
  ) throw refused(opened!, x, dtype, numel, op, argument);
  return placeOf(storage.block!) / bytes + x.offset;
}

/**
 * Where the first element of a buffer of any strides lies, for kernels that walk them. Throws like
 * {@link elementsAt}, and where its elements reach beyond its storage.
 */
export function stridedAt(x: Buffer, dtype: DType, op: string, argument: string): number {
  if (x.isContiguous) return elementsAt(x, dtype, x.numel, op, argument);
  const { storage } = x;
  if (storage.pending !== null) compute(storage);
  checkStrided(opened!, x, dtype, op, argument);
  return placeOf(storage.block!) / BYTES[dtype] + x.offset;
}

/** Where `numel` row-major float32 elements lie. */
export function floatsAt(x: Buffer, numel: number, op: string, argument: string): number {
  return elementsAt(x, "float32", numel, op, argument);
}

/** Where `numel` row-major int32 elements lie. */
export function intsAt(x: Buffer, numel: number, op: string, argument: string): number {
  return elementsAt(x, "int32", numel, op, argument);
}

/**
 * Where float32 elements lie that fill one span of memory in the order in which those of `like` do,
 * whatever order that is: for kernels to which one element is like the other.
 */
export function denseAt(x: Buffer, like: Buffer, op: string, argument: string): number {
  if (x.isContiguous && like.isContiguous) return floatsAt(x, like.numel, op, argument);
  checkAlike(opened!, x, like, op, argument);
  return stridedAt(x, "float32", op, argument);
}

/**
 * Where float32 images [n, c, ...] of `numel` elements in all lie, row-major or with their channels
 * last in memory.
 */
export function imagesAt(
  x: Buffer,
  channelsLast: boolean,
  numel: number,
  op: string,
  argument: string,
): number {
  if (!channelsLast) return floatsAt(x, numel, op, argument);
  checkChannelsLast(opened!, x, numel, op, argument);
  return stridedAt(x, "float32", op, argument);
}

/**
 * Where a buffer of any strides lies that is read as if it had another shape, to which it must
 * broadcast.
 */
export function broadcastAt(
  x: Buffer,
  dtype: DType,
  to: Shape,
  op: string,
  argument: string,
): number {
  checkBroadcasts(x, to, op, argument);
  return stridedAt(x, dtype, op, argument);
}

/** Groups of 256 threads for n elements: no more than every GPU starts, which then go on to the next. */
export function groupsFor(n: number): number {
  return Math.min(Math.ceil(n / 256), 65535);
}

/** What to throw where the GPU has no kernel. */
export function noKernel(name: string): DeviceError {
  return new DeviceError(
    `${name}: "webgpu" does not compute it: move the tensor to the CPU, by await its cpu()`,
  );
}

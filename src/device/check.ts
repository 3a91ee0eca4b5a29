/**
 * What kernels ask of a buffer before they touch its memory, whatever the device.
 *
 * @module
 */
import { BYTES, type DType } from "../core/dtype.ts";
import { DTypeError, ShapeError, show } from "../core/errors.ts";
import { isChannelsLast, isDense, sameLayout, sameShape, type Shape } from "../core/shape.ts";
import { type Buffer, releasedError, wrongDevice } from "./buffer.ts";
import type { Device } from "./device.ts";

/** Throws ShapeError unless x broadcasts to a shape. */
export function checkBroadcasts(x: Buffer, to: Shape, op: string, argument: string): void {
  const lead = to.length - x.shape.length;
  let fits = lead >= 0;
  for (let i = 0; i < x.shape.length && fits; i++) {
    fits = x.shape[i] === 1 || x.shape[i] === to[i + lead];
  }
  if (!fits) {
    throw new ShapeError(
      `${op}: ${argument} must broadcast to ${show(to)}: it is ${show(x.shape)}`,
    );
  }
}

/**
 * Throws unless a buffer, whatever its strides, is on a device, has a dtype and lies inside its storage.
 * Only what is copied may go backwards along a dimension.
 */
export function checkStrided(
  device: Device,
  x: Buffer,
  dtype: DType,
  op: string,
  argument: string,
): void {
  const { storage, shape, strides } = x;
  let last = x.offset, first = x.offset; // the elements that lie furthest
  let isEmpty = false;
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] === 0) isEmpty = true;
    const reach = (shape[i]! - 1) * strides[i]!;
    if (strides[i]! >= 0) last += reach;
    else if (op === "copy" && argument === "the source") first += reach;
    else throw refused(device, x, dtype, x.numel, op, argument);
  }
  if (
    storage.device !== device || x.dtype !== dtype ||
    (isEmpty ? storage.block === null : !(first >= 0 && (last + 1) * BYTES[dtype] <= storage.bytes))
  ) throw refused(device, x, dtype, x.numel, op, argument, false);
}

/** Throws unless elements fill one span of memory in the order in which those of `like` do. */
export function checkAlike(
  device: Device,
  x: Buffer,
  like: Buffer,
  op: string,
  argument: string,
): void {
  const alike = sameShape(x.shape, like.shape) && isDense(like.shape, like.strides) &&
    sameLayout(x.shape, x.strides, like.strides);
  if (!alike) throw refused(device, x, "float32", like.numel, op, argument);
}

/** Throws unless images [n, c, ...] have so many elements, with their channels last in memory. */
export function checkChannelsLast(
  device: Device,
  x: Buffer,
  numel: number,
  op: string,
  argument: string,
): void {
  if (x.numel !== numel || (numel > 0 && !isChannelsLast(x.shape, x.strides))) {
    throw refused(device, x, "float32", numel, op, argument);
  }
}

/** What is wrong with a buffer, in the order in which a user would mend it. */
export function refused(
  device: Device,
  x: Buffer,
  dtype: DType,
  numel: number,
  op: string,
  argument: string,
  rowMajor = true,
): Error {
  if (x.storage.block === null) return releasedError(x);
  if (x.storage.device !== device) return wrongDevice(op, argument, x, device);
  if (x.dtype !== dtype) {
    return new DTypeError(`${op}: ${argument} must be ${dtype}: it is ${x.dtype} ${show(x.shape)}`);
  }
  if (x.numel !== numel) {
    return new ShapeError(
      `${op}: ${argument} must have ${numel} elements: it is ${
        show(x.shape)
      }, which has ${x.numel}`,
    );
  }
  if (rowMajor && !x.isContiguous) {
    return new ShapeError(
      `${op}: ${argument} must lie row-major in memory: it is ${show(x.shape)} with strides ` +
        `${show(x.strides)}: call contiguous()`,
    );
  }
  return new ShapeError(
    `${op}: ${argument} must lie inside its memory of ${x.storage.bytes} bytes: it is ` +
      `${show(x.shape)} with strides ${show(x.strides)} at ${x.offset}`,
  );
}

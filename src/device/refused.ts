/**
 * What kernels ask of a buffer before they touch its memory, whatever the device.
 *
 * @module
 */
import type { DType } from "../core/dtype.ts";
import { DTypeError, ShapeError, show } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
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

/**
 * Which of two layouts images [n, c, h, w] have: row-major, or channels last (see `layout.ts`). Ops
 * that walk images take either as it is, and answer in the same.
 *
 * @module
 */
import { alloc, type Buffer } from "../device/buffer.ts";
import { isChannelsLast, type Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { allocChannelsLast, channelsLast } from "./layout.ts";
import { contiguous } from "./view.ts";

/** Whether a pixel's channels are neighbours in memory, and the memory is not row-major as well. */
export function areChannelsLast(x: Buffer): boolean {
  return x.ndim === 4 && !x.isContiguous && isChannelsLast(x.shape, x.strides);
}

/** New memory for images where another buffer has its own, in either layout. */
export function allocImages(like: Buffer, shape: Shape, last: boolean): Buffer {
  return last ? allocChannelsLast(like, shape) : alloc(like, shape);
}

/** x in a layout: itself where it has it, else a copy. */
export function inLayout(x: Tensor, last: boolean): Buffer {
  return last ? channelsLast(x) : contiguous(x);
}

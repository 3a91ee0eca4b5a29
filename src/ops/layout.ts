/**
 * Layouts in memory: which order dimensions lie in is a matter of strides alone. Convolutions work
 * on channels-last memory, and element-by-element ops keep whatever dense layout they get, so that
 * a chain of both converts nothing.
 *
 * ```
 * [n, c, h, w], row-major        n0: c0 c0 c0 c0 c1 c1 c1 c1     strides [chw, hw, w, 1]
 * [n, c, h, w], channels last    n0: c0 c1 c0 c1 c0 c1 c0 c1     strides [chw, 1, cw, c]
 * ```
 *
 * @module
 */
import { ShapeError } from "../core/errors.ts";
import { alloc, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import {
  isContiguous,
  isDense as isDenseShape,
  mayOverlap,
  sameLayout,
  type Shape,
} from "../core/shape.ts";

/** Strides of [n, c, h, w] in channels-last memory. */
function channelsLastStrides([, c, h, w]: Shape): number[] {
  return [c! * h! * w!, 1, c! * w!, c!];
}

/** New float32 memory where another buffer has its own, with given strides, which must be dense. */
function allocStrided(like: Buffer, shape: Shape, strides: readonly number[]): Buffer {
  const base = alloc(like, shape);
  if (isContiguous(shape, strides)) return base;
  return viewOf(base, shape, strides);
}

/** New memory for [n, c, h, w] where another buffer has its own, channels last. */
export function allocChannelsLast(like: Buffer, shape: Shape): Buffer {
  return allocStrided(like, shape, channelsLastStrides(shape));
}

/** x [n, c, h, w] with its memory channels last: x itself where it is, else a copy. */
export function channelsLast(x: Buffer): Buffer {
  return withStrides(x, channelsLastStrides(x.shape));
}

function withStrides(x: Buffer, strides: readonly number[]): Buffer {
  if (x.numel === 0 || sameLayout(x.shape, x.strides, strides)) return x;
  const out = allocStrided(x, x.shape, strides);
  kernelsOf(out).copy(x, out);
  return out;
}

/** Whether the elements fill one span of memory, in whatever order of dimensions. */
export function isDense(x: Buffer): boolean {
  return x.isContiguous || isDenseShape(x.shape, x.strides);
}

/** x as it is if its memory is dense, else a row-major copy. */
export function dense(x: Buffer): Buffer {
  if (isDense(x)) return x;
  const out = alloc(x, x.shape);
  kernelsOf(out).copy(x, out);
  return out;
}

/** New memory of x's shape, with x's layout if that is dense. */
export function allocLike(x: Buffer): Buffer {
  const isRowMajor = x.isContiguous || !isDense(x);
  return isRowMajor ? alloc(x, x.shape) : allocStrided(x, x.shape, x.strides);
}

/** x in the dense layout of another buffer of its shape: x itself where it is, else a copy. */
export function inLayoutOf(like: Buffer, x: Buffer): Buffer {
  return withStrides(x, like.strides);
}

/** Throws where several elements stand in one place of the memory, as those of windows may, too. */
export function checkNotRepeated(op: string, x: Buffer): void {
  if (!x.isContiguous && mayOverlap(x.shape, x.strides)) {
    throw new ShapeError(
      `${op}: an expanded or unfolded tensor repeats its elements, so it cannot be changed in place: ` +
        `clone() it`,
    );
  }
}

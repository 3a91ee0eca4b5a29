/**
 * Views in which an element may stand several times: their gradients are sums.
 *
 * @module
 */
import { LINEAR, record } from "../autograd/autograd.ts";
import { DTYPES } from "../core/dtype.ts";
import { GradientError, ShapeError, show } from "../core/errors.ts";
import { atMost, check, isListOf, kind, orNull, whole } from "../core/options.ts";
import { axisOrFirst, numelOf, type Shape } from "../core/shape.ts";
import { viewOf } from "../device/buffer.ts";
import { wantsParts } from "../device/watch.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "./check.ts";
import { indexTensor } from "./pad_mode.ts";
import { movedim } from "./reshaping.ts";
import { addedAt, pickAt } from "./select.ts";
import { reshape } from "./view.ts";

const SIZES = kind(
  "a list of whole numbers of at least 0",
  (value) => isListOf(value, (n) => Number.isSafeInteger(n) && n as number >= 0),
);

/**
 * Windows of a length along a dimension, a step apart, as a new last dimension: [..., n, ...] →
 * [..., windows, ..., size]. A view, as PyTorch's `Tensor.unfold`.
 */
export function windows(x: Tensor, dim: number, size: number, step: number): Tensor {
  atMost(4, arguments.length, "unfold(dim, size, step)");
  checkTensor("unfold", x);
  check("unfold", "the size", size, whole(0));
  check("unfold", "the step", step, whole(1));
  const axis = axisOrFirst("unfold", dim, x.ndim);
  const row = x.ndim === 0 ? reshape(x, [1]) : x;
  const n = row.shape[axis]!;
  if (size > n) {
    throw new ShapeError(
      `unfold: the size must be at most ${n}, the length of dimension ${dim} of ${
        show(x.shape)
      }: ` +
        `it is ${size}`,
    );
  }
  const count = Math.floor((n - size) / step) + 1;
  const places = () =>
    Array.from({ length: count * size }, (_, i) => Math.floor(i / size) * step + i % size);
  if (wantsParts) { // who watches knows of no views that overlap
    const parts = pickAt("unfold", row, axis, indexTensor(row, places()));
    const apart = [...row.shape.slice(0, axis), count, size, ...row.shape.slice(axis + 1)];
    const made = movedim(reshape(parts, apart), axis + 1, -1);
    return x.ndim === 0 ? reshape(made, [size]) : made;
  }
  const stride = row.strides[axis]!;
  const out = viewOf(row, [...row.shape.with(axis, count), size], [
    ...row.strides.with(axis, stride * step),
    stride,
  ]);
  const back = (dy: Tensor): Tensor => {
    const parts = reshape(movedim(dy, -1, axis + 1), row.shape.with(axis, count * size));
    return addedAt(parts, row.shape, axis, indexTensor(dy, places()));
  };
  const made = record("unfold", out, [[row, back]], LINEAR);
  return x.ndim === 0 ? reshape(made, [size]) : made;
}

/**
 * A view of x's memory with any shape, strides and offset, in elements; the offset counts from where
 * the memory begins, and is x's own unless given. ShapeError where it would leave x's memory.
 */
export function asStrided(
  x: Tensor,
  size: Shape,
  stride: readonly number[],
  storageOffset: number | null = null,
): Tensor {
  atMost(4, arguments.length, "asStrided(x, size, stride, storageOffset)");
  checkTensor("asStrided", x);
  check("asStrided", "the size", size, SIZES);
  check("asStrided", "the stride", stride, SIZES);
  check("asStrided", "the offset", storageOffset, orNull(whole(0)));
  const offset = storageOffset ?? x.offset;
  const last = offset + size.reduce((sum, n, i) => sum + (n - 1) * (stride[i] ?? 0), 0);
  const room = x.storage.fullBytes / DTYPES[x.dtype].bytes;
  if (size.length !== stride.length || (!size.includes(0) && last >= room)) {
    throw new ShapeError(
      `asStrided: a stride a dimension, within the memory of ${room} elements, is needed: the size ` +
        `is ${show(size)}, the stride ${show(stride)}, the offset ${offset}`,
    );
  }
  const out = viewOf(x, [...size], [...stride], offset);
  return record("asStrided", out, [[x, (dy) => {
    const from = offset - x.offset;
    if (!x.isContiguous || from < 0 || last - x.offset >= x.numel) {
      throw new GradientError("asStrided: gradients need a contiguous tensor that it stays within");
    }
    const places = indexTensor(dy, placesOf(size, stride, from));
    return reshape(addedAt(reshape(dy, [-1]), [x.numel], 0, places), x.shape);
  }]], LINEAR);
}

/** Where the elements of a strided view stand, row-major. */
function placesOf(size: Shape, stride: readonly number[], from: number): number[] {
  let places = [from];
  size.forEach((n, d) => {
    places = places.flatMap((at) => Array.from({ length: n }, (_, i) => at + i * stride[d]!));
  });
  return numelOf(size) === 0 ? [] : places;
}

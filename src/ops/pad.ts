/**
 * Padding.
 *
 * @module
 */
import { LINEAR, record } from "../autograd/autograd.ts";
import { alloc, kernelsOf, viewOf } from "../device/buffer.ts";
import { ShapeError, show } from "../core/errors.ts";
import { anyNumber, atMost, checkOptions, describe, type Kinds, oneOf } from "../core/options.ts";
import { checkList } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "./check.ts";
import { padInside, type PadMode } from "./pad_mode.ts";
import { elementOf } from "./operand.ts";
import { narrow } from "./view.ts";

/** Options of {@link pad}. */
export interface PadOptions {
  /** What stands around x. Default: `"constant"`. */
  mode?: PadMode;
  /** The value, of `"constant"`. Default: 0. */
  value?: number;
}

const PAD: Kinds<PadOptions> = {
  mode: oneOf("constant", "reflect", "replicate", "circular"),
  value: anyNumber,
};

/**
 * x with elements of one value around it, or by `mode` of its own. `padding` names two lengths a dimension, before and after,
 * the last dimension first: `[left, right, top, bottom]` for images. A negative length cuts off.
 * ShapeError where there are more pairs than dimensions, or more is cut off than there is; RangeError
 * where x's dtype holds no such value.
 */
export function pad(
  x: Tensor,
  padding: readonly number[],
  options: number | PadOptions = 0,
): Tensor {
  atMost(3, arguments.length, "pad(x, padding, { mode, value })");
  checkTensor("pad", x);
  checkList("pad", "the padding", padding);
  const { mode = "constant", value = 0 } = typeof options === "number"
    ? { value: options }
    : checkOptions("pad", options, PAD);
  if (
    padding.length % 2 !== 0 || padding.length > 2 * x.ndim ||
    !padding.every((n) => Number.isInteger(n))
  ) {
    throw new ShapeError(
      `pad: at most two whole numbers a dimension are needed, in pairs: x is ${show(x.shape)}, ` +
        `the padding is ${describe(padding)}`,
    );
  }
  if (mode !== "constant") return padInside(x, padding, mode);
  let inside = x;
  const shape = [...x.shape];
  const starts = x.shape.map(() => 0);
  for (let i = 0; i < padding.length; i += 2) {
    const axis = x.ndim - 1 - i / 2;
    const [before, after] = [padding[i]!, padding[i + 1]!];
    const [n, cut] = [x.shape[axis]!, Math.max(0, -before)];
    const kept = n - cut - Math.max(0, -after);
    if (kept < 0) {
      throw new ShapeError(
        `pad: no more can be cut off than there is: x is ${show(x.shape)}, the padding is ` +
          show(padding),
      );
    }
    if (kept < n) inside = narrow(inside, axis, cut, kept);
    starts[axis] = Math.max(0, before);
    shape[axis] = n + before + after;
  }
  const out = alloc(x, shape, x.dtype);
  kernelsOf(out).fill(out, elementOf("pad", value, x.dtype));
  const at = starts.reduce((sum, start, axis) => sum + start * out.strides[axis]!, 0);
  kernelsOf(out).copy(inside, viewOf(out, inside.shape, out.strides, at));
  const part = (dy: Tensor) =>
    inside.shape.reduce((dy, n, axis) => narrow(dy, axis, starts[axis]!, n), dy);
  return record("pad", out, [[inside, part]], LINEAR);
}

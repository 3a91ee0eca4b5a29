/**
 * `sum` and `expand`, each the other's gradient, and what all reductions share.
 *
 * @module
 */
import { isTracked, LINEAR, type Pair, record } from "../autograd/autograd.ts";
import { alloc, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import { checkDType, computedIn, type DType, DTYPES } from "../core/dtype.ts";
import { ShapeError, show } from "../core/errors.ts";
import type { ReduceOp } from "../device/kernels.ts";
import { atMost, check, describe, flag } from "../core/options.ts";
import {
  axisOf,
  checkList,
  expandStrides,
  sameShape,
  type Shape,
  stridesOf,
} from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cast } from "./cast.ts";
import { checkComputes, checkTensor } from "./check.ts";
import { contiguous, reshape } from "./view.ts";

/** One dimension, several, or (undefined, or an empty list) all. */
export type Dims = number | readonly number[] | undefined;

/** The named dimensions, counted from the front. Throws ShapeError. */
export function axesOf(op: string, x: Tensor, dim: Dims): number[] {
  if (typeof dim === "number" && x.ndim > 0) return [axisOf(op, dim, x.ndim)];
  const dims: readonly number[] = Array.isArray(dim)
    ? dim
    : dim === undefined
    ? []
    : [dim as number];
  if (dims.length === 0) return x.shape.map((_, i) => i);
  // a scalar counts as a vector of one, as in PyTorch
  const axes = Array.from(dims, (d) => axisOf(op, d, Math.max(1, x.ndim)));
  if (new Set(axes).size !== axes.length) {
    throw new ShapeError(`${op}: each dimension may be named once: they are ${show(axes)}`);
  }
  return x.ndim === 0 ? [] : axes;
}

/** The dtype in which an op computes what shall be of a dtype. DTypeError where that is none. */
export function computingType(op: string, dtype: DType): DType {
  return DTYPES[checkDType(op, dtype)].computes ? dtype : computedIn(dtype);
}

/** Refuses a `keepdim` that is no boolean, as options in its place are. */
export function checkKeepdim(op: string, keepdim: boolean): void {
  if (typeof keepdim !== "boolean") check(op, "keepdim", keepdim, flag);
}

/** The shape with the named dimensions at length 1. */
export function keptShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((n, i) => axes.includes(i) ? 1 : n);
}

/** Folds the dimensions `first` to `last` of x, which is contiguous, to length 1. */
function foldRun(op: ReduceOp, x: Buffer, first: number, last: number): Buffer {
  const shape = new Array<number>(x.ndim);
  let outer = 1, n = 1, inner = 1;
  for (let d = 0; d < shape.length; d++) {
    const length = x.shape[d]!;
    if (d < first) outer *= length;
    else if (d > last) inner *= length;
    else n *= length;
    shape[d] = d < first || d > last ? length : 1;
  }
  const out = alloc(x, shape, x.dtype);
  kernelsOf(out).reduce(op, x, out, outer, n, inner);
  return out;
}

/** Folds the named dimensions of x to length 1; neighbours among them in one kernel. */
export function fold(op: ReduceOp, x: Tensor, axes: readonly number[]): Buffer {
  let from: Buffer = contiguous(cast(x, computedIn(x.dtype)));
  if (axes.length === 0) return foldRun(op, from, 0, -1); // a copy
  if (axes.length === 1) return foldRun(op, from, axes[0]!, axes[0]!);
  const sorted = [...axes].sort((a, b) => b - a);
  for (let i = 0; i < sorted.length; i++) {
    const last = sorted[i]!;
    let first = last;
    while (sorted[i + 1] === first - 1) first = sorted[++i]!;
    from = foldRun(op, from, first, last);
    if (op === "sumSquares") op = "sum"; // they are squares now
  }
  return from;
}

/** Drops the dimensions that were folded, unless they are to be kept. */
export function dropped(out: Buffer, axes: readonly number[], keepdim: boolean): Buffer {
  if (keepdim || axes.length === 0) return out;
  const shape = out.shape.filter((_, i) => !axes.includes(i));
  return viewOf(out, shape, stridesOf(shape));
}

/**
 * The sum of all elements or along dimensions, which are dropped unless `keepdim`. Integers and
 * bools sum to int32; the result is in a dtype.
 */
export function sum(x: Tensor, dim?: Dims, keepdim = false, dtype?: DType): Tensor {
  atMost(4, arguments.length, "sum(x, dim, keepdim, dtype)");
  checkComputes("sum", x);
  checkKeepdim("sum", keepdim);
  if (dtype !== undefined) {
    return cast(sum(cast(x, computingType("sum", dtype)), dim, keepdim), dtype);
  }
  const axes = axesOf("sum", x, dim);
  const kept = keptShape(x.shape, axes);
  const out = dropped(fold("sum", x, axes), axes, keepdim);
  return record("sum", out, [[x, (dy) => expand(reshape(dy, kept), x.shape)]], LINEAR);
}

/** Repeats dimensions of length 1, without copying; −1 keeps a length. New dimensions come first. */
export function expand(x: Tensor, shape: Shape): Tensor {
  atMost(2, arguments.length, "expand(x, shape)");
  checkTensor("expand", x);
  checkList("expand", "the shape", shape);
  const lead = shape.length - x.ndim;
  const to = shape.map((n, i) => n === -1 && i >= lead ? x.shape[i - lead]! : n);
  const fits = lead >= 0 &&
    to.every((n, i) =>
      Number.isSafeInteger(n) && n >= 0 &&
      (i < lead || x.shape[i - lead] === 1 || x.shape[i - lead] === n)
    );
  if (!fits) {
    throw new ShapeError(
      `expand: only dimensions of length 1 can be repeated: ${show(x.shape)} to ${describe(shape)}`,
    );
  }
  const out = viewOf(x, to, expandStrides(x.shape, x.strides, to));
  return record("expand", out, [[x, (dy) => sumTo(dy, x.shape)]], LINEAR);
}

/** Sums a gradient over what broadcasting repeated: the adjoint of `expand`. */
export function sumTo(dy: Tensor, shape: Shape): Tensor {
  if (sameShape(dy.shape, shape)) return dy;
  const lead = dy.ndim - shape.length;
  const axes: number[] = [];
  for (let i = 0; i < dy.ndim; i++) {
    if (i < lead || (shape[i - lead] === 1 && dy.shape[i] !== 1)) axes.push(i);
  }
  const out = fold("sum", dy, axes);
  const pairs: Pair[] = isTracked(dy) ? [[dy, (ddy) => expand(ddy, dy.shape)]] : [];
  return record("sum", viewOf(out, shape, stridesOf(shape)), pairs, LINEAR);
}

/**
 * Reductions: over all elements, or over one or several dimensions.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc, Buffer, kernelsOf } from "../device/buffer.ts";
import { canLook, look } from "../device/transfer.ts";
import { checkDType, computedIn, type DType } from "../core/dtype.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import { axisOf, axisOrFirst, numelOf } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { asFloat, cast } from "./cast.ts";
import { eq, ne } from "./compare.ts";
import { div, maximum, minimum, mul } from "./binary.ts";
import { checkComputes } from "./check.ts";
import { inNameOf } from "./in_name_of.ts";
import { logicalAnd, logicalOr } from "./logical.ts";
import { gather } from "./select.ts";
import { axesOf, checkKeepdim, type Dims, dropped, fold, keptShape, sum } from "./sum.ts";
import { contiguous, permute, reshape, squeeze, unsqueeze } from "./view.ts";

/** The mean of all elements or along dimensions; NaN of none. Integers count as float32. */
export function mean(x: Tensor, dim?: Dims, keepdim = false, dtype?: DType): Tensor {
  atMost(4, arguments.length, "mean(x, dim, keepdim, dtype)");
  x = asFloat("mean", x);
  checkKeepdim("mean", keepdim);
  if (dtype !== undefined) return cast(mean(x, dim, keepdim), checkDType("mean", dtype));
  const n = numelOf(axesOf("mean", x, dim).map((d) => x.shape[d]!));
  return div(sum(x, dim, keepdim), n);
}

/** Values along a dimension and where they stand. */
export interface ValuesAndIndices {
  /** The values, in x's dtype. */
  values: Tensor;
  /** Their first positions along the dimension, int32. */
  indices: Tensor;
}

/** The largest element of all. Equal ones share the gradient. */
export function max(x: Tensor): Tensor;
/** The largest elements along a dimension, and where they stand. The first gets the gradient. */
export function max(x: Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
/** `maximum(x, other)`. */
export function max(x: Tensor, other: Tensor): Tensor;
export function max(
  x: Tensor,
  dim?: number | Tensor,
  keepdim = false,
): Tensor | ValuesAndIndices {
  atMost(3, arguments.length, "max(x, dim, keepdim)");
  checkComputes("max", x);
  if (Buffer.is(dim)) return inNameOf("max", () => maximum(x, dim));
  checkKeepdim("max", keepdim);
  return dim === undefined
    ? shared("max", "max", x, dim, keepdim)
    : extreme("max", x, dim, keepdim);
}

/** The smallest element of all. Equal ones share the gradient. */
export function min(x: Tensor): Tensor;
/** The smallest elements along a dimension, and where they stand. The first gets the gradient. */
export function min(x: Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
/** `minimum(x, other)`. */
export function min(x: Tensor, other: Tensor): Tensor;
export function min(
  x: Tensor,
  dim?: number | Tensor,
  keepdim = false,
): Tensor | ValuesAndIndices {
  atMost(3, arguments.length, "min(x, dim, keepdim)");
  checkComputes("min", x);
  if (Buffer.is(dim)) return inNameOf("min", () => minimum(x, dim));
  checkKeepdim("min", keepdim);
  return dim === undefined
    ? shared("min", "min", x, dim, keepdim)
    : extreme("min", x, dim, keepdim);
}

function extreme(op: "max" | "min", x: Tensor, dim: number, keepdim: boolean): ValuesAndIndices {
  if (x.ndim === 0) {
    axisOf(op, dim, 1);
    return extreme(op, reshape(x, [1]), 0, false);
  }
  const indices = argExtreme(op, op, x, dim, true);
  const values = gather(x, dim, indices);
  if (keepdim) return { values, indices };
  return { values: squeeze(values, dim), indices: squeeze(indices, dim) };
}

/** The largest elements along dimensions, in x's dtype. Equal ones share the gradient. */
export function amax(x: Tensor, dim?: Dims, keepdim = false): Tensor {
  atMost(3, arguments.length, "amax(x, dim, keepdim)");
  checkComputes("amax", x);
  checkKeepdim("amax", keepdim);
  return shared("amax", "max", x, dim, keepdim);
}

/** The smallest elements along dimensions, in x's dtype. Equal ones share the gradient. */
export function amin(x: Tensor, dim?: Dims, keepdim = false): Tensor {
  atMost(3, arguments.length, "amin(x, dim, keepdim)");
  checkComputes("amin", x);
  checkKeepdim("amin", keepdim);
  return shared("amin", "min", x, dim, keepdim);
}

function shared(
  name: string,
  op: "max" | "min",
  x: Tensor,
  dim: Dims,
  keepdim: boolean,
): Tensor {
  const wide = computedIn(x.dtype);
  if (x.dtype !== wide) return cast(shared(name, op, cast(x, wide), dim, keepdim), x.dtype);
  const axes = axesOf(name, x, dim);
  checkNotEmpty(name, x, axes);
  // amax and amin count no NaN as equal to another
  return amongEqual(op, x, dropped(fold(op, x, axes), axes, keepdim), axes, name === op);
}

/**
 * An element of x for each place of `out`, whose gradient is shared by those along the axes that equal it,
 * or are NaN as it is.
 */
export function amongEqual(
  op: string,
  x: Tensor,
  out: Buffer,
  axes: readonly number[],
  countsNaN = true,
): Tensor {
  const kept = keptShape(x.shape, axes);
  const y: Tensor = record(op, out, [[x, (dy) => {
    let equal = eq(x, reshape(y, kept));
    const isNaN = countsNaN && canLook(y) &&
      (look(op, contiguous(y)) as Float32Array).some(Number.isNaN);
    if (isNaN) equal = logicalOr(equal, logicalAnd(ne(x, x), reshape(ne(y, y), kept)));
    const mask = cast(equal, "float32");
    return mul(mask, div(reshape(dy, kept), sum(mask, axes, true)));
  }]], { differentiable: true });
  return y;
}

function checkNotEmpty(op: string, x: Tensor, axes: readonly number[]): void {
  if (axes.some((d) => x.shape[d] === 0)) {
    throw new ShapeError(`${op}: at least one element is needed: the shape is ${show(x.shape)}`);
  }
}

/** Where the first largest element stands (int32): in the flattened tensor, or along a dimension. */
export function argmax(x: Tensor, dim?: number, keepdim = false): Tensor {
  atMost(3, arguments.length, "argmax(x, dim, keepdim)");
  checkComputes("argmax", x);
  checkKeepdim("argmax", keepdim);
  return argExtreme("argmax", "max", x, dim, keepdim);
}

/** Where the first smallest element stands (int32): in the flattened tensor, or along a dimension. */
export function argmin(x: Tensor, dim?: number, keepdim = false): Tensor {
  atMost(3, arguments.length, "argmin(x, dim, keepdim)");
  checkComputes("argmin", x);
  checkKeepdim("argmin", keepdim);
  return argExtreme("argmin", "min", x, dim, keepdim);
}

/** @param name The op in whose name errors speak: `argmax`, or `max` of which it is a part. */
function argExtreme(
  name: string,
  op: "max" | "min",
  x: Tensor,
  dim: number | undefined,
  keepdim: boolean,
): Tensor {
  if (dim === undefined) {
    const flat = argExtreme(name, op, reshape(x, [-1]), 0, false);
    return keepdim ? reshape(flat, x.shape.map(() => 1)) : flat;
  }
  const axis = axisOrFirst(name, dim, x.ndim);
  if (x.ndim === 0) return argExtreme(name, op, reshape(x, [1]), 0, false);
  checkNotEmpty(name, x, [axis]);
  const n = x.shape[axis]!;
  // the dimension to the end, so that each row is one search
  const order = x.shape.map((_, i) => i).filter((i) => i !== axis);
  const last = contiguous(permute(cast(x, computedIn(x.dtype)), [...order, axis]));
  const out = alloc(x, order.map((i) => x.shape[i]!), "int32");
  kernelsOf(out).argReduce(op, last, out, out.numel, n);
  const found: Tensor = record(op === "max" ? "argmax" : "argmin", out, []);
  return keepdim ? unsqueeze(found, axis) : found;
}

/**
 * Order along a dimension: sorting, the k largest, medians and quantiles. NaN is above all numbers, and
 * equal elements stay in the order of their places.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { computedIn } from "../core/dtype.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, checkOptions, flag, integer, type Kinds, oneOf } from "../core/options.ts";
import { axisOf, numelOf } from "../core/shape.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import type { Rank } from "../device/kernels.ts";
import { wantsParts } from "../device/watch.ts";
import { canLook } from "../device/transfer.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { lerp } from "./pointwise.ts";
import { filledLike } from "./filled_like.ts";
import { inNameOf } from "./in_name_of.ts";
import { div, maximum, mul, sub } from "./binary.ts";
import { asFloat, cast } from "./cast.ts";
import { checkComputes, checkOperand } from "./check.ts";
import { cat } from "./join.ts";
import { ge, ne } from "./compare.ts";
import { constant } from "./int32s.ts";
import type { Operand } from "./operand.ts";
import { amongEqual, argmax, type ValuesAndIndices } from "./reduce.ts";
import { ceil, floor } from "./rounding.ts";
import { round } from "./pointwise.ts";
import { cummax } from "./scan.ts";
import { gather } from "./select.ts";
import { axesOf, checkKeepdim, sum } from "./sum.ts";
import { contiguous, narrow, permute, reshape, select, squeeze, unsqueeze } from "./view.ts";
import { roll } from "./tile.ts";
import { where } from "./where.ts";

/** x by rows along an axis, as kernels order them. */
function linesOf(x: Tensor, axis: number): Tensor {
  const rest = x.shape.map((_, i) => i).filter((i) => i !== axis);
  const lines = axis === x.ndim - 1 ? x.detach() : permute(x.detach(), [...rest, axis]);
  return contiguous(cast(lines, computedIn(x.dtype)));
}

/** What stands in the last dimension, along an axis instead. */
function along(axis: number, found: Tensor): Tensor {
  const last = found.ndim - 1;
  if (axis === last) return found;
  const back = found.shape.map((_, i) => i < axis ? i : i === axis ? last : i - 1);
  return contiguous(permute(found, back));
}

/** Where the first k elements of the order along an axis stand: int32, of x's shape but k long there. */
function places(x: Tensor, axis: number, k: number, descending: boolean): Tensor {
  const n = x.shape[axis]!;
  const lines = linesOf(x, axis);
  const out = alloc(x, lines.shape.with(-1, k), "int32");
  const rows = numelOf(lines.shape.slice(0, -1));
  if (rows > 0 && k > 0) kernelsOf(out).order(lines, out, rows, n, k, descending);
  return along(axis, record("order", out, []));
}

/** Where the element of a rank along an axis stands, and its value; the axis stays, with length 1, or goes. */
function ranked(x: Tensor, axis: number, rank: Rank, keepdim: boolean): ValuesAndIndices {
  const lines = linesOf(x, axis);
  if (wantsParts && rank !== "nanmedian") {
    const { values, indices } = first("sort", x, axis, null, false);
    const at = rank === "median" ? (x.shape[axis]! - 1) >> 1 : rank;
    const of = (t: Tensor) => narrow(t, axis, at, 1);
    return keepdim
      ? { values: of(values), indices: of(indices) }
      : { values: squeeze(of(values), axis), indices: squeeze(of(indices), axis) };
  }
  const out = alloc(x, lines.shape.with(-1, 1), "int32");
  if (out.numel > 0) kernelsOf(out).ranked(lines, out, out.numel, x.shape[axis]!, rank);
  const indices = along(axis, record("ranked", out, []));
  const values = gather(x, axis, indices);
  if (keepdim) return { values, indices };
  return { values: squeeze(values, axis), indices: contiguous(squeeze(indices, axis)) };
}

/** The first k of the order along a dimension, and where they stood. */
function first(
  op: string,
  x: Tensor,
  dim: number,
  k: number | null,
  descending: boolean,
): ValuesAndIndices {
  checkComputes(op, x);
  check(op, "the order", descending, flag);
  if (x.ndim === 0) {
    const { values, indices } = first(op, reshape(x, [1]), axisOf(op, dim, 1), k, descending);
    return { values: reshape(values, []), indices: reshape(indices, []) };
  }
  const axis = axisOf(op, dim, x.ndim);
  const n = x.shape[axis]!;
  if (k !== null && !(Number.isInteger(k) && k >= 0 && k <= n)) {
    throw new RangeError(
      `${op}: k must be a whole number from 0 to ${n}, the length of dimension ${dim} of ` +
        `${show(x.shape)}: it is ${k}`,
    );
  }
  const indices = places(x, axis, k ?? n, descending);
  return { values: gather(x, axis, indices), indices };
}

/** The elements in order along a dimension, and where they stood. It is stable in any case. */
export function sort(
  x: Tensor,
  dim = -1,
  descending = false,
  stable = false,
): ValuesAndIndices {
  atMost(4, arguments.length, "sort(x, dim, descending, stable)");
  return inNameOf("sort", () => {
    check("sort", "stable", stable, flag);
    return first("sort", x, dim, null, descending);
  });
}

/** Where the elements stand in order along a dimension: int32. It is stable in any case. */
export function argsort(x: Tensor, dim = -1, descending = false, stable = false): Tensor {
  atMost(4, arguments.length, "argsort(x, dim, descending, stable)");
  return inNameOf("argsort", () => {
    check("argsort", "stable", stable, flag);
    return first("argsort", x, dim, null, descending).indices;
  });
}

/** The elements in order along the first dimension. */
export function msort(x: Tensor): Tensor {
  atMost(1, arguments.length, "msort(x)");
  return inNameOf("msort", () => {
    return first("msort", x, 0, null, false).values;
  });
}

/** The k largest elements along a dimension, or the smallest, in order; and where they stood. */
export function topk(
  x: Tensor,
  k: number,
  dim = -1,
  largest = true,
  sorted = true,
): ValuesAndIndices {
  atMost(5, arguments.length, "topk(x, k, dim, largest, sorted)");
  return inNameOf("topk", () => {
    checkComputes("topk", x);
    check("topk", "k", k, integer);
    check("topk", "largest", largest, flag);
    check("topk", "sorted", sorted, flag);
    if (x.ndim === 0 && k === 0) return first("topk", reshape(x, [1]), 0, 0, largest);
    return first("topk", x, dim, k, largest);
  });
}

/** The k-th smallest element along a dimension, counted from 1, and where it stands. */
export function kthvalue(x: Tensor, k: number, dim = -1, keepdim = false): ValuesAndIndices {
  atMost(4, arguments.length, "kthvalue(x, k, dim, keepdim)");
  return inNameOf("kthvalue", () => {
    checkComputes("kthvalue", x);
    check("kthvalue", "k", k, integer);
    checkKeepdim("kthvalue", keepdim);
    if (x.ndim > 0) {
      const n = x.shape[axisOf("kthvalue", dim, x.ndim)]!;
      if (!(Number.isInteger(k) && k >= 1 && k <= n)) {
        throw new RangeError(`kthvalue: k must be a whole number from 1 to ${n}: it is ${k}`);
      }
    }
    if (x.ndim === 0) return first("kthvalue", x, dim, 1, false);
    return ranked(x, axisOf("kthvalue", dim, x.ndim), k - 1, keepdim);
  });
}

/** The median of all elements: of two in the middle the smaller; NaN where one is. Equal ones share the gradient. */
export function median(x: Tensor): Tensor;
/** The median along a dimension, and where it stands. */
export function median(x: Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
export function median(x: Tensor, dim?: number, keepdim = false): Tensor | ValuesAndIndices {
  atMost(3, arguments.length, "median(x, dim, keepdim)");
  return inNameOf("median", () => {
    return middle("median", x, dim, keepdim);
  });
}

/** The median of all elements that are no NaN. */
export function nanmedian(x: Tensor): Tensor;
/** The median along a dimension of what is no NaN, and where it stands. */
export function nanmedian(x: Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
export function nanmedian(x: Tensor, dim?: number, keepdim = false): Tensor | ValuesAndIndices {
  atMost(3, arguments.length, "nanmedian(x, dim, keepdim)");
  return inNameOf("nanmedian", () => {
    return middle("nanmedian", x, dim, keepdim);
  });
}

function middle(
  op: "median" | "nanmedian",
  x: Tensor,
  dim: number | undefined,
  keepdim: boolean,
): Tensor | ValuesAndIndices {
  checkComputes(op, x);
  checkKeepdim(op, keepdim);
  if (dim === undefined) {
    if (x.numel === 0) return div(sum(asFloat(op, x)), 0); // NaN
    const { values } = middle(op, reshape(x.detach(), [-1]), 0, false) as ValuesAndIndices;
    return amongEqual(op, x, values, axesOf(op, x, undefined));
  }
  if (x.ndim === 0) {
    axisOf(op, dim, 1);
    return first(op, x, 0, 1, false);
  }
  const axis = axisOf(op, dim, x.ndim);
  const n = x.shape[axis]!;
  if (n === 0) {
    throw new ShapeError(`${op}: at least one element is needed: the shape is ${show(x.shape)}`);
  }
  return ranked(x, axis, op, keepdim);
}

/** The most frequent element along a dimension, of several the smallest; and where its last one stands. */
export function mode(x: Tensor, dim = -1, keepdim = false): ValuesAndIndices {
  atMost(3, arguments.length, "mode(x, dim, keepdim)");
  return inNameOf("mode", () => {
    checkComputes("mode", x);
    checkKeepdim("mode", keepdim);
    if (x.ndim === 0) return first("mode", x, dim, 1, false);
    const axis = axisOf("mode", dim, x.ndim);
    const n = x.shape[axis]!;
    if (n === 0) {
      throw new ShapeError(`mode: at least one element is needed: the shape is ${show(x.shape)}`);
    }
    const lines = linesOf(x, axis);
    const order = places(lines, x.ndim - 1, n, false);
    const sorted = gather(lines, -1, order);
    // how many equal ones stand before each: its place less that where they begin
    const { device } = x.storage;
    const at = constant("mode", device, [n], "int32", Int32Array.from({ length: n }, (_, i) => i));
    const begins = cummax(where(ne(sorted, roll(sorted, 1, -1)), at, 0), -1).values;
    const last = argmax(sub(at, begins), -1, true);
    const indices = along(axis, gather(order, -1, last));
    const values = gather(x, axis, indices);
    if (keepdim) return { values, indices };
    return { values: squeeze(values, axis), indices: contiguous(squeeze(indices, axis)) };
  });
}

/** Options of {@link quantile}. */
export interface QuantileOptions {
  /** Whether the dimension stays, with length 1. Default: false. */
  keepdim?: boolean;
  /** What is made of a place between two elements. Default: `"linear"`. */
  interpolation?: "linear" | "lower" | "higher" | "midpoint" | "nearest";
}

const QUANTILE: Kinds<QuantileOptions> = {
  keepdim: flag,
  interpolation: oneOf("linear", "lower", "higher", "midpoint", "nearest"),
};

/**
 * The element below which a share q of all stands, or of those along a dimension; between two it is
 * interpolated. A vector q gives a first dimension more. NaN where one is.
 */
export function quantile(
  x: Tensor,
  q: Operand,
  dim?: number | null,
  options: QuantileOptions = {},
): Tensor {
  atMost(4, arguments.length, "quantile(x, q, dim, { keepdim, interpolation })");
  return inNameOf("quantile", () => {
    return quantileOf("quantile", x, q, dim, options);
  });
}

/** The same of what is no NaN. */
export function nanquantile(
  x: Tensor,
  q: Operand,
  dim?: number | null,
  options: QuantileOptions = {},
): Tensor {
  atMost(4, arguments.length, "nanquantile(x, q, dim, { keepdim, interpolation })");
  return inNameOf("nanquantile", () => {
    return quantileOf("nanquantile", x, q, dim, options);
  });
}

function quantileOf(
  op: "quantile" | "nanquantile",
  x: Tensor,
  q: Operand,
  dim: number | null | undefined,
  options: QuantileOptions,
): Tensor {
  const { keepdim = false, interpolation = "linear" } = checkOptions(op, options, QUANTILE);
  x = asFloat(op, x);
  checkOperand(op, q, "q");
  if (typeof q !== "number" && q.ndim > 1) {
    throw new ShapeError(`${op}: q must be a number or a vector: it is ${show(q.shape)}`);
  }
  const shares = typeof q === "number"
    ? [q]
    : canLook(q)
    ? Array.from(q.toTypedArray<Iterable<number>>())
    : Array.from({ length: q.numel }, () => 0); // where one is outside, `gather` tells it later
  if (!shares.every((share) => share >= 0 && share <= 1)) {
    throw new RangeError(`${op}: q must be from 0 to 1: it is ${shares.join(", ")}`);
  }
  if (x.numel === 0) throw new ShapeError(`${op}: elements are needed: it is ${show(x.shape)}`);
  const kept = x.shape.map((n, i) =>
    dim === undefined || dim === null || i === axisOf(op, dim, x.ndim) ? 1 : n
  );
  const axis = dim === undefined || dim === null ? null : axisOf(op, dim, Math.max(1, x.ndim));
  // the dimension to the end
  const lines = axis === null || x.ndim === 0 ? reshape(x, [1, -1]) : reshape(
    permute(x, [...x.shape.map((_, i) => i).filter((i) => i !== axis), axis]),
    [x.numel / x.shape[axis]!, x.shape[axis]!],
  );
  const [rows, n] = lines.shape as [number, number];
  const { values } = first(op, lines, 1, null, false);
  const numbers = sum(ge(lines, -Infinity), 1, true); // NaN stands behind these
  const isWhole = op === "nanquantile" ? null : ge(numbers, n);
  const last = cast(maximum(sub(numbers, 1), 0), "float32");
  const results = shares.map((value, i) => {
    const share = typeof q === "number" ? value : q.ndim === 0 ? q : select(q, 0, i);
    const between = mul(isWhole === null ? last : filledLike(last, n - 1), share);
    const place = isWhole === null ? between : where(isWhole, between, n - 1); // there stands a NaN
    const below = floor(place.detach()), above = ceil(place.detach());
    const at = (p: Tensor) => gather(values, 1, contiguous(cast(p, "int32")));
    let y: Tensor;
    if (interpolation === "lower") y = at(below);
    else if (interpolation === "higher") y = at(above);
    else if (interpolation === "nearest") y = at(round(place));
    else {
      y = lerp(at(below), at(above), interpolation === "midpoint" ? 0.5 : sub(place, below));
    }
    return y;
  });
  const shape = keepdim ? kept : x.shape.filter((_, i) => axis !== null && i !== axis);
  const of = (y: Tensor) => reshape(y, shape);
  if (typeof q === "number" || q.ndim === 0) return of(results[0]!);
  const all = results.map((y) => unsqueeze(of(y), 0));
  return rows === 0 || all.length === 0 ? reshape(lines, [0, ...shape]) : cat(all, 0);
}

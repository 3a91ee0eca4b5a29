/**
 * Writing at whole positions of a dimension, which a vector names: the other way round from `indexSelect`.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  either,
  flag,
  type Kinds,
  number,
  oneOf,
} from "../core/options.ts";
import { axisOrFirst, sameShape } from "../core/shape.ts";
import { inNameOf } from "./in_name_of.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mul } from "./binary.ts";
import { eq } from "./compare.ts";
import { cast, clone } from "./cast.ts";
import { checkComputes, checkOperand, checkTensor } from "./check.ts";
import type { Operand } from "./operand.ts";
import { addAt, checkInside, gatherAt, indices, pickAt, putInto, scatterInto } from "./select.ts";
import { expand, sum } from "./sum.ts";
import { reshape } from "./view.ts";
import { where } from "./where.ts";
import {
  type Elements,
  filled,
  reducedInto,
  SCATTER_REDUCE,
  type ScatterReduceOptions,
  written,
} from "./scatter_into.ts";

/** What ops on whole positions of a dimension are about. */
function positionsOf(op: string, x: Tensor, dim: number, index: Tensor): Elements {
  checkComputes(op, x);
  checkTensor(op, index, "the index");
  if (index.ndim > 1) {
    throw new ShapeError(`${op}: the index must be a vector: it is ${show(index.shape)}`);
  }
  return { axis: axisOrFirst(op, dim, x.ndim), at: reshape(indices(op, index), [-1]) };
}

/** A source that has x's shape but for the positions along an axis. */
function sourceOf(op: string, x: Tensor, { axis, at }: Elements, source: Tensor): Tensor {
  checkComputes(op, source, "the source");
  const shape = x.ndim === 0 ? [] : x.shape.with(axis, at.numel);
  const isVector = source.ndim === 0 && sameShape(shape, [1]);
  if (!isVector && !sameShape(source.shape, shape) && !(x.ndim === 0 && source.numel === 1)) {
    throw new ShapeError(
      `${op}: the source must be ${show(shape)}: it is ${show(source.shape)}, x is ${
        show(x.shape)
      }`,
    );
  }
  return reshape(cast(source, x.dtype), x.ndim === 0 ? [1] : shape);
}

/** An index of positions as one of elements, for a scalar as for a vector of one. */
function spread(x: Tensor, { axis, at }: Elements): Elements {
  const shape = x.ndim === 0 ? [1] : x.shape.with(axis, at.numel);
  const apart = shape.map((n, i) => i === axis ? n : 1);
  return { axis, at: expand(reshape(at, apart), shape).contiguous() };
}

/** Options of {@link indexAdd}. */
export interface IndexAddOptions {
  /** What the source is multiplied by. Default: 1. */
  alpha?: number | boolean;
}

const INDEX_ADD: Kinds<IndexAddOptions> = { alpha: either(number, flag) };

/** A copy of x to which `alpha · source` was added at the positions along a dimension that a vector names. */
export function indexAdd(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  options: IndexAddOptions = {},
): Tensor {
  atMost(5, arguments.length, "indexAdd(x, dim, index, source, options)");
  const { alpha = 1 } = checkOptions("indexAdd", options, INDEX_ADD);
  const here = positionsOf("indexAdd", x, dim, index);
  let from = sourceOf("indexAdd", x, here, source);
  if (Number(alpha) !== 1) from = cast(mul(from, Number(alpha)), x.dtype);
  const { axis, at } = here;
  const flat = x.ndim === 0 ? reshape(x, [1]) : x;
  if (x.dtype !== "float32") {
    return reshape(
      record("indexAdd", written("add", "indexAdd", flat, spread(x, here), from), []),
      x.shape,
    );
  }
  const out = clone(flat.detach());
  if (flat.ndim === 1) scatterInto("add", out, 0, at, from.detach(), "indexAdd");
  else {
    checkInside("indexAdd", at, out.shape[axis]!);
    addAt(out, axis, at, from);
  }
  const sum = record("indexAdd", out, [
    [flat, (dy) => dy],
    [from, (dy) => pickAt("indexAdd", dy, axis, at)],
  ], { saved: [at], differentiable: true });
  return reshape(sum, x.shape);
}

/** A copy of x with those of a source at the positions along a dimension that a vector names. */
export function indexCopy(x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  atMost(4, arguments.length, "indexCopy(x, dim, index, source)");
  const here = positionsOf("indexCopy", x, dim, index);
  return putAt("indexCopy", x, here, sourceOf("indexCopy", x, here, source));
}

/** A copy of x with one value at the positions along a dimension that a vector names. */
export function indexFill(x: Tensor, dim: number, index: Tensor, value: Operand | boolean): Tensor {
  atMost(4, arguments.length, "indexFill(x, dim, index, value)");
  return inNameOf("indexFill", () => {
    if (typeof value === "boolean") value = Number(value);
    checkOperand("indexFill", value, "the value");
    const here = positionsOf("indexFill", x, dim, index);
    const shape = x.ndim === 0 ? [1] : x.shape.with(here.axis, here.at.numel);
    if (typeof value !== "number" && value.ndim !== 0) {
      throw new ShapeError(`indexFill: the value must be a scalar: it is ${show(value.shape)}`);
    }
    if (typeof value === "number") {
      return putAt("indexFill", x, here, filled("indexFill", x, value, shape));
    }
    const one = cast(value, x.dtype);
    const out = putAt("indexFill", x.detach(), here, expand(one.detach(), shape));
    const named = () => { // where the value stands
      const none = filled("indexFill", one, 0, x.shape);
      return eq(putAt("indexFill", none, here, filled("indexFill", one, 1, shape)), 1);
    };
    return record("indexFill", out, [
      [x, (dy) => where(named(), 0, dy)],
      [one, (dy) => sum(where(named(), dy, 0))],
    ], { saved: [here.at], differentiable: true });
  });
}

function putAt(op: string, x: Tensor, here: Elements, from: Tensor): Tensor {
  const flat = x.ndim === 0 ? reshape(x, [1]) : x;
  const { axis, at } = here;
  const out = clone(flat.detach());
  putInto(op, out, axis, at, from.detach());
  const y = record(op, out, [
    [flat, (dy) => putAt(op, dy, here, filled(op, dy, 0, from.shape))],
    [from, (dy) => pickAt(op, dy, axis, at)],
  ], { saved: [at], differentiable: true });
  return reshape(y, x.shape);
}

/** {@link scatterReduce} of whole positions along a dimension, which a vector names. */
export function indexReduce(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reduce: "prod" | "mean" | "amax" | "amin",
  options: ScatterReduceOptions = {},
): Tensor {
  atMost(6, arguments.length, "indexReduce(x, dim, index, source, reduce, options)");
  check("indexReduce", "reduce", reduce, oneOf("prod", "mean", "amax", "amin"));
  const { includeSelf = true } = checkOptions("indexReduce", options, SCATTER_REDUCE);
  const here = positionsOf("indexReduce", x, dim, index);
  const from = sourceOf("indexReduce", x, here, source);
  const flat = x.ndim === 0 ? reshape(x, [1]) : x;
  const { axis, at } = spread(x, here);
  const gathered = (dy: Tensor) => gatherAt("indexReduce", dy, axis, at);
  return reshape(
    reducedInto("indexReduce", flat, { axis, at }, from, reduce, includeSelf, gathered),
    x.shape,
  );
}

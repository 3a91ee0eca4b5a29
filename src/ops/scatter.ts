/**
 * Writing by index, element by element: the other way round from `gather`.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, checkOptions, type Kinds, oneOf } from "../core/options.ts";
import { axisOrFirst, sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mul } from "./binary.ts";
import { cast } from "./cast.ts";
import { checkComputes, checkOperand, checkTensor } from "./check.ts";
import type { Operand } from "./operand.ts";
import { checkElementIndex, gatherAt, indices } from "./select.ts";
import { narrow, reshape } from "./view.ts";
import {
  type Elements,
  filled,
  reducedInto,
  SCATTER_REDUCE,
  type ScatterReduceOptions,
  type ScatterReduction,
  written,
} from "./scatter_into.ts";

export type { ScatterReduceOptions, ScatterReduction };

/** Options of {@link scatter}. */
export interface ScatterOptions {
  /** What becomes of what is there: `"add"` and `"multiply"` take it along. Default: it is replaced. */
  reduce?: "add" | "multiply";
}

const SCATTER: Kinds<ScatterOptions> = { reduce: oneOf("add", "multiply") };
const REDUCTION = oneOf("sum", "prod", "mean", "amax", "amin");

function elementsOf(op: string, x: Tensor, dim: number, index: Tensor): Elements {
  checkComputes(op, x);
  checkTensor(op, index, "the index");
  const axis = axisOrFirst(op, dim, x.ndim);
  checkElementIndex(op, x, dim, index);
  return { axis, at: indices(op, index) };
}

/** The values as x's dtype has them, no longer than the index. */
function valuesOf(op: string, x: Tensor, at: Tensor, src: Tensor): Tensor {
  checkComputes(op, src, "the source");
  const from = cast(src, x.dtype);
  if (sameShape(from.shape, at.shape)) return from;
  if (at.numel === 0) return reshape(narrow(reshape(from, [-1]), 0, 0, 0), at.shape);
  const fits = Math.max(1, from.ndim) === Math.max(1, at.ndim) &&
    at.shape.every((n, i) => n <= (from.shape[i] ?? 1));
  if (!fits) {
    throw new ShapeError(
      `${op}: the source must be as long as the index: it is ${show(src.shape)}, the index is ` +
        show(at.shape),
    );
  }
  if (from.ndim !== at.ndim) {
    return reshape(from.ndim === 0 ? from : narrow(from, 0, 0, 1), at.shape);
  }
  return at.shape.reduce((part, n, i) => n === part.shape[i] ? part : narrow(part, i, 0, n), from);
}

/**
 * A copy of x in which x[index[i][j][k]][j][k] is src[i][j][k] for dimension 0, and likewise for the
 * others; src may be a number or a boolean. Where a place is named several times the last value stays. RangeError
 * where an index is outside.
 */
export function scatter(
  x: Tensor,
  dim: number,
  index: Tensor,
  src: Operand | boolean,
  options: ScatterOptions = {},
): Tensor {
  atMost(5, arguments.length, "scatter(x, dim, index, src, options)");
  if (typeof src === "boolean") src = Number(src);
  const { reduce } = checkOptions("scatter", options, SCATTER);
  const here = elementsOf("scatter", x, dim, index);
  checkOperand("scatter", src, "the source");
  const { axis, at } = here;
  const from = typeof src === "number"
    ? filled("scatter", x, src, at.shape)
    : valuesOf("scatter", x, at, src);
  if (reduce === "add") return added(x, here, from);
  if (reduce === "multiply") {
    return record("scatter", written("mul", "scatter", x, here, from), [[x, (dy) => {
      const factors = written("mul", "scatter", filled("scatter", dy, 1, x.shape), here, from);
      return mul(dy, record("scatter", factors, []));
    }]], { saved: [at, from], differentiable: true });
  }
  return record("scatter", written("set", "scatter", x, here, from), [
    [x, (dy) => scatter(dy, axis, at, 0)],
    [from, (dy) => gatherAt("scatter", dy, axis, at)],
  ], { saved: [at], differentiable: true });
}

/** A copy of x to which src was added where `scatter` would put it. */
export function scatterAdd(x: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
  atMost(4, arguments.length, "scatterAdd(x, dim, index, src)");
  const here = elementsOf("scatterAdd", x, dim, index);
  return added(x, here, valuesOf("scatterAdd", x, here.at, src));
}

function added(x: Tensor, here: Elements, from: Tensor): Tensor {
  const out = written("add", "scatterAdd", x, here, from);
  return record("scatterAdd", out, [
    [x, (dy) => dy],
    [from, (dy) => gatherAt("scatterAdd", dy, here.axis, here.at)],
  ], { saved: [here.at], differentiable: true });
}

/** A copy of x in which values that go to one place are put together, with what is there or without. */
export function scatterReduce(
  x: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor,
  reduce: ScatterReduction,
  options: ScatterReduceOptions = {},
): Tensor {
  atMost(6, arguments.length, "scatterReduce(x, dim, index, src, reduce, options)");
  const op = "scatterReduce";
  check(op, "reduce", reduce, REDUCTION);
  const { includeSelf = true } = checkOptions(op, options, SCATTER_REDUCE);
  const here = elementsOf(op, x, dim, index);
  const { axis, at } = here;
  const from = valuesOf(op, x, at, src);
  return reducedInto(op, x, here, from, reduce, includeSelf, (dy) => gatherAt(op, dy, axis, at));
}

/**
 * Writing by index, element by element: the other way round from `gather`.
 *
 * @module
 */
import { isRecording, record } from "../autograd/autograd.ts";
import { alloc, type Buffer, kernelsOf } from "../device/buffer.ts";
import type { ScatterOp } from "../device/kernels.ts";
import { isComputedIn } from "../core/dtype.ts";
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
import { axisOrFirst, sameShape, type Shape } from "../core/shape.ts";
import { inNameOf } from "./in_name_of.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { div, mul } from "./binary.ts";
import { eq } from "./compare.ts";
import { cast, clone } from "./cast.ts";
import { checkComputes, checkOperand, checkTensor } from "./check.ts";
import { elementOf, type Operand } from "./operand.ts";
import {
  addAt,
  checkElementIndex,
  checkInside,
  gatherAt,
  indices,
  pickAt,
  putInto,
  scatterInto,
} from "./select.ts";
import { expand, sum } from "./sum.ts";
import { narrow, reshape } from "./view.ts";
import { where } from "./where.ts";

/** Options of {@link scatter}. */
export interface ScatterOptions {
  /** What becomes of what is there: `"add"` and `"multiply"` take it along. Default: it is replaced. */
  reduce?: "add" | "multiply";
}

/** How {@link scatterReduce} puts values together. */
export type ScatterReduction = "sum" | "prod" | "mean" | "amax" | "amin";

/** Options of {@link scatterReduce}. */
export interface ScatterReduceOptions {
  /** Whether what is in x takes part. Default: true. */
  includeSelf?: boolean;
}

const SCATTER: Kinds<ScatterOptions> = { reduce: oneOf("add", "multiply") };
const SCATTER_REDUCE: Kinds<ScatterReduceOptions> = { includeSelf: flag };
const REDUCTION = oneOf("sum", "prod", "mean", "amax", "amin");

/** What one of these ops is about: an index of elements that was checked. */
interface Elements {
  axis: number;
  at: Tensor;
}

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

/** A copy of x in which values were put, added … by the kernel. */
function written(
  op: ScatterOp,
  name: string,
  x: Tensor,
  { axis, at }: Elements,
  src: Tensor,
): Buffer {
  const isNarrow = op !== "set" && !isComputedIn(x.dtype);
  if (!isNarrow) {
    const out = clone(x.detach());
    scatterInto(op, out, axis, at, src.detach(), name);
    return out;
  }
  const wide = cast(x, "int32").clone();
  scatterInto(op, wide, axis, at, cast(src, "int32"), name);
  return cast(wide, x.dtype);
}

/** A value everywhere, where and as what x is. */
function filled(op: string, x: Tensor, value: number, shape: Shape): Tensor {
  const one = alloc(x, [], x.dtype);
  kernelsOf(one).fill(one, elementOf(op, value, x.dtype));
  return expand(record(op, one, []), shape);
}

/**
 * A copy of x in which x[index[i][j][k]][j][k] is src[i][j][k] for dimension 0, and likewise for the
 * others; src may be a number. Where a place is named several times the last value stays. RangeError
 * where an index is outside.
 */
export function scatter(
  x: Tensor,
  dim: number,
  index: Tensor,
  src: Operand,
  options: ScatterOptions = {},
): Tensor {
  atMost(5, arguments.length, "scatter(x, dim, index, src, options)");
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

const REDUCED: Readonly<Record<ScatterReduction, [op: ScatterOp, start: number]>> = {
  sum: ["add", 0],
  mean: ["add", 0],
  prod: ["mul", 1],
  amax: ["max", -Infinity],
  amin: ["min", Infinity],
};

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

/** `gathered`: what the values that go to a place get of a gradient there. */
function reducedInto(
  op: string,
  x: Tensor,
  here: Elements,
  from: Tensor,
  reduce: ScatterReduction,
  includeSelf: boolean,
  gathered: (dy: Tensor) => Tensor,
): Tensor {
  const [kernel, start] = REDUCED[reduce];
  const { at } = here;
  const ones = filled(op, cast(x.detach(), "float32"), 1, at.shape);
  const put = (name: ScatterOp, to: Tensor, what: Tensor) =>
    record(op, written(name, op, to, here, what), []);
  const isInt = x.dtype !== "float32";
  const first = Number.isFinite(start) || !isInt ? start : start < 0 ? -(2 ** 31) : 2 ** 31 - 1;
  const base = includeSelf ? x : put(
    "set",
    x,
    filled(
      op,
      x,
      isInt && x.dtype !== "int32" ? Math.max(0, Math.min(255, first)) : first,
      at.shape,
    ),
  );
  let out = put(kernel, base.detach(), from.detach());
  let counts: Tensor | null = null;
  if (reduce === "mean") {
    const zeros = filled(op, ones, includeSelf ? 1 : 0, x.shape);
    counts = put("add", zeros, ones);
    counts = where(eq(counts, 0), 1, counts);
    out = isInt ? quotients(out, counts) : div(out, counts);
  }
  if (isInt) return out;
  const isNamed = () => put("set", filled(op, x, 0, x.shape), ones); // 1 where a value goes
  const own = (dy: Tensor) => includeSelf ? dy : where(eq(isNamed(), 0), dy, 0);
  const shares = (dy: Tensor): [Tensor, Tensor] => { // of the extremes, for x and for the values
    const isSelf = cast(eq(x, out), "float32");
    const hits = cast(eq(from, gathered(out)), "float32");
    const part = div(dy, put("add", isSelf, hits));
    return [own(mul(part, isSelf)), mul(gathered(part), hits)];
  };
  const times = (to: Tensor, what: Tensor) =>
    isRecording() ? reducedInto(op, to, here, what, "prod", true, gathered) : put("mul", to, what);
  const products = (dy: Tensor): Tensor => { // out / from, also where from is 0
    const isZero = eq(from, 0);
    const zeros = put("add", filled(op, x, 0, x.shape), cast(isZero, "float32"));
    const selfZero = includeSelf ? add01(zeros, eq(x, 0)) : zeros;
    const rest = gathered(
      times(includeSelf ? where(eq(x, 0), 1, x) : base, where(isZero, 1, from)),
    );
    const others = gathered(selfZero).sub(cast(isZero, "float32")); // zeros among the others
    const product = div(isRecording() ? gathered(found) : rest, where(isZero, 1, from));
    const ofZero = where(eq(others, 0), rest, 0);
    return mul(
      gathered(dy),
      where(isZero, ofZero, isRecording() ? product : where(eq(others, 0), product, 0)),
    );
  };
  const dx = (dy: Tensor): Tensor => {
    if (reduce === "sum") return own(dy);
    if (reduce === "mean") return own(div(dy, counts!));
    if (reduce === "prod") {
      const rest = times(filled(op, x, 1, x.shape), from);
      return includeSelf ? mul(dy, rest) : own(dy);
    }
    return shares(dy)[0];
  };
  const ds = (dy: Tensor): Tensor => {
    if (reduce === "sum") return gathered(dy);
    if (reduce === "mean") return gathered(div(dy, counts!));
    return reduce === "prod" ? products(dy) : shares(dy)[1];
  };
  const found: Tensor = record(op, out, [[x, dx], [from, ds]], {
    saved: reduce === "sum" || reduce === "mean" ? [at] : [x, from, at, out],
    differentiable: true,
  });
  return found;
}

/** Counts of zeros, with those of x. */
function add01(zeros: Tensor, isZero: Tensor): Tensor {
  return zeros.add(cast(isZero, "float32"));
}

/** Integer means, rounded down. */
function quotients(sums: Tensor, counts: Tensor): Tensor {
  const whole = cast(div(sums, counts), "int32");
  const product = mul(whole, cast(counts, "int32"));
  const isBelow = sums.to("int32").lt(product); // the fraction that was cut off was negative
  return cast(whole.sub(cast(isBelow, "int32")), sums.dtype);
}

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

/**
 * Scans: what has been folded up to each element along a dimension; and differences, which undo a sum.
 *
 * @module
 */
import { isRecording, LINEAR, record } from "../autograd/autograd.ts";
import { computedIn, type DType } from "../core/dtype.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, checkOptions, integer, type Kinds, number, whole } from "../core/options.ts";
import { axisOf, numelOf } from "../core/shape.ts";
import { alloc, type Buffer, kernelsOf } from "../device/buffer.ts";
import type { ScanOp } from "../device/kernels.ts";
import { wantsParts } from "../device/watch.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { inNameOf } from "./in_name_of.ts";
import { add, div, maximum, minimum, mul, sub } from "./binary.ts";
import { asFloat, cast, clone } from "./cast.ts";
import { checkComputes, tensorKind } from "./check.ts";
import { eq, ge, ne } from "./compare.ts";
import { cat } from "./join.ts";
import { logicalAnd } from "./logical.ts";
import { amax, type ValuesAndIndices } from "./reduce.ts";
import { gather, spreadAt } from "./select.ts";
import { computingType, expand, sum } from "./sum.ts";
import { exp, log } from "./unary.ts";
import { contiguous, narrow, reshape, squeeze, transpose, unsqueeze } from "./view.ts";
import { where } from "./where.ts";

/** The scan of x, float32 or int32, along an axis. */
function scanned(
  op: ScanOp,
  x: Tensor,
  axis: number,
  { reversed = false, index = null }: { reversed?: boolean; index?: Buffer | null } = {},
): Tensor {
  const out = alloc(x, x.shape, x.dtype);
  const outer = numelOf(x.shape.slice(0, axis)), inner = numelOf(x.shape.slice(axis + 1));
  const n = x.ndim === 0 ? 1 : x.shape[axis]!;
  if (x.numel > 0) {
    kernelsOf(out).scan(op, contiguous(x), out, index, [outer, n, inner, reversed]);
  }
  return record(op, out, []);
}

/** The sum of the elements up to each along an axis, or from each on: each is the other's gradient. */
function summedUp(x: Tensor, axis: number, reversed = false): Tensor {
  const y = scanned("sum", x.detach(), axis, { reversed });
  return record("cumsum", y, [[x, (dy) => summedUp(dy, axis, !reversed)]], LINEAR);
}

/** What pairs of places i and j along an axis are: looks [..., n, 1] and [..., 1, n] at tensors. */
interface Places {
  ofI: (t: Tensor) => Tensor;
  ofJ: (t: Tensor) => Tensor;
  isSame: Tensor;
  isLater: Tensor;
}

/** The sum over all j of what a function gives of i and j: n² terms, for gradients of gradients. */
function sumOfPairs(x: Tensor, axis: number, term: (places: Places) => Tensor): Tensor {
  const line = (t: Tensor) => transpose(t.ndim === 0 ? reshape(t, [1]) : t, axis, -1);
  const one = alloc(x, [1]);
  kernelsOf(one).fill(one, 1);
  const place = summedUp(expand(record("fill", one, []), [line(x).shape.at(-1)!]), 0);
  const [i, j] = [unsqueeze(place, -1), unsqueeze(place, -2)];
  const terms = term({
    ofI: (t) => unsqueeze(line(t), -1),
    ofJ: (t) => unsqueeze(line(t), -2),
    isSame: eq(i, j),
    isLater: ge(j, i),
  });
  return reshape(transpose(sum(terms, -1), axis, -1), x.shape);
}

function axisIn(op: string, x: Tensor, dim: number): number {
  return axisOf(op, dim, Math.max(1, x.ndim));
}

/** The sum of the elements up to each, along a dimension. Integers sum to int32; in a dtype. */
export function cumsum(x: Tensor, dim: number, dtype?: DType): Tensor {
  atMost(3, arguments.length, "cumsum(x, dim, dtype)");
  return inNameOf("cumsum", () => {
    checkComputes("cumsum", x);
    if (dtype !== undefined) {
      return cast(cumsum(cast(x, computingType("cumsum", dtype)), dim), dtype);
    }
    const axis = axisIn("cumsum", x, dim);
    return summedUp(cast(x, computedIn(x.dtype)), axis);
  });
}

/** The product of the elements up to each, along a dimension. Integers give int32; in a dtype. */
export function cumprod(x: Tensor, dim: number, dtype?: DType): Tensor {
  atMost(3, arguments.length, "cumprod(x, dim, dtype)");
  return inNameOf("cumprod", () => {
    checkComputes("cumprod", x);
    if (dtype !== undefined) {
      return cast(cumprod(cast(x, computingType("cumprod", dtype)), dim), dtype);
    }
    const axis = axisIn("cumprod", x, dim);
    if (wantsParts && x.ndim > 0) return doubled(x, axis, mul);
    const y = scanned("prod", cast(x.detach(), computedIn(x.dtype)), axis);
    return record("cumprod", y, [[x, (dy) => {
      if (isRecording()) {
        return sumOfPairs(x, axis, ({ ofJ, isSame, isLater }) => {
          return where(isLater, mul(ofJ(dy), cumprod(where(isSame, 1, ofJ(x)), -1)), 0);
        });
      }
      const from = (t: Tensor) => scanned("sum", t, axis, { reversed: true });
      const isZero = eq(x, 0);
      const before = div(from(mul(y, dy)), where(isZero, 1, x));
      // of the first 0 itself: the others' products, up to the next one
      const zeros = scanned("sum", cast(isZero, "float32"), axis);
      const others = scanned("prod", where(logicalAnd(isZero, eq(zeros, 1)), 1, x), axis);
      const first = from(where(eq(zeros, 1), mul(dy, others), 0));
      return where(eq(zeros, 0), before, where(logicalAnd(isZero, eq(zeros, 1)), first, 0));
    }]], { saved: [x, y], differentiable: true });
  });
}

/** A scan by steps of 1, 2, 4 …: what it is made of. */
function doubled(x: Tensor, axis: number, op: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const n = x.shape[axis]!;
  for (let step = 1; step < n; step *= 2) {
    const later = op(narrow(x, axis, step, n - step), narrow(x, axis, 0, n - step));
    x = cat([narrow(x, axis, 0, step), later], axis);
  }
  return x;
}

/** The largest element up to each along a dimension, and where the last of its like stands. */
export function cummax(x: Tensor, dim: number): ValuesAndIndices {
  atMost(2, arguments.length, "cummax(x, dim)");
  return inNameOf("cummax", () => {
    return extremes("cummax", "max", x, dim);
  });
}

/** The smallest element up to each along a dimension, and where the last of its like stands. */
export function cummin(x: Tensor, dim: number): ValuesAndIndices {
  atMost(2, arguments.length, "cummin(x, dim)");
  return inNameOf("cummin", () => {
    return extremes("cummin", "min", x, dim);
  });
}

function extremes(name: string, op: "max" | "min", x: Tensor, dim: number): ValuesAndIndices {
  checkComputes(name, x);
  const axis = axisIn(name, x, dim);
  const index = alloc(x, x.shape, "int32");
  const y = scanned(op, cast(x.detach(), computedIn(x.dtype)), axis, { index });
  const indices = record(name, index, []);
  if (wantsParts && x.ndim > 0) {
    return { values: doubled(x, axis, op === "max" ? maximum : minimum), indices };
  }
  if (x.ndim > 0 && y.dtype === x.dtype) {
    const dx = (dy: Tensor) => spreadAt(dy, x.shape, axis, indices);
    const values = record(name, y, [[x, dx]], { saved: [indices], differentiable: true });
    return { values, indices };
  }
  if (x.ndim > 0) return { values: gather(x, axis, indices), indices };
  return { values: reshape(gather(reshape(x, [1]), 0, reshape(indices, [1])), []), indices };
}

/** log Σ exp of the elements up to each, along a dimension. */
export function logcumsumexp(x: Tensor, dim: number): Tensor {
  atMost(2, arguments.length, "logcumsumexp(x, dim)");
  return inNameOf("logcumsumexp", () => {
    x = asFloat("logcumsumexp", x);
    const axis = axisIn("logcumsumexp", x, dim);
    if (wantsParts && x.numel > 0) { // its parts have operators
      const most = amax(x, axis, true);
      return add(log(cumsum(exp(sub(x, most)), axis)), most);
    }
    const y = scanned("logsumexp", x.detach(), axis);
    const result = record("logcumsumexp", y, [[x, (dy: Tensor): Tensor => {
      if (isRecording()) {
        return sumOfPairs(x, axis, ({ ofI, ofJ, isLater }) => {
          return mul(ofJ(dy), exp(where(isLater, sub(ofI(x), ofJ(result)), -Infinity)));
        });
      }
      // Σ dyⱼ exp(xᵢ − yⱼ) over j ≥ i, by logarithms: positive and negative dy apart
      const part = (sign: number) => {
        const weight = where(mul(dy, sign).gt(0), mul(dy, sign).log().sub(y), -Infinity);
        const total = scanned("logsumexp", weight, axis, { reversed: true });
        return exp(add(total, x));
      };
      return sub(part(1), part(-1));
    }]], { saved: [x, y], differentiable: true });
    return result;
  });
}

/** Options of {@link diff}. */
export interface DiffOptions {
  /** How often. Default: 1. */
  n?: number;
  /** The dimension. Default: the last. */
  dim?: number;
  /** What is put before x first. */
  prepend?: Tensor;
  /** What is put behind x first. */
  append?: Tensor;
}

const DIFF: Kinds<DiffOptions> = {
  n: whole(0),
  dim: integer,
  prepend: tensorKind,
  append: tensorKind,
};

/** Each element less the one before it along a dimension; of bools, whether they differ. */
export function diff(x: Tensor, options: DiffOptions = {}): Tensor {
  atMost(2, arguments.length, "diff(x, { n, dim, prepend, append })");
  return inNameOf("diff", () => {
    const { n = 1, dim = -1, prepend, append } = checkOptions("diff", options, DIFF);
    checkComputes("diff", x);
    if (x.ndim === 0) throw new ShapeError("diff: at least one dimension is needed: it is []");
    const axis = axisOf("diff", dim, x.ndim);
    if (n === 0) return clone(x);
    const parts = [prepend, x, append].filter((part) => part !== undefined);
    let y = parts.length === 1 ? x : cat(parts, axis);
    for (let i = 0; i < n && y.shape[axis]! > 0; i++) {
      const length = y.shape[axis]!;
      const rest = Math.max(0, length - 1);
      const [after, before] = [narrow(y, axis, length - rest, rest), narrow(y, axis, 0, rest)];
      y = y.dtype === "bool" ? ne(after, before) : sub(after, before);
    }
    return y;
  });
}

/** Options of {@link trapezoid}. */
export interface TrapezoidOptions {
  /** The distance between neighbours, where no x tells it. Default: 1. */
  dx?: number;
  /** The dimension. Default: the last. */
  dim?: number;
}

const TRAPEZOID: Kinds<TrapezoidOptions> = { dx: number, dim: integer };

/** The areas of the trapezoids between neighbours of y along an axis. */
function areas(
  op: string,
  y: Tensor,
  x: Tensor | undefined | null,
  { dx = 1, dim = -1 }: TrapezoidOptions,
): [areas: Tensor, axis: number] {
  y = asFloat(op, y);
  const axis = axisOf(op, dim, y.ndim);
  const n = y.shape[axis]!;
  const rest = Math.max(0, n - 1);
  const both = add(narrow(y, axis, n - rest, rest), narrow(y, axis, 0, rest));
  if (!x) return [mul(both, dx / 2), axis];
  x = asFloat(op, x, "the x");
  if (x.ndim < y.ndim && x.ndim === 1 && x.shape[0] === n) {
    const widths = diff(x);
    const shape = y.shape.map((_, i) => i === axis ? rest : 1);
    return [mul(both, mul(reshape(widths, shape), 0.5)), axis];
  }
  if (x.ndim < y.ndim) x = reshape(x, [...y.shape.slice(x.ndim).map(() => 1), ...x.shape]);
  const along = axis - y.ndim + x.ndim;
  if (x.shape[along] !== n) {
    throw new ShapeError(
      `${op}: x must be as long as y along the dimension: x is ${show(x.shape)}, y is ` +
        `${show(y.shape)}`,
    );
  }
  return [mul(both, mul(diff(x, { dim: along }), 0.5)), axis];
}

/** The area under y along a dimension by the trapezoidal rule: at points x, or at distances dx. */
export function trapezoid(
  y: Tensor,
  x?: Tensor | null,
  options: TrapezoidOptions = {},
): Tensor {
  atMost(3, arguments.length, "trapezoid(y, x, { dx, dim })");
  return inNameOf("trapezoid", () => {
    const { dx = 1, dim = -1 } = checkOptions("trapezoid", options, TRAPEZOID);
    y = asFloat("trapezoid", y);
    const n = y.shape[axisOf("trapezoid", dim, y.ndim)]!;
    if (!x && n > 1) { // all but the halves of the first and the last
      const halves = mul(add(narrow(y, dim, 0, 1), narrow(y, dim, n - 1, 1)), 0.5);
      return mul(sub(sum(y, dim), squeeze(halves, dim)), dx);
    }
    const [parts, axis] = areas("trapezoid", y, x, options);
    return sum(parts, axis);
  });
}

/** The same up to each point but the first. */
export function cumulativeTrapezoid(
  y: Tensor,
  x?: Tensor | null,
  options: TrapezoidOptions = {},
): Tensor {
  atMost(3, arguments.length, "cumulativeTrapezoid(y, x, { dx, dim })");
  return inNameOf("cumulativeTrapezoid", () => {
    const op = "cumulativeTrapezoid";
    const [parts, axis] = areas(op, y, x, checkOptions(op, options, TRAPEZOID));
    return cumsum(parts, axis);
  });
}

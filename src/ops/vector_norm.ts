/**
 * Norms of vectors and matrices.
 *
 * @module
 */
import { isRecording, record } from "../autograd/autograd.ts";
import type { DType } from "../core/dtype.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  anyNumber,
  atMost,
  check,
  checkOptions,
  describe,
  either,
  type Kinds,
  number,
  oneOf,
} from "../core/options.ts";
import { wantsParts } from "../device/watch.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { inNameOf } from "./in_name_of.ts";
import { div, mul } from "./binary.ts";
import { asFloat, cast } from "./cast.ts";
import { checkComputes } from "./check.ts";
import { eq, ne } from "./compare.ts";
import { pow } from "./pow.ts";
import { amax, amin } from "./reduce.ts";
import { axesOf, checkKeepdim, type Dims, dropped, expand, fold, keptShape, sum } from "./sum.ts";
import { abs, sign, sqrt } from "./unary.ts";
import { reshape } from "./view.ts";
import { where } from "./where.ts";
import { quotient, settled } from "./statistics.ts";

/** Which norm: of an order, `"fro"` being 2. */
export type NormOrder = number | "fro" | "nuc";

const ORDER = either(anyNumber, oneOf("fro", "nuc"));

/**
 * (Σ |x|ᵖ)^(1/p) of all elements or along dimensions: the largest size with p = ∞, the smallest with −∞,
 * how many are not 0 with 0. `"fro"` is 2; `"nuc"` is not supported: RangeError.
 */
export function norm(
  x: Tensor,
  p: NormOrder = "fro",
  dim?: Dims,
  keepdim = false,
  dtype?: DType,
): Tensor {
  atMost(5, arguments.length, "norm(x, p, dim, keepdim, dtype)");
  return inNameOf("norm", () => {
    check("norm", "p", p, ORDER);
    if (p === "nuc") throw noSingularValues("norm", p);
    return normOf("norm", x, p === "fro" ? 2 : p, dim, keepdim, dtype);
  });
}

/** The same, of vectors along the dimensions. */
export function vectorNorm(
  x: Tensor,
  ord = 2,
  dim?: Dims,
  keepdim = false,
  dtype?: DType,
): Tensor {
  atMost(5, arguments.length, "vectorNorm(x, ord, dim, keepdim, dtype)");
  return inNameOf("vectorNorm", () => {
    check("vectorNorm", "ord", ord, number);
    return normOf("vectorNorm", x, ord, dim, keepdim, dtype);
  });
}

/**
 * The norm of matrices in two dimensions: `"fro"`, the largest (1) or smallest (−1) sum of a column's
 * sizes, or that of a row's (±∞). ±2 and `"nuc"` need singular values: `linalg.matrixNorm` has them.
 */
export function matrixNorm(
  x: Tensor,
  ord: NormOrder = "fro",
  dim: readonly number[] = [-2, -1],
  keepdim = false,
  dtype?: DType,
): Tensor {
  atMost(5, arguments.length, "matrixNorm(x, ord, dim, keepdim, dtype)");
  return inNameOf("matrixNorm", () => {
    check("matrixNorm", "ord", ord, ORDER);
    x = asFloat("matrixNorm", x);
    const axes = axesOf("matrixNorm", x, dim);
    if (axes.length !== 2) {
      throw new ShapeError(
        `matrixNorm: two dimensions are needed: they are ${describe(dim)} of ${show(x.shape)}`,
      );
    }
    if (ord === "fro") return normOf("matrixNorm", x, 2, axes, keepdim, dtype);
    if (ord === "nuc" || Math.abs(ord) === 2) throw noSingularValues("matrixNorm", ord);
    if (Math.abs(ord) !== 1 && Math.abs(ord) !== Infinity) {
      throw new RangeError(`matrixNorm: ord must be "fro", ±1 or ±Infinity: it is ${ord}`);
    }
    const [rows, columns] = axes as [number, number];
    const [summed, left] = Math.abs(ord) === 1 ? [rows, columns] : [columns, rows];
    const sums = sum(abs(x), summed, true, dtype);
    const y = ord > 0 ? amax(sums, left, true) : amin(sums, left, true);
    return keepdim ? y : reshape(y, x.shape.filter((_, i) => !axes.includes(i)));
  });
}

/**
 * `vectorNorm`, or with an `ord` and a matrix `matrixNorm`: PyTorch's `torch.linalg.norm`.
 */
export function linalgNorm(
  x: Tensor,
  ord?: NormOrder | null,
  dim?: Dims,
  keepdim = false,
  dtype?: DType,
): Tensor {
  atMost(5, arguments.length, "linalgNorm(x, ord, dim, keepdim, dtype)");
  return inNameOf("linalgNorm", () => {
    checkComputes("linalgNorm", x);
    const axes = axesOf("linalgNorm", x, dim);
    if (ord === undefined || ord === null) {
      return normOf("linalgNorm", x, 2, dim, keepdim, dtype);
    }
    if (typeof ord === "string" || axes.length === 2) {
      return matrixNorm(x, ord, axes, keepdim, dtype);
    }
    return vectorNorm(x, ord, dim, keepdim, dtype);
  });
}

function noSingularValues(op: string, ord: NormOrder): RangeError {
  return new RangeError(`${op}: an order of ${ord} needs singular values: linalg.norm has it`);
}

function normOf(
  op: string,
  x: Tensor,
  p: number,
  dim: Dims,
  keepdim: boolean,
  dtype?: DType,
): Tensor {
  x = asFloat(op, x);
  checkKeepdim(op, keepdim);
  const axes = axesOf(op, x, dim);
  if (wantsParts) { // its parts have operators
    const all = p === 2 ? sqrt(sum(mul(x, x), axes, true)) : powerMean(x, p, axes);
    const y = settled(all, axes, keepdim);
    return dtype === undefined ? y : cast(y, dtype);
  }
  const value = x.detach();
  if (x.numel === 0 && (p < 0 || p === Infinity) && axes.some((d) => x.shape[d] === 0)) {
    throw new ShapeError(`${op}: order ${p} of no elements is not defined: it is ${show(x.shape)}`);
  }
  const y = powerMean(value, p, axes);
  const kept = keptShape(x.shape, axes);
  const out = dropped(y, axes, keepdim);
  const slope = (dy: Tensor): Tensor =>
    normSlope(x, isRecording() ? reshape(found, kept) : y, reshape(dy, kept), p, axes);
  const found = record(op, out, [[x, slope]], { saved: [x, y], differentiable: true });
  return dtype === undefined ? found : cast(found, dtype);
}

function powerMean(x: Tensor, p: number, axes: number[]): Tensor {
  if (p === 2) return sqrt(record("norm", fold("sumSquares", x, axes), []));
  if (p === 1) return sum(abs(x), axes, true);
  if (p === 0) return cast(sum(ne(x, 0), axes, true), "float32");
  if (p === Infinity) return amax(abs(x), axes, true);
  if (p === -Infinity) return amin(abs(x), axes, true);
  return pow(sum(pow(abs(x), p), axes, true), 1 / p);
}

/** dx, as PyTorch has it where a norm is 0 or several elements are the largest. */
function normSlope(x: Tensor, y: Tensor, dy: Tensor, p: number, axes: number[]): Tensor {
  if (p === 0) return mul(sign(x), 0);
  if (p === 1) return mul(sign(x), dy);
  if (p === 2) return mul(x, quotient(dy, y, y));
  if (Math.abs(p) === Infinity) {
    const isIt = eq(abs(x), y);
    return mul(mul(sign(x), isIt), div(dy, sum(isIt, axes, true)));
  }
  if (p < 2) {
    const size = pow(abs(x), p - 1);
    const direction = mul(sign(x), p < 1 ? where(eq(x, 0), 0, size) : size);
    return mul(direction, mul(dy, pow(y, 1 - p)));
  }
  const scale = quotient(dy, y, pow(y, p - 1));
  return mul(mul(x, pow(abs(x), p - 2)), scale);
}

/** Options of {@link normalize}. */
export interface NormalizeOptions {
  /** The norm's order. Default: 2. */
  p?: number;
  /** The dimension. Default: 1. */
  dim?: number;
  /** The least that is divided by. Default: 1e-12. */
  eps?: number;
}

const NORMALIZE: Kinds<NormalizeOptions> = { p: number, dim: number, eps: number };

/** x over its norm along a dimension, which is taken for at least eps. */
export function normalize(x: Tensor, options: NormalizeOptions = {}): Tensor {
  atMost(2, arguments.length, "normalize(x, { p, dim, eps })");
  return inNameOf("normalize", () => {
    const { p = 2, dim = 1, eps = 1e-12 } = checkOptions("normalize", options, NORMALIZE);
    x = asFloat("normalize", x);
    const size = normOf("normalize", x, p, dim, true);
    return div(x, expand(size.clamp({ min: eps }), x.shape));
  });
}

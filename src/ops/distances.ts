/**
 * Distances and angles between vectors.
 *
 * @module
 */
import { isTracked, record } from "../autograd/autograd.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  flag,
  integer,
  type Kinds,
  notNegative,
  number,
} from "../core/options.ts";
import { broadcastShape } from "../core/shape.ts";
import { wantsParts } from "../device/watch.ts";
import { scope } from "../scope/scope.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { inNameOf } from "./in_name_of.ts";
import { add, div, mul, sub } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { combined as inOneWalk } from "./combined.ts";
import { clamp } from "./elementwise.ts";
import { filledLike } from "./filled_like.ts";
import { constant } from "./int32s.ts";
import { cat } from "./join.ts";
import { matmul } from "./matmul.ts";
import { indexSelect } from "./select.ts";
import { vectorNorm } from "./vector_norm.ts";
import { mean } from "./reduce.ts";
import { expand, sum, sumTo } from "./sum.ts";
import { sqrt } from "./unary.ts";
import { narrow, transpose, unsqueeze } from "./view.ts";
import { eq } from "./compare.ts";
import { where } from "./where.ts";

/** The norm of a − b of all elements, as of two vectors. Shapes broadcast. */
export function dist(a: Tensor, b: Tensor, p = 2): Tensor {
  atMost(3, arguments.length, "dist(a, b, p)");
  return inNameOf("dist", () => {
    return vectorNorm(sub(asFloat("dist", a, "a"), asFloat("dist", b, "b")), p);
  });
}

/** Options of {@link pairwiseDistance}. */
export interface PairwiseDistanceOptions {
  /** The norm's order. Default: 2. */
  p?: number;
  /** What is added to each difference. Default: 1e-6. */
  eps?: number;
  /** Whether the last dimension stays, with length 1. Default: false. */
  keepdim?: boolean;
}

const PAIRWISE: Kinds<PairwiseDistanceOptions> = {
  p: number,
  eps: number,
  keepdim: flag,
};

/** The norm of a − b + eps along the last dimension. */
export function pairwiseDistance(
  a: Tensor,
  b: Tensor,
  options: PairwiseDistanceOptions = {},
): Tensor {
  atMost(3, arguments.length, "pairwiseDistance(a, b, { p, eps, keepdim })");
  return inNameOf("pairwiseDistance", () => {
    const { p = 2, eps = 1e-6, keepdim = false } = checkOptions(
      "pairwiseDistance",
      options,
      PAIRWISE,
    );
    a = asFloat("pairwiseDistance", a, "a");
    b = asFloat("pairwiseDistance", b, "b");
    return vectorNorm(add(sub(a, b), eps), p, -1, keepdim);
  });
}

/** Options of {@link cosineSimilarity}. */
export interface CosineSimilarityOptions {
  /** The dimension of the vectors. Default: 1. */
  dim?: number;
  /** The least length that is divided by. Default: 1e-8. */
  eps?: number;
}

const COSINE: Kinds<CosineSimilarityOptions> = { dim: integer, eps: number };

/** The cosine of the angle between vectors along a dimension. */
export function cosineSimilarity(
  a: Tensor,
  b: Tensor,
  options: CosineSimilarityOptions = {},
): Tensor {
  atMost(3, arguments.length, "cosineSimilarity(a, b, { dim, eps })");
  return inNameOf("cosineSimilarity", () => {
    const { dim = 1, eps = 1e-8 } = checkOptions("cosineSimilarity", options, COSINE);
    a = asFloat("cosineSimilarity", a, "a");
    b = asFloat("cosineSimilarity", b, "b");
    const shape = broadcastShape("cosineSimilarity", a.shape, b.shape);
    const [x, y] = [expand(a, shape), expand(b, shape)];
    const unit = (v: Tensor) => div(v, vectorNorm(v, 2, dim, true).clamp({ min: eps }));
    return sum(mul(unit(x), unit(y)), dim);
  });
}

/** More rows than these have distances that are made of products, as in PyTorch. */
const FEW_ROWS = 25;

/**
 * |a − b| of all pairs of rows from |a|² − 2 a·b + |b|², one product of longer rows. These are moved near 0
 * first, or rows far from it would lose their distances' digits.
 */
function distances(a: Tensor, b: Tensor): Tensor {
  const middle = mean(b.detach(), [...Array(b.ndim - 1).keys()]);
  const u = sub(a.detach(), middle), v = sub(b.detach(), middle);
  const squares = (x: Tensor) => sum(mul(x, x), -1, true);
  const ones = (x: Tensor) => filledLike(x, 1, [...x.shape.slice(0, -1), 1]);
  const left = cat([mul(u, -2), squares(u), ones(u)], -1);
  const right = cat([v, ones(v), squares(v)], -1);
  const square = matmul(left, transpose(right, -2, -1));
  const out = inOneWalk("cdist", "rootOfPositive", [square]) ?? sqrt(clamp(square, { min: 0 }));
  const share = (dy: Tensor) => where(eq(distance, 0), 0, div(dy, distance));
  const distance: Tensor = record("cdist", out, [[a, (dy) => {
    const s = share(dy);
    return sumTo(sub(mul(a, sum(s, -1, true)), matmul(s, b)), a.shape);
  }], [b, (dy) => {
    const s = transpose(share(dy), -2, -1);
    return sumTo(sub(mul(b, sum(s, -1, true)), matmul(s, a)), b.shape);
  }]], { saved: [a, b, out], differentiable: true });
  return distance;
}

/**
 * The distances of all pairs of rows: a [..., m, k] and b [..., n, k] → [..., m, n]; p as in `norm`.
 * Where two rows are alike the gradient is 0. Of more than 25 rows and p = 2, distances come from products,
 * as in PyTorch: those near 0 are right to some 1e-3 of how far rows are apart.
 */
export function cdist(a: Tensor, b: Tensor, p = 2): Tensor {
  atMost(3, arguments.length, "cdist(a, b, p)");
  return inNameOf("cdist", () => {
    a = asFloat("cdist", a, "a");
    b = asFloat("cdist", b, "b");
    check("cdist", "p", p, number);
    if (a.ndim < 2 || b.ndim < 2 || a.shape.at(-1) !== b.shape.at(-1)) {
      throw new ShapeError(
        `cdist: rows must be as long: a is ${show(a.shape)}, b is ${show(b.shape)}`,
      );
    }
    if (p < 0) throw new RangeError(`cdist: p must be at least 0: it is ${p}`);
    if (p === 2 && Math.max(a.shape.at(-2)!, b.shape.at(-2)!) > FEW_ROWS) return distances(a, b);
    return partwise(a, b, p);
  });
}

/** How many differences of elements are made at once where nobody keeps them: such as a cache holds. */
const DIFFERENCES = 1 << 17;

/** The distances of all pairs of rows by their differences. */
function partwise(a: Tensor, b: Tensor, p: number): Tensor {
  const of = (a: Tensor) => vectorNorm(sub(unsqueeze(a, -2), unsqueeze(b, -3)), p, -1);
  const [m, k] = a.shape as [number, number];
  const few = Math.ceil(DIFFERENCES / (b.shape.at(-2)! * k));
  const isWhole = wantsParts || a.ndim > 2 || b.ndim > 2 || m <= few || [a, b].some(isTracked);
  if (isWhole) return of(a);
  const starts = Array.from({ length: Math.ceil(m / few) }, (_, i) => i * few);
  return cat(starts.map((i) => scope(() => of(narrow(a, 0, i, Math.min(few, m - i))))), 0);
}

/**
 * The distances of each row from all that come after it, in the order of the first: x [n, k] →
 * [n (n − 1) / 2]; p as in `norm`. By differences: those near 0 are exact, and rows that are alike have a
 * gradient of 0.
 */
export function pdist(x: Tensor, p = 2): Tensor {
  atMost(2, arguments.length, "pdist(x, p)");
  return inNameOf("pdist", () => {
    x = asFloat("pdist", x);
    check("pdist", "p", p, notNegative);
    if (x.ndim !== 2) throw new ShapeError(`pdist: x must be [n, k]: it is ${show(x.shape)}`);
    const [n, k] = x.shape as [number, number];
    const pairs = n * (n - 1) / 2;
    if (pairs * k >= 2 ** 31) {
      throw new ShapeError(`pdist: fewer than 2³¹ differences can be made: x is ${show(x.shape)}`);
    }
    const [first, second] = [new Int32Array(pairs), new Int32Array(pairs)];
    for (let i = 0, at = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++, at++) [first[at], second[at]] = [i, j];
    }
    const rows = (at: Int32Array) =>
      indexSelect(x, 0, constant("pdist", x.storage.device, [pairs], "int32", at));
    return vectorNorm(sub(rows(first), rows(second)), p, 1);
  });
}

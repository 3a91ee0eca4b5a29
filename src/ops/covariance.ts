/**
 * How variables go together: rows of a matrix are variables, columns what was observed of each.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import { atMost, checkOptions, type Kinds, number, orNull } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { div, mul, sub } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { tensorKind } from "./check.ts";
import { diag } from "./diagonal.ts";
import { clamp } from "./elementwise.ts";
import { inNameOf } from "./in_name_of.ts";
import { matmul } from "./matmul.ts";
import { sum } from "./sum.ts";
import { sqrt } from "./unary.ts";
import { reshape, transpose, unsqueeze } from "./view.ts";

/** Options of {@link cov}. */
export interface CovOptions {
  /** What is taken off the number of observations before it divides. Default: 1. */
  correction?: number;
  /** How often each column was observed: whole numbers, [n]. Default: once. */
  fweights?: Tensor | null;
  /** How much each column counts, [n]. Default: all alike. */
  aweights?: Tensor | null;
}

const COV: Kinds<CovOptions> = {
  correction: number,
  fweights: orNull(tensorKind),
  aweights: orNull(tensorKind),
};

/** The covariances of variables, [v, n] → [v, v]; of one variable its variance, []. */
export function cov(x: Tensor, options: CovOptions = {}): Tensor {
  atMost(2, arguments.length, "cov(x, { correction, fweights, aweights })");
  return inNameOf("cov", () => {
    x = asFloat("cov", x);
    const { correction = 1, fweights, aweights } = checkOptions("cov", options, COV);
    if (x.ndim > 2) {
      throw new ShapeError(`cov: a vector or a matrix is needed: it is ${show(x.shape)}`);
    }
    const rows = x.ndim === 2 ? x : reshape(x, [1, x.numel]);
    const n = rows.shape[1]!;
    const [often, much] = ([["fweights", fweights], ["aweights", aweights]] as const).map(
      ([what, given]) => {
        if (!given) return null;
        const weights = asFloat("cov", given, what);
        if (weights.ndim === 1 && weights.numel === n) return weights;
        throw new ShapeError(`cov: ${what} must be [${n}]: they are ${show(weights.shape)}`);
      },
    );
    const weights = often && much ? mul(often, much) : often ?? much;
    const total = weights ? sum(weights) : n;
    const weighed = weights ? mul(rows, weights) : rows;
    const centred = sub(rows, div(sum(weighed, 1, true), total));
    const less = much ? div(mul(sum(mul(weights!, much)), correction), total) : correction;
    const divisor = weights ? clamp(sub(total, less), { min: 0 }) : Math.max(0, n - correction);
    const products = matmul(weights ? mul(centred, weights) : centred, transpose(centred, 0, 1));
    const out = div(products, divisor);
    return out.numel === 1 ? reshape(out, []) : out;
  });
}

/** The correlations of variables, from −1 to 1: [v, n] → [v, v]; of one variable 1, []. */
export function corrcoef(x: Tensor): Tensor {
  atMost(1, arguments.length, "corrcoef(x)");
  return inNameOf("corrcoef", () => {
    const c = cov(x);
    if (c.ndim === 0) return div(c, c);
    const deviations = sqrt(diag(c));
    return clamp(div(div(c, unsqueeze(deviations, 1)), deviations), { min: -1, max: 1 });
  });
}

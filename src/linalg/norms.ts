/**
 * Norms, with those that singular values tell.
 *
 * @module
 */
import type { DType } from "../core/dtype.ts";
import { atMost } from "../core/options.ts";
import { axisOf } from "../core/shape.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { movedim } from "../ops/reshaping.ts";
import * as plain from "../ops/vector_norm.ts";
import type { Dims } from "../ops/sum.ts";
import { sum } from "../ops/sum.ts";
import { narrow, squeeze, unsqueeze } from "../ops/view.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { svdvals } from "./svd.ts";

/**
 * The norm of matrices in two dimensions: `"fro"`, ±1, ±∞ as in `functional.matrixNorm`, the largest (2)
 * or smallest (−2) singular value, or their sum (`"nuc"`).
 */
export function matrixNorm(
  x: Tensor,
  ord: plain.NormOrder = "fro",
  dim: readonly number[] = [-2, -1],
  keepdim = false,
  dtype?: DType,
): Tensor {
  atMost(5, arguments.length, "matrixNorm(x, ord, dim, keepdim, dtype)");
  if (ord !== 2 && ord !== -2 && ord !== "nuc") {
    return plain.matrixNorm(x, ord, dim, keepdim, dtype);
  }
  return inNameOf("matrixNorm", () => {
    const one = plain.matrixNorm(x, "fro", dim, true, dtype); // refuses what is no matrix
    const S = svdvals(movedim(x, dim, [-2, -1]));
    const last = S.shape.at(-1)! - 1;
    const y = ord === "nuc" ? sum(S, -1) : squeeze(narrow(S, -1, ord > 0 ? 0 : last, 1), -1);
    if (!keepdim) return y;
    return dim.map((d) => axisOf("matrixNorm", d, one.ndim)).sort((a, b) => a - b)
      .reduce((y, d) => unsqueeze(y, d), y);
  });
}

/** `vectorNorm`, or with an `ord` and a matrix {@link matrixNorm}. */
export function norm(
  x: Tensor,
  ord?: plain.NormOrder | null,
  dim?: Dims | null,
  keepdim = false,
  dtype?: DType,
): Tensor {
  atMost(5, arguments.length, "norm(x, ord, dim, keepdim, dtype)");
  return inNameOf("norm", () => {
    const isMatrix = Array.isArray(dim) ? dim.length === 2 : (dim ?? null) === null && x.ndim === 2;
    const isSingular = ord === 2 || ord === -2 || ord === "nuc";
    if (!isMatrix || !isSingular) return plain.linalgNorm(x, ord, dim as Dims, keepdim, dtype);
    return matrixNorm(x, ord, (dim ?? [0, 1]) as readonly number[], keepdim, dtype);
  });
}

/**
 * The exponential of matrices.
 *
 * @module
 */
import { atMost } from "../core/options.ts";
import { add, mul } from "../ops/binary.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { matmul } from "../ops/matmul.ts";
import { abs } from "../ops/unary.ts";
import { sum } from "../ops/sum.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { squaresOf, unitLike } from "./matrices.ts";

/** Terms of the series: of matrices whose norm is at most ½ the next is below 2⁻⁴⁰. */
const TERMS = 10;

/** Σ xᵏ / k! of square matrices [..., n, n]. */
export function matrixExp(x: Tensor): Tensor {
  atMost(1, arguments.length, "matrixExp(x)");
  return inNameOf("matrixExp", () => {
    x = squaresOf("matrixExp", x);
    if (x.numel === 0) return mul(x, 1);
    const norm = sum(abs(x.detach()), -1).max().item();
    const halvings = Number.isFinite(norm) ? Math.max(0, Math.ceil(Math.log2(norm)) + 1) : 0;
    const small = mul(x, 2 ** -halvings);
    const one = unitLike("matrixExp", x);
    let y = one;
    for (let k = TERMS; k > 0; k--) y = add(one, mul(matmul(small, y), 1 / k));
    for (let i = 0; i < halvings; i++) y = matmul(y, y);
    return y;
  });
}

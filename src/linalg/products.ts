/**
 * Products, and matrices of powers.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, integer, whole } from "../core/options.ts";
import { mul } from "../ops/binary.ts";
import { checkComputes } from "../ops/check.ts";
import { diagonal as ofTwo } from "../ops/diagonal.ts";
import { filledLike } from "../ops/filled_like.ts";
import { computedIn } from "../core/dtype.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { cat } from "../ops/join.ts";
import { cross as ofThree, matrixPower as power } from "../ops/linear_algebra.ts";
import { cumprod } from "../ops/scan.ts";
import { expand, sum } from "../ops/sum.ts";
import { unsqueeze } from "../ops/view.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { inv } from "./solve.ts";

/** Σ xᵢ yᵢ along a dimension. Shapes broadcast. */
export function vecdot(x: Tensor, y: Tensor, dim = -1): Tensor {
  atMost(3, arguments.length, "vecdot(x, y, dim)");
  return inNameOf("vecdot", () => sum(mul(x, y), dim));
}

/** Rows of powers: x [..., n] → [..., n, N] with x⁰, x¹ … xᴺ⁻¹. */
export function vander(x: Tensor, N?: number | null): Tensor {
  atMost(2, arguments.length, "vander(x, N)");
  return inNameOf("vander", () => {
    checkComputes("vander", x);
    if (x.ndim < 1) throw new ShapeError(`vander: x must be [..., n]: it is ${show(x.shape)}`);
    const n = N ?? x.shape.at(-1)!;
    check("vander", "N", n, whole(1));
    const first = filledLike(x, 1, [...x.shape, 1], computedIn(x.dtype));
    const factors = [first];
    if (n > 1) factors.push(expand(unsqueeze(x, -1), [...x.shape, n - 1]));
    return cumprod(cat(factors, -1), -1);
  });
}

/** `functional.diagonal` of the last two dimensions. */
export function diagonal(x: Tensor, offset = 0, dim1 = -2, dim2 = -1): Tensor {
  atMost(4, arguments.length, "diagonal(x, offset, dim1, dim2)");
  return ofTwo(x, offset, dim1, dim2);
}

/** The cross product of vectors of three along a dimension. */
export function cross(x: Tensor, y: Tensor, dim = -1): Tensor {
  atMost(3, arguments.length, "cross(x, y, dim)");
  return ofThree(x, y, dim);
}

/** Square matrices multiplied by themselves n times; of n below 0 their inverses. */
export function matrixPower(x: Tensor, n: number): Tensor {
  atMost(2, arguments.length, "matrixPower(x, n)");
  return inNameOf("matrixPower", () => {
    check("matrixPower", "n", n, integer);
    return n < 0 ? power(inv(x), -n) : power(x, n);
  });
}

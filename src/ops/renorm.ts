/**
 * Parts of a tensor, shortened to a norm.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, integer, notNegative, numberThat } from "../core/options.ts";
import { axisOf } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, div, mul } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { gt } from "./compare.ts";
import { inNameOf } from "./in_name_of.ts";
import { vectorNorm } from "./vector_norm.ts";
import { where } from "./where.ts";

const above0 = numberThat("a number above 0", (value) => value > 0);

/**
 * x with each part along a dimension, a row where it is 0, whose p-norm is above `maxnorm` shortened to
 * that. ShapeError where x has less than two dimensions.
 *
 * @example
 * ```ts
 * import { renorm, tensor } from "@glim/glim";
 * const rows = tensor([[3, 4], [0.25, 0]]);
 * console.log(renorm(rows, 2, 0, 1).toArray()); // near [[0.6, 0.8], [0.25, 0]]
 * ```
 */
export function renorm(x: Tensor, p: number, dim: number, maxnorm: number): Tensor {
  atMost(4, arguments.length, "renorm(x, p, dim, maxnorm)");
  return inNameOf("renorm", () => {
    x = asFloat("renorm", x);
    check("renorm", "p", p, above0);
    check("renorm", "dim", dim, integer);
    check("renorm", "maxnorm", maxnorm, notNegative);
    if (x.ndim < 2) {
      throw new ShapeError(`renorm: two dimensions or more are needed: x is ${show(x.shape)}`);
    }
    const axis = axisOf("renorm", dim, x.ndim);
    const others = x.shape.map((_, i) => i).filter((i) => i !== axis);
    const isLong = gt(vectorNorm(x.detach(), p, others, true), maxnorm);
    const norms = vectorNorm(where(isLong, x, 1), p, others, true); // no others have gradients
    return mul(x, where(isLong, div(maxnorm, add(norms, 1e-7)), 1));
  });
}

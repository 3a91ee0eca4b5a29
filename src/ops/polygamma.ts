/**
 * Derivatives of the logarithm of Γ, of any order.
 *
 * @module
 */
import { digamma, polygamma as higher, trigamma } from "../core/special_functions.ts";
import { atMost, check, whole } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mul } from "./binary.ts";
import { checkComputes } from "./check.ts";
import { apply } from "./unary_op.ts";

function derivative(n: number, x: number): number {
  return n === 0 ? digamma(x) : n === 1 ? trigamma(x) : higher(n, x);
}

/** The n-th derivative of `digamma`; ±∞ at the whole numbers up to 0. */
export function polygamma(n: number, x: Tensor): Tensor {
  atMost(2, arguments.length, "polygamma(n, x)");
  check("polygamma", "n", n, whole(0));
  checkComputes("polygamma", x);
  return apply({
    name: "polygamma",
    kernel: n === 0 ? "digamma" : `polygamma${n}`,
    cost: 20,
    f: (x) => derivative(n, x),
    saves: "input",
    grad: (x, dy) => dy * derivative(n + 1, x),
    gradOps: (dy, x) => mul(dy, polygamma(n + 1, x)),
    ofIntegers: null,
  }, x);
}

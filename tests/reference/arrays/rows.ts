/** Softmax along a dimension. */
import type { NDArray } from "./array.ts";
import { div, exp, log, sub } from "./elementwise.ts";
import { amax, sum } from "./reduce.ts";

/** exp(x) / Σ exp(x). */
export function softmax(x: NDArray, dim: number): NDArray {
  const powers = exp(sub(x, amax(x, dim, true)));
  return div(powers, sum(powers, dim, true));
}

/** x − log Σ exp(x). */
export function logSoftmax(x: NDArray, dim: number): NDArray {
  const below = sub(x, amax(x, dim, true));
  return sub(below, log(sum(exp(below), dim, true)));
}

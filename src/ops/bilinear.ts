/**
 * A product of two inputs.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import { numelOf, sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, mul } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { checkTensor } from "./check.ts";
import { inNameOf } from "./in_name_of.ts";
import { matmul } from "./matmul.ts";
import { ofIntegers } from "./of_integers.ts";
import { sum } from "./sum.ts";
import { permute, reshape, unsqueeze } from "./view.ts";

/** y = aᵀ W b + c, for each output: a [..., i], b [..., j], W [o, i, j], c [o] → [..., o]. */
export function bilinear(a: Tensor, b: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  atMost(4, arguments.length, "bilinear(a, b, weight, bias)");
  const given = [a, b, weight];
  a = asFloat("bilinear", a, "a");
  b = asFloat("bilinear", b, "b");
  weight = asFloat("bilinear", weight, "the weight");
  const lead = a.shape.slice(0, -1);
  const [o, i, j] = weight.shape as [number, number, number];
  const fits = weight.ndim === 3 && a.ndim >= 1 && sameShape(lead, b.shape.slice(0, -1)) &&
    a.shape.at(-1) === i && b.shape.at(-1) === j;
  if (!fits) {
    throw new ShapeError(
      `bilinear: inputs must be [..., i] and [..., j] and the weight [o, i, j]: they are ` +
        `${show(a.shape)}, ${show(b.shape)} and ${show(weight.shape)}`,
    );
  }
  if (bias !== undefined && bias !== null) checkTensor("bilinear", bias, "the bias");
  const n = numelOf(lead);
  const left = matmul(reshape(a, [n, i]), reshape(permute(weight, [1, 0, 2]), [i, o * j]));
  const both = sum(mul(reshape(left, [n, o, j]), unsqueeze(reshape(b, [n, j]), 1)), 2);
  const y = reshape(both, [...lead, o]);
  return ofIntegers(bias ? inNameOf("bilinear", () => add(y, bias)) : y, ...given);
}

/**
 * −x of floats, which is the gradient of what is subtracted.
 *
 * @module
 */
import type { Tensor } from "../tensor/tensor.ts";
import { apply, unaryRow } from "./unary_op.ts";

const NEG = unaryRow({
  name: "neg",
  f: (x) => -x,
  saves: "nothing",
  grad: (_, dy) => -dy,
  gradOps: negative,
});

/** −x, float32. */
export function negative(x: Tensor): Tensor {
  return apply(NEG, x);
}

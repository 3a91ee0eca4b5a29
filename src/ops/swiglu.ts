/**
 * Gated linear units.
 *
 * @module
 */
import { atMost } from "../core/options.ts";
import { broadcastShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { silu } from "./activation.ts";
import { mul } from "./binary.ts";
import { asFloat } from "./cast.ts";

/** silu(gate) · x: Shazeer, "GLU variants improve transformer", 2020. Shapes broadcast. */
export function swiglu(x: Tensor, gate: Tensor): Tensor {
  atMost(2, arguments.length, "swiglu(x, gate)");
  x = asFloat("swiglu", x);
  gate = asFloat("swiglu", gate, "the gate");
  broadcastShape("swiglu", x.shape, gate.shape);
  return mul(silu(gate), x);
}

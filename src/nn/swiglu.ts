import { swiglu } from "../ops/mod.ts";
import { atMost, checkOptions, flag, type Kinds } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkLengths } from "./check.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";

/** Options of {@link SwiGLU}. */
export interface SwiGLUOptions {
  /** Whether the layers add biases. Default: false. */
  bias?: boolean;
}

const OPTIONS: Kinds<SwiGLUOptions> = { bias: flag };

/** down(silu(gate(x)) · up(x)), as in Llama; its fields have the names of its files. */
export class SwiGLU extends Module<[x: Tensor]> {
  /** [hidden, in]. */
  readonly gate_proj: Linear;
  /** [hidden, in]. */
  readonly up_proj: Linear;
  /** [in, hidden]. */
  readonly down_proj: Linear;

  /** RangeError where a length is not a whole number ≥ 1. */
  constructor(inFeatures: number, hidden: number, options: SwiGLUOptions = {}) {
    atMost(3, arguments.length, "SwiGLU(inFeatures, hidden, { bias })");
    const { bias = false } = checkOptions("SwiGLU", options, OPTIONS);
    checkLengths("SwiGLU", inFeatures, hidden);
    super();
    this.gate_proj = new Linear(inFeatures, hidden, { bias });
    this.up_proj = new Linear(inFeatures, hidden, { bias });
    this.down_proj = new Linear(hidden, inFeatures, { bias });
  }

  /** x: [..., in], same shape out. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "SwiGLU.forward(x)");
    return this.down_proj.forward(swiglu(this.up_proj.forward(x), this.gate_proj.forward(x)));
  }
}

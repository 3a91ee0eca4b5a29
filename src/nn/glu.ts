import { atMost, check, integer } from "../core/options.ts";
import * as f from "../ops/glu.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

/** The first half of x along a dimension, times the sigmoid of the second. */
export class GLU extends Module<[x: Tensor]> {
  /** The dimension that is halved. */
  readonly dim: number;

  /** With its settings. */
  constructor(dim = -1) {
    atMost(1, arguments.length, "GLU(dim)");
    check("GLU", "dim", dim, integer);
    super();
    this.dim = dim;
  }

  /** Any shape of which the dimension has an even length. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "GLU.forward(x)");
    return f.glu(x, this.dim);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

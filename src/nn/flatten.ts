import { flatten } from "../ops/mod.ts";
import { atMost, check, integer } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

/** Merges the dimensions from `startDim` to `endDim`; by default all but the batch. */
export class Flatten extends Module<[x: Tensor]> {
  /** The first dimension to merge. */
  readonly startDim: number;
  /** The last dimension to merge. */
  readonly endDim: number;

  /** The range of dimensions, both included. */
  constructor(startDim = 1, endDim = -1) {
    atMost(2, arguments.length, "Flatten(startDim, endDim)");
    check("Flatten", "startDim", startDim, integer);
    check("Flatten", "endDim", endDim, integer);
    super();
    this.startDim = startDim;
    this.endDim = endDim;
  }

  /** [n, a, b, ...] → [n, a·b·...]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Flatten.forward(x)");
    return flatten(x, this.startDim, this.endDim);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
  }
}

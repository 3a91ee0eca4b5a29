import { flatten, reshape } from "../ops/mod.ts";
import { checkTensor } from "../ops/check.ts";
import { axisOf } from "../core/shape.ts";
import { atMost, check, integer, listOf } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";
import { python } from "./python.ts";

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

/** One dimension as several: the reverse of {@link Flatten}. */
export class Unflatten extends Module<[x: Tensor]> {
  /** The dimension. */
  readonly dim: number;
  /** What becomes of it; one length may be −1. */
  readonly sizes: readonly number[];

  /** The dimension, and what becomes of it. */
  constructor(dim: number, unflattenedSize: readonly number[]) {
    atMost(2, arguments.length, "Unflatten(dim, unflattenedSize)");
    check("Unflatten", "the dimension", dim, integer);
    check("Unflatten", "the sizes", unflattenedSize, listOf(integer));
    super();
    this.dim = dim;
    this.sizes = [...unflattenedSize];
  }

  /** [n, a·b·…] → [n, a, b, …]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Unflatten.forward(x)");
    checkTensor("unflatten", x);
    const axis = axisOf("unflatten", this.dim, x.ndim);
    const rest = this.sizes.filter((n) => n !== -1).reduce((a, b) => a * b, 1);
    const sizes = this.sizes.map((n) => n === -1 ? x.shape[axis]! / rest : n);
    return reshape(x, [...x.shape.slice(0, axis), ...sizes, ...x.shape.slice(axis + 1)]);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `dim=${this.dim}, unflattened_size=${python(this.sizes)}`;
  }
}

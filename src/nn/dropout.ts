import { dropout } from "../ops/mod.ts";
import { atMost, check, fraction } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

/**
 * In training sets each element to 0 with probability p and scales the others by 1 / (1 − p); in
 * evaluation returns its input. Srivastava et al., "Dropout", 2014.
 */
export class Dropout extends Module<[x: Tensor]> {
  /** The probability of a 0. */
  readonly p: number;

  /** RangeError unless 0 ≤ p ≤ 1. */
  constructor(p = 0.5) {
    atMost(1, arguments.length, "Dropout(p)");
    check("Dropout", "the probability", p, fraction);
    super();
    this.p = p;
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Dropout.forward(x)");
    return dropout(x, this.p, this.training);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `p=${this.p}, inplace=False`;
  }
}

import { alphaDropout, dropout, dropout1d, dropout2d, dropout3d } from "../ops/mod.ts";
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

/** In training sets whole channels of [n, c, l] or [c, l] to 0 with probability p; see `functional.dropout1d`. */
export class Dropout1d extends Module<[x: Tensor]> {
  /** The probability. */
  readonly p: number;

  /** RangeError unless 0 ≤ p ≤ 1. */
  constructor(p = 0.5) {
    atMost(1, arguments.length, "Dropout1d(p)");
    check("Dropout1d", "the probability", p, fraction);
    super();
    this.p = p;
  }

  /** [n, c, l] or [c, l]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Dropout1d.forward(x)");
    return dropout1d(x, this.p, this.training);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `p=${this.p}, inplace=False`;
  }
}

/** In training sets whole channels of [n, c, h, w] or [c, h, w] to 0 with probability p; see `functional.dropout2d`. */
export class Dropout2d extends Module<[x: Tensor]> {
  /** The probability. */
  readonly p: number;

  /** RangeError unless 0 ≤ p ≤ 1. */
  constructor(p = 0.5) {
    atMost(1, arguments.length, "Dropout2d(p)");
    check("Dropout2d", "the probability", p, fraction);
    super();
    this.p = p;
  }

  /** [n, c, h, w] or [c, h, w]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Dropout2d.forward(x)");
    return dropout2d(x, this.p, this.training);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `p=${this.p}, inplace=False`;
  }
}

/** In training sets whole channels of [n, c, d, h, w] or [c, d, h, w] to 0 with probability p; see `functional.dropout3d`. */
export class Dropout3d extends Module<[x: Tensor]> {
  /** The probability. */
  readonly p: number;

  /** RangeError unless 0 ≤ p ≤ 1. */
  constructor(p = 0.5) {
    atMost(1, arguments.length, "Dropout3d(p)");
    check("Dropout3d", "the probability", p, fraction);
    super();
    this.p = p;
  }

  /** [n, c, d, h, w] or [c, d, h, w]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Dropout3d.forward(x)");
    return dropout3d(x, this.p, this.training);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `p=${this.p}, inplace=False`;
  }
}

/** In training sets elements to SELU's lowest value with probability p; see `functional.alphaDropout`. */
export class AlphaDropout extends Module<[x: Tensor]> {
  /** The probability. */
  readonly p: number;

  /** RangeError unless 0 ≤ p ≤ 1. */
  constructor(p = 0.5) {
    atMost(1, arguments.length, "AlphaDropout(p)");
    check("AlphaDropout", "the probability", p, fraction);
    super();
    this.p = p;
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "AlphaDropout.forward(x)");
    return alphaDropout(x, this.p, this.training);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `p=${this.p}, inplace=False`;
  }
}

import { alphaDropout, dropout, dropout1d, dropout2d, dropout3d } from "../ops/mod.ts";
import { atMost, check, fraction } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { applied, type InplaceOptions, isInplace } from "./inplace.ts";
import { Module } from "./module.ts";

/** What one of these makes of x: x itself where nothing is dropped. */
function droppedOut(
  layer: { readonly p: number; readonly inplace: boolean; readonly training: boolean },
  op: string,
  x: Tensor,
  fn: (x: Tensor, p: number, training: boolean) => Tensor,
): Tensor {
  const { p, training } = layer;
  if (!training || p === 0) return fn(x, p, training);
  return applied(layer, op, x, (x) => fn(x, p, training));
}

/**
 * In training sets each element to 0 with probability p and scales the others by 1 / (1 − p); in
 * evaluation returns its input. Srivastava et al., "Dropout", 2014.
 */
export class Dropout extends Module<[x: Tensor]> {
  /** The probability of a 0. */
  readonly p: number;
  /** Whether the result takes the place of the input. */
  readonly inplace: boolean;

  /** RangeError unless 0 ≤ p ≤ 1; `{ inplace: true }` to write over the input in training. */
  constructor(p = 0.5, options: InplaceOptions = {}) {
    atMost(2, arguments.length, "Dropout(p, { inplace })");
    check("Dropout", "the probability", p, fraction);
    super();
    this.p = p;
    this.inplace = isInplace("Dropout", options);
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Dropout.forward(x)");
    return droppedOut(this, "dropout_", x, dropout);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `p=${this.p}, inplace=${this.inplace ? "True" : "False"}`;
  }
}

/** In training sets whole channels of [n, c, l] or [c, l] to 0 with probability p; see `functional.dropout1d`. */
export class Dropout1d extends Module<[x: Tensor]> {
  /** The probability. */
  readonly p: number;
  /** Whether the result takes the place of the input. */
  readonly inplace: boolean;

  /** RangeError unless 0 ≤ p ≤ 1; `{ inplace: true }` to write over the input in training. */
  constructor(p = 0.5, options: InplaceOptions = {}) {
    atMost(2, arguments.length, "Dropout1d(p, { inplace })");
    check("Dropout1d", "the probability", p, fraction);
    super();
    this.p = p;
    this.inplace = isInplace("Dropout1d", options);
  }

  /** [n, c, l] or [c, l]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Dropout1d.forward(x)");
    return droppedOut(this, "dropout1d_", x, dropout1d);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `p=${this.p}, inplace=${this.inplace ? "True" : "False"}`;
  }
}

/** In training sets whole channels of [n, c, h, w] or [c, h, w] to 0 with probability p; see `functional.dropout2d`. */
export class Dropout2d extends Module<[x: Tensor]> {
  /** The probability. */
  readonly p: number;
  /** Whether the result takes the place of the input. */
  readonly inplace: boolean;

  /** RangeError unless 0 ≤ p ≤ 1; `{ inplace: true }` to write over the input in training. */
  constructor(p = 0.5, options: InplaceOptions = {}) {
    atMost(2, arguments.length, "Dropout2d(p, { inplace })");
    check("Dropout2d", "the probability", p, fraction);
    super();
    this.p = p;
    this.inplace = isInplace("Dropout2d", options);
  }

  /** [n, c, h, w] or [c, h, w]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Dropout2d.forward(x)");
    return droppedOut(this, "dropout2d_", x, dropout2d);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `p=${this.p}, inplace=${this.inplace ? "True" : "False"}`;
  }
}

/** In training sets whole channels of [n, c, d, h, w] or [c, d, h, w] to 0 with probability p; see `functional.dropout3d`. */
export class Dropout3d extends Module<[x: Tensor]> {
  /** The probability. */
  readonly p: number;
  /** Whether the result takes the place of the input. */
  readonly inplace: boolean;

  /** RangeError unless 0 ≤ p ≤ 1; `{ inplace: true }` to write over the input in training. */
  constructor(p = 0.5, options: InplaceOptions = {}) {
    atMost(2, arguments.length, "Dropout3d(p, { inplace })");
    check("Dropout3d", "the probability", p, fraction);
    super();
    this.p = p;
    this.inplace = isInplace("Dropout3d", options);
  }

  /** [n, c, d, h, w] or [c, d, h, w]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Dropout3d.forward(x)");
    return droppedOut(this, "dropout3d_", x, dropout3d);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `p=${this.p}, inplace=${this.inplace ? "True" : "False"}`;
  }
}

/** In training sets elements to SELU's lowest value with probability p; see `functional.alphaDropout`. */
export class AlphaDropout extends Module<[x: Tensor]> {
  /** The probability. */
  readonly p: number;
  /** Whether the result takes the place of the input. */
  readonly inplace: boolean;

  /** RangeError unless 0 ≤ p ≤ 1; `{ inplace: true }` to write over the input in training. */
  constructor(p = 0.5, options: InplaceOptions = {}) {
    atMost(2, arguments.length, "AlphaDropout(p, { inplace })");
    check("AlphaDropout", "the probability", p, fraction);
    super();
    this.p = p;
    this.inplace = isInplace("AlphaDropout", options);
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "AlphaDropout.forward(x)");
    return droppedOut(this, "alphaDropout_", x, alphaDropout);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `p=${this.p}, inplace=${this.inplace ? "True" : "False"}`;
  }
}

import { dropout } from "../ops/dropout.ts";
import { alphaDropout, dropout1d, dropout2d, dropout3d } from "../ops/feature_dropout.ts";
import { atMost, check, fraction } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { InplaceLayer, type InplaceOptions } from "./inplace.ts";

/** Of x, the probability, and whether the layer trains. */
type Drop = (x: Tensor, p: number, training: boolean) => Tensor;

/** What layers share that drop elements or channels with probability p while they train. */
export abstract class DropoutLayer extends InplaceLayer {
  /** The probability; it may be changed. */
  p: number;
  private readonly op: string;
  private readonly drop: Drop;

  /** For a layer of that name, by a function. RangeError unless 0 ≤ p ≤ 1. */
  constructor(name: string, op: string, drop: Drop, p: number, options: InplaceOptions) {
    check(name, "the probability", p, fraction);
    super(name, options);
    this.p = p;
    this.op = op;
    this.drop = drop;
  }

  /** x → the same shape; in evaluation, and where nothing is dropped, x itself. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, `${this.constructor.name}.forward(x)`);
    const { p, training, drop } = this;
    if (!training || p === 0) return drop(x, p, training);
    return this.applied(this.op, x, (x) => drop(x, p, training));
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `p=${this.p}, inplace=${this.inplace ? "True" : "False"}`;
  }
}

/**
 * In training sets each element to 0 with probability p and scales the others by 1 / (1 − p); in
 * evaluation returns its input. Srivastava et al., "Dropout", 2014.
 */
export class Dropout extends DropoutLayer {
  /** RangeError unless 0 ≤ p ≤ 1; `{ inplace: true }` to write over the input in training. */
  constructor(p = 0.5, options: InplaceOptions = {}) {
    atMost(2, arguments.length, "Dropout(p, { inplace })");
    super("Dropout", "dropout_", dropout, p, options);
  }
}

/** In training sets whole channels of [n, c, l] or [c, l] to 0 with probability p; see `functional.dropout1d`. */
export class Dropout1d extends DropoutLayer {
  /** RangeError unless 0 ≤ p ≤ 1; `{ inplace: true }` to write over the input in training. */
  constructor(p = 0.5, options: InplaceOptions = {}) {
    atMost(2, arguments.length, "Dropout1d(p, { inplace })");
    super("Dropout1d", "dropout1d_", dropout1d, p, options);
  }
}

/** In training sets whole channels of [n, c, h, w] or [c, h, w] to 0 with probability p; see `functional.dropout2d`. */
export class Dropout2d extends DropoutLayer {
  /** RangeError unless 0 ≤ p ≤ 1; `{ inplace: true }` to write over the input in training. */
  constructor(p = 0.5, options: InplaceOptions = {}) {
    atMost(2, arguments.length, "Dropout2d(p, { inplace })");
    super("Dropout2d", "dropout2d_", dropout2d, p, options);
  }
}

/** In training sets whole channels of [n, c, d, h, w] or [c, d, h, w] to 0 with probability p; see `functional.dropout3d`. */
export class Dropout3d extends DropoutLayer {
  /** RangeError unless 0 ≤ p ≤ 1; `{ inplace: true }` to write over the input in training. */
  constructor(p = 0.5, options: InplaceOptions = {}) {
    atMost(2, arguments.length, "Dropout3d(p, { inplace })");
    super("Dropout3d", "dropout3d_", dropout3d, p, options);
  }
}

/** In training sets elements to SELU's lowest value with probability p; see `functional.alphaDropout`. */
export class AlphaDropout extends DropoutLayer {
  /** RangeError unless 0 ≤ p ≤ 1; `{ inplace: true }` to write over the input in training. */
  constructor(p = 0.5, options: InplaceOptions = {}) {
    atMost(2, arguments.length, "AlphaDropout(p, { inplace })");
    super("AlphaDropout", "alphaDropout_", alphaDropout, p, options);
  }
}

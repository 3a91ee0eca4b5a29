import { logSoftmax, relu, sigmoid, softmax, tanh } from "../ops/mod.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** `max(x, 0)`. */
export class ReLU extends Module {
  /** Any shape. */
  forward(x: Tensor): Tensor {
    return relu(x);
  }
}

/** The hyperbolic tangent. */
export class Tanh extends Module {
  /** Any shape. */
  forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/** `1 / (1 + e⁻ˣ)`. */
export class Sigmoid extends Module {
  /** Any shape. */
  forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/** `exp(x) / Σ exp(x)` along a dimension. */
export class Softmax extends Module {
  /** The dimension whose elements sum to 1. */
  readonly dim: number;

  /** Along a dimension. */
  constructor(dim: number) {
    super();
    this.dim = dim;
  }

  /** Any shape that has the dimension. */
  forward(x: Tensor): Tensor {
    return softmax(x, this.dim);
  }

  protected override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

/** `x − log Σ exp(x)` along a dimension. */
export class LogSoftmax extends Module {
  /** The dimension whose exponentials sum to 1. */
  readonly dim: number;

  /** Along a dimension. */
  constructor(dim: number) {
    super();
    this.dim = dim;
  }

  /** Any shape that has the dimension. */
  forward(x: Tensor): Tensor {
    return logSoftmax(x, this.dim);
  }

  protected override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

import { logSoftmax, sigmoid, softmax, softmin, tanh } from "../ops/mod.ts";
import { GELU as GELU_OPTIONS, type GeluOptions, geluUnchecked, silu } from "../ops/activation.ts";
import { relu } from "../ops/unary.ts";
import { atMost, check, checkOptions, copyOptions, integer } from "../core/options.ts";
import { ShapeError, show } from "../core/errors.ts";
import { checkTensor } from "../ops/check.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { fuse } from "./fused.ts";
import { InplaceLayer, type InplaceOptions } from "./inplace.ts";
import { Module } from "./module.ts";

/** `max(x, 0)`. */
export class ReLU extends InplaceLayer {
  /** `{ inplace: true }` to write over the input. */
  constructor(options: InplaceOptions = {}) {
    atMost(1, arguments.length, "ReLU({ inplace })");
    super("ReLU", options);
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "ReLU.forward(x)");
    return this.applied("relu_", x, relu);
  }

  static {
    fuse<ReLU>(this.prototype.forward, { isRelu: true });
  }
}

/** The hyperbolic tangent. */
export class Tanh extends Module<[x: Tensor]> {
  /** Without options. */
  constructor() {
    atMost(0, arguments.length, "Tanh()");
    super();
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Tanh.forward(x)");
    return tanh(x);
  }
}

/** `1 / (1 + e⁻ˣ)`. */
export class Sigmoid extends Module<[x: Tensor]> {
  /** Without options. */
  constructor() {
    atMost(0, arguments.length, "Sigmoid()");
    super();
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Sigmoid.forward(x)");
    return sigmoid(x);
  }
}

/** `exp(x) / Σ exp(x)` along a dimension. */
export class Softmax extends Module<[x: Tensor]> {
  /** The dimension whose elements sum to 1. */
  readonly dim: number;

  /** Along a dimension. */
  constructor(dim: number) {
    atMost(1, arguments.length, "Softmax(dim)");
    check("Softmax", "the dimension", dim, integer);
    super();
    this.dim = dim;
  }

  /** Any shape that has the dimension. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Softmax.forward(x)");
    return softmax(x, this.dim);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

/** Softmax over the channels, for each pixel. */
export class Softmax2d extends Module<[x: Tensor]> {
  /** Without options. */
  constructor() {
    atMost(0, arguments.length, "Softmax2d()");
    super();
  }

  /** [n, c, h, w] or [c, h, w]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Softmax2d.forward(x)");
    checkTensor("Softmax2d", x);
    if (x.ndim === 3 || x.ndim === 4) return softmax(x, -3);
    throw new ShapeError(`Softmax2d: x must be [n, c, h, w] or [c, h, w]: it is ${show(x.shape)}`);
  }
}

/** `x − log Σ exp(x)` along a dimension. */
export class LogSoftmax extends Module<[x: Tensor]> {
  /** The dimension whose exponentials sum to 1. */
  readonly dim: number;

  /** Along a dimension. */
  constructor(dim: number) {
    atMost(1, arguments.length, "LogSoftmax(dim)");
    check("LogSoftmax", "the dimension", dim, integer);
    super();
    this.dim = dim;
  }

  /** Any shape that has the dimension. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "LogSoftmax.forward(x)");
    return logSoftmax(x, this.dim);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

/** `softmax(−x)` along a dimension. */
export class Softmin extends Module<[x: Tensor]> {
  /** The dimension whose elements sum to 1. */
  readonly dim: number;

  /** With its settings. */
  constructor(dim: number) {
    atMost(1, arguments.length, "Softmin(dim)");
    check("Softmin", "dim", dim, integer);
    super();
    this.dim = dim;
  }

  /** Any shape that has the dimension. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Softmin.forward(x)");
    return softmin(x, this.dim);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

/** `x Φ(x)`, Φ being the normal distribution function, or its approximation by tanh. */
export class GELU extends Module<[x: Tensor]> {
  /** Which of the two. */
  readonly options: GeluOptions;

  /** `{ approximate: "tanh" }` for the approximation. */
  constructor(options: GeluOptions = {}) {
    atMost(1, arguments.length, "GELU({ approximate })");
    checkOptions("GELU", options, GELU_OPTIONS);
    super();
    this.options = copyOptions(options);
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "GELU.forward(x)");
    return geluUnchecked(x, this.options);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `approximate='${this.options.approximate ?? "none"}'`;
  }
}

/** `x / (1 + e⁻ˣ)`. */
export class SiLU extends InplaceLayer {
  /** `{ inplace: true }` to write over the input. */
  constructor(options: InplaceOptions = {}) {
    atMost(1, arguments.length, "SiLU({ inplace })");
    super("SiLU", options);
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "SiLU.forward(x)");
    return this.applied("silu_", x, silu);
  }
}

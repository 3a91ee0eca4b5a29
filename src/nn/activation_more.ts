import { full } from "../tensor/create.ts";
import { atMost, check, checkOptions, integer, number, whole } from "../core/options.ts";
import * as f from "../ops/activation_more.ts";
import type { RreluOptions, SoftplusOptions } from "../ops/activation_more.ts";
import { Parameter, type Tensor } from "../tensor/tensor.ts";
import { INPLACE, InplaceLayer, type InplaceOptions } from "./inplace.ts";
import { Module } from "./module.ts";
import { python } from "./python.ts";

/** A number as Python prints one with a fraction. */
function decimal(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : python(value);
}

/** `min(max(x + 3, 0), 6) / 6`, a sigmoid of straight lines. */
export class Hardsigmoid extends InplaceLayer {
  /** `{ inplace: true }` to write over the input. */
  constructor(options: InplaceOptions = {}) {
    atMost(1, arguments.length, "Hardsigmoid({ inplace })");
    super("Hardsigmoid", options);
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Hardsigmoid.forward(x)");
    return this.applied("hardsigmoid_", x, f.hardsigmoid);
  }

  /** Nothing, as in PyTorch. */
  protected override extraRepr(): string {
    return "";
  }
}

/** `x · hardsigmoid(x)`. */
export class Hardswish extends InplaceLayer {
  /** `{ inplace: true }` to write over the input. */
  constructor(options: InplaceOptions = {}) {
    atMost(1, arguments.length, "Hardswish({ inplace })");
    super("Hardswish", options);
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Hardswish.forward(x)");
    return this.applied("hardswish_", x, f.hardswish);
  }

  /** Nothing, as in PyTorch. */
  protected override extraRepr(): string {
    return "";
  }
}

/** `log(1 / (1 + e⁻ˣ))`. */
export class LogSigmoid extends Module<[x: Tensor]> {
  /** Without options. */
  constructor() {
    atMost(0, arguments.length, "LogSigmoid()");
    super();
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "LogSigmoid.forward(x)");
    return f.logsigmoid(x);
  }
}

/** `x tanh(softplus(x))`. */
export class Mish extends InplaceLayer {
  /** `{ inplace: true }` to write over the input. */
  constructor(options: InplaceOptions = {}) {
    atMost(1, arguments.length, "Mish({ inplace })");
    super("Mish", options);
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Mish.forward(x)");
    return this.applied("mish_", x, f.mish);
  }
}

/** `min(max(x, 0), 6)`. */
export class ReLU6 extends InplaceLayer {
  /** `{ inplace: true }` to write over the input. */
  constructor(options: InplaceOptions = {}) {
    atMost(1, arguments.length, "ReLU6({ inplace })");
    super("ReLU6", options);
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "ReLU6.forward(x)");
    return this.applied("relu6_", x, f.relu6);
  }
}

/** ELU, scaled so that means and variances stay. */
export class SELU extends InplaceLayer {
  /** `{ inplace: true }` to write over the input. */
  constructor(options: InplaceOptions = {}) {
    atMost(1, arguments.length, "SELU({ inplace })");
    super("SELU", options);
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "SELU.forward(x)");
    return this.applied("selu_", x, f.selu);
  }
}

/** `x / (1 + |x|)`. */
export class Softsign extends Module<[x: Tensor]> {
  /** Without options. */
  constructor() {
    atMost(0, arguments.length, "Softsign()");
    super();
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Softsign.forward(x)");
    return f.softsign(x);
  }
}

/** `x − tanh x`. */
export class Tanhshrink extends Module<[x: Tensor]> {
  /** Without options. */
  constructor() {
    atMost(0, arguments.length, "Tanhshrink()");
    super();
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Tanhshrink.forward(x)");
    return f.tanhshrink(x);
  }
}

/** x where it is positive, else `alpha (eˣ − 1)`. */
export class ELU extends InplaceLayer {
  /** What it comes to far to the left, with its sign turned. */
  readonly alpha: number;

  /** With its settings; `{ inplace: true }` to write over the input. */
  constructor(alpha = 1, options: InplaceOptions = {}) {
    atMost(2, arguments.length, "ELU(alpha, { inplace })");
    check("ELU", "alpha", alpha, number);
    super("ELU", options);
    this.alpha = alpha;
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "ELU.forward(x)");
    return this.applied("elu_", x, (x) => f.elu(x, this.alpha));
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return super.extraRepr(`alpha=${decimal(this.alpha)}`);
  }
}

/** x where it is positive, else `alpha (e^(x / alpha) − 1)`. */
export class CELU extends InplaceLayer {
  /** What it comes to far to the left, with its sign turned. */
  readonly alpha: number;

  /** With its settings; `{ inplace: true }` to write over the input. */
  constructor(alpha = 1, options: InplaceOptions = {}) {
    atMost(2, arguments.length, "CELU(alpha, { inplace })");
    check("CELU", "alpha", alpha, number);
    super("CELU", options);
    this.alpha = alpha;
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "CELU.forward(x)");
    return this.applied("celu_", x, (x) => f.celu(x, this.alpha));
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return super.extraRepr(`alpha=${decimal(this.alpha)}`);
  }
}

/** x between two bounds, at which the gradient is 0. */
export class Hardtanh extends InplaceLayer {
  /** The least. */
  readonly minVal: number;
  /** The most. */
  readonly maxVal: number;

  /** With its settings; `{ inplace: true }` to write over the input. */
  constructor(minVal = -1, maxVal = 1, options: InplaceOptions = {}) {
    atMost(3, arguments.length, "Hardtanh(minVal, maxVal, { inplace })");
    check("Hardtanh", "minVal", minVal, number);
    check("Hardtanh", "maxVal", maxVal, number);
    super("Hardtanh", options);
    this.minVal = minVal;
    this.maxVal = maxVal;
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Hardtanh.forward(x)");
    return this.applied("hardtanh_", x, (x) => f.hardtanh(x, this.minVal, this.maxVal));
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return super.extraRepr(`min_val=${decimal(this.minVal)}, max_val=${decimal(this.maxVal)}`);
  }
}

/** x, but 0 where it is from −`lambd` to `lambd`. */
export class Hardshrink extends Module<[x: Tensor]> {
  /** How near to 0. */
  readonly lambd: number;

  /** With its settings. */
  constructor(lambd = 0.5) {
    atMost(1, arguments.length, "Hardshrink(lambd)");
    check("Hardshrink", "lambd", lambd, number);
    super();
    this.lambd = lambd;
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Hardshrink.forward(x)");
    return f.hardshrink(x, this.lambd);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return python(this.lambd);
  }
}

/** x moved by `lambd` towards 0, which it does not pass. */
export class Softshrink extends Module<[x: Tensor]> {
  /** How far. */
  readonly lambd: number;

  /** With its settings. */
  constructor(lambd = 0.5) {
    atMost(1, arguments.length, "Softshrink(lambd)");
    check("Softshrink", "lambd", lambd, number);
    super();
    this.lambd = lambd;
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Softshrink.forward(x)");
    return f.softshrink(x, this.lambd);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return python(this.lambd);
  }
}

/** x where it is above a threshold, else a value. */
export class Threshold extends InplaceLayer {
  /** The threshold. */
  readonly threshold: number;
  /** The value. */
  readonly value: number;

  /** With its settings; `{ inplace: true }` to write over the input. */
  constructor(threshold: number, value: number, options: InplaceOptions = {}) {
    atMost(3, arguments.length, "Threshold(threshold, value, { inplace })");
    check("Threshold", "threshold", threshold, number);
    check("Threshold", "value", value, number);
    super("Threshold", options);
    this.threshold = threshold;
    this.value = value;
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Threshold.forward(x)");
    return this.applied("threshold_", x, (x) => f.threshold(x, this.threshold, this.value));
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return super.extraRepr(`threshold=${python(this.threshold)}, value=${python(this.value)}`);
  }
}

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
    return f.softmin(x, this.dim);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

/** `log(1 + e^(beta x)) / beta`, a smooth relu. */
export class Softplus extends Module<[x: Tensor]> {
  /** How sharp the bend is. */
  readonly beta: number;
  /** From which `beta x` on the result is x. */
  readonly threshold: number;

  /** `{ beta, threshold }`, by default 1 and 20. */
  constructor(options: SoftplusOptions = {}) {
    atMost(1, arguments.length, "Softplus({ beta, threshold })");
    const { beta = 1, threshold = 20 } = checkOptions("Softplus", options, f.SOFTPLUS_KINDS);
    super();
    this.beta = beta;
    this.threshold = threshold;
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Softplus.forward(x)");
    return f.softplus(x, { beta: this.beta, threshold: this.threshold });
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `beta=${decimal(this.beta)}, threshold=${decimal(this.threshold)}`;
  }
}

/** x where it is positive, else x times a weight that is learned. */
export class PReLU extends Module<[x: Tensor]> {
  /** One slope for all, or one a channel. */
  readonly weight: Parameter;

  /** With so many slopes, which begin at `init`. */
  constructor(numParameters = 1, init = 0.25) {
    atMost(2, arguments.length, "PReLU(numParameters, init)");
    check("PReLU", "numParameters", numParameters, whole(1));
    check("PReLU", "init", init, number);
    super();
    this.weight = new Parameter(full([numParameters], init, { dtype: "float32" }));
  }

  /** Any shape; with several slopes dimension 1 has as many channels. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "PReLU.forward(x)");
    return f.prelu(x, this.weight);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `num_parameters=${this.weight.numel}`;
  }
}

/** Leaky ReLU of slopes that are drawn at random in training, and of their mean in evaluation. */
export class RReLU extends InplaceLayer {
  /** The least slope. */
  readonly lower: number;
  /** The largest slope. */
  readonly upper: number;

  /** `{ lower, upper, inplace }`, by default 1/8, 1/3 and false. */
  constructor(options: Omit<RreluOptions, "training"> & InplaceOptions = {}) {
    atMost(1, arguments.length, "RReLU({ lower, upper, inplace })");
    const { lower = 1 / 8, upper = 1 / 3, inplace = false } = checkOptions("RReLU", options, {
      lower: number,
      upper: number,
      ...INPLACE,
    });
    super("RReLU", { inplace });
    this.lower = lower;
    this.upper = upper;
  }

  /** Any shape. In training each element below 0 has a slope of its own. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "RReLU.forward(x)");
    const { lower, upper, training } = this;
    return this.applied("rrelu_", x, (x) => f.rrelu(x, { lower, upper, training }));
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return super.extraRepr(`lower=${decimal(this.lower)}, upper=${decimal(this.upper)}`);
  }
}

import { atMost, check, checkOptions, number } from "../core/options.ts";
import * as f from "../ops/exponential_activation.ts";
import type { SoftplusOptions } from "../ops/exponential_activation.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { InplaceLayer, type InplaceOptions } from "./inplace.ts";
import { Module } from "./module.ts";
import { pythonFloat } from "./python.ts";

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
    return super.extraRepr(`alpha=${pythonFloat(this.alpha)}`);
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
    return super.extraRepr(`alpha=${pythonFloat(this.alpha)}`);
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
    return `beta=${pythonFloat(this.beta)}, threshold=${pythonFloat(this.threshold)}`;
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

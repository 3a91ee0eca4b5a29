import { atMost, check, number } from "../core/options.ts";
import * as f from "../ops/piecewise_activation.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { InplaceLayer, type InplaceOptions } from "./inplace.ts";
import { Module } from "./module.ts";
import { python, pythonFloat } from "./python.ts";

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
    return super.extraRepr(
      `min_val=${pythonFloat(this.minVal)}, max_val=${pythonFloat(this.maxVal)}`,
    );
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

import { full } from "../tensor/create.ts";
import { atMost, check, checkOptions, number, whole } from "../core/options.ts";
import * as f from "../ops/leaky_relu.ts";
import type { RreluOptions } from "../ops/leaky_relu.ts";
import { Parameter, type Tensor } from "../tensor/tensor.ts";
import { INPLACE, InplaceLayer, type InplaceOptions } from "./inplace.ts";
import { Module } from "./module.ts";
import { pythonFloat } from "./python.ts";

/** x where it is positive, else a small multiple of it. */
export class LeakyReLU extends InplaceLayer {
  /** The multiple. */
  readonly negativeSlope: number;

  /** With a slope, 0.01 by default; `{ inplace: true }` to write over the input. */
  constructor(negativeSlope = 0.01, options: InplaceOptions = {}) {
    atMost(2, arguments.length, "LeakyReLU(negativeSlope, { inplace })");
    check("LeakyReLU", "negativeSlope", negativeSlope, number);
    super("LeakyReLU", options);
    this.negativeSlope = negativeSlope;
  }

  /** Any shape. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "LeakyReLU.forward(x)");
    return this.applied("leakyRelu_", x, (x) => f.leakyRelu(x, this.negativeSlope));
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return super.extraRepr(`negative_slope=${this.negativeSlope}`);
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
    return super.extraRepr(`lower=${pythonFloat(this.lower)}, upper=${pythonFloat(this.upper)}`);
  }
}

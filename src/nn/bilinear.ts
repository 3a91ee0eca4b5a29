import { bilinear } from "../ops/mod.ts";
import { empty } from "../tensor/create.ts";
import { atMost, check, checkOptions, flag, type Kinds, whole } from "../core/options.ts";
import { Parameter, type Tensor } from "../tensor/tensor.ts";
import { uniform_ } from "./init.ts";
import { Module } from "./module.ts";

/** Options of {@link Bilinear}. */
export interface BilinearOptions {
  /** Whether to add a bias. Default: true. */
  bias?: boolean;
}

const OPTIONS: Kinds<BilinearOptions> = { bias: flag };

/** y = aᵀ W b + c for each output. Parameters start as PyTorch's do, U(±1/√in1). */
export class Bilinear extends Module<[a: Tensor, b: Tensor]> {
  /** Length of the first input. */
  readonly in1Features: number;
  /** Length of the second input. */
  readonly in2Features: number;
  /** Length of an output. */
  readonly outFeatures: number;
  /** [out, in1, in2]. */
  readonly weight: Parameter;
  /** [out], or null. */
  readonly bias: Parameter | null;

  /** RangeError where a length is not a whole number ≥ 1. */
  constructor(
    in1Features: number,
    in2Features: number,
    outFeatures: number,
    options: BilinearOptions = {},
  ) {
    atMost(4, arguments.length, "Bilinear(in1Features, in2Features, outFeatures, { bias })");
    const { bias = true } = checkOptions("Bilinear", options, OPTIONS);
    for (const n of [in1Features, in2Features, outFeatures]) {
      check("Bilinear", "each length", n, whole(1));
    }
    super();
    this.in1Features = in1Features;
    this.in2Features = in2Features;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(empty([outFeatures, in1Features, in2Features]));
    this.bias = bias ? new Parameter(empty([outFeatures])) : null;
    const bound = 1 / Math.sqrt(in1Features);
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  /** a [..., in1] and b [..., in2] → [..., out]. */
  forward(a: Tensor, b: Tensor): Tensor {
    atMost(2, arguments.length, "Bilinear.forward(a, b)");
    return bilinear(a, b, this.weight, this.bias);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const bias = this.bias === null ? "False" : "True";
    return `in1_features=${this.in1Features}, in2_features=${this.in2Features}, out_features=${this.outFeatures}, bias=${bias}`;
  }
}

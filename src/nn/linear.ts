import { empty } from "../tensor/create.ts";
import { linearRelu } from "../ops/linear_relu.ts";
import { linear } from "../ops/mod.ts";
import { atMost, checkOptions, flag, type Kinds } from "../core/options.ts";
import { Parameter, type Tensor } from "../tensor/tensor.ts";
import { checkLengths } from "./check.ts";
import { kaimingUniform_, uniform_ } from "./init.ts";
import { fuse } from "./fused.ts";
import { Module } from "./module.ts";

/** Options of {@link Linear}. */
export interface LinearOptions {
  /** Whether to add a bias. Default: true. */
  bias?: boolean;
}

const OPTIONS: Kinds<LinearOptions> = { bias: flag };

/**
 * `y = x·wᵀ + b`, in one kernel. x: [..., in] → [..., out].
 *
 * Weight and bias start as in PyTorch: uniform between ±1/√in (Kaiming uniform with a = √5).
 *
 * @example
 * ```ts
 * import { nn, ones } from "@glim/glim";
 * console.log(new nn.Linear(784, 10).forward(ones([64, 784])).shape); // [64, 10]
 * ```
 */
export class Linear extends Module<[x: Tensor]> {
  /** Length of an input. */
  readonly inFeatures: number;
  /** Length of an output. */
  readonly outFeatures: number;
  /** [out, in]. Several layers may share one. */
  weight: Parameter;
  /** [out], or null. */
  readonly bias: Parameter | null;

  /** Makes and initialises the parameters. RangeError where a length is not a whole number ≥ 1. */
  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    atMost(3, arguments.length, "Linear(inFeatures, outFeatures, { bias })");
    const { bias = true } = checkOptions("Linear", options, OPTIONS);
    checkLengths("Linear", inFeatures, outFeatures);
    super();
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(empty([outFeatures, inFeatures]));
    this.bias = bias ? new Parameter(empty([outFeatures])) : null;
    const bound = 1 / Math.sqrt(inFeatures);
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    if (this.bias !== null) uniform_(this.bias, -bound, bound);
  }

  /** x: [..., in] → [..., out]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Linear.forward(x)");
    return linear(x, this.weight, this.bias);
  }

  static {
    fuse<Linear>(this.prototype.forward, {
      withRelu: (layer, x) => linearRelu(x, layer.weight, layer.bias),
    });
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const bias = this.bias === null ? "False" : "True";
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${bias}`;
  }
}

import {
  CONV,
  conv2dRelu,
  conv2dUnchecked,
  type ConvOptions,
  type OneOrTwo,
  oneOrTwo,
} from "../ops/conv.ts";
import { atMost, flag } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Convolution, PADDING_MODE, type PaddingMode } from "./convolution.ts";
import { fuse } from "./fused.ts";

/** Options of {@link Conv2d}. */
export interface Conv2dOptions extends ConvOptions {
  /** Whether to add a bias. Default: true. */
  bias?: boolean;
  /** What stands around the input: zeros, or some of it. Default: `"zeros"`. */
  paddingMode?: PaddingMode;
}

const FORM = {
  name: "Conv2d",
  dims: 2,
  kernel: oneOrTwo(1),
  options: { ...CONV, bias: flag, paddingMode: PADDING_MODE },
};

/**
 * Convolution of images. x: [n, in, h, w] → [n, out, oh, ow]; see `functional.conv2d`.
 *
 * Weights start as PyTorch's do: Kaiming uniform with a = √5, that is U(±1/√fan) with fan =
 * in / groups · kh · kw, and so does the bias.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@glim/glim";
 * const layer = new nn.Conv2d(1, 8, 3, { padding: 1 });
 * console.log(layer.forward(ones([2, 1, 28, 28])).shape); // [2, 8, 28, 28]
 * ```
 */
export class Conv2d extends Convolution<readonly [number, number]> {
  /** Makes and initialises the parameters. RangeError where a number is out of range. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: OneOrTwo,
    options: Conv2dOptions = {},
  ) {
    atMost(4, arguments.length, "Conv2d(inChannels, outChannels, kernelSize, options)");
    super(FORM, inChannels, outChannels, kernelSize, options);
  }

  /** x: [n, in, h, w] or [in, h, w]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Conv2d.forward(x)");
    return this.ofPadded(x, conv2dUnchecked);
  }

  static {
    fuse<Conv2d>(this.prototype.forward, {
      withRelu: (layer, x) =>
        layer.paddingMode === "zeros" ? conv2dRelu(x, layer.weight, layer.bias, layer) : null,
    });
  }
}

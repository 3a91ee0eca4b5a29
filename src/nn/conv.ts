import { empty } from "../tensor/create.ts";
import { bothOf, CONV, conv2dRelu, conv2dUnchecked, type OneOrTwo, pairOf } from "../ops/conv.ts";
import { atMost, checkOptions, describe, flag, type Kinds, oneOf } from "../core/options.ts";
import { Parameter, type Tensor } from "../tensor/tensor.ts";
import { kaimingUniform_, uniform_ } from "./init.ts";
import { fuse } from "./fused.ts";
import { Module } from "./module.ts";

/** Options of {@link Conv2d}. */
export interface Conv2dOptions {
  /** Steps of the kernel, in pixels. Default: 1. */
  stride?: OneOrTwo;
  /** Zeros around the input. Default: 0. */
  padding?: OneOrTwo;
  /** Distance of the kernel's taps, in pixels. Default: 1. */
  dilation?: OneOrTwo;
  /** Into how many groups the channels are split. Default: 1. */
  groups?: number;
  /** Whether to add a bias. Default: true. */
  bias?: boolean;
  /** What stands around the input: zeros, which is all there is. Default: `"zeros"`. */
  paddingMode?: "zeros";
}

const OPTIONS: Kinds<Conv2dOptions> = { ...CONV, bias: flag, paddingMode: oneOf("zeros") };

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
export class Conv2d extends Module<[x: Tensor]> {
  /** Channels of an input. */
  readonly inChannels: number;
  /** Channels of an output. */
  readonly outChannels: number;
  /** Rows and columns of the kernel. */
  readonly kernelSize: readonly [number, number];
  /** Steps down and across. */
  readonly stride: readonly [number, number];
  /** Zeros above and below, left and right. */
  readonly padding: readonly [number, number];
  /** Distance of the taps down and across. */
  readonly dilation: readonly [number, number];
  /** Groups of channels. */
  readonly groups: number;
  /** [out, in / groups, kh, kw]. */
  readonly weight: Parameter;
  /** [out], or null. */
  readonly bias: Parameter | null;

  /** Makes and initialises the parameters. RangeError where a number is out of range. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: OneOrTwo,
    options: Conv2dOptions = {},
  ) {
    atMost(4, arguments.length, "Conv2d(inChannels, outChannels, kernelSize, options)");
    checkOptions("Conv2d", options, OPTIONS);
    const { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true } = options;
    for (const n of [inChannels, outChannels, groups]) {
      if (!Number.isSafeInteger(n) || n < 1) {
        throw new RangeError(
          `Conv2d: channels and groups must be whole numbers of at least 1: they are ` +
            `${describe(inChannels)}, ${describe(outChannels)} and ${groups}`,
        );
      }
    }
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new RangeError(
        `Conv2d: channels must divide into groups: ${inChannels} in, ${outChannels} out, ` +
          `${groups} groups`,
      );
    }
    const kernel = pairOf("Conv2d", "the kernel", kernelSize);
    super();
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernel;
    this.stride = bothOf(stride);
    this.padding = bothOf(padding);
    this.dilation = bothOf(dilation);
    this.groups = groups;
    const [kh, kw] = this.kernelSize;
    const bound = 1 / Math.sqrt(inChannels / groups * kh * kw);
    this.weight = new Parameter(empty([outChannels, inChannels / groups, kh, kw]));
    this.bias = bias ? new Parameter(empty([outChannels])) : null;
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    if (this.bias !== null) uniform_(this.bias, -bound, bound);
  }

  /** x: [n, in, h, w] or [in, h, w]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Conv2d.forward(x)");
    return conv2dUnchecked(x, this.weight, this.bias, this);
  }

  static {
    fuse<Conv2d>(this.prototype.forward, {
      withRelu: (layer, x) => conv2dRelu(x, layer.weight, layer.bias, layer),
    });
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const tuple = ([a, b]: readonly [number, number]) => `(${a}, ${b})`;
    const parts = [
      `${this.inChannels}`,
      `${this.outChannels}`,
      `kernel_size=${tuple(this.kernelSize)}`,
      `stride=${tuple(this.stride)}`,
    ];
    if (`${this.padding}` !== "0,0") parts.push(`padding=${tuple(this.padding)}`);
    if (`${this.dilation}` !== "1,1") parts.push(`dilation=${tuple(this.dilation)}`);
    if (this.groups !== 1) parts.push(`groups=${this.groups}`);
    if (this.bias === null) parts.push("bias=False");
    return parts.join(", ");
  }
}

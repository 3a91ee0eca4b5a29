import { empty } from "../tensor/create.ts";
import {
  bothOf,
  CONV,
  conv2dRelu,
  conv2dUnchecked,
  type OneOrTwo,
  type Padding,
  pairOf,
} from "../ops/conv.ts";
import { pad } from "../ops/mod.ts";
import { numelOf, type Shape } from "../core/shape.ts";
import { python } from "./python.ts";
import {
  atMost,
  checkOptions,
  describe,
  flag,
  type Kind,
  type Kinds,
  oneOf,
} from "../core/options.ts";
import { Parameter, type Tensor } from "../tensor/tensor.ts";
import { kaimingUniform_, uniform_ } from "./init.ts";
import { fuse } from "./fused.ts";
import { Module } from "./module.ts";

/** Options of {@link Conv2d}. */
export interface Conv2dOptions {
  /** Steps of the kernel, in pixels. Default: 1. */
  stride?: OneOrTwo;
  /** Zeros around the input; `"same"`: so many that the size stays, `"valid"`: none. Default: 0. */
  padding?: Padding;
  /** Distance of the kernel's taps, in pixels. Default: 1. */
  dilation?: OneOrTwo;
  /** Into how many groups the channels are split. Default: 1. */
  groups?: number;
  /** Whether to add a bias. Default: true. */
  bias?: boolean;
  /** What stands around the input: zeros, or some of it. Default: `"zeros"`. */
  paddingMode?: PaddingMode;
}

/** What stands around the input of a convolution. */
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

/** A mode of padding. */
export const PADDING_MODE: Kind = oneOf("zeros", "reflect", "replicate", "circular");

const OPTIONS: Kinds<Conv2dOptions> = { ...CONV, bias: flag, paddingMode: PADDING_MODE };

/** RangeError unless channels are whole numbers that divide into groups. */
export function checkChannels(
  layer: string,
  inChannels: number,
  outChannels: number,
  groups: number,
): void {
  for (const n of [inChannels, outChannels, groups]) {
    if (!Number.isSafeInteger(n) || n < 1) {
      throw new RangeError(
        `${layer}: channels and groups must be whole numbers of at least 1: they are ` +
          `${describe(inChannels)}, ${describe(outChannels)} and ${groups}`,
      );
    }
  }
  if (inChannels % groups !== 0 || outChannels % groups !== 0) {
    throw new RangeError(
      `${layer}: channels must divide into groups: ${inChannels} in, ${outChannels} out, ` +
        `${groups} groups`,
    );
  }
}

/** A weight and a bias as PyTorch starts them: U(±1/√fan), fan being all but the first length. */
export function kernelOf(
  shape: Shape,
  outChannels: number,
  bias: boolean,
): [weight: Parameter, bias: Parameter | null] {
  const weight = new Parameter(empty(shape));
  const shift = bias ? new Parameter(empty([outChannels])) : null;
  kaimingUniform_(weight, { a: Math.sqrt(5) });
  const bound = 1 / Math.sqrt(numelOf(shape.slice(1)));
  if (shift !== null) uniform_(shift, -bound, bound);
  return [weight, shift];
}

/** Zeros before and behind, the last dimension first, that a kernel needs. */
export function around(
  padding: readonly number[] | "same" | "valid",
  kernel: readonly number[],
  dilation: readonly number[],
): number[] {
  const pairs = kernel.map((k, i) => {
    if (padding === "valid") return [0, 0];
    if (padding !== "same") return [padding[i]!, padding[i]!];
    const all = dilation[i]! * (k - 1);
    return [all >> 1, all - (all >> 1)];
  });
  return pairs.reverse().flat();
}

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
  readonly padding: readonly [number, number] | "same" | "valid";
  /** What stands there. */
  readonly paddingMode: PaddingMode;
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
    const {
      stride = 1,
      padding = 0,
      dilation = 1,
      groups = 1,
      bias = true,
      paddingMode = "zeros",
    } = options;
    checkChannels("Conv2d", inChannels, outChannels, groups);
    const kernel = pairOf("Conv2d", "the kernel", kernelSize);
    super();
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernel;
    this.stride = bothOf(stride);
    this.padding = typeof padding === "string" ? padding : bothOf(padding);
    this.paddingMode = paddingMode;
    this.dilation = bothOf(dilation);
    this.groups = groups;
    const [kh, kw] = this.kernelSize;
    [this.weight, this.bias] = kernelOf(
      [outChannels, inChannels / groups, kh, kw],
      outChannels,
      bias,
    );
  }

  /** x: [n, in, h, w] or [in, h, w]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Conv2d.forward(x)");
    if (this.paddingMode === "zeros") return conv2dUnchecked(x, this.weight, this.bias, this);
    const { stride, dilation, groups, kernelSize, padding } = this;
    const padded = pad(x, around(padding, kernelSize, dilation), { mode: this.paddingMode });
    return conv2dUnchecked(padded, this.weight, this.bias, { stride, dilation, groups });
  }

  static {
    fuse<Conv2d>(this.prototype.forward, {
      withRelu: (layer, x) =>
        layer.paddingMode === "zeros" ? conv2dRelu(x, layer.weight, layer.bias, layer) : null,
    });
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return convRepr(this);
  }
}

/** What PyTorch prints of a convolution. */
export function convRepr(
  {
    inChannels,
    outChannels,
    kernelSize,
    stride,
    padding,
    dilation,
    groups,
    bias,
    paddingMode,
    more,
  }: {
    inChannels: number;
    outChannels: number;
    kernelSize: readonly number[];
    stride: readonly number[];
    padding: readonly number[] | string;
    dilation: readonly number[];
    groups: number;
    bias: Parameter | null;
    paddingMode?: PaddingMode;
    more?: readonly number[];
  },
): string {
  const parts = [
    `${inChannels}`,
    `${outChannels}`,
    `kernel_size=${python(kernelSize)}`,
    `stride=${python(stride)}`,
  ];
  if (typeof padding === "string") parts.push(`padding=${padding}`);
  else if (padding.some((n) => n !== 0)) parts.push(`padding=${python(padding)}`);
  if (dilation.some((n) => n !== 1)) parts.push(`dilation=${python(dilation)}`);
  if (more?.some((n) => n !== 0)) parts.push(`output_padding=${python(more)}`);
  if (groups !== 1) parts.push(`groups=${groups}`);
  if (bias === null) parts.push("bias=False");
  if ((paddingMode ?? "zeros") !== "zeros") parts.push(`padding_mode=${paddingMode}`);
  return parts.join(", ");
}

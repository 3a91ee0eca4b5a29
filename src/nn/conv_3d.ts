import {
  type Conv3dOptions as Settings,
  conv3dUnchecked,
  CONV_3D,
  CONV_TRANSPOSE_3D,
  type OneOrThree,
  oneOrThree,
} from "../ops/conv_3d.ts";
import { convTranspose3d, type ConvTranspose3dOptions as TransposedSettings } from "../ops/mod.ts";
import { atMost, flag } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  Convolution,
  PADDING_MODE,
  type PaddingMode,
  TransposedConvolution,
} from "./convolution.ts";

/** Options of {@link Conv3d}. */
export interface Conv3dOptions extends Settings {
  /** Whether to add a bias. Default: true. */
  bias?: boolean;
  /** What stands around the input: zeros, or some of it. Default: `"zeros"`. */
  paddingMode?: PaddingMode;
}

/** Options of {@link ConvTranspose3d}. */
export interface ConvTranspose3dOptions extends TransposedSettings {
  /** Whether to add a bias. Default: true. */
  bias?: boolean;
}

const FORM = {
  name: "Conv3d",
  dims: 3,
  kernel: oneOrThree(1),
  options: { ...CONV_3D, bias: flag, paddingMode: PADDING_MODE },
};

const TRANSPOSED = {
  name: "ConvTranspose3d",
  dims: 3,
  kernel: oneOrThree(1),
  options: { ...CONV_TRANSPOSE_3D, bias: flag },
};

/**
 * Convolution of volumes. x: [n, in, d, h, w] → [n, out, od, oh, ow]; see `functional.conv3d`. Weights
 * start as those of `Conv2d`.
 */
export class Conv3d extends Convolution<readonly [number, number, number]> {
  /** Makes and initialises the parameters. RangeError where a number is out of range. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: OneOrThree,
    options: Conv3dOptions = {},
  ) {
    atMost(4, arguments.length, "Conv3d(inChannels, outChannels, kernelSize, options)");
    super(FORM, inChannels, outChannels, kernelSize, options);
  }

  /** x: [n, in, d, h, w] or [in, d, h, w]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Conv3d.forward(x)");
    return this.ofPadded(x, conv3dUnchecked);
  }
}

/**
 * Transposed convolution of volumes. x: [n, in, d, h, w] → [n, out, od, oh, ow]; see
 * `functional.convTranspose3d`. Weights start as those of `Conv2d`.
 */
export class ConvTranspose3d extends TransposedConvolution<readonly [number, number, number]> {
  /** Makes and initialises the parameters. RangeError where a number is out of range. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: OneOrThree,
    options: ConvTranspose3dOptions = {},
  ) {
    atMost(4, arguments.length, "ConvTranspose3d(inChannels, outChannels, kernelSize, options)");
    super(TRANSPOSED, inChannels, outChannels, kernelSize, options);
  }

  /** x: [n, in, d, h, w] or [in, d, h, w]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "ConvTranspose3d.forward(x)");
    return convTranspose3d(x, this.weight, this.bias, this.settings);
  }
}

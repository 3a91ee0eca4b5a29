import {
  convTranspose1d,
  type ConvTranspose1dOptions as Settings1d,
  convTranspose2d,
  type ConvTransposeOptions,
  type One,
  type OneOrTwo,
} from "../ops/mod.ts";
import { oneOrTwo } from "../ops/conv.ts";
import { one } from "../ops/conv_1d.ts";
import { CONV_TRANSPOSE, CONV_TRANSPOSE_1D } from "../ops/conv_transpose.ts";
import { atMost, flag } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { TransposedConvolution } from "./convolution.ts";

/** Options of {@link ConvTranspose2d}. */
export interface ConvTranspose2dOptions extends ConvTransposeOptions {
  /** Whether to add a bias. Default: true. */
  bias?: boolean;
}

/** Options of {@link ConvTranspose1d}. */
export interface ConvTranspose1dOptions extends Settings1d {
  /** Whether to add a bias. Default: true. */
  bias?: boolean;
}

const OF_SEQUENCES = {
  name: "ConvTranspose1d",
  dims: 1,
  kernel: one(1),
  options: { ...CONV_TRANSPOSE_1D, bias: flag },
};

const OF_IMAGES = {
  name: "ConvTranspose2d",
  dims: 2,
  kernel: oneOrTwo(1),
  options: { ...CONV_TRANSPOSE, bias: flag },
};

/**
 * Transposed convolution of sequences. x: [n, in, l] → [n, out, ol]; see
 * `functional.convTranspose1d`. Weights start as those of `Conv2d`.
 */
export class ConvTranspose1d extends TransposedConvolution<readonly [number]> {
  /** Makes and initialises the parameters. RangeError where a number is out of range. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: One,
    options: ConvTranspose1dOptions = {},
  ) {
    atMost(4, arguments.length, "ConvTranspose1d(inChannels, outChannels, kernelSize, options)");
    super(OF_SEQUENCES, inChannels, outChannels, kernelSize, options);
  }

  /** x: [n, in, l] or [in, l]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "ConvTranspose1d.forward(x)");
    return convTranspose1d(x, this.weight, this.bias, this.settings);
  }
}

/**
 * Transposed convolution of images. x: [n, in, h, w] → [n, out, oh, ow]; see
 * `functional.convTranspose2d`. Weights start as those of `Conv2d`.
 */
export class ConvTranspose2d extends TransposedConvolution<readonly [number, number]> {
  /** Makes and initialises the parameters. RangeError where a number is out of range. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: OneOrTwo,
    options: ConvTranspose2dOptions = {},
  ) {
    atMost(4, arguments.length, "ConvTranspose2d(inChannels, outChannels, kernelSize, options)");
    super(OF_IMAGES, inChannels, outChannels, kernelSize, options);
  }

  /** x: [n, in, h, w] or [in, h, w]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "ConvTranspose2d.forward(x)");
    return convTranspose2d(x, this.weight, this.bias, this.settings);
  }
}

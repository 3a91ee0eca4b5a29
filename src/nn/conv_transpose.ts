import {
  convTranspose1d,
  type ConvTranspose1dOptions as Settings1d,
  convTranspose2d,
  type ConvTransposeOptions,
  type One,
  type OneOrTwo,
} from "../ops/mod.ts";
import { bothOf, oneOrTwo } from "../ops/conv.ts";
import { one, oneOfList } from "../ops/conv_1d.ts";
import { CONV_TRANSPOSE, CONV_TRANSPOSE_1D } from "../ops/conv_transpose.ts";
import { atMost, check, checkOptions, flag, type Kinds } from "../core/options.ts";
import type { Parameter, Tensor } from "../tensor/tensor.ts";
import { checkChannels, convRepr, kernelOf } from "./conv.ts";
import { Module } from "./module.ts";

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

const OPTIONS_2D: Kinds<ConvTranspose2dOptions> = { ...CONV_TRANSPOSE, bias: flag };
const OPTIONS_1D: Kinds<ConvTranspose1dOptions> = { ...CONV_TRANSPOSE_1D, bias: flag };

function single(value: One): readonly [number] {
  return [oneOfList(value)];
}

/**
 * Transposed convolution of sequences. x: [n, in, l] → [n, out, ol]; see
 * `functional.convTranspose1d`. Weights start as those of `Conv2d`.
 */
export class ConvTranspose1d extends Module<[x: Tensor]> {
  /** Channels of an input. */
  readonly inChannels: number;
  /** Channels of an output. */
  readonly outChannels: number;
  /** Taps of the kernel. */
  readonly kernelSize: readonly [number];
  /** Steps. */
  readonly stride: readonly [number];
  /** What is cut off around. */
  readonly padding: readonly [number];
  /** What is added at the end. */
  readonly outputPadding: readonly [number];
  /** Distance of the taps. */
  readonly dilation: readonly [number];
  /** Groups of channels. */
  readonly groups: number;
  /** [in, out / groups, k]. */
  readonly weight: Parameter;
  /** [out], or null. */
  readonly bias: Parameter | null;

  /** Makes and initialises the parameters. RangeError where a number is out of range. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: One,
    options: ConvTranspose1dOptions = {},
  ) {
    const name = "ConvTranspose1d";
    atMost(4, arguments.length, `${name}(inChannels, outChannels, kernelSize, options)`);
    checkOptions(name, options, OPTIONS_1D);
    check(name, "the kernel", kernelSize, one(1));
    const { groups = 1, bias = true } = options;
    checkChannels(name, inChannels, outChannels, groups);
    super();
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = single(kernelSize);
    this.stride = single(options.stride ?? 1);
    this.padding = single(options.padding ?? 0);
    this.outputPadding = single(options.outputPadding ?? 0);
    this.dilation = single(options.dilation ?? 1);
    this.groups = groups;
    const shape = [inChannels, outChannels / groups, ...this.kernelSize];
    [this.weight, this.bias] = kernelOf(shape, outChannels, bias);
  }

  /** x: [n, in, l] or [in, l]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "ConvTranspose1d.forward(x)");
    const { stride, padding, outputPadding, dilation, groups } = this;
    const options = { stride, padding, outputPadding, dilation, groups };
    return convTranspose1d(x, this.weight, this.bias, options);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return convRepr({ ...this, more: this.outputPadding });
  }
}

/**
 * Transposed convolution of images. x: [n, in, h, w] → [n, out, oh, ow]; see
 * `functional.convTranspose2d`. Weights start as those of `Conv2d`.
 */
export class ConvTranspose2d extends Module<[x: Tensor]> {
  /** Channels of an input. */
  readonly inChannels: number;
  /** Channels of an output. */
  readonly outChannels: number;
  /** Taps of the kernel. */
  readonly kernelSize: readonly [number, number];
  /** Steps. */
  readonly stride: readonly [number, number];
  /** What is cut off around. */
  readonly padding: readonly [number, number];
  /** What is added at the end. */
  readonly outputPadding: readonly [number, number];
  /** Distance of the taps. */
  readonly dilation: readonly [number, number];
  /** Groups of channels. */
  readonly groups: number;
  /** [in, out / groups, kh, kw]. */
  readonly weight: Parameter;
  /** [out], or null. */
  readonly bias: Parameter | null;

  /** Makes and initialises the parameters. RangeError where a number is out of range. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: OneOrTwo,
    options: ConvTranspose2dOptions = {},
  ) {
    const name = "ConvTranspose2d";
    atMost(4, arguments.length, `${name}(inChannels, outChannels, kernelSize, options)`);
    checkOptions(name, options, OPTIONS_2D);
    check(name, "the kernel", kernelSize, oneOrTwo(1));
    const { groups = 1, bias = true } = options;
    checkChannels(name, inChannels, outChannels, groups);
    super();
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = bothOf(kernelSize);
    this.stride = bothOf(options.stride ?? 1);
    this.padding = bothOf(options.padding ?? 0);
    this.outputPadding = bothOf(options.outputPadding ?? 0);
    this.dilation = bothOf(options.dilation ?? 1);
    this.groups = groups;
    const shape = [inChannels, outChannels / groups, ...this.kernelSize];
    [this.weight, this.bias] = kernelOf(shape, outChannels, bias);
  }

  /** x: [n, in, h, w] or [in, h, w]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "ConvTranspose2d.forward(x)");
    const { stride, padding, outputPadding, dilation, groups } = this;
    const options = { stride, padding, outputPadding, dilation, groups };
    return convTranspose2d(x, this.weight, this.bias, options);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return convRepr({ ...this, more: this.outputPadding });
  }
}

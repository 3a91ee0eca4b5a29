import {
  type Conv1dOptions as Settings,
  conv1dUnchecked,
  CONV_1D,
  type One,
  one,
  oneOfList,
} from "../ops/conv_1d.ts";
import { pad } from "../ops/mod.ts";
import { atMost, check, checkOptions, flag, type Kinds } from "../core/options.ts";
import type { Parameter, Tensor } from "../tensor/tensor.ts";
import {
  around,
  checkChannels,
  convRepr,
  kernelOf,
  PADDING_MODE,
  type PaddingMode,
} from "./conv.ts";
import { Module } from "./module.ts";

/** Options of {@link Conv1d}. */
export interface Conv1dOptions extends Settings {
  /** Whether to add a bias. Default: true. */
  bias?: boolean;
  /** What stands around the input: zeros, or some of it. Default: `"zeros"`. */
  paddingMode?: PaddingMode;
}

const OPTIONS: Kinds<Conv1dOptions> = { ...CONV_1D, bias: flag, paddingMode: PADDING_MODE };

/**
 * Convolution of sequences. x: [n, in, l] → [n, out, ol]; see `functional.conv1d`. Weights start as
 * those of `Conv2d`.
 */
export class Conv1d extends Module<[x: Tensor]> {
  /** Channels of an input. */
  readonly inChannels: number;
  /** Channels of an output. */
  readonly outChannels: number;
  /** Taps of the kernel. */
  readonly kernelSize: readonly [number];
  /** Steps. */
  readonly stride: readonly [number];
  /** Zeros before and behind. */
  readonly padding: readonly [number] | "same" | "valid";
  /** Distance of the taps. */
  readonly dilation: readonly [number];
  /** Groups of channels. */
  readonly groups: number;
  /** What stands around the input. */
  readonly paddingMode: PaddingMode;
  /** [out, in / groups, k]. */
  readonly weight: Parameter;
  /** [out], or null. */
  readonly bias: Parameter | null;

  /** Makes and initialises the parameters. RangeError where a number is out of range. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: One,
    options: Conv1dOptions = {},
  ) {
    atMost(4, arguments.length, "Conv1d(inChannels, outChannels, kernelSize, options)");
    checkOptions("Conv1d", options, OPTIONS);
    check("Conv1d", "the kernel", kernelSize, one(1));
    const { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true } = options;
    checkChannels("Conv1d", inChannels, outChannels, groups);
    super();
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = [oneOfList(kernelSize)];
    this.stride = [oneOfList(stride)];
    this.padding = typeof padding === "string" ? padding : [oneOfList(padding)];
    this.dilation = [oneOfList(dilation)];
    this.groups = groups;
    this.paddingMode = options.paddingMode ?? "zeros";
    const shape = [outChannels, inChannels / groups, this.kernelSize[0]];
    [this.weight, this.bias] = kernelOf(shape, outChannels, bias);
  }

  /** x: [n, in, l] or [in, l]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Conv1d.forward(x)");
    if (this.paddingMode === "zeros") return conv1dUnchecked(x, this.weight, this.bias, this);
    const { stride, dilation, groups, kernelSize, padding } = this;
    const padded = pad(x, around(padding, kernelSize, dilation), { mode: this.paddingMode });
    return conv1dUnchecked(padded, this.weight, this.bias, { stride, dilation, groups });
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return convRepr(this);
  }
}

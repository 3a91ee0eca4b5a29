import {
  type Conv1dOptions as Settings,
  conv1dUnchecked,
  CONV_1D,
  type One,
  one,
} from "../ops/conv_1d.ts";
import { atMost, flag } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Convolution, PADDING_MODE, type PaddingMode } from "./convolution.ts";

/** Options of {@link Conv1d}. */
export interface Conv1dOptions extends Settings {
  /** Whether to add a bias. Default: true. */
  bias?: boolean;
  /** What stands around the input: zeros, or some of it. Default: `"zeros"`. */
  paddingMode?: PaddingMode;
}

const FORM = {
  name: "Conv1d",
  dims: 1,
  kernel: one(1),
  options: { ...CONV_1D, bias: flag, paddingMode: PADDING_MODE },
};

/**
 * Convolution of sequences. x: [n, in, l] → [n, out, ol]; see `functional.conv1d`. Weights start as
 * those of `Conv2d`.
 */
export class Conv1d extends Convolution<readonly [number]> {
  /** Makes and initialises the parameters. RangeError where a number is out of range. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: One,
    options: Conv1dOptions = {},
  ) {
    atMost(4, arguments.length, "Conv1d(inChannels, outChannels, kernelSize, options)");
    super(FORM, inChannels, outChannels, kernelSize, options);
  }

  /** x: [n, in, l] or [in, l]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Conv1d.forward(x)");
    return this.ofPadded(x, conv1dUnchecked);
  }
}

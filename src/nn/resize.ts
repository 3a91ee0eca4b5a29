import {
  channelShuffle,
  fold,
  interpolate,
  type InterpolateOptions,
  type OneOrTwo,
  pixelShuffle,
  pixelUnshuffle,
  unfold,
  type UnfoldOptions,
} from "../ops/mod.ts";
import { oneOrTwo } from "../ops/conv.ts";
import { INTERPOLATE } from "../ops/interpolate.ts";
import { UNFOLD } from "../ops/unfold.ts";
import { atMost, check, checkOptions, copyList, copyOptions, whole } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";
import { python, pythonFloat } from "./python.ts";

/** Images of another size; see `functional.interpolate`. */
export class Upsample extends Module<[x: Tensor]> {
  /** Size or factor, and how what is between elements comes about. */
  readonly options: InterpolateOptions;

  /** RangeError where a number is out of range. */
  constructor(options: InterpolateOptions = {}) {
    atMost(1, arguments.length, "Upsample(options)");
    checkOptions("Upsample", options, INTERPOLATE);
    super();
    this.options = copyOptions(options);
  }

  /** [n, c, …], of other lengths. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Upsample.forward(x)");
    return interpolate(x, this.options);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const { size, scaleFactor, mode = "nearest" } = this.options;
    const factor = typeof scaleFactor === "number"
      ? pythonFloat(scaleFactor)
      : `(${scaleFactor?.map(pythonFloat).join(", ")})`;
    const what = scaleFactor ? `scale_factor=${factor}` : `size=${python(size ?? null)}`;
    return `${what}, mode='${mode}'`;
  }
}

/** Each window as a column; see `functional.unfold`. */
export class Unfold extends Module<[x: Tensor]> {
  /** Rows and columns of a window. */
  readonly kernelSize: OneOrTwo;
  /** Distance of pixels, zeros around, steps. */
  readonly options: UnfoldOptions;

  /** RangeError where a number is out of range. */
  constructor(kernelSize: OneOrTwo, options: UnfoldOptions = {}) {
    atMost(2, arguments.length, "Unfold(kernelSize, options)");
    check("Unfold", "the kernel", kernelSize, oneOrTwo(1));
    checkOptions("Unfold", options, UNFOLD);
    super();
    this.kernelSize = copyList(kernelSize);
    this.options = copyOptions(options);
  }

  /** [n, c, h, w] or [c, h, w] → [n, c · kh · kw, windows]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Unfold.forward(x)");
    return unfold(x, this.kernelSize, this.options);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `kernel_size=${python(this.kernelSize)}, ${windows(this.options)}`;
  }
}

function windows({ dilation = 1, padding = 0, stride = 1 }: UnfoldOptions): string {
  return `dilation=${python(dilation)}, padding=${python(padding)}, stride=${python(stride)}`;
}

/** Sums columns up to images; see `functional.fold`. */
export class Fold extends Module<[x: Tensor]> {
  /** Size of images. */
  readonly outputSize: OneOrTwo;
  /** Rows and columns of a window. */
  readonly kernelSize: OneOrTwo;
  /** Distance of pixels, zeros around, steps. */
  readonly options: UnfoldOptions;

  /** RangeError where a number is out of range. */
  constructor(outputSize: OneOrTwo, kernelSize: OneOrTwo, options: UnfoldOptions = {}) {
    atMost(3, arguments.length, "Fold(outputSize, kernelSize, options)");
    check("Fold", "the output size", outputSize, oneOrTwo(1));
    check("Fold", "the kernel", kernelSize, oneOrTwo(1));
    checkOptions("Fold", options, UNFOLD);
    super();
    this.outputSize = copyList(outputSize);
    this.kernelSize = copyList(kernelSize);
    this.options = copyOptions(options);
  }

  /** [n, c · kh · kw, windows] → [n, c, h, w]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "Fold.forward(x)");
    return fold(x, this.outputSize, this.kernelSize, this.options);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const sizes = `output_size=${python(this.outputSize)}, kernel_size=${python(this.kernelSize)}`;
    return `${sizes}, ${windows(this.options)}`;
  }
}

/** Channels become pixels; see `functional.pixelShuffle`. */
export class PixelShuffle extends Module<[x: Tensor]> {
  /** By what sides are multiplied. */
  readonly upscaleFactor: number;

  /** RangeError unless it is a whole number ≥ 1. */
  constructor(upscaleFactor: number) {
    atMost(1, arguments.length, "PixelShuffle(upscaleFactor)");
    check("PixelShuffle", "the factor", upscaleFactor, whole(1));
    super();
    this.upscaleFactor = upscaleFactor;
  }

  /** [..., c r², h, w] → [..., c, h r, w r]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "PixelShuffle.forward(x)");
    return pixelShuffle(x, this.upscaleFactor);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `upscale_factor=${this.upscaleFactor}`;
  }
}

/** Pixels become channels; see `functional.pixelUnshuffle`. */
export class PixelUnshuffle extends Module<[x: Tensor]> {
  /** By what sides are divided. */
  readonly downscaleFactor: number;

  /** RangeError unless it is a whole number ≥ 1. */
  constructor(downscaleFactor: number) {
    atMost(1, arguments.length, "PixelUnshuffle(downscaleFactor)");
    check("PixelUnshuffle", "the factor", downscaleFactor, whole(1));
    super();
    this.downscaleFactor = downscaleFactor;
  }

  /** [..., c, h r, w r] → [..., c r², h, w]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "PixelUnshuffle.forward(x)");
    return pixelUnshuffle(x, this.downscaleFactor);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `downscale_factor=${this.downscaleFactor}`;
  }
}

/** Channels of all groups in turn; see `functional.channelShuffle`. */
export class ChannelShuffle extends Module<[x: Tensor]> {
  /** Groups of channels. */
  readonly groups: number;

  /** RangeError unless it is a whole number ≥ 1. */
  constructor(groups: number) {
    atMost(1, arguments.length, "ChannelShuffle(groups)");
    check("ChannelShuffle", "the groups", groups, whole(1));
    super();
    this.groups = groups;
  }

  /** [n, c, …], same shape out. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "ChannelShuffle.forward(x)");
    return channelShuffle(x, this.groups);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `groups=${this.groups}`;
  }
}

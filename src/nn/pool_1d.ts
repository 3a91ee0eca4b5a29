import {
  adaptiveAvgPool1d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  avgPool1d,
  type AvgPool1dOptions,
  maxPool1d,
  type MaxPool1dOptions,
  type One,
  type OutputSize,
} from "../ops/mod.ts";
import { one } from "../ops/conv_1d.ts";
import {
  ADAPTIVE_MAX,
  type AdaptiveMaxPoolOptions,
  OUTPUT_SIZE,
  type WithIndices,
} from "../ops/pool.ts";
import { AVG_POOL_1D, MAX_POOL_1D } from "../ops/pool_1d.ts";
import { atMost, check, checkOptions, copyList, copyOptions } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";
import type { Pooled } from "./pool.ts";
import { python } from "./python.ts";

/** The largest element of each window of a sequence. */
export class MaxPool1d<I extends boolean = false> extends Module<[x: Tensor], Pooled<I>> {
  /** Size of a window. */
  readonly kernelSize: One;
  /** Stride, padding, dilation, rounding, and whether indices are given. */
  readonly options: MaxPool1dOptions;

  /** The stride is the window's size unless given. RangeError where a number is out of range. */
  constructor(kernelSize: One, options: MaxPool1dOptions & { returnIndices?: I } = {}) {
    atMost(2, arguments.length, "MaxPool1d(kernelSize, options)");
    check("MaxPool1d", "the kernel", kernelSize, one(1));
    checkOptions("MaxPool1d", options as MaxPool1dOptions, MAX_POOL_1D);
    super();
    this.kernelSize = copyList(kernelSize);
    this.options = copyOptions(options);
  }

  /** [n, c, l] or [c, l] → [n, c, ol]; see `functional.maxPool1d`. */
  forward(x: Tensor): Pooled<I> {
    atMost(1, arguments.length, "MaxPool1d.forward(x)");
    return maxPool1d(x, this.kernelSize, this.options) as Pooled<I>;
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const { stride, padding = 0, dilation = 1, ceilMode = false } = this.options;
    return `kernel_size=${python(this.kernelSize)}, stride=${
      python(stride ?? this.kernelSize)
    }, padding=${python(padding)}, dilation=${python(dilation)}, ceil_mode=${python(ceilMode)}`;
  }
}

/** The mean of each window of a sequence. */
export class AvgPool1d extends Module<[x: Tensor]> {
  /** Size of a window. */
  readonly kernelSize: One;
  /** Stride, padding and rounding. */
  readonly options: AvgPool1dOptions;

  /** The stride is the window's size unless given. RangeError where a number is out of range. */
  constructor(kernelSize: One, options: AvgPool1dOptions = {}) {
    atMost(2, arguments.length, "AvgPool1d(kernelSize, options)");
    check("AvgPool1d", "the kernel", kernelSize, one(1));
    checkOptions("AvgPool1d", options, AVG_POOL_1D);
    super();
    this.kernelSize = copyList(kernelSize);
    this.options = copyOptions(options);
  }

  /** [n, c, l] or [c, l] → [n, c, ol]; see `functional.avgPool1d`. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "AvgPool1d.forward(x)");
    return avgPool1d(x, this.kernelSize, this.options);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const tuple = (value: One) => python(typeof value === "number" ? [value] : value);
    const { stride, padding = 0 } = this.options;
    return `kernel_size=${tuple(this.kernelSize)}, stride=${
      tuple(stride ?? this.kernelSize)
    }, padding=${tuple(padding)}`;
  }
}

/** The means of so many windows as cover a sequence of any length. */
export class AdaptiveAvgPool1d extends Module<[x: Tensor]> {
  /** Length of what comes out. */
  readonly outputSize: One;

  /** RangeError unless it is a whole number of at least 1. */
  constructor(outputSize: One) {
    atMost(1, arguments.length, "AdaptiveAvgPool1d(outputSize)");
    check("AdaptiveAvgPool1d", "the output size", outputSize, one(1));
    super();
    this.outputSize = copyList(outputSize);
  }

  /** [n, c, l] or [c, l] → [n, c, ol]. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "AdaptiveAvgPool1d.forward(x)");
    return adaptiveAvgPool1d(x, this.outputSize);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `output_size=${python(this.outputSize)}`;
  }
}

/** The largest elements of so many windows as cover a sequence of any length. */
export class AdaptiveMaxPool1d<I extends boolean = false> extends Module<[x: Tensor], Pooled<I>> {
  /** Length of what comes out. */
  readonly outputSize: One;
  /** Whether indices are given. */
  readonly options: AdaptiveMaxPoolOptions;

  /** RangeError unless it is a whole number of at least 1. */
  constructor(outputSize: One, options: { returnIndices?: I } = {}) {
    atMost(2, arguments.length, "AdaptiveMaxPool1d(outputSize, { returnIndices })");
    check("AdaptiveMaxPool1d", "the output size", outputSize, one(1));
    checkOptions("AdaptiveMaxPool1d", options as AdaptiveMaxPoolOptions, ADAPTIVE_MAX);
    super();
    this.options = copyOptions(options);
    this.outputSize = copyList(outputSize);
  }

  /** [n, c, l] or [c, l] → [n, c, ol]. */
  forward(x: Tensor): Pooled<I> {
    atMost(1, arguments.length, "AdaptiveMaxPool1d.forward(x)");
    return adaptiveMaxPool1d(x, this.outputSize, this.options as WithIndices) as Pooled<I>;
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `output_size=${python(this.outputSize)}`;
  }
}

/** The largest elements of so many windows as cover an image of any size. */
export class AdaptiveMaxPool2d<I extends boolean = false> extends Module<[x: Tensor], Pooled<I>> {
  /** [oh, ow], or one number for both; null: as it is. */
  readonly outputSize: OutputSize;
  /** Whether indices are given. */
  readonly options: AdaptiveMaxPoolOptions;

  /** RangeError unless it is of whole numbers of at least 1. */
  constructor(outputSize: OutputSize, options: { returnIndices?: I } = {}) {
    atMost(2, arguments.length, "AdaptiveMaxPool2d(outputSize, { returnIndices })");
    check("AdaptiveMaxPool2d", "the output size", outputSize, OUTPUT_SIZE);
    checkOptions("AdaptiveMaxPool2d", options as AdaptiveMaxPoolOptions, ADAPTIVE_MAX);
    super();
    this.options = copyOptions(options);
    this.outputSize = outputSize;
  }

  /** [n, c, h, w] or [c, h, w] → [n, c, oh, ow]. */
  forward(x: Tensor): Pooled<I> {
    atMost(1, arguments.length, "AdaptiveMaxPool2d.forward(x)");
    return adaptiveMaxPool2d(x, this.outputSize, this.options as WithIndices) as Pooled<I>;
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `output_size=${python(this.outputSize)}`;
  }
}

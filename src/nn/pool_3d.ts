import {
  adaptiveAvgPool3d,
  adaptiveMaxPool3d,
  avgPool3d,
  type AvgPool3dOptions,
  maxPool3d,
  type MaxPool3dOptions,
  type OneOrThree,
} from "../ops/mod.ts";
import { oneOrThree } from "../ops/conv_3d.ts";
import { ADAPTIVE_MAX, type AdaptiveMaxPoolOptions, type WithIndices } from "../ops/pool.ts";
import { ADAPTIVE, AVG_POOL_3D, MAX_POOL_3D } from "../ops/pool_3d.ts";
import { atMost, check, checkOptions, copyList, copyOptions } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";
import type { Pooled } from "./pool.ts";
import { python } from "./python.ts";

const KERNEL = oneOrThree(1);

/** The largest element of each window of a volume. */
export class MaxPool3d<I extends boolean = false> extends Module<[x: Tensor], Pooled<I>> {
  /** Size of a window. */
  readonly kernelSize: OneOrThree;
  /** Stride, padding, dilation, rounding, and whether indices are given. */
  readonly options: MaxPool3dOptions;

  /** The stride is the window's size unless given. RangeError where a number is out of range. */
  constructor(kernelSize: OneOrThree, options: MaxPool3dOptions & { returnIndices?: I } = {}) {
    atMost(2, arguments.length, "MaxPool3d(kernelSize, options)");
    check("MaxPool3d", "the kernel", kernelSize, KERNEL);
    checkOptions("MaxPool3d", options as MaxPool3dOptions, MAX_POOL_3D);
    super();
    this.kernelSize = copyList(kernelSize);
    this.options = copyOptions(options);
  }

  /** [n, c, d, h, w] → [n, c, od, oh, ow]; see `functional.maxPool3d`. */
  forward(x: Tensor): Pooled<I> {
    atMost(1, arguments.length, "MaxPool3d.forward(x)");
    return maxPool3d(x, this.kernelSize, this.options) as Pooled<I>;
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const { padding = 0, dilation = 1, ceilMode = false } = this.options;
    const stride = this.options.stride ?? this.kernelSize;
    return `kernel_size=${python(this.kernelSize)}, stride=${python(stride)}, padding=${
      python(padding)
    }, dilation=${python(dilation)}, ceil_mode=${python(ceilMode)}`;
  }
}

/** The mean of each window of a volume. */
export class AvgPool3d extends Module<[x: Tensor]> {
  /** Size of a window. */
  readonly kernelSize: OneOrThree;
  /** Stride, padding, rounding, and what a sum is divided by. */
  readonly options: AvgPool3dOptions;

  /** The stride is the window's size unless given. RangeError where a number is out of range. */
  constructor(kernelSize: OneOrThree, options: AvgPool3dOptions = {}) {
    atMost(2, arguments.length, "AvgPool3d(kernelSize, options)");
    check("AvgPool3d", "the kernel", kernelSize, KERNEL);
    checkOptions("AvgPool3d", options, AVG_POOL_3D);
    super();
    this.kernelSize = copyList(kernelSize);
    this.options = copyOptions(options);
  }

  /** [n, c, d, h, w] → [n, c, od, oh, ow]; see `functional.avgPool3d`. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "AvgPool3d.forward(x)");
    return avgPool3d(x, this.kernelSize, this.options);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const { padding = 0, stride } = this.options;
    return `kernel_size=${python(this.kernelSize)}, stride=${
      python(stride ?? this.kernelSize)
    }, padding=${python(padding)}`;
  }
}

/** The means of so many windows as cover a volume of any size. */
export class AdaptiveAvgPool3d extends Module<[x: Tensor]> {
  /** [od, oh, ow], or one number for all; null: as it is. */
  readonly outputSize: number | readonly (number | null)[] | null;

  /** The size of what comes out. RangeError unless it is of whole numbers of at least 1. */
  constructor(outputSize: number | readonly (number | null)[] | null) {
    atMost(1, arguments.length, "AdaptiveAvgPool3d(outputSize)");
    check("AdaptiveAvgPool3d", "the output size", outputSize, ADAPTIVE);
    super();
    this.outputSize = copyList(outputSize);
  }

  /** [n, c, d, h, w] → [n, c, od, oh, ow]; see `functional.adaptiveAvgPool3d`. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "AdaptiveAvgPool3d.forward(x)");
    return adaptiveAvgPool3d(x, this.outputSize);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `output_size=${python(this.outputSize)}`;
  }
}

/** The largest elements of so many windows as cover a volume of any size. */
export class AdaptiveMaxPool3d<I extends boolean = false> extends Module<[x: Tensor], Pooled<I>> {
  /** [od, oh, ow], or one number for all; null: as it is. */
  readonly outputSize: number | readonly (number | null)[] | null;
  /** Whether indices are given. */
  readonly options: AdaptiveMaxPoolOptions;

  /** The size of what comes out. RangeError unless it is of whole numbers of at least 1. */
  constructor(
    outputSize: number | readonly (number | null)[] | null,
    options: { returnIndices?: I } = {},
  ) {
    atMost(2, arguments.length, "AdaptiveMaxPool3d(outputSize, { returnIndices })");
    check("AdaptiveMaxPool3d", "the output size", outputSize, ADAPTIVE);
    checkOptions("AdaptiveMaxPool3d", options as AdaptiveMaxPoolOptions, ADAPTIVE_MAX);
    super();
    this.options = copyOptions(options);
    this.outputSize = copyList(outputSize);
  }

  /** [n, c, d, h, w] → [n, c, od, oh, ow]; see `functional.adaptiveMaxPool3d`. */
  forward(x: Tensor): Pooled<I> {
    atMost(1, arguments.length, "AdaptiveMaxPool3d.forward(x)");
    return adaptiveMaxPool3d(x, this.outputSize, this.options as WithIndices) as Pooled<I>;
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `output_size=${python(this.outputSize)}`;
  }
}

import {
  adaptiveAvgPool2d,
  type AvgPoolOptions,
  type OneOrTwo,
  type OutputSize,
  type PoolOptions,
} from "../ops/mod.ts";
import { pairOf } from "../ops/conv.ts";
import {
  AVG_POOL,
  avgPool2dUnchecked,
  indicesOf,
  MAX_POOL,
  maxPool2dUnchecked,
  OUTPUT_SIZE,
  reluMaxPool2d,
} from "../ops/pool.ts";
import { atMost, check, checkOptions, copyList, copyOptions } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { fuse } from "./fused.ts";
import { Module } from "./module.ts";
import { python } from "./python.ts";

/** What a pooling gives: the maxima, or with `returnIndices: true` where they stand, too. */
export type Pooled<I extends boolean> = I extends true ? [values: Tensor, indices: Tensor] : Tensor;

/** The largest element of each window of an image; with `returnIndices` a pair, which `MaxUnpool2d` takes. */
export class MaxPool2d<I extends boolean = false> extends Module<[x: Tensor], Pooled<I>> {
  /** Size of a window. */
  readonly kernelSize: OneOrTwo;
  /** Stride, padding, dilation, rounding, and whether indices are given. */
  readonly options: PoolOptions;

  /** The stride is the window's size unless given. RangeError where a number is out of range. */
  constructor(kernelSize: OneOrTwo, options: PoolOptions & { returnIndices?: I } = {}) {
    atMost(2, arguments.length, "MaxPool2d(kernelSize, options)");
    pairOf("MaxPool2d", "the kernel", kernelSize);
    checkOptions("MaxPool2d", options as PoolOptions, MAX_POOL);
    super();
    this.kernelSize = copyList(kernelSize);
    this.options = copyOptions(options);
  }

  /** [n, c, h, w] → [n, c, oh, ow]; see `functional.maxPool2d`. */
  forward(x: Tensor): Pooled<I> {
    atMost(1, arguments.length, "MaxPool2d.forward(x)");
    const y = maxPool2dUnchecked(x, this.kernelSize, this.options);
    return (this.options.returnIndices ? [y, indicesOf(y)] : y) as Pooled<I>;
  }

  static {
    fuse<MaxPool2d>(this.prototype.forward, {
      afterRelu: (pool, x) =>
        pool.options.returnIndices ? null : reluMaxPool2d(x, pool.kernelSize, pool.options),
    });
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

/** The mean of each window of an image. */
export class AvgPool2d extends Module<[x: Tensor]> {
  /** Size of a window. */
  readonly kernelSize: OneOrTwo;
  /** Stride, padding, rounding, and what a sum is divided by. */
  readonly options: AvgPoolOptions;

  /** The stride is the window's size unless given. RangeError where a number is out of range. */
  constructor(kernelSize: OneOrTwo, options: AvgPoolOptions = {}) {
    atMost(2, arguments.length, "AvgPool2d(kernelSize, options)");
    pairOf("AvgPool2d", "the kernel", kernelSize);
    checkOptions("AvgPool2d", options, AVG_POOL);
    super();
    this.kernelSize = copyList(kernelSize);
    this.options = copyOptions(options);
  }

  /** [n, c, h, w] → [n, c, oh, ow]; see `functional.avgPool2d`. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "AvgPool2d.forward(x)");
    return avgPool2dUnchecked(x, this.kernelSize, this.options);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    const { padding = 0 } = this.options;
    const stride = this.options.stride ?? this.kernelSize;
    return `kernel_size=${python(this.kernelSize)}, stride=${python(stride)}, padding=${
      python(padding)
    }`;
  }
}

/** The means of so many windows as cover an image of any size. */
export class AdaptiveAvgPool2d extends Module<[x: Tensor]> {
  /** [oh, ow], or one number for both; null: as it is. */
  readonly outputSize: OutputSize;

  /** The size of what comes out. RangeError unless it is of whole numbers of at least 1. */
  constructor(outputSize: OutputSize) {
    atMost(1, arguments.length, "AdaptiveAvgPool2d(outputSize)");
    check("AdaptiveAvgPool2d", "the output size", outputSize, OUTPUT_SIZE);
    super();
    this.outputSize = copyList(outputSize);
  }

  /** [n, c, h, w] → [n, c, oh, ow]; see `functional.adaptiveAvgPool2d`. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "AdaptiveAvgPool2d.forward(x)");
    return adaptiveAvgPool2d(x, this.outputSize);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return `output_size=${python(this.outputSize)}`;
  }
}

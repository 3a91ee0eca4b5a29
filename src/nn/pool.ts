import {
  adaptiveAvgPool2d,
  avgPool2d,
  type AvgPoolOptions,
  maxPool2d,
  type OneOrTwo,
  type PoolOptions,
} from "../ops/mod.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";
import { python } from "./python.ts";

/** The largest element of each window of an image. */
export class MaxPool2d extends Module {
  /** Size of a window. */
  readonly kernelSize: OneOrTwo;
  /** Stride and padding. */
  readonly options: PoolOptions;

  /** The stride is the window's size unless given. */
  constructor(kernelSize: OneOrTwo, options: PoolOptions = {}) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }

  /** [n, c, h, w] → [n, c, oh, ow]; see `functional.maxPool2d`. */
  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernelSize, this.options);
  }

  protected override extraRepr(): string {
    const { stride = this.kernelSize, padding = 0 } = this.options;
    return `kernel_size=${python(this.kernelSize)}, stride=${python(stride)}, padding=${
      python(padding)
    }, dilation=1, ceil_mode=False`;
  }
}

/** The mean of each window of an image. */
export class AvgPool2d extends Module {
  /** Size of a window. */
  readonly kernelSize: OneOrTwo;
  /** Stride, padding, and whether the padding counts. */
  readonly options: AvgPoolOptions;

  /** The stride is the window's size unless given. */
  constructor(kernelSize: OneOrTwo, options: AvgPoolOptions = {}) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }

  /** [n, c, h, w] → [n, c, oh, ow]; see `functional.avgPool2d`. */
  forward(x: Tensor): Tensor {
    return avgPool2d(x, this.kernelSize, this.options);
  }

  protected override extraRepr(): string {
    const { stride = this.kernelSize, padding = 0 } = this.options;
    return `kernel_size=${python(this.kernelSize)}, stride=${python(stride)}, padding=${
      python(padding)
    }`;
  }
}

/** The means of so many windows as cover an image of any size. */
export class AdaptiveAvgPool2d extends Module {
  /** [oh, ow], or one number for both. */
  readonly outputSize: OneOrTwo;

  /** The size of what comes out. */
  constructor(outputSize: OneOrTwo) {
    super();
    this.outputSize = outputSize;
  }

  /** [n, c, h, w] → [n, c, oh, ow]; see `functional.adaptiveAvgPool2d`. */
  forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.outputSize);
  }

  protected override extraRepr(): string {
    return `output_size=${python(this.outputSize)}`;
  }
}

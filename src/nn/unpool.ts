import {
  lpPool1d,
  lpPool2d,
  lpPool3d,
  type LpPoolOptions,
  maxUnpool1d,
  maxUnpool2d,
  maxUnpool3d,
  type MaxUnpoolOptions,
  type One,
  type OneOrThree,
  type OneOrTwo,
} from "../ops/mod.ts";
import { one } from "../ops/conv_1d.ts";
import { oneOrThree } from "../ops/conv_3d.ts";
import { oneOrTwo } from "../ops/conv.ts";
import { atMost, check, checkOptions, copyList, copyOptions, number } from "../core/options.ts";
import { checkWindows, LP_1, LP_2, LP_3 } from "../ops/unpool.ts";
import type { Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";
import { python } from "./python.ts";

/** Maxima put back where `functional.maxPool1d` with `returnIndices` found them; zeros elsewhere. */
export class MaxUnpool1d extends Module<[x: Tensor, indices: Tensor, outputSize?: Shape | null]> {
  /** Size of a window. */
  readonly kernelSize: One;
  /** Stride and padding. */
  readonly options: Omit<MaxUnpoolOptions<One>, "outputSize">;

  /** The stride is the window's size unless given. RangeError where a number is out of range. */
  constructor(kernelSize: One, options: Omit<MaxUnpoolOptions<One>, "outputSize"> = {}) {
    atMost(2, arguments.length, "MaxUnpool1d(kernelSize, options)");
    checkWindows("MaxUnpool1d", 1, kernelSize, options);
    super();
    this.kernelSize = copyList(kernelSize);
    this.options = copyOptions(options);
  }

  /** See `functional.maxUnpool1d`. */
  forward(x: Tensor, indices: Tensor, outputSize: Shape | null = null): Tensor {
    atMost(3, arguments.length, "MaxUnpool1d.forward(x, indices, outputSize)");
    return maxUnpool1d(x, indices, this.kernelSize, { ...this.options, outputSize });
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return windowsOf(1, this.kernelSize, this.options);
  }
}

/** Maxima put back where `functional.maxPool2d` with `returnIndices` found them; zeros elsewhere. */
export class MaxUnpool2d extends Module<[x: Tensor, indices: Tensor, outputSize?: Shape | null]> {
  /** Size of a window. */
  readonly kernelSize: OneOrTwo;
  /** Stride and padding. */
  readonly options: Omit<MaxUnpoolOptions<OneOrTwo>, "outputSize">;

  /** The stride is the window's size unless given. RangeError where a number is out of range. */
  constructor(kernelSize: OneOrTwo, options: Omit<MaxUnpoolOptions<OneOrTwo>, "outputSize"> = {}) {
    atMost(2, arguments.length, "MaxUnpool2d(kernelSize, options)");
    checkWindows("MaxUnpool2d", 2, kernelSize, options);
    super();
    this.kernelSize = copyList(kernelSize);
    this.options = copyOptions(options);
  }

  /** See `functional.maxUnpool2d`. */
  forward(x: Tensor, indices: Tensor, outputSize: Shape | null = null): Tensor {
    atMost(3, arguments.length, "MaxUnpool2d.forward(x, indices, outputSize)");
    return maxUnpool2d(x, indices, this.kernelSize, { ...this.options, outputSize });
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return windowsOf(2, this.kernelSize, this.options);
  }
}

/** Maxima put back where `functional.maxPool3d` with `returnIndices` found them; zeros elsewhere. */
export class MaxUnpool3d extends Module<[x: Tensor, indices: Tensor, outputSize?: Shape | null]> {
  /** Size of a window. */
  readonly kernelSize: OneOrThree;
  /** Stride and padding. */
  readonly options: Omit<MaxUnpoolOptions<OneOrThree>, "outputSize">;

  /** The stride is the window's size unless given. RangeError where a number is out of range. */
  constructor(
    kernelSize: OneOrThree,
    options: Omit<MaxUnpoolOptions<OneOrThree>, "outputSize"> = {},
  ) {
    atMost(2, arguments.length, "MaxUnpool3d(kernelSize, options)");
    checkWindows("MaxUnpool3d", 3, kernelSize, options);
    super();
    this.kernelSize = copyList(kernelSize);
    this.options = copyOptions(options);
  }

  /** See `functional.maxUnpool3d`. */
  forward(x: Tensor, indices: Tensor, outputSize: Shape | null = null): Tensor {
    atMost(3, arguments.length, "MaxUnpool3d.forward(x, indices, outputSize)");
    return maxUnpool3d(x, indices, this.kernelSize, { ...this.options, outputSize });
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return windowsOf(3, this.kernelSize, this.options);
  }
}

/** Settings as PyTorch prints them: a number for each dimension. */
function windowsOf<Size extends number | readonly number[]>(
  dims: number,
  kernelSize: Size,
  { stride, padding = 0 as Size }: MaxUnpoolOptions<Size>,
): string {
  const all = (size: Size) =>
    python(typeof size === "number" ? new Array<number>(dims).fill(size) : size);
  return `kernel_size=${all(kernelSize)}, stride=${all(stride ?? kernelSize)}, padding=${
    all(padding)
  }`;
}

/** Settings of a pooling by norms as PyTorch prints them. */
function powersOf({ normType, kernelSize, options }: LPPool1d | LPPool2d | LPPool3d): string {
  const { stride = null, ceilMode = false } = options;
  return `norm_type=${normType}, kernel_size=${python(kernelSize)}, stride=${
    python(stride)
  }, ceil_mode=${python(ceilMode)}`;
}

/** (Σ xᵖ)^(1/p) of each window of a sequence. */
export class LPPool1d extends Module<[x: Tensor]> {
  /** The power p. */
  readonly normType: number;
  /** Size of a window. */
  readonly kernelSize: One;
  /** Stride and rounding. */
  readonly options: LpPoolOptions<One>;

  /** The stride is the window's size unless given. RangeError where a number is out of range. */
  constructor(normType: number, kernelSize: One, options: LpPoolOptions<One> = {}) {
    atMost(3, arguments.length, "LPPool1d(normType, kernelSize, options)");
    check("LPPool1d", "the power", normType, number);
    check("LPPool1d", "the kernel", kernelSize, one(1));
    checkOptions("LPPool1d", options, LP_1);
    super();
    this.normType = normType;
    this.kernelSize = copyList(kernelSize);
    this.options = copyOptions(options);
  }

  /** [n, c, l] → [n, c, ol]; see `functional.lpPool1d`. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "LPPool1d.forward(x)");
    return lpPool1d(x, this.normType, this.kernelSize, this.options);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return powersOf(this);
  }
}

/** (Σ xᵖ)^(1/p) of each window of an image. */
export class LPPool2d extends Module<[x: Tensor]> {
  /** The power p. */
  readonly normType: number;
  /** Size of a window. */
  readonly kernelSize: OneOrTwo;
  /** Stride and rounding. */
  readonly options: LpPoolOptions<OneOrTwo>;

  /** The stride is the window's size unless given. RangeError where a number is out of range. */
  constructor(normType: number, kernelSize: OneOrTwo, options: LpPoolOptions<OneOrTwo> = {}) {
    atMost(3, arguments.length, "LPPool2d(normType, kernelSize, options)");
    check("LPPool2d", "the power", normType, number);
    check("LPPool2d", "the kernel", kernelSize, oneOrTwo(1));
    checkOptions("LPPool2d", options, LP_2);
    super();
    this.normType = normType;
    this.kernelSize = copyList(kernelSize);
    this.options = copyOptions(options);
  }

  /** [n, c, h, w] → [n, c, oh, ow]; see `functional.lpPool2d`. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "LPPool2d.forward(x)");
    return lpPool2d(x, this.normType, this.kernelSize, this.options);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return powersOf(this);
  }
}

/** (Σ xᵖ)^(1/p) of each window of a volume. */
export class LPPool3d extends Module<[x: Tensor]> {
  /** The power p. */
  readonly normType: number;
  /** Size of a window. */
  readonly kernelSize: OneOrThree;
  /** Stride and rounding. */
  readonly options: LpPoolOptions<OneOrThree>;

  /** The stride is the window's size unless given. RangeError where a number is out of range. */
  constructor(normType: number, kernelSize: OneOrThree, options: LpPoolOptions<OneOrThree> = {}) {
    atMost(3, arguments.length, "LPPool3d(normType, kernelSize, options)");
    check("LPPool3d", "the power", normType, number);
    check("LPPool3d", "the kernel", kernelSize, oneOrThree(1));
    checkOptions("LPPool3d", options, LP_3);
    super();
    this.normType = normType;
    this.kernelSize = copyList(kernelSize);
    this.options = copyOptions(options);
  }

  /** [n, c, d, h, w] → [n, c, od, oh, ow]; see `functional.lpPool3d`. */
  forward(x: Tensor): Tensor {
    atMost(1, arguments.length, "LPPool3d.forward(x)");
    return lpPool3d(x, this.normType, this.kernelSize, this.options);
  }

  /** What stands in the parentheses when it prints. */
  protected override extraRepr(): string {
    return powersOf(this);
  }
}

/**
 * Maxima put back where a pooling found them, and pooling by other norms.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  flag,
  type Kinds,
  listOf,
  number,
  orNull,
  whole,
} from "../core/options.ts";
import { numelOf, sameShape, type Shape } from "../core/shape.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mul } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { checkFloat, checkTensor } from "./check.ts";
import { type One, one, oneOfList } from "./conv_1d.ts";
import { type OneOrThree, oneOrThree } from "./conv_3d.ts";
import { type OneOrTwo, oneOrTwo, pairOf } from "./conv.ts";
import { inNameOf } from "./in_name_of.ts";
import { abs, sign } from "./of_one.ts";
import { avgPool1d } from "./pool_1d.ts";
import { avgPool2d } from "./pool.ts";
import { avgPool3d } from "./pool_3d.ts";
import { pow } from "./pow.ts";
import { scatter } from "./scatter.ts";
import { reshape } from "./view.ts";

/** Options of {@link maxUnpool2d}. */
export interface MaxUnpoolOptions<Size> {
  /** Steps between windows. Default: the window's size. */
  stride?: Size | null;
  /** What was around. Default: 0. */
  padding?: Size;
  /** The size of what comes out, or its whole shape. Default: what windows that just fit come from. */
  outputSize?: Shape | null;
}

/** Sizes of windows over one, two and three dimensions. */
const SIZES = [one, oneOrTwo, oneOrThree] as const;

/** How the windows lay, which were pooled, over one, two and three dimensions. */
const WINDOWS = SIZES.map((size) => ({ stride: orNull(size(1)), padding: size(0) }));
const LENGTHS = orNull(listOf(whole(0), undefined, "a list of whole numbers of at least 0"));

/** What a layer checks: windows over so many dimensions. */
export function checkWindows(
  name: string,
  dims: 1 | 2 | 3,
  kernelSize: number | readonly number[],
  options: Omit<MaxUnpoolOptions<number | readonly number[]>, "outputSize">,
): void {
  check(name, "the kernel", kernelSize, SIZES[dims - 1]!(1));
  checkOptions(name, options, WINDOWS[dims - 1]!);
}

/** Zeros, but for the maxima of [n, c, l] at the places that `maxPool1d` with `returnIndices` gives. */
export function maxUnpool1d(
  x: Tensor,
  indices: Tensor,
  kernelSize: One,
  options: MaxUnpoolOptions<One> = {},
): Tensor {
  atMost(4, arguments.length, "maxUnpool1d(x, indices, kernelSize, options)");
  return unpooled("maxUnpool1d", 1, x, indices, kernelSize, options);
}

/** The same of images, [n, c, h, w] or [c, h, w]. */
export function maxUnpool2d(
  x: Tensor,
  indices: Tensor,
  kernelSize: OneOrTwo,
  options: MaxUnpoolOptions<OneOrTwo> = {},
): Tensor {
  atMost(4, arguments.length, "maxUnpool2d(x, indices, kernelSize, options)");
  return unpooled("maxUnpool2d", 2, x, indices, kernelSize, options);
}

/** The same of volumes, [n, c, d, h, w] or [c, d, h, w]. */
export function maxUnpool3d(
  x: Tensor,
  indices: Tensor,
  kernelSize: OneOrThree,
  options: MaxUnpoolOptions<OneOrThree> = {},
): Tensor {
  atMost(4, arguments.length, "maxUnpool3d(x, indices, kernelSize, options)");
  return unpooled("maxUnpool3d", 3, x, indices, kernelSize, options);
}

function unpooled(
  op: string,
  dims: 1 | 2 | 3,
  x: Tensor,
  indices: Tensor,
  kernelSize: number | readonly number[],
  options: MaxUnpoolOptions<number | readonly number[]>,
): Tensor {
  check(op, "the kernel", kernelSize, SIZES[dims - 1]!(1));
  checkOptions(op, options, { ...WINDOWS[dims - 1]!, outputSize: LENGTHS });
  checkFloat(op, x);
  checkTensor(op, indices, "the indices");
  if (!sameShape(x.shape, indices.shape) || (x.ndim !== dims + 1 && x.ndim !== dims + 2)) {
    throw new ShapeError(
      `${op}: x and the indices must be alike, of ${dims + 1} or ${dims + 2} dimensions: ` +
        `they are ${show(x.shape)} and ${show(indices.shape)}`,
    );
  }
  const { stride, padding = 0, outputSize } = options;
  const at = (size: number | readonly number[], d: number) =>
    typeof size === "number" ? size : size[d % size.length]!;
  const [outer, inner] = [x.shape.slice(0, -dims), x.shape.slice(-dims)];
  const size = outputSize?.slice(-dims) ??
    inner.map((n, d) =>
      (n - 1) * at(stride ?? kernelSize, d) - 2 * at(padding, d) + at(kernelSize, d)
    );
  if (size.length !== dims) {
    throw new ShapeError(`${op}: outputSize must have ${dims} lengths: it is ${show(outputSize!)}`);
  }
  const zeros = alloc(x, [...outer, numelOf(size)]);
  kernelsOf(zeros).fill(zeros, 0);
  const line = [...outer, numelOf(inner)];
  const places = reshape(indices, line);
  const y = inNameOf(op, () => scatter(record(op, zeros, []), -1, places, reshape(x, line)));
  return reshape(y, [...outer, ...size]);
}

/** Options of {@link lpPool2d}. */
export interface LpPoolOptions<Size> {
  /** Steps between windows. Default: the window's size. */
  stride?: Size | null;
  /** Whether a last window may reach beyond the end. Default: false. */
  ceilMode?: boolean;
}

/** What lpPool1d takes. */
export const LP_1: Kinds<LpPoolOptions<One>> = { stride: orNull(one(1)), ceilMode: flag };
/** What lpPool2d takes. */
export const LP_2: Kinds<LpPoolOptions<OneOrTwo>> = { stride: orNull(oneOrTwo(1)), ceilMode: flag };

/** What lpPool3d takes. */
export const LP_3: Kinds<LpPoolOptions<OneOrThree>> = {
  stride: orNull(oneOrThree(1)),
  ceilMode: flag,
};

/** (Σ xᵖ)^(1/p) of each window of a sequence. x: [n, c, l] or [c, l]. */
export function lpPool1d(
  x: Tensor,
  p: number,
  kernelSize: One,
  options: LpPoolOptions<One> = {},
): Tensor {
  atMost(4, arguments.length, "lpPool1d(x, p, kernelSize, options)");
  check("lpPool1d", "p", p, number);
  check("lpPool1d", "the kernel", kernelSize, one(1));
  checkOptions("lpPool1d", options, LP_1);
  return inNameOf("lpPool1d", () => {
    const means = avgPool1d(pow(asFloat("lpPool1d", x), p), kernelSize, options);
    return rooted(means, oneOfList(kernelSize), p);
  });
}

/** (Σ xᵖ)^(1/p) of each window of an image. x: [n, c, h, w] or [c, h, w]. */
export function lpPool2d(
  x: Tensor,
  p: number,
  kernelSize: OneOrTwo,
  options: LpPoolOptions<OneOrTwo> = {},
): Tensor {
  atMost(4, arguments.length, "lpPool2d(x, p, kernelSize, options)");
  check("lpPool2d", "p", p, number);
  check("lpPool2d", "the kernel", kernelSize, oneOrTwo(1));
  checkOptions("lpPool2d", options, LP_2);
  return inNameOf("lpPool2d", () => {
    const means = avgPool2d(pow(asFloat("lpPool2d", x), p), kernelSize, options);
    return rooted(means, numelOf(pairOf("lpPool2d", "the kernel", kernelSize)), p);
  });
}

/** (Σ xᵖ)^(1/p) of each window of a volume. x: [n, c, d, h, w] or [c, d, h, w]. */
export function lpPool3d(
  x: Tensor,
  p: number,
  kernelSize: OneOrThree,
  options: LpPoolOptions<OneOrThree> = {},
): Tensor {
  atMost(4, arguments.length, "lpPool3d(x, p, kernelSize, options)");
  check("lpPool3d", "p", p, number);
  check("lpPool3d", "the kernel", kernelSize, oneOrThree(1));
  checkOptions("lpPool3d", options, LP_3);
  return inNameOf("lpPool3d", () => {
    const means = avgPool3d(pow(asFloat("lpPool3d", x), p), kernelSize, options);
    const count = typeof kernelSize === "number" ? kernelSize ** 3 : numelOf(kernelSize);
    return rooted(means, count, p);
  });
}

function rooted(means: Tensor, count: number, p: number): Tensor {
  return pow(mul(mul(sign(means), abs(means)), count), 1 / p);
}

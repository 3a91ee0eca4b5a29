/**
 * Pooling of sequences: that of images of one row.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, checkOptions, flag, type Kinds, orNull } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type One, one, oneOfList } from "./conv_1d.ts";
import {
  ADAPTIVE_MAX,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  type AdaptiveMaxPoolOptions,
  avgPool2dUnchecked,
  indicesOf,
  maxPool2dUnchecked,
  type WithIndices,
} from "./pool.ts";
import { checkComputes } from "./check.ts";
import { inNameOf } from "./in_name_of.ts";
import { squeeze, unsqueeze } from "./view.ts";

/** Options of {@link maxPool1d}. */
export interface MaxPool1dOptions {
  /** Steps between windows. Default: the window's size. */
  stride?: One | null;
  /** Elements before and behind, at most half a window; they never win. Default: 0. */
  padding?: One;
  /** Distance of the elements of a window. Default: 1, neighbours. */
  dilation?: One;
  /** Whether a last window may reach beyond the end. Default: false. */
  ceilMode?: boolean;
  /** Whether to return besides where each maximum stands. Default: false. */
  returnIndices?: boolean;
}

/** Options of {@link avgPool1d}. */
export interface AvgPool1dOptions extends Omit<MaxPool1dOptions, "dilation" | "returnIndices"> {
  /** Whether the zeros of the padding count in the mean. Default: true. */
  countIncludePad?: boolean;
}

const WINDOWS = { stride: orNull(one(1)), padding: one(0), ceilMode: flag };
/** What maxPool1d takes. */
export const MAX_POOL_1D: Kinds<MaxPool1dOptions> = {
  ...WINDOWS,
  dilation: one(1),
  returnIndices: flag,
};
/** What avgPool1d takes. */
export const AVG_POOL_1D: Kinds<AvgPool1dOptions> = { ...WINDOWS, countIncludePad: flag };

/** [n, c, l] or [c, l] as images of one row. */
function rowsOf(op: string, x: Tensor): Tensor {
  checkComputes(op, x);
  if (x.ndim === 2 || x.ndim === 3) return unsqueeze(x, -2);
  throw new ShapeError(`${op}: sequences must be [n, c, l] or [c, l]: they are ${show(x.shape)}`);
}

function along({ stride, padding, ceilMode }: MaxPool1dOptions, kernel: number) {
  return {
    stride: [1, (stride ?? null) === null ? kernel : oneOfList(stride!)] as const,
    padding: [0, oneOfList(padding ?? 0)] as const,
    ceilMode: ceilMode ?? false,
  };
}

function kernelOf(op: string, kernelSize: One): number {
  check(op, "the kernel", kernelSize, one(1));
  return oneOfList(kernelSize);
}

/** The largest element of each window. x: [n, c, l] or [c, l] → [n, c, ol], sizes as in `maxPool2d`. */
export function maxPool1d(
  x: Tensor,
  kernelSize: One,
  options: WithIndices<MaxPool1dOptions>,
): [values: Tensor, indices: Tensor];
/** The same without indices. */
export function maxPool1d(x: Tensor, kernelSize: One, options?: MaxPool1dOptions): Tensor;
export function maxPool1d(
  x: Tensor,
  kernelSize: One,
  options: MaxPool1dOptions = {},
): Tensor | [values: Tensor, indices: Tensor] {
  atMost(3, arguments.length, "maxPool1d(x, kernelSize, options)");
  checkOptions("maxPool1d", options, MAX_POOL_1D);
  const kernel = kernelOf("maxPool1d", kernelSize);
  const dilation = [1, oneOfList(options.dilation ?? 1)] as const;
  const { returnIndices = false } = options;
  const settings = { ...along(options, kernel), dilation, returnIndices };
  const rows = rowsOf("maxPool1d", x);
  const y = inNameOf("maxPool1d", () => maxPool2dUnchecked(rows, [1, kernel], settings));
  return returnIndices ? [squeeze(y, -2), squeeze(indicesOf(y), -2)] : squeeze(y, -2);
}

/** The mean of each window. x: [n, c, l] or [c, l] → [n, c, ol], sizes as in `avgPool2d`. */
export function avgPool1d(x: Tensor, kernelSize: One, options: AvgPool1dOptions = {}): Tensor {
  atMost(3, arguments.length, "avgPool1d(x, kernelSize, options)");
  checkOptions("avgPool1d", options, AVG_POOL_1D);
  const kernel = kernelOf("avgPool1d", kernelSize);
  const settings = { ...along(options, kernel), countIncludePad: options.countIncludePad ?? true };
  const rows = rowsOf("avgPool1d", x);
  return squeeze(inNameOf("avgPool1d", () => avgPool2dUnchecked(rows, [1, kernel], settings)), -2);
}

/** The means of so many windows as cover a sequence; see `adaptiveAvgPool2d`. */
export function adaptiveAvgPool1d(x: Tensor, outputSize: One): Tensor {
  atMost(2, arguments.length, "adaptiveAvgPool1d(x, outputSize)");
  check("adaptiveAvgPool1d", "the output size", outputSize, one(1));
  const rows = rowsOf("adaptiveAvgPool1d", x), size = [1, oneOfList(outputSize)] as const;
  return squeeze(inNameOf("adaptiveAvgPool1d", () => adaptiveAvgPool2d(rows, size)), -2);
}

/** The largest elements of so many windows as cover a sequence, and where they stand. */
export function adaptiveMaxPool1d(
  x: Tensor,
  outputSize: One,
  options: WithIndices,
): [values: Tensor, indices: Tensor];
/** The same without indices. */
export function adaptiveMaxPool1d(
  x: Tensor,
  outputSize: One,
  options?: AdaptiveMaxPoolOptions,
): Tensor;
export function adaptiveMaxPool1d(
  x: Tensor,
  outputSize: One,
  options: AdaptiveMaxPoolOptions = {},
): Tensor | [values: Tensor, indices: Tensor] {
  atMost(3, arguments.length, "adaptiveMaxPool1d(x, outputSize, { returnIndices })");
  checkOptions("adaptiveMaxPool1d", options, ADAPTIVE_MAX);
  check("adaptiveMaxPool1d", "the output size", outputSize, one(1));
  const rows = rowsOf("adaptiveMaxPool1d", x), size = [1, oneOfList(outputSize)] as const;
  return inNameOf("adaptiveMaxPool1d", () => {
    if (options.returnIndices !== true) return squeeze(adaptiveMaxPool2d(rows, size), -2);
    const [y, at] = adaptiveMaxPool2d(rows, size, { returnIndices: true });
    return [squeeze(y, -2), squeeze(at, -2)];
  });
}

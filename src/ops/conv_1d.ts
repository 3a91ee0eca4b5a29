/**
 * Convolution of sequences: that of images of one row.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  checkOptions,
  either,
  type Kind,
  type Kinds,
  listOf,
  oneOf,
  whole,
} from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkComputes } from "./check.ts";
import { conv2dUnchecked } from "./conv.ts";
import { inNameOf } from "./in_name_of.ts";
import { squeeze, unsqueeze } from "./view.ts";

/** A number, or a list of it. */
export type One = number | readonly [number];

/** Options of {@link conv1d}. */
export interface Conv1dOptions {
  /** Steps of the kernel. Default: 1. */
  stride?: One;
  /** Zeros before and behind x; `"same"`: so many that the length stays, `"valid"`: none. Default: 0. */
  padding?: One | "same" | "valid";
  /** Distance of the kernel's taps. Default: 1. */
  dilation?: One;
  /** Into how many groups the channels are split; each output sees the channels of its own. */
  groups?: number;
}

/** A whole number from `least` up, or a list of one. */
export function one(least: number): Kind {
  return either(whole(least), listOf(whole(least), 1));
}

/** What conv1d takes. */
export const CONV_1D: Kinds<Conv1dOptions> = {
  stride: one(1),
  padding: either(one(0), oneOf("same", "valid")),
  dilation: one(1),
  groups: whole(1),
};

/** The number. */
export function oneOfList(value: One): number {
  return typeof value === "number" ? value : value[0];
}

/**
 * Cross-correlation, as PyTorch's `conv1d`. x: [n, in, l] or [in, l], w: [out, in / groups, k], b: [out]
 * → [n, out, ol], sizes as in `conv2d`.
 */
export function conv1d(
  x: Tensor,
  w: Tensor,
  b?: Tensor | null,
  options: Conv1dOptions = {},
): Tensor {
  atMost(4, arguments.length, "conv1d(x, w, b, options)");
  checkOptions("conv1d", options, CONV_1D);
  return inNameOf("conv1d", () => conv1dUnchecked(x, w, b ?? null, options));
}

/** The same with options that have been checked. */
export function conv1dUnchecked(
  x: Tensor,
  w: Tensor,
  b: Tensor | null,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: Conv1dOptions,
): Tensor {
  const [rows, kernel] = asRows("conv1d", x, w, "[out, in / groups, k]");
  const y = conv2dUnchecked(rows, kernel, b, {
    stride: [1, oneOfList(stride)],
    padding: typeof padding === "string" ? padding : [0, oneOfList(padding)],
    dilation: [1, oneOfList(dilation)],
    groups,
  });
  return squeeze(y, -2);
}

/** Sequences as images of one row, and kernels. */
export function asRows(
  op: string,
  x: Tensor,
  w: Tensor,
  form: string,
): [x: Tensor, w: Tensor] {
  checkComputes(op, x);
  checkComputes(op, w, "the weight");
  if ((x.ndim !== 3 && x.ndim !== 2) || w.ndim !== 3) {
    throw new ShapeError(
      `${op}: x must be [n, in, l] or [in, l] and the weight ${form}: x is ${show(x.shape)}, the ` +
        `weight is ${show(w.shape)}`,
    );
  }
  return [unsqueeze(x, -2), unsqueeze(w, -2)];
}

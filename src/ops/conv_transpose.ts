/**
 * Transposed convolution, which is the gradient of a convolution.
 *
 * @module
 */
import type { ConvSizes } from "../device/kernels.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, checkOptions, type Kinds, whole } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { checkTensor } from "./check.ts";
import { bothOf, inputGradient, type OneOrTwo, oneOrTwo } from "./conv.ts";
import { asRows, type One, one, oneOfList } from "./conv_1d.ts";
import { ofIntegers } from "./of_integers.ts";
import { pad } from "./pad.ts";
import { reshape, squeeze, unsqueeze } from "./view.ts";

/** Options of {@link convTranspose2d}. */
export interface ConvTransposeOptions {
  /** Steps of the convolution whose gradient it is. Default: 1. */
  stride?: OneOrTwo;
  /** Zeros around what that convolution reads: so much is cut off. Default: 0. */
  padding?: OneOrTwo;
  /** What is added to the size at the end: below the stride or the dilation. Default: 0. */
  outputPadding?: OneOrTwo;
  /** Into how many groups the channels are split. Default: 1. */
  groups?: number;
  /** Distance of the kernel's taps. Default: 1. */
  dilation?: OneOrTwo;
}

/** Options of {@link convTranspose1d}. */
export interface ConvTranspose1dOptions {
  /** Steps of the convolution whose gradient it is. Default: 1. */
  stride?: One;
  /** Zeros around what that convolution reads: so much is cut off. Default: 0. */
  padding?: One;
  /** What is added to the length at the end: below the stride or the dilation. Default: 0. */
  outputPadding?: One;
  /** Into how many groups the channels are split. Default: 1. */
  groups?: number;
  /** Distance of the kernel's taps. Default: 1. */
  dilation?: One;
}

/** What convTranspose2d takes. */
export const CONV_TRANSPOSE: Kinds<ConvTransposeOptions> = {
  stride: oneOrTwo(1),
  padding: oneOrTwo(0),
  outputPadding: oneOrTwo(0),
  groups: whole(1),
  dilation: oneOrTwo(1),
};

/** What convTranspose1d takes. */
export const CONV_TRANSPOSE_1D: Kinds<ConvTranspose1dOptions> = {
  stride: one(1),
  padding: one(0),
  outputPadding: one(0),
  groups: whole(1),
  dilation: one(1),
};

/**
 * The gradient of the `conv2d` with this weight, as a layer: x [n, in, h, w] or [in, h, w], w [in, out /
 * groups, kh, kw], b [out] → [n, out, oh, ow] with oh = (h − 1) stride − 2 padding + dilation (kh − 1) +
 * outputPadding + 1.
 */
export function convTranspose2d(
  x: Tensor,
  w: Tensor,
  b?: Tensor | null,
  options: ConvTransposeOptions = {},
): Tensor {
  atMost(4, arguments.length, "convTranspose2d(x, w, b, options)");
  checkOptions("convTranspose2d", options, CONV_TRANSPOSE);
  return convTranspose2dUnchecked("convTranspose2d", x, w, b ?? null, options);
}

/** The same with options that have been checked. */
function convTranspose2dUnchecked(
  op: string,
  x: Tensor,
  w: Tensor,
  b: Tensor | null,
  options: ConvTransposeOptions,
): Tensor {
  checkTensor(op, x);
  if (x.dtype !== "float32") {
    const weight = asFloat(op, w, "the weight");
    return ofIntegers(convTranspose2dUnchecked(op, asFloat(op, x), weight, b, options), x, w);
  }
  w = asFloat(op, w, "the weight");
  if (x.ndim === 3 && w.ndim === 4) {
    return squeeze(convTranspose2dUnchecked(op, unsqueeze(x, 0), w, b, options), 0);
  }
  const [s, more] = sizesOf(op, x, w, options);
  const y = transposed(s, more, x, w);
  if (b === null) return y;
  b = asFloat(op, b, "the bias");
  if (b.ndim !== 1 || b.shape[0] !== s.c) {
    throw new ShapeError(
      `${op}: the bias must be [${s.c}]: it is ${show(b.shape)}: ${given(x, w)}`,
    );
  }
  return add(y, reshape(b, [s.c, 1, 1]));
}

/** The sizes of the convolution whose gradient it is, and the output padding. */
function sizesOf(
  op: string,
  x: Tensor,
  w: Tensor,
  options: ConvTransposeOptions,
): [sizes: ConvSizes, more: [number, number]] {
  const stride = bothOf(options.stride ?? 1), padding = bothOf(options.padding ?? 0);
  const more = bothOf(options.outputPadding ?? 0), dilation = bothOf(options.dilation ?? 1);
  const { groups = 1 } = options;
  if (x.ndim !== 4 || w.ndim !== 4 || x.shape[1] !== w.shape[0] || w.shape[0]! % groups !== 0) {
    throw new ShapeError(
      `${op}: x must be [n, in, h, w] and the weight [in, out / groups, kh, kw], in ${groups} groups: ` +
        given(x, w),
    );
  }
  for (const i of [0, 1] as const) {
    if (more[i] >= Math.max(stride[i], dilation[i])) {
      throw new RangeError(
        `${op}: outputPadding must be below the stride or the dilation: it is ${
          show(more)
        }, they are ` +
          `${show(stride)} and ${show(dilation)}`,
      );
    }
  }
  const [n, o, oh, ow] = x.shape as [number, number, number, number];
  const kernel = [w.shape[2]!, w.shape[3]!] as [number, number];
  const size = (i: 0 | 1, length: number) =>
    (length - 1) * stride[i] - 2 * padding[i] + dilation[i] * (kernel[i] - 1) + more[i] + 1;
  const [h, width] = [size(0, oh), size(1, ow)];
  if (h < 1 || width < 1) {
    throw new ShapeError(
      `${op}: the result must have a size: it would be ${h} × ${width}: ${given(x, w)}`,
    );
  }
  const c = w.shape[1]! * groups;
  return [{ n, c, h, w: width, o, oh, ow, kernel, stride, padding, dilation, groups }, more];
}

function given(x: Tensor, w: Tensor): string {
  return `x is ${show(x.shape)}, the weight is ${show(w.shape)}`;
}

/** The gradient of that convolution, of which x is dy. */
function transposed(s: ConvSizes, more: readonly [number, number], x: Tensor, w: Tensor): Tensor {
  const { stride, padding } = s;
  if (more[0] < stride[0] && more[1] < stride[1]) return inputGradient(s, x, w);
  // the convolution would give more than x has: all of the gradient, and a part of that
  const [h, width] = [s.h + 2 * padding[0] - more[0], s.w + 2 * padding[1] - more[1]];
  const y = inputGradient({ ...s, h, w: width, padding: [0, 0] }, x, w);
  return pad(y, [-padding[1], more[1] - padding[1], -padding[0], more[0] - padding[0]]);
}

/** The same of sequences: x [n, in, l] or [in, l], w [in, out / groups, k] → [n, out, ol]. */
export function convTranspose1d(
  x: Tensor,
  w: Tensor,
  b?: Tensor | null,
  options: ConvTranspose1dOptions = {},
): Tensor {
  const op = "convTranspose1d";
  atMost(4, arguments.length, `${op}(x, w, b, options)`);
  const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = checkOptions(
    op,
    options,
    CONV_TRANSPOSE_1D,
  );
  const [rows, kernel] = asRows(op, x, w, "[in, out / groups, k]");
  const y = convTranspose2dUnchecked(op, rows, kernel, b ?? null, {
    stride: [1, oneOfList(stride)],
    padding: [0, oneOfList(padding)],
    outputPadding: [0, oneOfList(outputPadding)],
    dilation: [1, oneOfList(dilation)],
    groups,
  });
  return squeeze(y, -2);
}

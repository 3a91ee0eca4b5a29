/**
 * Convolution.
 *
 * @module
 */
import { isRecording, type Pair, record } from "../autograd/autograd.ts";
import { alloc, type Buffer, kernelsOf, pickDims, viewOf } from "../device/buffer.ts";
import { convolution } from "../families/convolution.ts";
import type { ConvSizes } from "../device/kernels.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  either,
  isListOf,
  type Kind,
  kind,
  type Kinds,
  oneOf,
  whole,
} from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { allocChannelsLast, channelsLast } from "./layout.ts";
import { asFloat } from "./cast.ts";
import { checkFloat, checkTensor } from "./check.ts";
import { pad } from "./pad.ts";
import { ofIntegers } from "./of_integers.ts";
import { readBy } from "./operand.ts";
import { RELU } from "./relu.ts";
import { sum } from "./sum.ts";
import { contiguous, squeeze, unsqueeze } from "./view.ts";

/** One number for rows and columns, or one for each. */
export type OneOrTwo = number | readonly [number, number];

/** Numbers of zeros, or what they are to do. */
export type Padding = OneOrTwo | "same" | "valid";

/** Options of {@link conv2d}. */
export interface ConvOptions {
  /** Steps of the kernel, in pixels. Default: 1. */
  stride?: OneOrTwo;
  /** Zeros around x; `"same"`: so many that the size stays, `"valid"`: none. Default: 0. */
  padding?: Padding;
  /** Distance of the kernel's taps, in pixels. Default: 1. */
  dilation?: OneOrTwo;
  /** Into how many groups the channels are split; each output sees the channels of its own. */
  groups?: number;
}

/** A whole number from `least` up, or two. */
export function oneOrTwo(least: number): Kind {
  const { needs, isType, fits } = whole(least);
  return kind(
    `${needs}, or two`,
    (value) => isType(value) || isListOf(value, isType),
    (value) => fits(value) || (value.length === 2 && fits(value[0]) && fits(value[1])),
  );
}

/** Both numbers of what was checked to be one or two. */
export function bothOf(value: OneOrTwo): [number, number] {
  return typeof value === "number" ? [value, value] : [value[0], value[1]];
}

/** Both numbers. RangeError unless they are whole and at least 1. */
export function pairOf(op: string, name: string, value: OneOrTwo): [number, number] {
  check(op, name, value, FROM_1);
  return bothOf(value);
}

const [FROM_0, FROM_1] = [oneOrTwo(0), oneOrTwo(1)];

/** What conv2d takes. */
export const CONV: Kinds<ConvOptions> = {
  stride: FROM_1,
  padding: either(FROM_0, oneOf("same", "valid")),
  dilation: FROM_1,
  groups: whole(1),
};

/** Options whose padding is numbers. */
type SettledOptions = Omit<ConvOptions, "padding"> & { padding?: OneOrTwo };

/**
 * x and options with numbers of zeros: `"same"` is half of what the kernel spans, and one more behind x
 * where that is odd.
 */
function settle(
  op: string,
  x: Tensor,
  w: Tensor,
  options: ConvOptions,
): [x: Tensor, options: SettledOptions] {
  const { padding } = options;
  if (typeof padding !== "string") return [x, options as SettledOptions];
  if (padding === "valid" || w.ndim !== 4) return [x, { ...options, padding: 0 }];
  if (bothOf(options.stride ?? 1).some((n) => n !== 1)) {
    throw new RangeError(`${op}: padding "same" needs a stride of 1: it is ${options.stride}`);
  }
  const dilation = bothOf(options.dilation ?? 1);
  const all = [0, 1].map((i) => dilation[i]! * (w.shape[2 + i]! - 1)) as [number, number];
  const half = all.map((n) => n >> 1) as [number, number];
  if (all.some((n) => n % 2 === 1)) x = pad(x, [0, all[1] % 2, 0, all[0] % 2]);
  return [x, { ...options, padding: half }];
}

/** Checks everything but the options, which have been checked, and tells all sizes. */
function sizesOf(x: Tensor, w: Tensor, b: Tensor | null, options: SettledOptions): ConvSizes {
  const op = "conv2d";
  checkFloat(op, x);
  checkFloat(op, w, "the weight");
  const stride = bothOf(options.stride ?? 1);
  const padding = bothOf(options.padding ?? 0);
  const dilation = bothOf(options.dilation ?? 1);
  const groups = options.groups ?? 1;
  const given = () => `x is ${show(x.shape)}, the weight is ${show(w.shape)}`;
  if (x.ndim !== 4 || w.ndim !== 4) {
    throw new ShapeError(
      `${op}: x must be [n, in, h, w] and the weight [out, in / groups, kh, kw]: ${given()}`,
    );
  }
  const [n, c, h, width] = x.shape as [number, number, number, number];
  const [o, cg, kh, kw] = w.shape as [number, number, number, number];
  if (c % groups !== 0 || o % groups !== 0 || c === 0 || o === 0) {
    throw new ShapeError(
      `${op}: channels must divide into groups: ${c} in, ${o} out, ${groups} groups: ${given()}`,
    );
  }
  if (cg !== c / groups) {
    throw new ShapeError(
      `${op}: the weight must have in / groups = ${c / groups} channels: ${given()}, groups is ` +
        groups,
    );
  }
  if (b !== null) {
    checkFloat(op, b, "the bias");
    if (b.ndim !== 1 || b.shape[0] !== o) {
      throw new ShapeError(`${op}: the bias must be [${o}]: it is ${show(b.shape)}: ${given()}`);
    }
  }
  const size = (i: 0 | 1, length: number, taps: number) =>
    Math.floor((length + 2 * padding[i] - dilation[i] * (taps - 1) - 1) / stride[i]) + 1;
  const oh = size(0, h, kh);
  const ow = size(1, width, kw);
  if (oh < 1 || ow < 1 || kh < 1 || kw < 1) {
    throw new ShapeError(
      `${op}: the kernel must fit into the padded input: it spans ` +
        `${dilation[0] * (kh - 1) + 1} × ${dilation[1] * (kw - 1) + 1}, the input is ` +
        `${h + 2 * padding[0]} × ${width + 2 * padding[1]}: ${given()}`,
    );
  }
  return { n, c, h, w: width, o, oh, ow, kernel: [kh, kw], stride, padding, dilation, groups };
}

/** The weight as [out, kh, kw, in / groups], which is what kernels read. */
function channelsInside(w: Tensor): Buffer {
  const view = pickDims(w, [0, 2, 3, 1]);
  if (view.isContiguous) return view;
  const out = alloc(w, view.shape);
  kernelsOf(out).copy(view, out);
  return out;
}

/** The gradients of one backward pass; undefined where nobody needs one. */
interface Gradients {
  dx?: Tensor;
  dw?: Tensor;
  db?: Tensor;
}

/**
 * Cross-correlation, as PyTorch's `conv2d`. x: [n, in, h, w] or [in, h, w], w: [out, in / groups, kh,
 * kw], b: [out] → [n, out, oh, ow] with oh = ⌊(h + 2·padding − dilation·(kh − 1) − 1) / stride⌋ + 1.
 *
 * The result lies channels last in memory; its shape does not show it. ShapeError where channels,
 * groups or sizes do not fit, RangeError where an option is out of range.
 */
export function conv2d(
  x: Tensor,
  w: Tensor,
  b?: Tensor | null,
  options: ConvOptions = {},
): Tensor {
  atMost(4, arguments.length, "conv2d(x, w, b, options)");
  checkOptions("conv2d", options, CONV);
  return conv2dUnchecked(x, w, b ?? null, options);
}

/**
 * `conv2d(…).relu()`, its bits and its gradients, without writing the convolution; null where no kernel
 * does both. For callers that know of nobody who wants to see the convolution.
 */
export function conv2dRelu(
  x: Tensor,
  w: Tensor,
  bias: Tensor | null,
  options: ConvOptions,
): Tensor | null {
  const fits = x.ndim === 4 && kernelsOf(x, convolution).convRelu !== undefined &&
    typeof options.padding !== "string";
  return fits ? conv2dUnchecked(x, w, bias, options, true) : null;
}

/** The same as `conv2d` with options that have been checked; `relu`: with relu behind it. */
export function conv2dUnchecked(
  x: Tensor,
  w: Tensor,
  bias: Tensor | null,
  options: ConvOptions,
  relu = false,
): Tensor {
  checkTensor("conv2d", x);
  if (x.dtype !== "float32") {
    const b = bias === null ? null : asFloat("conv2d", bias, "the bias");
    const y = conv2dUnchecked(asFloat("conv2d", x), asFloat("conv2d", w, "the weight"), b, options);
    return ofIntegers(y, x, w);
  }
  w = asFloat("conv2d", w, "the weight");
  if (x.ndim === 3) return squeeze(conv2dUnchecked(unsqueeze(x, 0), w, bias, options), 0);
  const [padded, settled] = settle("conv2d", x, w, options);
  x = padded;
  const s = sizesOf(x, w, bias, settled);
  const xs = channelsLast(x);
  const ws = channelsInside(w);
  const y = allocChannelsLast(x, [s.n, s.o, s.oh, s.ow]);
  const shift = bias === null ? null : contiguous(bias);
  if (s.n > 0 && relu) kernelsOf(y, convolution).convRelu!(s, xs, ws, shift, y);
  else if (s.n > 0) kernelsOf(y, convolution).conv(s, xs, ws, shift, y);
  const pairs: Pair<Gradients>[] = [[x, (_, { dx }) => dx!], [w, (_, { dw }) => dw!]];
  if (bias !== null) pairs.push([bias, (_, { db }) => db!]);
  const result: Tensor = record("conv2d", y, pairs, {
    saved: relu ? [...readBy(x, w), y] : readBy(x, w),
    differentiable: true,
    shared: (dy, isNeeded) => {
      const needed = { x: isNeeded(x), w: isNeeded(w), b: bias !== null && isNeeded(bias) };
      if (!isRecording()) {
        return gradients(s, xs, ws, relu ? y : null, channelsLast(dy), needed);
      }
      const dz = relu ? RELU.gradOps!(dy, x, result) : dy;
      const made: Gradients = {};
      if (needed.x) made.dx = inputGradient(s, dz, w);
      if (needed.w) made.dw = weightGradient(s, x, dz);
      if (needed.b) made.db = sum(dz, [0, 2, 3]);
      return made;
    },
  });
  return result;
}

/** The gradient of x, recorded: linear in dy and in w. */
export function inputGradient(s: ConvSizes, dy: Tensor, w: Tensor): Tensor {
  const like = allocChannelsLast(dy, [s.n, s.c, s.h, s.w]); // whose values nobody reads
  const { dx } = gradients(s, like, channelsInside(w), null, channelsLast(dy), ONLY_X);
  return record("conv2d", dx!, [
    [dy, (ddx) => conv2dUnchecked(ddx, w, null, s)],
    [w, (ddx) => weightGradient(s, ddx, dy)],
  ], { saved: readBy(dy, w), differentiable: true });
}

/** The gradient of w, recorded: linear in x and in dy. */
function weightGradient(s: ConvSizes, x: Tensor, dy: Tensor): Tensor {
  const like = alloc(x, [s.o, s.kernel[0], s.kernel[1], s.c / s.groups]);
  const { dw } = gradients(s, channelsLast(x), like, null, channelsLast(dy), ONLY_W);
  return record("conv2d", dw!, [
    [x, (ddw) => inputGradient(s, dy, ddw)],
    [dy, (ddw) => conv2dUnchecked(x, ddw, null, s)],
  ], { saved: readBy(x, dy), differentiable: true });
}

const ONLY_X = { x: true, w: false, b: false };
const ONLY_W = { x: false, w: true, b: false };

/** y: what relu gave; null where there was none. */
function gradients(
  s: ConvSizes,
  x: Buffer,
  w: Buffer,
  y: Buffer | null,
  dy: Buffer,
  needed: { x: boolean; w: boolean; b: boolean },
): Gradients {
  const dx = needed.x ? allocChannelsLast(x, [s.n, s.c, s.h, s.w]) : null;
  const sum = needed.w || needed.b ? alloc(x, [w.numel + s.o]) : null;
  if (s.n > 0 && y !== null) {
    kernelsOf(w, convolution).convReluGrad!(s, x, w, y, dy, dx, sum, needed.b);
  } else if (s.n > 0) kernelsOf(w, convolution).convGrad(s, x, w, dy, dx, sum, needed.b);
  else if (sum !== null) kernelsOf(sum).fill(sum, 0);
  const made: Gradients = {};
  if (dx !== null) made.dx = record("conv2d", dx, []);
  if (sum !== null) {
    const [o, kh, kw, cg] = w.shape as [number, number, number, number];
    const dw = viewOf(sum, [o, cg, kh, kw], [1, o, kw * cg * o, cg * o]);
    made.dw = record("conv2d", dw, []);
    made.db = record("conv2d", viewOf(sum, [o], [1], w.numel), []);
  }
  return made;
}

/**
 * Pooling of images.
 *
 * @module
 */
import {
  type Gradient,
  isRecording,
  isTracked,
  LINEAR,
  type Pair,
  record,
} from "../autograd/autograd.ts";
import { alloc, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import { images } from "../families/images.ts";
import { ShapeError, show } from "../core/errors.ts";
import type { Windows } from "../device/kernels.ts";
import {
  atMost,
  check,
  checkOptions,
  either,
  flag,
  type Kind,
  type Kinds,
  listOf,
  numberThat,
  orNull,
  whole,
} from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { bothOf, type OneOrTwo, oneOrTwo, pairOf } from "./conv.ts";
import { allocImages, areChannelsLast, inLayout } from "./images.ts";
import { ofIntegers } from "./of_integers.ts";
import { asFloat } from "./cast.ts";
import { maximum, mul } from "./binary.ts";
import { ge } from "./compare.ts";
import { spreadAt } from "./select.ts";
import { contiguous, reshape, squeeze, unsqueeze } from "./view.ts";

/** Options of {@link maxPool2d}. */
export interface PoolOptions {
  /** Steps between windows. Default: the window's size. */
  stride?: OneOrTwo | null;
  /** Rows and columns around the image, at most half a window; they never win. Default: 0. */
  padding?: OneOrTwo;
  /** Distance of the pixels of a window. Default: 1, neighbours. */
  dilation?: OneOrTwo;
  /** Whether a last window may reach beyond the padded image. Default: false. */
  ceilMode?: boolean;
  /** Whether to return besides where in its image each maximum stands. Default: false. */
  returnIndices?: boolean;
}

/** Options of a call that returns indices, too. */
export type WithIndices<Options = object> = Options & { returnIndices: true };

/** Options of {@link avgPool2d}. */
export interface AvgPoolOptions extends Omit<PoolOptions, "dilation" | "returnIndices"> {
  /** Whether the zeros of the padding count in the mean. Default: true. */
  countIncludePad?: boolean;
  /** What sums are divided by, instead of the number of pixels; not 0. Default: null. */
  divisorOverride?: number | null;
}

const WINDOWS: Kinds<Omit<PoolOptions, "dilation" | "returnIndices">> = {
  stride: { ...orNull(oneOrTwo(1)), needs: oneOrTwo(1).needs },
  padding: oneOrTwo(0),
  ceilMode: flag,
};

/** What maxPool2d takes. */
export const MAX_POOL: Kinds<PoolOptions> = {
  ...WINDOWS,
  dilation: oneOrTwo(1),
  returnIndices: flag,
};

/** What avgPool2d takes. */
export const AVG_POOL: Kinds<AvgPoolOptions> = {
  ...WINDOWS,
  countIncludePad: flag,
  divisorOverride: orNull(numberThat("a whole number other than 0", isDivisor)),
};

/** As kernels take it: int32. */
function isDivisor(value: number): boolean {
  return value === (value | 0) && value !== 0;
}

/** How windows slide along one dimension. */
interface Sliding {
  kernel: number;
  stride: number;
  padding: number;
  dilation: number;
  ceilMode: boolean;
}

/** How they slide down and across images. */
interface Sliding2d {
  down: Sliding;
  across: Sliding;
}

/** How many windows there are along a dimension of n. */
function countOf(n: number, { kernel, stride, padding, dilation, ceilMode }: Sliding): number {
  const span = dilation * (kernel - 1) + 1;
  const rest = n + 2 * padding - span;
  const whole = rest < 0 ? 0 : Math.floor(rest / stride) + 1;
  // one more that is cut off at the end, if it begins before the padding behind the image
  const isOneMore = ceilMode && rest > (whole - 1) * stride && whole * stride - padding < n;
  return isOneMore ? whole + 1 : whole;
}

/** The windows of a mean along a dimension: [begin, end, divisor] of each, one after the other. */
function means(n: number, s: Sliding, countsPadding: boolean): number[] {
  const list: number[] = [];
  for (let i = countOf(n, s), at = -s.padding; i > 0; i--, at += s.stride) {
    const begin = Math.max(at, 0);
    const end = Math.min(at + s.kernel, n);
    const counted = countsPadding ? Math.min(at + s.kernel, n + s.padding) - at : end - begin;
    list.push(begin, end, counted);
  }
  return list;
}

/** The windows of a maximum along a dimension: [begin, end, step] of each, one after the other. */
function maxima(n: number, s: Sliding): number[] {
  const list: number[] = [];
  const step = Math.min(s.dilation, n); // beyond n there is one pixel in any case
  const span = s.dilation * (s.kernel - 1) + 1;
  for (let i = countOf(n, s), at = -s.padding; i > 0; i--, at += s.stride) {
    const begin = at < 0 ? at + Math.ceil(-at / s.dilation) * s.dilation : at;
    list.push(begin, Math.min(at + span, n), step);
  }
  return list;
}

/** More are a mistake. */
const MOST_WINDOWS = 2 ** 24;

/** Windows of `out` about equal parts of a dimension; neighbours share what does not divide. */
function partsOf(n: number, out: number): number[] {
  const list: number[] = [];
  for (let i = 0; i < out; i++) {
    const [begin, end] = [Math.floor(i * n / out), Math.ceil((i + 1) * n / out)];
    list.push(begin, end, end - begin);
  }
  return list;
}

function checkImages(op: string, x: Tensor): void {
  if (x.ndim !== 4 && x.ndim !== 3) {
    throw new ShapeError(
      `${op}: images must be [n, c, h, w] or [c, h, w]: they are ${show(x.shape)}`,
    );
  }
}

/** How windows slide down and across images; the options have been checked. Throws where they do not fit. */
function slide(
  op: string,
  x: Tensor,
  kernelSize: OneOrTwo,
  { stride, padding = 0, dilation = 1, ceilMode = false }: PoolOptions,
): Sliding2d {
  checkImages(op, x);
  const kernel = pairOf(op, "the kernel", kernelSize);
  const step = bothOf(stride ?? kernelSize);
  const pad = bothOf(padding);
  const gap = bothOf(dilation);
  if (pad[0] * 2 > kernel[0] || pad[1] * 2 > kernel[1]) {
    throw new RangeError(
      `${op}: the padding must be at most half the kernel: the kernel is ${show(kernel)}, the ` +
        `padding is ${show(pad)}`,
    );
  }
  if (kernel[0] * kernel[1] >= 2 ** 31) {
    throw new RangeError(
      `${op}: the kernel must have less than 2^31 pixels: it is ${show(kernel)}`,
    );
  }
  const along = (i: 0 | 1): Sliding => ({
    kernel: kernel[i],
    stride: step[i],
    padding: pad[i],
    dilation: gap[i],
    ceilMode,
  });
  return { down: along(0), across: along(1) };
}

/** Refuses windows of which there are none, or one has no pixel of the image. */
function checkWindows(op: string, x: Tensor, sliding: Sliding2d, windows: Windows): Windows {
  const { rows, cols } = windows;
  if (rows.length === 0 || cols.length === 0) {
    const { down, across } = sliding;
    const kernel = show([down.kernel, across.kernel]);
    const padding = show([down.padding, across.padding]);
    throw new ShapeError(
      `${op}: the kernel must fit into the padded images: the kernel is ${kernel}, images are ` +
        `${show(x.shape)}, the padding is ${padding}`,
    );
  }
  for (const list of [rows, cols]) {
    for (let i = 0; i < list.length; i += 3) {
      if (list[i]! < list[i + 1]!) continue;
      throw new ShapeError(
        `${op}: each window must have a pixel of the image: window ${i / 3} has none: images are ` +
          show(x.shape),
      );
    }
  }
  return windows;
}

/** Pools images [n, c, h, w]; a single one, [c, h, w], as a batch of one. */
function pooled(
  op: string,
  x: Tensor,
  windows: Windows,
  run: (x: Tensor, windows: Windows) => Tensor,
): Tensor {
  if (x.shape[x.ndim - 1] === 0 || x.shape[x.ndim - 2] === 0) {
    throw new ShapeError(`${op}: images must have pixels: they are ${show(x.shape)}`);
  }
  if (x.ndim === 4) return run(x, windows);
  const y = run(unsqueeze(x, 0), windows), single = squeeze(y, 0);
  const at = indices.get(y);
  if (at !== undefined) indices.set(single, squeeze(at, 0));
  return single;
}

/**
 * The largest element of each window. x: [n, c, h, w] or [c, h, w] → [n, c, oh, ow], where
 * oh = ⌊(h + 2 padding − dilation (kernel − 1) − 1) / stride⌋ + 1; with `ceilMode` it is rounded up,
 * unless the last window would begin behind the image. The first of equal elements gets the gradient,
 * and NaN wins. ShapeError where the kernel is larger than the padded image.
 */
export function maxPool2d(
  x: Tensor,
  kernelSize: OneOrTwo,
  options: WithIndices<PoolOptions>,
): [values: Tensor, indices: Tensor];
/** The same without indices. */
export function maxPool2d(x: Tensor, kernelSize: OneOrTwo, options?: PoolOptions): Tensor;
export function maxPool2d(
  x: Tensor,
  kernelSize: OneOrTwo,
  options: PoolOptions = {},
): Tensor | [values: Tensor, indices: Tensor] {
  atMost(3, arguments.length, "maxPool2d(x, kernelSize, options)");
  checkOptions("maxPool2d", options, MAX_POOL);
  const y = maxPool2dUnchecked(x, kernelSize, options);
  return options.returnIndices === true ? [y, indicesOf(y)] : y;
}

/** The same with options that have been checked. */
export function maxPool2dUnchecked(
  x: Tensor,
  kernelSize: OneOrTwo,
  options: PoolOptions,
): Tensor {
  const given = x;
  x = asFloat("maxPool2d", x);
  const run = options.returnIndices === true ? maxPoolWithIndices : maxPool;
  const y = pooled("maxPool2d", x, windowsOf(x, kernelSize, options), run);
  if (given === x) return y;
  const whole = ofIntegers(y, given), at = indices.get(y);
  if (at !== undefined) indices.set(whole, at);
  return whole;
}

/** Where maxima stand, by the tensors of maxima that were asked for it. */
const indices = new WeakMap<Buffer, Tensor>();

/** Where the maxima of a pooling with `returnIndices` stand. */
export function indicesOf(y: Tensor): Tensor {
  return indices.get(y)!;
}

function windowsOf(x: Tensor, kernelSize: OneOrTwo, options: PoolOptions): Windows {
  const op = "maxPool2d";
  const sliding = slide(op, x, kernelSize, options);
  const [h, w] = x.shape.slice(-2) as [number, number];
  const windows = { rows: maxima(h, sliding.down), cols: maxima(w, sliding.across) };
  return checkWindows(op, x, sliding, windows);
}

/** Whether each dimension is halved, by neighbouring windows of 2. */
function isHalving(kernelSize: OneOrTwo, options: PoolOptions): boolean {
  const { padding = 0, dilation = 1, ceilMode = false } = options;
  const stride = options.stride ?? kernelSize;
  const are = (value: OneOrTwo, n: number) => bothOf(value).every((one) => one === n);
  return !ceilMode && are(kernelSize, 2) && are(stride, 2) && are(padding, 0) && are(dilation, 1);
}

/**
 * `maxPool2d(relu(x))`, its bits and its gradient, without writing relu(x) where there is a kernel that
 * does both; null where there is none. For callers that know of nobody who wants to see relu(x).
 */
export function reluMaxPool2d(
  x: Tensor,
  kernelSize: OneOrTwo,
  options: PoolOptions,
): Tensor | null {
  const [h, w] = x.shape.slice(-2) as [number, number];
  const fits = x.ndim === 4 && x.dtype === "float32" && x.shape[1]! % 8 === 0 && h >= 2 && w >= 2 &&
    areChannelsLast(x) && kernelsOf(x, images).reluMaxPool !== undefined &&
    isHalving(kernelSize, options);
  return fits ? maxPool(x, windowsOf(x, kernelSize, options), true) : null;
}

function maxPoolWithIndices(x: Tensor, windows: Windows): Tensor {
  return maxPool(x, windows, false, true);
}

/** `relu`: of relu(x); `keeps`: the indices are asked for. */
function maxPool(x: Tensor, windows: Windows, relu = false, keeps = false): Tensor {
  const last = areChannelsLast(x);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const shape = [n, c, windows.rows.length / 3, windows.cols.length / 3];
  const y = allocImages(x, shape, last);
  const index = alloc(x, shape, "int32"); // in y's layout
  const size = last ? [n, h, w, c] as const : [n * c, h, w, 1] as const;
  if (relu) kernelsOf(y, images).reluMaxPool!(inLayout(x, last), y, index, size);
  else kernelsOf(y, images).maxPool(inLayout(x, last), y, index, size, windows);
  const made = record("maxPool2d", y, [[x, (dy) => {
    if (isRecording()) {
      const places = record("maxPool2d", viewOf(index, shape, y.strides), []);
      const lines = (t: Tensor) => reshape(t, [n * c, shape[2]! * shape[3]!]);
      const at = lines(maximum(places, 0)); // where relu made it 0 nobody gets anything
      const from = relu ? mul(dy, ge(places, 0)) : dy;
      return reshape(spreadAt(lines(from), [n * c, h * w], 1, contiguous(at)), x.shape);
    }
    const dx = allocImages(x, x.shape, last);
    kernelsOf(dx, images).maxPoolGrad(inLayout(dy, last), index, dx, size, windows);
    return record("maxPool2d", dx, []);
  }]], { saved: [index], differentiable: true });
  if (keeps) indices.set(made, record("maxPool2d", viewOf(index, shape, y.strides), []));
  return made;
}

/**
 * The mean of each window. x: [n, c, h, w] or [c, h, w] → [n, c, oh, ow], sizes as in
 * {@link maxPool2d}. What lies beyond the padding, with `ceilMode`, never counts. ShapeError where the
 * kernel is larger than the padded image.
 */
export function avgPool2d(x: Tensor, kernelSize: OneOrTwo, options: AvgPoolOptions = {}): Tensor {
  atMost(3, arguments.length, "avgPool2d(x, kernelSize, options)");
  checkOptions("avgPool2d", options, AVG_POOL);
  return avgPool2dUnchecked(x, kernelSize, options);
}

/** The same with options that have been checked. */
export function avgPool2dUnchecked(
  x: Tensor,
  kernelSize: OneOrTwo,
  options: AvgPoolOptions,
): Tensor {
  const op = "avgPool2d";
  const { countIncludePad = true, divisorOverride = null } = options;
  const given = x;
  x = asFloat(op, x);
  const sliding = slide(op, x, kernelSize, options);
  const [h, w] = x.shape.slice(-2) as [number, number];
  const rows = means(h, sliding.down, countIncludePad);
  const cols = means(w, sliding.across, countIncludePad);
  if (divisorOverride !== null) {
    for (let i = 2; i < rows.length; i += 3) rows[i] = divisorOverride;
    for (let i = 2; i < cols.length; i += 3) cols[i] = 1;
  }
  const windows = checkWindows(op, x, sliding, { rows, cols });
  const pooledMeans = pooled(op, x, windows, (x) => avgPool(op, x, windows));
  return given.dtype === "bool" ? pooledMeans : ofIntegers(pooledMeans, given); // shares of what is true
}

/** Lengths of what comes out; null: as they are. */
export type OutputSize = number | readonly [number | null, number | null];

/** A length from 1 up, or two, either of which may be null. */
export const OUTPUT_SIZE: Kind = either(whole(1), listOf(orNull(whole(1)), 2));

/** Windows that cover images of any size. */
function covering(op: string, x: Tensor, outputSize: OutputSize, step: boolean): Windows {
  checkImages(op, x);
  check(op, "the output size", outputSize, OUTPUT_SIZE);
  const [h, w] = x.shape.slice(-2) as [number, number];
  const sizes = typeof outputSize === "number" ? [outputSize, outputSize] : outputSize;
  const [oh, ow] = [sizes[0] ?? h, sizes[1] ?? w];
  if (oh * ow > MOST_WINDOWS) {
    throw new RangeError(
      `${op}: the output must have at most 2^24 pixels: it is ${show([oh, ow])}`,
    );
  }
  const windows = { rows: partsOf(h, oh), cols: partsOf(w, ow) };
  if (step) {
    for (const list of [windows.rows, windows.cols]) {
      list.forEach((_, i) => i % 3 === 2 && (list[i] = 1));
    }
  }
  return windows;
}

/**
 * The means of oh × ow windows that cover the image: window i of a dimension of n goes from
 * ⌊i n / oh⌋ to ⌈(i + 1) n / oh⌉. x: [n, c, h, w] or [c, h, w] → [n, c, oh, ow], of any size.
 */
export function adaptiveAvgPool2d(x: Tensor, outputSize: OutputSize): Tensor {
  atMost(2, arguments.length, "adaptiveAvgPool2d(x, outputSize)");
  const op = "adaptiveAvgPool2d";
  x = asFloat(op, x);
  return pooled(op, x, covering(op, x, outputSize, false), (x, windows) => avgPool(op, x, windows));
}

/** Options of {@link adaptiveMaxPool2d}. */
export interface AdaptiveMaxPoolOptions {
  /** Whether to return besides where in its image each maximum stands. Default: false. */
  returnIndices?: boolean;
}

/** What adaptiveMaxPool2d takes. */
export const ADAPTIVE_MAX: Kinds<AdaptiveMaxPoolOptions> = { returnIndices: flag };

/** The largest elements of the same windows, and where they stand. */
export function adaptiveMaxPool2d(
  x: Tensor,
  outputSize: OutputSize,
  options: WithIndices,
): [values: Tensor, indices: Tensor];
/** The same without indices. */
export function adaptiveMaxPool2d(
  x: Tensor,
  outputSize: OutputSize,
  options?: AdaptiveMaxPoolOptions,
): Tensor;
export function adaptiveMaxPool2d(
  x: Tensor,
  outputSize: OutputSize,
  options: AdaptiveMaxPoolOptions = {},
): Tensor | [values: Tensor, indices: Tensor] {
  atMost(3, arguments.length, "adaptiveMaxPool2d(x, outputSize, { returnIndices })");
  const op = "adaptiveMaxPool2d";
  const { returnIndices = false } = checkOptions(op, options, ADAPTIVE_MAX);
  x = asFloat(op, x);
  const run = returnIndices ? maxPoolWithIndices : maxPool;
  const y = pooled(op, x, covering(op, x, outputSize, true), run);
  return returnIndices ? [y, indicesOf(y)] : y;
}

function avgPool(op: string, x: Tensor, windows: Windows): Tensor {
  const last = areChannelsLast(x);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const y = allocImages(x, [n, c, windows.rows.length / 3, windows.cols.length / 3], last);
  const size = last ? [n, h, w, c] as const : [n * c, h, w, 1] as const;
  kernelsOf(y, images).avgPool(inLayout(x, last), y, size, windows);
  const gradient: Gradient = (dy) => {
    const dx = allocImages(x, x.shape, last);
    kernelsOf(dx, images).avgPoolGrad(inLayout(dy, last), dx, size, windows);
    const pairs: Pair[] = isTracked(dy) ? [[dy, (ddx) => avgPool(op, ddx, windows)]] : [];
    return record(op, dx, pairs, LINEAR);
  };
  return record(op, y, [[x, gradient]], LINEAR);
}

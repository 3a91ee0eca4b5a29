/**
 * Pooling of images.
 *
 * @module
 */
import { type Gradient, record } from "../autograd.ts";
import { alloc } from "../buffer.ts";
import { ShapeError, show } from "../errors.ts";
import { kernels, type Windows } from "../kernels.ts";
import type { Tensor } from "../tensor.ts";
import { type OneOrTwo, pairOf } from "./conv.ts";
import { allocImages, inLayout, isChannelsLast } from "./images.ts";
import { checkFloat } from "./operand.ts";
import { squeeze, unsqueeze } from "./view.ts";

/** Options of {@link maxPool2d}. */
export interface PoolOptions {
  /** Steps between windows. Default: the window's size. */
  stride?: OneOrTwo;
  /** Rows and columns around the image, at most half a window; they never win. Default: 0. */
  padding?: OneOrTwo;
}

/** Options of {@link avgPool2d}. */
export interface AvgPoolOptions extends PoolOptions {
  /** Whether the zeros of the padding count in the mean. Default: true. */
  countIncludePad?: boolean;
}

/** The windows along a dimension: [begin, end, divisor] of each, one after the other. */
function windowsAlong(
  n: number,
  kernel: number,
  stride: number,
  padding: number,
  countsPadding: boolean,
): number[] {
  const list: number[] = [];
  for (let at = -padding; at + kernel <= n + padding; at += stride) {
    const [begin, end] = [Math.max(at, 0), Math.min(at + kernel, n)];
    list.push(begin, end, countsPadding ? kernel : end - begin);
  }
  return list;
}

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
  checkFloat(op, x);
  if (x.ndim !== 4 && x.ndim !== 3) {
    throw new ShapeError(
      `${op}: images must be [n, c, h, w] or [c, h, w]: they are ${show(x.shape)}`,
    );
  }
}

/** Windows by kernel, stride and padding. Throws where they do not fit the images. */
function slide(
  op: string,
  x: Tensor,
  kernelSize: OneOrTwo,
  { stride, padding = 0, countIncludePad = true }: AvgPoolOptions,
): Windows {
  checkImages(op, x);
  const kernel = pairOf(op, "the kernel", kernelSize, 1);
  const step = pairOf(op, "the stride", stride ?? kernelSize, 1);
  const pad = pairOf(op, "the padding", padding, 0);
  if (pad[0] * 2 > kernel[0] || pad[1] * 2 > kernel[1]) {
    throw new RangeError(
      `${op}: the padding must be at most half the kernel: the kernel is ${show(kernel)}, the ` +
        `padding is ${show(pad)}`,
    );
  }
  const [h, w] = x.shape.slice(-2) as [number, number];
  const rows = windowsAlong(h, kernel[0], step[0], pad[0], countIncludePad);
  const cols = windowsAlong(w, kernel[1], step[1], pad[1], countIncludePad);
  if (rows.length === 0 || cols.length === 0) {
    throw new ShapeError(
      `${op}: the kernel must fit into the padded images: the kernel is ${show(kernel)}, images ` +
        `are ${show(x.shape)}, the padding is ${show(pad)}`,
    );
  }
  return { rows, cols };
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
  return x.ndim === 3 ? squeeze(run(unsqueeze(x, 0), windows), 0) : run(x, windows);
}

/**
 * The largest element of each window. x: [n, c, h, w] or [c, h, w] → [n, c, oh, ow], where
 * oh = ⌊(h + 2 padding − kernel) / stride⌋ + 1. The first of equal elements gets the gradient, and
 * NaN wins. ShapeError where the kernel is larger than the padded image.
 */
export function maxPool2d(x: Tensor, kernelSize: OneOrTwo, options: PoolOptions = {}): Tensor {
  const windows = slide("maxPool2d", x, kernelSize, { ...options, countIncludePad: false });
  return pooled("maxPool2d", x, windows, maxPool);
}

function maxPool(x: Tensor, windows: Windows): Tensor {
  const last = isChannelsLast(x);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const shape = [n, c, windows.rows.length / 3, windows.cols.length / 3];
  const y = allocImages(shape, last);
  const index = alloc(shape, "int32"); // in y's layout
  const size = last ? [n, h, w, c] as const : [n * c, h, w, 1] as const;
  kernels.maxPool(inLayout(x, last), y, index, size, windows);
  return record("maxPool2d", y, [[x, (dy) => {
    const dx = allocImages(x.shape, last);
    kernels.maxPoolGrad(inLayout(dy, last), index, dx, size);
    return record("maxPool2d", dx, []);
  }]], { saved: [index] });
}

/**
 * The mean of each window. x: [n, c, h, w] or [c, h, w] → [n, c, oh, ow], sizes as in
 * {@link maxPool2d}. ShapeError where the kernel is larger than the padded image.
 */
export function avgPool2d(x: Tensor, kernelSize: OneOrTwo, options: AvgPoolOptions = {}): Tensor {
  const windows = slide("avgPool2d", x, kernelSize, options);
  return pooled("avgPool2d", x, windows, (x) => avgPool("avgPool2d", x, windows));
}

/**
 * The means of oh × ow windows that cover the image: window i of a dimension of n goes from
 * ⌊i n / oh⌋ to ⌈(i + 1) n / oh⌉. x: [n, c, h, w] or [c, h, w] → [n, c, oh, ow], of any size.
 */
export function adaptiveAvgPool2d(x: Tensor, outputSize: OneOrTwo): Tensor {
  checkImages("adaptiveAvgPool2d", x);
  const [oh, ow] = pairOf("adaptiveAvgPool2d", "the output size", outputSize, 1);
  const [h, w] = x.shape.slice(-2) as [number, number];
  const windows = { rows: partsOf(h, oh), cols: partsOf(w, ow) };
  return pooled("adaptiveAvgPool2d", x, windows, (x) => avgPool("adaptiveAvgPool2d", x, windows));
}

function avgPool(op: string, x: Tensor, windows: Windows): Tensor {
  const last = isChannelsLast(x);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const y = allocImages([n, c, windows.rows.length / 3, windows.cols.length / 3], last);
  const size = last ? [n, h, w, c] as const : [n * c, h, w, 1] as const;
  kernels.avgPool(inLayout(x, last), y, size, windows);
  const gradient: Gradient = (dy) => {
    const dx = allocImages(x.shape, last);
    kernels.avgPoolGrad(inLayout(dy, last), dx, size, windows);
    return record(op, dx, []);
  };
  return record(op, y, [[x, gradient]], { saved: [] });
}

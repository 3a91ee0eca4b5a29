/**
 * Windows of images as columns, and back.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import { wantsParts } from "../device/watch.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, checkOptions, type Kinds } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { asFloat } from "./cast.ts";
import { checkTensor } from "./check.ts";
import { bothOf, type OneOrTwo, oneOrTwo, pairOf } from "./conv.ts";
import { convTranspose2d } from "./conv_transpose.ts";
import { constant } from "./int32s.ts";
import { pad } from "./pad.ts";
import { indexTensor } from "./pad_mode.ts";
import { indexSelect } from "./select.ts";
import { contiguous, reshape, squeeze, unsqueeze } from "./view.ts";

/** Options of {@link unfold} and {@link fold}. */
export interface UnfoldOptions {
  /** Distance of the pixels of a window. Default: 1. */
  dilation?: OneOrTwo;
  /** Zeros around images. Default: 0. */
  padding?: OneOrTwo;
  /** Steps between windows. Default: 1. */
  stride?: OneOrTwo;
}

/** What unfold takes. */
export const UNFOLD: Kinds<UnfoldOptions> = {
  dilation: oneOrTwo(1),
  padding: oneOrTwo(0),
  stride: oneOrTwo(1),
};

/** The windows of padded images of h × w. */
interface Windows {
  h: number;
  w: number;
  taps: number;
  count: number;
  padding: [number, number];
  /** Where the pixels of all windows stand: taps by windows. To be asked once sizes are known to fit. */
  places(): number[];
}

function windowsOf(
  op: string,
  height: number,
  width: number,
  kernelSize: OneOrTwo,
  options: UnfoldOptions,
): Windows {
  checkOptions(op, options, UNFOLD);
  const kernel = pairOf(op, "the kernel", kernelSize);
  const [dilation, padding, stride] = [
    bothOf(options.dilation ?? 1),
    bothOf(options.padding ?? 0),
    bothOf(options.stride ?? 1),
  ];
  const size = [height + 2 * padding[0], width + 2 * padding[1]] as const;
  const counts = ([0, 1] as const).map((i) =>
    Math.floor((size[i] - dilation[i] * (kernel[i] - 1) - 1) / stride[i]) + 1
  );
  const [oh, ow] = counts as [number, number];
  if (oh < 1 || ow < 1) {
    throw new ShapeError(
      `${op}: the kernel ${show(kernel)} must fit into the padded images: they are ${show(size)}`,
    );
  }
  const places = () => {
    const at: number[] = [];
    for (let i = 0; i < kernel[0]; i++) {
      for (let j = 0; j < kernel[1]; j++) {
        for (let y = 0; y < oh; y++) {
          for (let x = 0; x < ow; x++) {
            at.push((y * stride[0] + i * dilation[0]) * size[1] + x * stride[1] + j * dilation[1]);
          }
        }
      }
    }
    return at;
  };
  return { h: size[0], w: size[1], taps: kernel[0] * kernel[1], count: oh * ow, padding, places };
}

/** Each window as a column: x [n, c, h, w] or [c, h, w] → [n, c · kh · kw, windows], as PyTorch's. */
export function unfold(x: Tensor, kernelSize: OneOrTwo, options: UnfoldOptions = {}): Tensor {
  atMost(3, arguments.length, "unfold(x, kernelSize, { dilation, padding, stride })");
  checkTensor("unfold", x);
  if (x.ndim === 3) return squeeze(unfold(unsqueeze(x, 0), kernelSize, options), 0);
  if (x.ndim !== 4) {
    throw new ShapeError(`unfold: x must be [n, c, h, w] or [c, h, w]: it is ${show(x.shape)}`);
  }
  const [n, c, height, width] = x.shape as [number, number, number, number];
  const { h, w, taps, count, padding, places } = windowsOf(
    "unfold",
    height,
    width,
    kernelSize,
    options,
  );
  const [ph, pw] = padding;
  const padded = ph + pw > 0 ? pad(x, [pw, pw, ph, ph]) : x;
  const columns = indexSelect(reshape(padded, [n * c, h * w]), 1, indexTensor(x, places()));
  return reshape(columns, [n, c * taps, count]);
}

/** Sums the columns of `unfold` up where windows overlap: x [n, c · kh · kw, windows] → [n, c, h, w]. */
export function fold(
  x: Tensor,
  outputSize: OneOrTwo,
  kernelSize: OneOrTwo,
  options: UnfoldOptions = {},
): Tensor {
  atMost(4, arguments.length, "fold(x, outputSize, kernelSize, { dilation, padding, stride })");
  x = asFloat("fold", x);
  if (x.ndim === 2) return squeeze(fold(unsqueeze(x, 0), outputSize, kernelSize, options), 0);
  const [height, width] = pairOf("fold", "the output size", outputSize);
  const { h, w, taps, count, padding, places } = windowsOf(
    "fold",
    height,
    width,
    kernelSize,
    options,
  );
  if (x.ndim !== 3 || x.shape[1]! % taps !== 0 || x.shape[2] !== count) {
    throw new ShapeError(
      `fold: x must be [n, c · ${taps}, ${count}] or [c · ${taps}, ${count}]: it is ${
        show(x.shape)
      }`,
    );
  }
  const n = x.shape[0]!, c = x.shape[1]! / taps;
  if (wantsParts) return byConvolution(x, c, [height, width], kernelSize, options);
  const at = places();
  const index = indexTensor(x, at);
  const out = alloc(x, [n * c, h * w]);
  const kernels = kernelsOf(out);
  kernels.fill(out, 0);
  kernels.indexAdd(contiguous(x), index, out, [n * c, h * w, at.length, 1]);
  const back = (dy: Tensor) => reshape(indexSelect(dy, 1, index), x.shape);
  const sums = record("fold", out, [[x, back]], { saved: [index], differentiable: true });
  const [ph, pw] = padding;
  return pad(reshape(sums, [n, c, h, w]), [-pw, -pw, -ph, -ph]);
}

/** The same as a transposed convolution, which formats have: each tap of a kernel is 1 at its place. */
function byConvolution(
  x: Tensor,
  c: number,
  size: readonly [number, number],
  kernelSize: OneOrTwo,
  { dilation = 1, padding = 0, stride = 1 }: UnfoldOptions,
): Tensor {
  const kernel = pairOf("fold", "the kernel", kernelSize);
  const [d, p, s] = [bothOf(dilation), bothOf(padding), bothOf(stride)];
  const spans = ([0, 1] as const).map((i) => size[i] + 2 * p[i] - d[i] * (kernel[i] - 1) - 1);
  const counts = spans.map((span, i) => Math.floor(span / s[i]!) + 1);
  const rest = spans.map((span, i) => span % s[i]!) as [number, number];
  const taps = kernel[0] * kernel[1];
  const ones = Array.from(
    { length: c * taps * taps },
    (_, i) => Math.floor(i / taps) % taps === i % taps ? 1 : 0,
  );
  const shape = [c * taps, 1, ...kernel];
  const kernels = constant("fold", x.storage.device, shape, "float32", ones);
  const images = reshape(x, [x.shape[0]!, c * taps, ...counts]);
  return convTranspose2d(images, kernels, null, {
    stride: s,
    padding: p,
    dilation: d,
    outputPadding: rest,
    groups: c,
  });
}

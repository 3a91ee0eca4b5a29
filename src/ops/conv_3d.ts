/**
 * Convolution and pooling of volumes: those of images, whose channels or batches hold the depth.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  either,
  flag,
  isListOf,
  type Kind,
  kind,
  type Kinds,
  listOf,
  oneOf,
  orNull,
  whole,
} from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, div, floorDivide, mul } from "./binary.ts";
import { checkComputes } from "./check.ts";
import { conv2d } from "./conv.ts";
import { convTranspose2d } from "./conv_transpose.ts";
import { inNameOf } from "./in_name_of.ts";
import { windows } from "./overlapping.ts";
import { pad } from "./pad.ts";
import { indexTensor } from "./pad_mode.ts";
import {
  ADAPTIVE_MAX,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  type AdaptiveMaxPoolOptions,
  AVG_POOL,
  avgPool2d,
  type AvgPoolOptions,
  maxPool2d,
  type WithIndices,
} from "./pool.ts";
import { addedAt, gather, indexSelect } from "./select.ts";
import { permute, reshape, squeeze, unsqueeze } from "./view.ts";

/** One number for depth, rows and columns, or one for each. */
export type OneOrThree = number | readonly [number, number, number];

/** Options of {@link conv3d}. */
export interface Conv3dOptions {
  /** Steps of the kernel. Default: 1. */
  stride?: OneOrThree;
  /** Zeros around x; `"same"`: so many that the size stays, `"valid"`: none. Default: 0. */
  padding?: OneOrThree | "same" | "valid";
  /** Distance of the kernel's taps. Default: 1. */
  dilation?: OneOrThree;
  /** Into how many groups the channels are split; each output sees the channels of its own. */
  groups?: number;
}

/** Options of {@link convTranspose3d}. */
export interface ConvTranspose3dOptions extends Omit<Conv3dOptions, "padding"> {
  /** Zeros around what the convolution reads whose gradient it is: so much is cut off. Default: 0. */
  padding?: OneOrThree;
  /** What is added to the size at the end: below the stride or the dilation. Default: 0. */
  outputPadding?: OneOrThree;
}

/** Options of {@link maxPool3d}. */
export interface MaxPool3dOptions {
  /** Steps between windows. Default: the window's size. */
  stride?: OneOrThree | null;
  /** What is around the volume, at most half a window; it never wins. Default: 0. */
  padding?: OneOrThree;
  /** Distance of the elements of a window. Default: 1, neighbours. */
  dilation?: OneOrThree;
  /** Whether a last window may reach beyond the padded volume. Default: false. */
  ceilMode?: boolean;
  /** Whether to return besides where each maximum stands. Default: false. */
  returnIndices?: boolean;
}

/** Options of {@link avgPool3d}. */
export interface AvgPool3dOptions
  extends
    Omit<MaxPool3dOptions, "dilation" | "returnIndices">,
    Pick<AvgPoolOptions, "countIncludePad" | "divisorOverride"> {}

/** A whole number from `least` up, or three. */
export function oneOrThree(least: number): Kind {
  const { needs, isType, fits } = whole(least);
  return kind(
    `${needs}, or three`,
    (value) => isType(value) || isListOf(value, isType),
    (value) => fits(value) || (value.length === 3 && value.every(fits)),
  );
}

const [FROM_0, FROM_1] = [oneOrThree(0), oneOrThree(1)];

/** What conv3d takes. */
export const CONV_3D: Kinds<Conv3dOptions> = {
  stride: FROM_1,
  padding: either(FROM_0, oneOf("same", "valid")),
  dilation: FROM_1,
  groups: whole(1),
};
/** What convTranspose3d takes. */
export const CONV_TRANSPOSE_3D: Kinds<ConvTranspose3dOptions> = {
  ...CONV_3D,
  padding: FROM_0,
  outputPadding: FROM_0,
};
const WINDOWS = { stride: orNull(FROM_1), padding: FROM_0, ceilMode: flag };
/** What maxPool3d takes. */
export const MAX_POOL_3D: Kinds<MaxPool3dOptions> = {
  ...WINDOWS,
  dilation: FROM_1,
  returnIndices: flag,
};
/** What avgPool3d takes. */
export const AVG_POOL_3D: Kinds<AvgPool3dOptions> = {
  ...WINDOWS,
  countIncludePad: flag,
  divisorOverride: AVG_POOL.divisorOverride,
};

/** What an adaptive pool of volumes may be told. */
export const ADAPTIVE: Kind = either(orNull(whole(1)), listOf(orNull(whole(1)), 3));

type Three = [number, number, number];
type Two = [number, number];

/** All three numbers of what was checked to be one or three. */
function threeOf(value: OneOrThree): Three {
  return typeof value === "number" ? [value, value, value] : [...value];
}

/** [n, c, d, h, w] of that or of [c, d, h, w], by a function that gives as much. */
function batched(op: string, x: Tensor, run: (x: Tensor) => Tensor): Tensor {
  checkComputes(op, x);
  if (x.ndim === 5) return inNameOf(op, () => run(x));
  if (x.ndim === 4) return squeeze(inNameOf(op, () => run(unsqueeze(x, 0))), 0);
  throw new ShapeError(
    `${op}: x must be [n, c, d, h, w] or [c, d, h, w]: it is ${show(x.shape)}`,
  );
}

function checkKernel(op: string, w: Tensor, form: string): void {
  checkComputes(op, w, "the weight");
  if (w.ndim !== 5) {
    throw new ShapeError(`${op}: the weight must be ${form}: it is ${show(w.shape)}`);
  }
}

/**
 * Cross-correlation of volumes, as PyTorch's `conv3d`. x: [n, in, d, h, w] or [in, d, h, w], w: [out, in /
 * groups, kd, kh, kw], b: [out] → [n, out, od, oh, ow], sizes as in `conv2d`. It is `conv2d` of images
 * whose channels hold the kd layers that a kernel sees.
 */
export function conv3d(
  x: Tensor,
  w: Tensor,
  b?: Tensor | null,
  options: Conv3dOptions = {},
): Tensor {
  atMost(4, arguments.length, "conv3d(x, w, b, options)");
  return conv3dUnchecked(x, w, b ?? null, checkOptions("conv3d", options, CONV_3D));
}

/** The same with options that have been checked. */
export function conv3dUnchecked(
  x: Tensor,
  w: Tensor,
  b: Tensor | null,
  options: Conv3dOptions,
): Tensor {
  const op = "conv3d";
  checkKernel(op, w, "[out, in / groups, kd, kh, kw]");
  const { groups = 1, padding = 0 } = options;
  const [sd, ...stride] = threeOf(options.stride ?? 1);
  const [dd, ...dilation] = threeOf(options.dilation ?? 1);
  const [o, cg, kd, kh, kw] = w.shape as [number, number, number, number, number];
  if (padding === "same" && (sd !== 1 || stride.some((n) => n !== 1))) {
    throw new RangeError(`${op}: padding "same" needs a stride of 1: it is ${options.stride}`);
  }
  const span = dd * (kd - 1);
  const [pd, more] = padding === "same"
    ? [span >> 1, span % 2]
    : padding === "valid"
    ? [0, 0]
    : [threeOf(padding)[0], 0];
  return batched(op, x, (x) => {
    if (x.shape[2]! + 2 * pd + more < span + 1) {
      throw new ShapeError(
        `${op}: the kernel must fit into the padded input: it is ${span + 1} deep, the input ` +
          `${x.shape[2]! + 2 * pd + more}`,
      );
    }
    const deep = pd + more > 0 ? pad(x, [0, 0, 0, 0, pd, pd + more]) : x;
    // [n, c, od, h, w, kd]: of a window's layers every dd-th
    const seen = windows(deep, 2, span + 1, sd);
    const layers = dd === 1 ? seen : everyNth(seen, kd, dd);
    const [n, c, od, h, width] = layers.shape as [number, number, number, number, number];
    const images = reshape(permute(layers, [0, 2, 1, 5, 3, 4]), [n * od, c * kd, h, width]);
    const y = conv2d(images, reshape(w, [o, cg * kd, kh, kw]), b, {
      stride: stride as Two,
      padding: typeof padding === "string" ? padding : threeOf(padding).slice(1) as Two,
      dilation: dilation as Two,
      groups,
    });
    return permute(reshape(y, [n, od, ...y.shape.slice(1)]), [0, 2, 1, 3, 4]);
  });
}

/** Of the last dimension every n-th element, `count` of them. */
function everyNth(x: Tensor, count: number, n: number): Tensor {
  return indexSelect(x, -1, indexTensor(x, Array.from({ length: count }, (_, i) => i * n)));
}

/**
 * The gradient of the `conv3d` with this weight, as a layer: x [n, in, d, h, w] or [in, d, h, w], w [in,
 * out / groups, kd, kh, kw], b [out], sizes as in `convTranspose2d`.
 */
export function convTranspose3d(
  x: Tensor,
  w: Tensor,
  b?: Tensor | null,
  options: ConvTranspose3dOptions = {},
): Tensor {
  const op = "convTranspose3d";
  atMost(4, arguments.length, `${op}(x, w, b, options)`);
  const given = checkOptions(op, options, CONV_TRANSPOSE_3D);
  checkKernel(op, w, "[in, out / groups, kd, kh, kw]");
  const { groups = 1 } = given;
  const [sd, ...stride] = threeOf(given.stride ?? 1);
  const [pd, ...padding] = threeOf(given.padding ?? 0);
  const [md, ...more] = threeOf(given.outputPadding ?? 0);
  const [dd, ...dilation] = threeOf(given.dilation ?? 1);
  const [c, og, kd, kh, kw] = w.shape as [number, number, number, number, number];
  if (md >= Math.max(sd, dd)) {
    throw new RangeError(
      `${op}: outputPadding must be below the stride or the dilation: it is ${md}, they are ${sd} ` +
        `and ${dd}`,
    );
  }
  return batched(op, x, (x) => {
    const [n, , d, h, width] = x.shape as [number, number, number, number, number];
    const images = reshape(permute(x, [0, 2, 1, 3, 4]), [n * d, x.shape[1]!, h, width]);
    const y = convTranspose2d(images, reshape(w, [c, og * kd, kh, kw]), null, {
      stride: stride as Two,
      padding: padding as Two,
      outputPadding: more as Two,
      dilation: dilation as Two,
      groups,
    });
    const o = og * groups;
    const [oh, ow] = y.shape.slice(2) as Two;
    // each layer of x gives kd layers: summed up where they overlap
    const apart = permute(reshape(y, [n, d, o, kd, oh, ow]), [0, 2, 1, 3, 4, 5]);
    const places = Array.from({ length: d * kd }, (_, i) => Math.floor(i / kd) * sd + i % kd * dd);
    const deep = (d - 1) * sd + dd * (kd - 1) + 1;
    const sums = addedAt(
      reshape(apart, [n, o, d * kd, oh, ow]),
      [n, o, deep, oh, ow],
      2,
      indexTensor(y, places),
    );
    const cut = pd === 0 && md === 0 ? sums : pad(sums, [0, 0, 0, 0, -pd, md - pd]);
    return b === undefined || b === null ? cut : add(cut, reshape(b, [o, 1, 1, 1]));
  });
}

/** Pools rows and columns of each layer, then the layers of each column of elements. */
function pooled(
  x: Tensor,
  across: (images: Tensor) => Tensor,
  along: (lines: Tensor) => Tensor,
): Tensor {
  const [n, c, d, h, w] = x.shape as [number, number, number, number, number];
  const flat = across(reshape(x, [n, c * d, h, w]));
  const [oh, ow] = flat.shape.slice(2) as Two;
  const y = along(reshape(flat, [n, c, d, oh * ow]));
  return reshape(y, [n, c, y.shape[2]!, oh, ow]);
}

/** The maxima of rows and columns, then of layers, and where they stand in each volume. */
function maximaOf(
  op: string,
  x: Tensor,
  across: (images: Tensor) => [values: Tensor, indices: Tensor],
  along: (lines: Tensor) => [values: Tensor, indices: Tensor],
): [values: Tensor, indices: Tensor] {
  const places: Tensor[] = [];
  const values = batched(op, x, (x) => {
    const [n, c, d, h, w] = x.shape as [number, number, number, number, number];
    const [flat, inImage] = across(reshape(x, [n, c * d, h, w]));
    const area = flat.shape[2]! * flat.shape[3]!;
    const [y, inLines] = along(reshape(flat, [n, c, d, area]));
    const [od, lines] = [y.shape[2]!, reshape(inLines, [n, c, y.shape[2]! * area])];
    const at = gather(reshape(inImage, [n, c, d * area]), 2, lines);
    const layer = floorDivide(lines, Math.max(1, area));
    const shape = [n, c, od, ...flat.shape.slice(2)];
    places.push(reshape(add(at, mul(layer, h * w)), shape));
    return reshape(y, shape);
  });
  return [values, values.ndim === 4 ? squeeze(places[0]!, 0) : places[0]!];
}

/** The largest element of each window. x: [n, c, d, h, w] or [c, d, h, w], sizes as in `maxPool2d`. */
export function maxPool3d(
  x: Tensor,
  kernelSize: OneOrThree,
  options: WithIndices<MaxPool3dOptions>,
): [values: Tensor, indices: Tensor];
/** The same without indices. */
export function maxPool3d(x: Tensor, kernelSize: OneOrThree, options?: MaxPool3dOptions): Tensor;
export function maxPool3d(
  x: Tensor,
  kernelSize: OneOrThree,
  options: MaxPool3dOptions = {},
): Tensor | [values: Tensor, indices: Tensor] {
  const op = "maxPool3d";
  atMost(3, arguments.length, `${op}(x, kernelSize, options)`);
  const given = checkOptions(op, options, MAX_POOL_3D);
  const { padding = 0, dilation = 1, ceilMode = false, stride, returnIndices = false } = given;
  check(op, "the kernel", kernelSize, FROM_1);
  const [k, s, p, d] = [kernelSize, stride ?? kernelSize, padding, dilation].map(threeOf) as [
    Three,
    Three,
    Three,
    Three,
  ];
  const rest = (list: Three) => list.slice(1) as Two;
  const images = { stride: rest(s), padding: rest(p), dilation: rest(d), ceilMode };
  const lines = {
    stride: [s[0], 1] as const,
    padding: [p[0], 0] as const,
    dilation: [d[0], 1] as const,
    ceilMode,
  };
  if (!returnIndices) {
    return batched(op, x, (x) =>
      pooled(
        x,
        (x) => maxPool2d(x, rest(k), images),
        (x) => maxPool2d(x, [k[0], 1], lines),
      ));
  }
  return maximaOf(
    op,
    x,
    (x) => maxPool2d(x, rest(k), { ...images, returnIndices }),
    (x) => maxPool2d(x, [k[0], 1], { ...lines, returnIndices }),
  );
}

/** The largest elements of so many windows as cover a volume, and where they stand. */
export function adaptiveMaxPool3d(
  x: Tensor,
  outputSize: number | readonly (number | null)[] | null,
  options: WithIndices,
): [values: Tensor, indices: Tensor];
/** The same without indices. */
export function adaptiveMaxPool3d(
  x: Tensor,
  outputSize: number | readonly (number | null)[] | null,
  options?: AdaptiveMaxPoolOptions,
): Tensor;
export function adaptiveMaxPool3d(
  x: Tensor,
  outputSize: number | readonly (number | null)[] | null,
  options: AdaptiveMaxPoolOptions = {},
): Tensor | [values: Tensor, indices: Tensor] {
  const op = "adaptiveMaxPool3d";
  atMost(3, arguments.length, `${op}(x, outputSize, { returnIndices })`);
  check(op, "the output size", outputSize, ADAPTIVE);
  const { returnIndices = false } = checkOptions(op, options, ADAPTIVE_MAX);
  const [od, oh, ow] = Array.isArray(outputSize)
    ? outputSize
    : [outputSize, outputSize, outputSize];
  const found = maximaOf(
    op,
    x,
    (x) => adaptiveMaxPool2d(x, [oh, ow], { returnIndices: true }),
    (x) => adaptiveMaxPool2d(x, [od, null], { returnIndices: true }),
  );
  return returnIndices ? found : found[0];
}

/** The mean of each window. x: [n, c, d, h, w] or [c, d, h, w], sizes as in `avgPool2d`. */
export function avgPool3d(
  x: Tensor,
  kernelSize: OneOrThree,
  options: AvgPool3dOptions = {},
): Tensor {
  const op = "avgPool3d";
  atMost(3, arguments.length, `${op}(x, kernelSize, options)`);
  const { padding = 0, stride, divisorOverride = null, ...given } = checkOptions(
    op,
    options,
    AVG_POOL_3D,
  );
  check(op, "the kernel", kernelSize, FROM_1);
  const [k, s, p] = [kernelSize, stride ?? kernelSize, padding].map(threeOf) as [
    Three,
    Three,
    Three,
  ];
  const rest = (list: Three) => list.slice(1) as Two;
  const how = { ...given, divisorOverride: divisorOverride === null ? null : 1 };
  const y = batched(op, x, (x) =>
    pooled(
      x,
      (x) => avgPool2d(x, rest(k), { ...how, stride: rest(s), padding: rest(p) }),
      (x) => avgPool2d(x, [k[0], 1], { ...how, stride: [s[0], 1], padding: [p[0], 0] }),
    ));
  return divisorOverride === null ? y : div(y, divisorOverride);
}

/** The means of so many windows as cover a volume: [od, oh, ow], or one number; null: as it is. */
export function adaptiveAvgPool3d(
  x: Tensor,
  outputSize: number | readonly (number | null)[] | null,
): Tensor {
  const op = "adaptiveAvgPool3d";
  atMost(2, arguments.length, `${op}(x, outputSize)`);
  check(op, "the output size", outputSize, ADAPTIVE);
  const [od, oh, ow] = Array.isArray(outputSize)
    ? outputSize
    : [outputSize, outputSize, outputSize];
  return batched(op, x, (x) =>
    pooled(
      x,
      (x) => adaptiveAvgPool2d(x, [oh, ow]),
      (x) => adaptiveAvgPool2d(x, [od, null]),
    ));
}

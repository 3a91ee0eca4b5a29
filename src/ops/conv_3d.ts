/**
 * Convolution of volumes: that of images, whose channels or batches hold the depth.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
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
import { add } from "./binary.ts";
import { checkComputes } from "./check.ts";
import { conv2d } from "./conv.ts";
import { convTranspose2d } from "./conv_transpose.ts";
import { inNameOf } from "./in_name_of.ts";
import { windows } from "./overlapping.ts";
import { pad } from "./pad.ts";
import { indexTensor } from "./pad_mode.ts";
import { addedAt, indexSelect } from "./select.ts";
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

/** A number for depth, rows and columns each. */
export type Three = [number, number, number];
/** A number for rows and columns each. */
export type Two = [number, number];

/** All three numbers of what was checked to be one or three. */
export function threeOf(value: OneOrThree): Three {
  return typeof value === "number" ? [value, value, value] : [...value];
}

/** [n, c, d, h, w] of that or of [c, d, h, w], by a function that gives as much. */
export function batched(op: string, x: Tensor, run: (x: Tensor) => Tensor): Tensor {
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

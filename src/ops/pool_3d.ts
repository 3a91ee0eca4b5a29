/**
 * Pooling of volumes: rows and columns of each layer first, then the layers, by the pooling of images.
 *
 * @module
 */
import {
  atMost,
  check,
  checkOptions,
  either,
  flag,
  type Kind,
  type Kinds,
  listOf,
  orNull,
  whole,
} from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, div, floorDivide, mul } from "./binary.ts";
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
import { gather } from "./select.ts";
import { reshape, squeeze } from "./view.ts";
import { batched, type OneOrThree, oneOrThree, type Three, threeOf, type Two } from "./conv_3d.ts";

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

const [FROM_0, FROM_1] = [oneOrThree(0), oneOrThree(1)];
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

/**
 * Images of another size.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  checkOptions,
  either,
  flag,
  isPlainObject,
  type Kinds,
  listOf,
  numberThat,
  oneOf,
  orNull,
  whole,
} from "../core/options.ts";
import { numelOf } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, mul } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { inNameOf } from "./in_name_of.ts";
import { constant } from "./int32s.ts";
import { indexTensor } from "./pad_mode.ts";
import { adaptiveAvgPool2d } from "./pool.ts";
import { adaptiveAvgPool1d } from "./pool_1d.ts";
import { indexSelect } from "./select.ts";

/** How what is between elements comes about. */
export type InterpolationMode =
  | "nearest"
  | "nearest-exact"
  | "linear"
  | "bilinear"
  | "trilinear"
  | "bicubic"
  | "lanczos"
  | "area";

/** Options of {@link interpolate}: the size, or a factor. */
export interface InterpolateOptions {
  /** Lengths of what comes out, one of all dimensions or one each. */
  size?: number | readonly number[] | null;
  /** By what lengths are multiplied. */
  scaleFactor?: number | readonly number[] | null;
  /** Default: `"nearest"`. */
  mode?: InterpolationMode;
  /** Whether corners of both stand on each other, and not the edges. Default: false. */
  alignCorners?: boolean | null;
  /** Whether the step is that of the sizes and not 1 / `scaleFactor`. Default: false. */
  recomputeScaleFactor?: boolean | null;
  /**
   * Whether what shrinks is blurred first, as Pillow does it: of `"bilinear"` and `"bicubic"`, whose cubic is
   * then another, and always of `"lanczos"`. Default: false.
   */
  antialias?: boolean;
}

const factor = numberThat("a number above 0", (value) => value > 0 && value < Infinity);
/** What interpolate takes. */
export const INTERPOLATE: Kinds<InterpolateOptions> = {
  size: orNull(either(whole(1), listOf(whole(1)))),
  scaleFactor: orNull(either(factor, listOf(factor))),
  mode: oneOf(
    ...["nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic", "lanczos"],
    "area",
  ),
  alignCorners: orNull(flag),
  recomputeScaleFactor: orNull(flag),
  antialias: flag,
};

/** How many dimensions behind the channels a mode is for; 0: any. */
const RANKS: Readonly<Record<InterpolationMode, number>> = {
  "nearest": 0,
  "nearest-exact": 0,
  "linear": 1,
  "bilinear": 2,
  "trilinear": 3,
  "bicubic": 2,
  "lanczos": 2,
  "area": 0,
};

/**
 * x [n, c, …] with other lengths behind the channels, dimension by dimension: the nearest element, or a
 * line or a cubic through neighbours.
 */
export function interpolate(
  x: Tensor,
  size: number | readonly number[] | null | InterpolateOptions = null,
  more: InterpolateOptions = {},
): Tensor {
  const op = "interpolate";
  atMost(3, arguments.length, "interpolate(x, { size, scaleFactor, mode, alignCorners })");
  if (!isPlainObject(more)) checkOptions(op, more, INTERPOLATE); // which says what they must be
  const isSize = size === null || typeof size === "number" || Array.isArray(size);
  const options: InterpolateOptions = isSize
    ? { ...more, size: more.size ?? size as number | null }
    : size as object;
  const known = checkOptions(op, options, INTERPOLATE);
  const { mode = "nearest", alignCorners, recomputeScaleFactor, scaleFactor } = known;
  const { antialias = false } = known;
  if (antialias && !(mode in FILTERS)) {
    throw new TypeError(`${op}: antialias needs mode ${MODES}: the mode is "${mode}"`);
  }
  if (mode === "lanczos" && (alignCorners || !antialias)) {
    throw new TypeError(`${op}: mode "lanczos" needs antialias: true, and no alignCorners`);
  }
  x = asFloat(op, x);
  const rank = x.ndim - 2;
  if (rank < 1 || rank > 3 || (RANKS[mode] !== 0 && RANKS[mode] !== rank)) {
    const form = ["any", "[n, c, l]", "[n, c, h, w]", "[n, c, d, h, w]"][RANKS[mode]];
    throw new ShapeError(`${op}: mode "${mode}" needs ${form}: x is ${show(x.shape)}`);
  }
  if ((known.size ?? null) === null === ((scaleFactor ?? null) === null)) {
    throw new TypeError(`${op}: either size or scaleFactor must be given`);
  }
  const each = (value: number | readonly number[], what: string): readonly number[] => {
    const list = typeof value === "number" ? new Array<number>(rank).fill(value) : value;
    if (list.length === rank) return list;
    throw new ShapeError(`${op}: ${what} must be of ${rank} dimensions: it is ${show(list)}`);
  };
  const factors = scaleFactor ? each(scaleFactor, "scaleFactor") : null;
  const lengths = factors === null
    ? each(known.size!, "size")
    : factors.map((f, i) => Math.floor(x.shape[2 + i]! * f));
  if (lengths.some((n) => n < 1) || x.shape.slice(2).some((n) => n < 1)) {
    throw new ShapeError(`${op}: lengths must be at least 1: ${show(x.shape)} to ${show(lengths)}`);
  }
  if (numelOf(lengths) * Math.max(1, x.shape[0]! * x.shape[1]!) >= 2 ** 31) {
    throw new RangeError(
      `${op}: the result must have less than 2^31 elements: lengths are ${show(lengths)}`,
    );
  }
  if (mode === "area") return inNameOf(op, () => area(x, lengths));
  return lengths.reduce((y, length, i) => {
    const step = factors !== null && !recomputeScaleFactor
      ? 1 / factors[i]!
      : x.shape[2 + i]! / length;
    const how: Way = { length, step, mode, align: alignCorners ?? false, antialias };
    return along(y, 2 + i, how);
  }, x);
}

function area(x: Tensor, lengths: readonly number[]): Tensor {
  if (lengths.length === 1) return adaptiveAvgPool1d(x, lengths[0]!);
  if (lengths.length === 2) return adaptiveAvgPool2d(x, lengths as [number, number]);
  throw new ShapeError(
    `interpolate: mode "area" needs [n, c, l] or [n, c, h, w]: x is ${show(x.shape)}`,
  );
}

/** Which elements make up each of the new ones, and how much of each: a list a tap. */
interface Tap {
  at: number[];
  share: number[];
}

/** How a dimension gets another length. */
interface Way {
  length: number;
  /** How far apart what comes out is, in elements of what goes in. */
  step: number;
  mode: InterpolationMode;
  align: boolean;
  antialias: boolean;
}

function taps(n: number, { length, step, mode, align, antialias }: Way): Tap[] {
  if (antialias) {
    const apart = align ? (n - 1) / Math.max(1, length - 1) : step;
    return blurringTaps(n, length, length === 1 && align ? 0 : apart, FILTERS[mode]!);
  }
  const positions = Array.from({ length }, (_, i) => i);
  const within = (i: number) => Math.min(Math.max(i, 0), n - 1);
  if (mode === "nearest" || mode === "nearest-exact") {
    const shift = mode === "nearest" ? 0 : 0.5;
    const single = Math.fround(step); // as PyTorch has it: whole numbers are near
    const at = positions.map((i) => within(Math.floor(Math.fround((i + shift) * single))));
    return [{ at, share: [] }];
  }
  const from = positions.map((i) => {
    if (align) return length > 1 ? i * (n - 1) / (length - 1) : 0;
    const at = (i + 0.5) * step - 0.5;
    return mode === "bicubic" ? at : Math.max(0, at);
  });
  const tap = (k: number, share: (t: number) => number): Tap => ({
    at: from.map((x) => within(Math.floor(x) + k)),
    share: from.map((x) => share(x - Math.floor(x))),
  });
  if (mode !== "bicubic") return [tap(0, (t) => 1 - t), tap(1, (t) => t)];
  // Keys, "Cubic convolution interpolation for digital image processing", 1981; a = −0.75
  const weight = cubic(-0.75);
  return [-1, 0, 1, 2].map((k) => tap(k, (t) => weight(Math.abs(t - k))));
}

/** Keys's cubic of a distance. */
function cubic(a: number): (t: number) => number {
  return (t) => {
    if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
    return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
  };
}

/** sin πx / πx. */
function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** How much an element counts by its distance, and from which distance on it does not. */
type Filter = readonly [reach: number, weight: (distance: number) => number];

/** The modes that blur. */
const FILTERS: Partial<Record<InterpolationMode, Filter>> = {
  bilinear: [1, (t) => Math.max(0, 1 - t)],
  bicubic: [2, cubic(-0.5)],
  lanczos: [3, (t) => t < 3 ? sinc(t) * sinc(t / 3) : 0], // Lanczos's window of three lobes
};
const MODES = '"bilinear", "bicubic" or "lanczos"';

/** A filter as wide as the step, where that is wider than an element; shares of each sum to 1. */
function blurringTaps(n: number, length: number, step: number, [reach, weight]: Filter): Tap[] {
  const wide = Math.max(1, step);
  const rows = Array.from({ length }, (_, i) => {
    const center = (i + 0.5) * step;
    const first = Math.max(0, Math.trunc(center - reach * wide + 0.5));
    const end = Math.min(n, Math.trunc(center + reach * wide + 0.5));
    const shares = Array.from({ length: end - first }, (_, j) => {
      return weight(Math.abs(first + j + 0.5 - center) / wide);
    });
    const sum = shares.reduce((a, b) => a + b, 0);
    return { first, shares: shares.map((share) => share / sum) };
  });
  const most = Math.max(...rows.map(({ shares }) => shares.length));
  return Array.from({ length: most }, (_, k) => ({
    at: rows.map(({ first }) => Math.min(first + k, n - 1)),
    share: rows.map(({ shares }) => shares[k] ?? 0),
  }));
}

function along(x: Tensor, axis: number, way: Way): Tensor {
  const { length } = way;
  const parts = taps(x.shape[axis]!, way).map(({ at, share }) => {
    const picked = indexSelect(x, axis, indexTensor(x, at));
    if (share.length === 0) return picked;
    const shape = [length, ...x.shape.slice(axis + 1).map(() => 1)];
    return mul(picked, constant("interpolate", x.storage.device, shape, "float32", share));
  });
  return parts.reduce((sum, part) => add(sum, part));
}

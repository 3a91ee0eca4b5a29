/**
 * Variances, products, counts and other sums over all elements or along dimensions.
 *
 * @module
 */
import { isRecording, record } from "../autograd/autograd.ts";
import type { DType } from "../core/dtype.ts";
import { atMost, checkOptions, flag, type Kinds, number } from "../core/options.ts";
import { numelOf, type Shape } from "../core/shape.ts";
import { alloc, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import { canLook, look } from "../device/transfer.ts";
import { wantsParts } from "../device/watch.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { filledLike } from "./filled_like.ts";
import { inNameOf } from "./in_name_of.ts";
import { div, mul, sub } from "./binary.ts";
import { asFloat, cast } from "./cast.ts";
import { checkComputes } from "./check.ts";
import { eq, ne } from "./compare.ts";
import { int32s } from "./int32s.ts";
import { pad } from "./pad.ts";
import { amax, amin, mean } from "./reduce.ts";
import { cumprod } from "./scan.ts";
import {
  axesOf,
  checkKeepdim,
  computingType,
  type Dims,
  dropped,
  fold,
  keptShape,
  sum,
} from "./sum.ts";
import { abs, exp, log, sqrt, square } from "./unary.ts";
import { flip } from "./tile.ts";
import { contiguous, narrow, permute, reshape } from "./view.ts";
import { where } from "./where.ts";

/** Options of {@link std} and its kin. */
export interface VarOptions {
  /** What is subtracted from the number of elements. Default: 1. */
  correction?: number;
  /** false for a correction of 0. Default: true. */
  unbiased?: boolean;
  /** Whether dimensions stay, with length 1. Default: false. */
  keepdim?: boolean;
}

const VAR: Kinds<VarOptions> = { correction: number, unbiased: flag, keepdim: flag };

/** What var, std and their kin have in common. */
interface Moments {
  x: Tensor;
  axes: number[];
  kept: Shape;
  keepdim: boolean;
  /** The mean and the variance, of `kept`'s shape. */
  mean: Buffer;
  variance: Tensor;
  /** What the sum of squares was divided by: the number of elements less the correction. */
  divisor: number;
}

function momentsOf(op: string, x: Tensor, dim: Dims, options: VarOptions): Moments {
  const { unbiased = true, correction = unbiased ? 1 : 0, keepdim = false } = checkOptions(
    op,
    options,
    VAR,
  );
  x = asFloat(op, x);
  const axes = axesOf(op, x, dim);
  const kept = keptShape(x.shape, axes);
  const n = numelOf(axes.map((d) => x.shape[d]!));
  const mean = alloc(x, kept), variance = alloc(x, kept);
  if (x.numel === 0) {
    for (const out of [mean, variance]) kernelsOf(out).fill(out, NaN);
  } else {
    // the reduced dimensions to the end, unless they are the first: [1, c, n] or [n, c, 1]
    const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
    const sorted = [...axes].sort((a, b) => a - b);
    const areFirst = rest.length > 0 && sorted.every((d, i) => d === i);
    const from = contiguous(areFirst ? x.detach() : permute(x.detach(), [...rest, ...sorted]));
    const c = x.numel / n;
    const [lines, channels] = areFirst
      ? [viewOf(from, [n, c], [c, 1]), [n, c, 1] as const]
      : [viewOf(from, [1, c, n], [c * n, n, 1]), [1, c, n] as const];
    kernelsOf(x).channelMoments(lines, flat(mean), flat(variance), channels);
  }
  const divisor = Math.max(0, n - correction);
  return {
    x,
    axes,
    kept,
    keepdim,
    mean,
    divisor,
    variance: mul(record(op, variance, []), n / divisor),
  };
}

function flat(x: Buffer): Buffer {
  return viewOf(x, [x.numel], [1]);
}

/** The tensor of a result of the kept shape, whose gradient is `slope` of dy times (x − mean). */
function moment(
  op: string,
  { x, axes, kept, keepdim, mean: centre, divisor }: Moments,
  y: Tensor,
  slope: (dy: Tensor, y: Tensor) => Tensor,
): Tensor {
  if (wantsParts) { // its parts have operators
    const apart = sub(x, mean(x, axes, true));
    const n = x.numel / numelOf(kept);
    const variance = mul(mean(mul(apart, apart), axes, true), n / divisor);
    return settled(op === "std" ? sqrt(variance) : variance, axes, keepdim);
  }
  const out = dropped(y, axes, keepdim);
  const result = record(op, out, [[x, (dy: Tensor): Tensor => {
    const [value, middle] = isRecording()
      ? [reshape(result, kept), mean(x, axes, true)]
      : [y, record(op, centre, [])];
    return mul(slope(reshape(dy, kept), value), sub(x, middle));
  }]], { saved: op === "std" ? [x, centre, y] : [x, centre], differentiable: true });
  return result;
}

/** The variance of all elements or along dimensions; of n − 1, unless a correction says otherwise. */
export function var_(x: Tensor, dim?: Dims, options: VarOptions = {}): Tensor {
  atMost(3, arguments.length, "var(x, dim, { correction, unbiased, keepdim })");
  return inNameOf("var", () => {
    return varOf(momentsOf("var", x, dim, options));
  });
}

function varOf(m: Moments): Tensor {
  return moment("var", m, m.variance, (dy) => mul(dy, 2 / m.divisor));
}

/** The root of the variance of all elements or along dimensions. */
export function std(x: Tensor, dim?: Dims, options: VarOptions = {}): Tensor {
  atMost(3, arguments.length, "std(x, dim, { correction, unbiased, keepdim })");
  return inNameOf("std", () => {
    return stdOf(momentsOf("std", x, dim, options));
  });
}

function stdOf(m: Moments): Tensor {
  const root = rootOf(m);
  // a root of 0 has no gradient
  return moment("std", m, root, (dy, root) => quotient(dy, root, mul(root, m.divisor)));
}

/** The root of the variance; where squares leave float32's range, that of squares of parts of the largest. */
function rootOf({ x, axes, mean: centre, variance, divisor }: Moments): Tensor {
  if (!canLook(x) || x.numel === 0) return sqrt(variance);
  const isLost = (v: number) => v < LEAST || v === Infinity;
  if (!(look("std", variance) as Float32Array).some(isLost)) return sqrt(variance);
  const apart = abs(sub(x.detach(), record("std", centre, [])));
  const most = record("std", fold("max", apart, axes), []);
  const parts = div(apart, where(eq(most, 0), 1, most));
  return mul(most, sqrt(div(sum(square(parts), axes, true), divisor)));
}

/** Squares below have lost digits. */
const LEAST = 2 ** -100;

/** `dropped` as an op. */
export function settled(x: Tensor, axes: readonly number[], keepdim: boolean): Tensor {
  return reshape(x, dropped(x, [...axes], keepdim).shape);
}

/** a / b, and 0 where y is 0; recorded, also the gradient is 0 there. */
export function quotient(a: Tensor, y: Tensor, b: Tensor): Tensor {
  const isZero = eq(y, 0);
  return where(isZero, 0, div(a, isRecording() ? where(isZero, 1, b) : b));
}

/** The variance and the mean. */
export function varMean(x: Tensor, dim?: Dims, options: VarOptions = {}): [Tensor, Tensor] {
  atMost(3, arguments.length, "varMean(x, dim, { correction, unbiased, keepdim })");
  return inNameOf("varMean", () => {
    const m = momentsOf("varMean", x, dim, options);
    return [varOf(m), mean(m.x, dim, m.keepdim)];
  });
}

/** The root of the variance, and the mean. */
export function stdMean(x: Tensor, dim?: Dims, options: VarOptions = {}): [Tensor, Tensor] {
  atMost(3, arguments.length, "stdMean(x, dim, { correction, unbiased, keepdim })");
  return inNameOf("stdMean", () => {
    const m = momentsOf("stdMean", x, dim, options);
    return [stdOf(m), mean(m.x, dim, m.keepdim)];
  });
}

/** log Σ exp(x) along dimensions, computed from x − max so that nothing overflows. */
export function logsumexp(x: Tensor, dim: Dims, keepdim = false): Tensor {
  atMost(3, arguments.length, "logsumexp(x, dim, keepdim)");
  return inNameOf("logsumexp", () => {
    x = asFloat("logsumexp", x);
    checkKeepdim("logsumexp", keepdim);
    const axes = axesOf("logsumexp", x, dim);
    const kept = keptShape(x.shape, axes);
    const value = !wantsParts ? x.detach() : x;
    let shifted: Tensor, top: Tensor | number = 0;
    if (x.numel === 0) shifted = value;
    else {
      const most = amax(value, axes, true);
      top = where(eq(abs(most), Infinity), 0, most);
      shifted = sub(value, top);
    }
    const y = log(sum(exp(shifted), axes, true)).add(top);
    if (wantsParts) return settled(y, axes, keepdim); // its parts have operators
    const out = dropped(y, axes, keepdim);
    const result = record("logsumexp", out, [[x, (dy: Tensor): Tensor => {
      return mul(reshape(dy, kept), exp(sub(x, isRecording() ? reshape(result, kept) : y)));
    }]], { saved: [x, y], differentiable: true });
    return result;
  });
}

/** The sum of what is no NaN. Integers and bools sum to int32; the result is in a dtype. */
export function nansum(x: Tensor, dim?: Dims, keepdim = false, dtype?: DType): Tensor {
  atMost(4, arguments.length, "nansum(x, dim, keepdim, dtype)");
  return inNameOf("nansum", () => {
    checkComputes("nansum", x);
    return sum(x.dtype === "float32" ? where(ne(x, x), 0, x) : x, dim, keepdim, dtype);
  });
}

/** The mean of what is no NaN. */
export function nanmean(x: Tensor, dim?: Dims, keepdim = false, dtype?: DType): Tensor {
  atMost(4, arguments.length, "nanmean(x, dim, keepdim, dtype)");
  return inNameOf("nanmean", () => {
    x = asFloat("nanmean", x);
    const count = sum(eq(x, x), dim, keepdim);
    return div(nansum(x, dim, keepdim, dtype), count);
  });
}

/** Whether an element is true (all but 0 is), of all or along dimensions. uint8 gives uint8. */
export function any(x: Tensor, dim?: Dims, keepdim = false): Tensor {
  atMost(3, arguments.length, "any(x, dim, keepdim)");
  return inNameOf("any", () => {
    return truth("any", "max", x, dim, keepdim);
  });
}

/** Whether all elements are true (all but 0 are), of all or along dimensions. uint8 gives uint8. */
export function all(x: Tensor, dim?: Dims, keepdim = false): Tensor {
  atMost(3, arguments.length, "all(x, dim, keepdim)");
  return inNameOf("all", () => {
    return truth("all", "min", x, dim, keepdim);
  });
}

function truth(name: string, op: "max" | "min", x: Tensor, dim: Dims, keepdim: boolean): Tensor {
  checkComputes(name, x);
  checkKeepdim(name, keepdim);
  const axes = axesOf(name, x, dim);
  const bools = x.dtype === "bool" ? x : ne(x.detach(), 0);
  const isEmpty = axes.some((d) => x.shape[d] === 0);
  if (wantsParts && !isEmpty) {
    const count = sum(cast(bools, "int32"), dim, keepdim);
    return op === "max" ? ne(count, 0) : eq(count, axes.reduce((n, d) => n * x.shape[d]!, 1));
  }
  const found = isEmpty
    ? filledLike(x, op === "max" ? 0 : 1, keptShape(x.shape, axes), "bool")
    : cast(record(name, fold(op, bools, axes), []), "bool");
  const out = record(name, dropped(found, axes, keepdim), []);
  return x.dtype === "uint8" ? cast(out, "uint8") : out;
}

/** How many elements are not 0, of all or along dimensions: int32. */
export function countNonzero(x: Tensor, dim?: Dims): Tensor {
  atMost(2, arguments.length, "countNonzero(x, dim)");
  return inNameOf("countNonzero", () => {
    checkComputes("countNonzero", x);
    const ofAll = dim === undefined || dim === null;
    if (!ofAll || wantsParts || !canLook(x)) {
      return sum(x.dtype === "bool" ? x : ne(x.detach(), 0), dim);
    }
    const bools = cast(x.detach(), "bool");
    const count = countTrue(look("countNonzero", contiguous(bools)) as Uint8Array);
    return record("countNonzero", viewOf(int32s(x.storage.device, 1, [count]), [], []), []);
  });
}

/** How many of these bytes are 1, the others being 0: four sums in a word, which up to 255 stay apart. */
function countTrue(bytes: Uint8Array): number {
  const begin = Math.min(-bytes.byteOffset & 3, bytes.length), length = (bytes.length - begin) >> 2;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + begin, length);
  let count = 0;
  for (let i = 0; i < begin; i++) count += bytes[i]!;
  for (let i = begin + 4 * length; i < bytes.length; i++) count += bytes[i]!;
  for (let i = 0; i < length;) {
    let sums = 0;
    for (const end = Math.min(length, i + 255); i < end; i++) sums = (sums + words[i]!) | 0;
    count += (sums & 255) + (sums >>> 8 & 255) + (sums >>> 16 & 255) + (sums >>> 24);
  }
  return count;
}

/** The smallest and the largest element. */
export interface MinAndMax {
  /** The smallest. */
  min: Tensor;
  /** The largest. */
  max: Tensor;
}

/** The smallest and the largest element of all, or along a dimension. */
export function aminmax(x: Tensor, dim?: number, keepdim = false): MinAndMax {
  atMost(3, arguments.length, "aminmax(x, dim, keepdim)");
  return inNameOf("aminmax", () => {
    checkComputes("aminmax", x);
    return { min: amin(x, dim, keepdim), max: amax(x, dim, keepdim) };
  });
}

/**
 * The product of all elements or along a dimension, which is dropped unless `keepdim`. Integers and
 * bools give int32; the result is in a dtype.
 */
export function prod(x: Tensor, dim?: number, keepdim = false, dtype?: DType): Tensor {
  atMost(4, arguments.length, "prod(x, dim, keepdim, dtype)");
  return inNameOf("prod", () => {
    checkComputes("prod", x);
    checkKeepdim("prod", keepdim);
    if (dtype !== undefined) {
      return cast(prod(cast(x, computingType("prod", dtype)), dim, keepdim), dtype);
    }
    const axes = axesOf("prod", x, dim);
    const kept = keptShape(x.shape, axes);
    const y = record("prod", fold("prod", x, axes), []);
    const out = dropped(y, axes, keepdim);
    return record("prod", out, [[x, (dy) => {
      if (isRecording()) return mul(reshape(dy, kept), ofOthers(x, axes));
      const isZero = eq(x, 0);
      const zeros = sum(isZero, axes, true);
      // beside one 0 that one's gradient is the product of the others; beside two there is none
      const others = record("prod", fold("prod", where(isZero, 1, x), axes), []);
      const ofZero = where(eq(zeros, 1), others, 0);
      const slope = where(isZero, ofZero, where(eq(zeros, 0), div(y, x), 0));
      return mul(reshape(dy, kept), slope);
    }]], { saved: [x, y], differentiable: true });
  });
}

/** For each element the product of all others along the axes, by ops: of those before and behind it. */
function ofOthers(x: Tensor, axes: readonly number[]): Tensor {
  if (x.numel === 0) return x;
  const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const order = [...rest, ...axes];
  const turned = permute(x, order);
  const n = numelOf(axes.map((d) => x.shape[d]!));
  const line = reshape(turned, [-1, n]);
  const before = (t: Tensor) => cumprod(pad(narrow(t, 1, 0, n - 1), [1, 0], { value: 1 }), 1);
  const others = mul(before(line), flip(before(flip(line, 1)), 1));
  return permute(reshape(others, turned.shape), order.map((_, i) => order.indexOf(i)));
}

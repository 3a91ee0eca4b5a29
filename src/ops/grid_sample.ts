/**
 * Images seen at other places: by a grid of positions, such as an affine map makes.
 *
 * @module
 */
import { isRecording, record } from "../autograd/autograd.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, checkOptions, flag, type Kinds, oneOf } from "../core/options.ts";
import { checkShape, numelOf, type Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, div, mul, sub } from "./binary.ts";
import { asFloat, cast } from "./cast.ts";
import { ge, gt, le, lt } from "./compare.ts";
import { clamp } from "./elementwise.ts";
import { filledLike } from "./filled_like.ts";
import { inNameOf } from "./in_name_of.ts";
import { constant } from "./int32s.ts";
import { logicalAnd } from "./logical.ts";
import { matmul } from "./matmul.ts";
import { round } from "./pointwise.ts";
import { fmod } from "./remainder.ts";
import { gather } from "./select.ts";
import { expand } from "./sum.ts";
import { floor } from "./rounding.ts";
import { abs } from "./unary.ts";
import { contiguous, reshape, select, transpose, unsqueeze } from "./view.ts";
import { where } from "./where.ts";

/** Options of {@link gridSample}. */
export interface GridSampleOptions {
  /** How what is between pixels comes about; `"bicubic"` of images only. Default: `"bilinear"`. */
  mode?: "bilinear" | "nearest" | "bicubic";
  /** What is beyond the edges: 0, the nearest pixel, or the image mirrored. Default: `"zeros"`. */
  paddingMode?: "zeros" | "border" | "reflection";
  /** Whether −1 and 1 are the middles of the outermost pixels, and not the edges. Default: false. */
  alignCorners?: boolean;
}

const GRID_SAMPLE: Kinds<GridSampleOptions> = {
  mode: oneOf("bilinear", "nearest", "bicubic"),
  paddingMode: oneOf("zeros", "border", "reflection"),
  alignCorners: flag,
};

/** Which pixels of an axis are looked at, and how much of each there is: null, all of it. */
interface Tap {
  /** Whole numbers within the image, int32. */
  at: Tensor;
  share: Tensor | null;
}

/**
 * What images [n, c, h, w] have at the positions of a grid [n, p, q, 2] of x and y, where −1 is the left or
 * upper edge and 1 the other: [n, c, p, q]. Volumes [n, c, d, h, w] have grids [n, o, p, q, 3].
 */
export function gridSample(x: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor {
  const op = "gridSample";
  atMost(3, arguments.length, `${op}(x, grid, { mode, paddingMode, alignCorners })`);
  return inNameOf(op, () => {
    checkOptions(op, options, GRID_SAMPLE);
    x = asFloat(op, x);
    grid = asFloat(op, grid, "the grid");
    const rank = x.ndim - 2;
    if (rank < 2 || rank > 3 || (rank === 3 && options.mode === "bicubic")) {
      throw new ShapeError(
        `${op}: x must be [n, c, h, w], or [n, c, d, h, w] but for "bicubic": it is ${
          show(x.shape)
        }`,
      );
    }
    const [n, c, ...lengths] = x.shape as [number, number, ...number[]];
    if (grid.ndim !== x.ndim || grid.shape[0] !== n || grid.shape.at(-1) !== rank) {
      throw new ShapeError(
        `${op}: the grid must be [${n}, ${rank === 2 ? "p, q, 2" : "o, p, q, 3"}]: it is ${
          show(grid.shape)
        }`,
      );
    }
    if (lengths.includes(0)) {
      throw new ShapeError(`${op}: images must have pixels: they are ${show(x.shape)}`);
    }
    const size = numelOf(lengths), to = grid.shape.slice(1, -1);
    const points = reshape(grid, [n, -1, rank]);
    // the last of a position is for the first axis
    const axes = lengths.map((length, d) =>
      taps(select(points, -1, rank - 1 - d), length, options)
    );
    const image = reshape(x, [n, c, size]);
    let sum: Tensor | null = null;
    for (const chosen of combined(axes)) {
      const at = chosen.map((tap) => tap.at).reduce((at, next, d) =>
        add(mul(at, lengths[d]!), next)
      );
      const points = at.shape[1]!;
      const picked = gather(image, 2, contiguous(expand(unsqueeze(at, 1), [n, c, points])));
      const shares = chosen.map(({ share }) => share).filter((share) => share !== null);
      const part = shares.length === 0
        ? picked
        : mul(picked, unsqueeze(shares.reduce((a, b) => mul(a, b)), 1));
      sum = sum === null ? part : add(sum, part);
    }
    const y = reshape(sum!, [n, c, ...to]);
    return options.mode === "nearest" ? withStillGrid(op, y, grid) : y;
  });
}

/** y with a gradient of 0 for the grid: the same pixels are nearest where it moves a little. */
function withStillGrid(op: string, y: Tensor, grid: Tensor): Tensor {
  if (!isRecording() || !grid.requiresGrad) return y;
  return record(op, y, [[y, (dy) => dy], [grid, (dy) => filledLike(dy, 0, grid.shape)]], {
    saved: [],
    differentiable: true,
  });
}

/** All ways to choose a tap of each axis. */
function combined(axes: readonly Tap[][]): Tap[][] {
  return axes.reduce<Tap[][]>((all, taps) => all.flatMap((some) => taps.map((t) => [...some, t])), [
    [],
  ]);
}

/** The taps of an axis for positions from −1 to 1. */
function taps(position: Tensor, length: number, options: GridSampleOptions): Tap[] {
  const { mode = "bilinear", paddingMode = "zeros", alignCorners = false } = options;
  const pixel = alignCorners
    ? mul(add(position, 1), (length - 1) / 2)
    : sub(mul(add(position, 1), length / 2), 0.5);
  const within = (at: Tensor) =>
    paddingMode === "zeros"
      ? at
      : bounded(paddingMode === "border" ? at : mirrored(at, length, alignCorners), length);
  const tap = (at: Tensor, share: Tensor | null): Tap => {
    const place = cast(clamp(at, { min: 0, max: length - 1 }), "int32");
    if (paddingMode !== "zeros") return { at: place, share };
    const isInside = cast(logicalAnd(ge(at, 0), le(at, length - 1)), "float32");
    return { at: place, share: share === null ? isInside : mul(share, isInside) };
  };
  if (mode === "nearest") return [tap(round(within(pixel).detach()), null)];
  if (mode === "bilinear") {
    const at = within(pixel), before = floor(at.detach());
    const t = sub(at, before);
    return [tap(before, sub(1, t)), tap(add(before, 1), t)];
  }
  const before = floor(pixel.detach());
  const t = sub(pixel, before);
  const places = [-1, 0, 1, 2].map((k) => within(add(before, k)));
  const shares = [far(add(t, 1)), near(t), near(sub(1, t)), far(sub(2, t))];
  return places.map((at, i) => tap(at, shares[i]!));
}

// Keys, "Cubic convolution interpolation for digital image processing", 1981; a = −0.75
const A = -0.75;
const near = (t: Tensor) => add(mul(mul(sub(mul(t, A + 2), A + 3), t), t), 1);
const far = (t: Tensor) => sub(mul(add(mul(sub(mul(t, A), 5 * A), t), 8 * A), t), 4 * A);

/** Between the middles of the outermost pixels; whatever is not between has no gradient. */
function bounded(at: Tensor, length: number): Tensor {
  const isBetween = logicalAnd(gt(at, 0), lt(at, length - 1));
  return where(isBetween, at, clamp(at.detach(), { min: 0, max: length - 1 }));
}

/** Thrown back at the edges as often as it takes. */
function mirrored(at: Tensor, length: number, alignCorners: boolean): Tensor {
  const [low, span] = alignCorners ? [0, length - 1] : [-0.5, length];
  if (span === 0) return filledLike(at, 0);
  const away = abs(sub(at, low));
  const rest = fmod(away, span);
  const isOdd = gt(fmod(floor(div(away.detach(), span)), 2), 0);
  return add(where(isOdd, sub(span, rest), rest), low);
}

/** Options of {@link affineGrid}. */
export interface AffineGridOptions {
  /** As `gridSample` is to take the grid. Default: false. */
  alignCorners?: boolean;
}

const AFFINE: Kinds<AffineGridOptions> = { alignCorners: flag };

/**
 * The grid by which `gridSample` sees images of a size [n, c, h, w] moved by affine maps θ [n, 2, 3]:
 * [n, h, w, 2]. For [n, c, d, h, w], θ [n, 3, 4] → [n, d, h, w, 3].
 */
export function affineGrid(theta: Tensor, size: Shape, options: AffineGridOptions = {}): Tensor {
  const op = "affineGrid";
  atMost(3, arguments.length, `${op}(theta, size, { alignCorners })`);
  return inNameOf(op, () => {
    const { alignCorners = false } = checkOptions(op, options, AFFINE);
    theta = asFloat(op, theta, "theta");
    checkShape(op, size);
    const lengths = size.slice(2), rank = lengths.length;
    const needed = [size[0]!, rank, rank + 1];
    if (rank < 2 || rank > 3 || needed.some((n, i) => theta.shape[i] !== n) || theta.ndim !== 3) {
      throw new ShapeError(
        `${op}: theta must be [n, 2, 3] for [n, c, h, w], or [n, 3, 4] for [n, c, d, h, w]: it is ${
          show(theta.shape)
        }, the size is ${show(size)}`,
      );
    }
    const points = numelOf(lengths);
    const base = new Float32Array(points * (rank + 1)).fill(1);
    for (let p = 0; p < points; p++) {
      for (let d = rank - 1, rest = p; d >= 0; d--) {
        const length = lengths[d]!, i = rest % length;
        const middle = i - (length - 1) / 2, half = (alignCorners ? length - 1 : length) / 2;
        base[p * (rank + 1) + rank - 1 - d] = half === 0 ? 0 : middle / half;
        rest = Math.floor(rest / length);
      }
    }
    const places = constant(op, theta.storage.device, [1, points, rank + 1], "float32", base);
    return reshape(matmul(places, transpose(theta, 1, 2)), [size[0]!, ...lengths, rank]);
  });
}

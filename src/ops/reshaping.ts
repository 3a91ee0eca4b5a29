/**
 * Other shapes and orders of dimensions, made of the views in `view.ts`.
 *
 * @module
 */
import { LINEAR, record } from "../autograd/autograd.ts";
import { viewOf } from "../device/buffer.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, describe } from "../core/options.ts";
import {
  axisOrFirst,
  checkList,
  inferShape,
  isChannelsLast,
  type Shape,
  viewStrides,
} from "../core/shape.ts";
import { inNameOf } from "./in_name_of.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "./check.ts";
import { expand } from "./sum.ts";
import { permute, reshape, transpose, unsqueeze } from "./view.ts";

/**
 * x in another shape over the same memory; one length may be −1. ShapeError where only a copy can have
 * that shape: `reshape` makes one, and so does this of images whose channels lie last, as convolutions
 * and pools give them.
 */
export function view(x: Tensor, shape: Shape): Tensor {
  atMost(2, arguments.length, "view(x, shape)");
  checkTensor("view", x);
  const to = inferShape("view", x.shape, shape);
  const strides = viewStrides(x.shape, x.strides, to);
  if (strides === null && areImages(x)) return reshape(x, to);
  if (strides === null) {
    throw new ShapeError(
      `view: ${show(x.shape)} with strides ${show(x.strides)} cannot be seen as ${show(to)} ` +
        `without a copy: use reshape()`,
    );
  }
  return record("view", viewOf(x, to, strides), [[x, (dy) => reshape(dy, x.shape)]], LINEAR);
}

/** Whether x lies in memory as a convolution or a pool gives it: channels last, of a batch or of one. */
function areImages({ shape, strides }: Tensor): boolean {
  if (shape.length < 3) return false;
  return isChannelsLast(shape, strides) || isChannelsLast([1, ...shape], [0, ...strides]);
}

/** x over the same memory in the shape of another tensor. */
export function viewAs(x: Tensor, other: Tensor): Tensor {
  atMost(2, arguments.length, "viewAs(x, other)");
  return inNameOf("viewAs", () => {
    checkTensor("viewAs", other, "the other");
    return view(x, other.shape);
  });
}

/** x in the shape of another tensor: a view where the memory allows it, else a copy. */
export function reshapeAs(x: Tensor, other: Tensor): Tensor {
  atMost(2, arguments.length, "reshapeAs(x, other)");
  return inNameOf("reshapeAs", () => {
    checkTensor("reshapeAs", other, "the other");
    return reshape(x, other.shape);
  });
}

/** x with dimensions of length 1 repeated to the shape of another tensor. */
export function expandAs(x: Tensor, other: Tensor): Tensor {
  atMost(2, arguments.length, "expandAs(x, other)");
  return inNameOf("expandAs", () => {
    checkTensor("expandAs", other, "the other");
    return expand(x, other.shape);
  });
}

/** x as a vector. */
export function ravel(x: Tensor): Tensor {
  atMost(1, arguments.length, "ravel(x)");
  return inNameOf("ravel", () => {
    return reshape(x, [-1]);
  });
}

/** One dimension divided into several, whose product it is; one length may be −1. */
export function unflatten(x: Tensor, dim: number, sizes: Shape): Tensor {
  atMost(3, arguments.length, "unflatten(x, dim, sizes)");
  checkTensor("unflatten", x);
  const axis = axisOrFirst("unflatten", dim, x.ndim);
  checkList("unflatten", "the sizes", sizes);
  if (sizes.length === 0) {
    throw new ShapeError("unflatten: at least one size is needed: there is none");
  }
  const length = x.ndim === 0 ? 1 : x.shape[axis]!;
  const to = inferShape("unflatten", [length], sizes);
  return reshape(x, [...x.shape.slice(0, axis), ...to, ...x.shape.slice(axis + 1)]);
}

/** Dimensions moved from some places to others; the rest keep their order. */
export function movedim(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  atMost(3, arguments.length, "movedim(x, source, destination)");
  checkTensor("movedim", x);
  const axesOf = (dims: number | readonly number[]): number[] =>
    (Array.isArray(dims) ? dims : [dims]).map((d) => axisOrFirst("movedim", d, x.ndim));
  const [from, to] = [axesOf(source), axesOf(destination)];
  const once = (list: number[]) => new Set(list).size === list.length;
  if (from.length !== to.length || !once(from) || !once(to)) {
    throw new ShapeError(
      `movedim: as many places as dimensions are needed, each once: they are ${
        describe(source)
      } and ` +
        describe(destination),
    );
  }
  if (x.ndim === 0) return permute(x, []);
  const rest = x.shape.map((_, i) => i).filter((i) => !from.includes(i));
  const order = x.shape.map((_, i) => to.includes(i) ? from[to.indexOf(i)]! : rest.shift()!);
  return permute(x, order);
}

/** {@link movedim}, by NumPy's name. */
export function moveaxis(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  atMost(3, arguments.length, "moveaxis(x, source, destination)");
  return inNameOf("moveaxis", () => {
    return movedim(x, source, destination);
  });
}

/** {@link transpose}, by NumPy's name. */
export function swapaxes(x: Tensor, axis0: number, axis1: number): Tensor {
  atMost(3, arguments.length, "swapaxes(x, axis0, axis1)");
  return inNameOf("swapaxes", () => {
    return transpose(x, axis0, axis1);
  });
}

/** {@link transpose}, by its other name. */
export function swapdims(x: Tensor, dim0: number, dim1: number): Tensor {
  atMost(3, arguments.length, "swapdims(x, dim0, dim1)");
  return inNameOf("swapdims", () => {
    return transpose(x, dim0, dim1);
  });
}

/** x with at least one dimension: a scalar becomes a vector of one. */
export function atleast1d(x: Tensor): Tensor {
  atMost(1, arguments.length, "atleast1d(x)");
  checkTensor("atleast1d", x);
  return x.ndim === 0 ? reshape(x, [1]) : x;
}

/** x with at least two dimensions: a vector becomes a row. */
export function atleast2d(x: Tensor): Tensor {
  atMost(1, arguments.length, "atleast2d(x)");
  checkTensor("atleast2d", x);
  return x.ndim === 0 ? reshape(x, [1, 1]) : x.ndim === 1 ? unsqueeze(x, 0) : x;
}

/** x with at least three dimensions: [n] becomes [1, n, 1] and [n, m] becomes [n, m, 1]. */
export function atleast3d(x: Tensor): Tensor {
  atMost(1, arguments.length, "atleast3d(x)");
  checkTensor("atleast3d", x);
  if (x.ndim === 0) return reshape(x, [1, 1, 1]);
  if (x.ndim === 1) return unsqueeze(unsqueeze(x, 0), 2);
  return x.ndim === 2 ? unsqueeze(x, 2) : x;
}

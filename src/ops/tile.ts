/**
 * Copies in which parts of a tensor are repeated, turned round or moved along.
 *
 * @module
 */
import { LINEAR, record } from "../autograd/autograd.ts";
import { alloc, kernelsOf, viewOf } from "../device/buffer.ts";
import { canLook, look } from "../device/transfer.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  describe,
  either,
  integer,
  listOf,
  orNull,
  whole,
} from "../core/options.ts";
import { axisOrFirst, checkShape, type Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { clone, owned } from "./cast.ts";
import { checkSameDevice, checkTensor } from "./check.ts";
import { int32s } from "./int32s.ts";
import { cat } from "./join.ts";
import { indices, pickAt } from "./select.ts";
import { expand } from "./sum.ts";
import { flatten, narrow, reshape, transpose, unsqueeze } from "./view.ts";

/** x repeated so often along each dimension; more numbers than dimensions add dimensions in front. */
export function repeat(x: Tensor, sizes: Shape): Tensor {
  atMost(2, arguments.length, "repeat(x, sizes)");
  checkTensor("repeat", x);
  checkShape("repeat", sizes);
  if (sizes.length < x.ndim) {
    throw new ShapeError(
      `repeat: a number a dimension is needed: x is ${show(x.shape)}, they are ${show(sizes)}`,
    );
  }
  const from = [...new Array<number>(sizes.length - x.ndim).fill(1), ...x.shape];
  const apart = reshape(x, from.flatMap((n) => [1, n])); // [1, n0, 1, n1, …]
  const wide = expand(apart, from.flatMap((n, i) => [sizes[i]!, n]));
  return owned(reshape(wide, from.map((n, i) => n * sizes[i]!)), x);
}

/** {@link repeat} in which fewer numbers than dimensions count for the last ones. */
export function tile(x: Tensor, dims: Shape): Tensor {
  atMost(2, arguments.length, "tile(x, dims)");
  checkTensor("tile", x);
  checkShape("tile", dims);
  return repeat(x, [...new Array(Math.max(0, x.ndim - dims.length)).fill(1), ...dims]);
}

const GIVE_REPEATS = "give the host the repeats, x may stay: write " +
  "x.repeatInterleave(await repeats.cpu(), dim)";

/**
 * Each position along a dimension repeated, `repeats` times or, given a vector of int32, each as often
 * as it says. Without a dimension x counts as a vector.
 */
export function repeatInterleave(x: Tensor, repeats: number | Tensor, dim?: number): Tensor {
  atMost(3, arguments.length, "repeatInterleave(x, repeats, dim)");
  const op = "repeatInterleave";
  checkTensor(op, x);
  if (dim === undefined) return repeatInterleave(reshape(x, [-1]), repeats, 0);
  const axis = axisOrFirst(op, dim, x.ndim);
  if (x.ndim === 0) x = reshape(x, [1]);
  const n = x.shape[axis]!;
  if (typeof repeats === "number") {
    check(op, "the repeats", repeats, whole(0));
    const wide = x.shape.toSpliced(axis + 1, 0, repeats);
    return owned(reshape(expand(unsqueeze(x, axis + 1), wide), x.shape.with(axis, n * repeats)), x);
  }
  checkTensor(op, repeats, "the repeats");
  const isSeen = canLook(repeats) && !canLook(x); // as an index, they may be on the CPU
  if (!isSeen) checkSameDevice(op, repeats, x, "the repeats");
  if (repeats.numel === 1) {
    return repeatInterleave(x, look(op, indices(op, repeats), GIVE_REPEATS)[0] as number, axis);
  }
  if (repeats.ndim !== 1 || repeats.numel !== n) {
    throw new ShapeError(
      `${op}: the repeats must be [${n}], one for each position in dimension ${dim} of ` +
        `${show(x.shape)}: they are ${show(repeats.shape)}`,
    );
  }
  const list: number[] = [];
  const counts = look(op, indices(op, repeats, "repeats"), GIVE_REPEATS) as Int32Array;
  for (let i = 0; i < n; i++) {
    check(op, "each of the repeats", counts[i]!, whole(0));
    for (let j = 0; j < counts[i]!; j++) list.push(i);
  }
  return pickAt(op, x, axis, int32s(x.storage.device, list.length, list));
}

/** x with the order along these dimensions turned round: a copy. */
export function flip(x: Tensor, dims: number | readonly number[]): Tensor {
  atMost(2, arguments.length, "flip(x, dims)");
  checkTensor("flip", x);
  check("flip", "the dimensions", dims, DIMS);
  const axes = (typeof dims === "number" ? [dims] : dims).map((d) =>
    axisOrFirst("flip", d, x.ndim)
  );
  if (new Set(axes).size !== axes.length) {
    throw new ShapeError(`flip: each dimension may be named once: they are ${describe(dims)}`);
  }
  return turned("flip", x, axes);
}

/** A copy of what is read from the ends of some axes on. */
function turned(op: string, x: Tensor, axes: readonly number[]): Tensor {
  if (x.ndim === 0 || x.numel === 0 || axes.length === 0) return clone(x);
  const strides = x.strides.map((stride, axis) => axes.includes(axis) ? -stride : stride);
  const ends = axes.reduce((at, axis) => at + (x.shape[axis]! - 1) * x.strides[axis]!, x.offset);
  const out = alloc(x, x.shape, x.dtype);
  kernelsOf(out).copy(viewOf(x, x.shape, strides, ends), out);
  return record("flip", out, [[x, (dy) => turned(op, dy, axes)]], LINEAR);
}

/** x, of at least two dimensions, with its columns from right to left. */
export function fliplr(x: Tensor): Tensor {
  atMost(1, arguments.length, "fliplr(x)");
  checkTensor("fliplr", x);
  if (x.ndim < 2) throw tooFlat("fliplr", x, 2);
  return turned("fliplr", x, [1]);
}

/** x, of at least one dimension, with its rows from bottom to top. */
export function flipud(x: Tensor): Tensor {
  atMost(1, arguments.length, "flipud(x)");
  checkTensor("flipud", x);
  if (x.ndim < 1) throw tooFlat("flipud", x, 1);
  return turned("flipud", x, [0]);
}

function tooFlat(op: string, x: Tensor, least: number): ShapeError {
  const what = least === 1 ? "a dimension is" : `${least} dimensions are`;
  return new ShapeError(`${op}: at least ${what} needed: it is ${show(x.shape)}`);
}

/** x turned by a quarter `k` times in the plane of two dimensions, from the first towards the second. */
export function rot90(x: Tensor, k = 1, dims: readonly number[] = [0, 1]): Tensor {
  atMost(3, arguments.length, "rot90(x, k, dims)");
  checkTensor("rot90", x);
  check("rot90", "k", k, integer);
  check("rot90", "the dimensions", dims, listOf(integer, 2, "two whole numbers"));
  if (x.ndim < 2) throw tooFlat("rot90", x, 2);
  const [a, b] = dims.map((d) => axisOrFirst("rot90", d, x.ndim)) as [number, number];
  if (a === b) {
    throw new ShapeError(`rot90: two dimensions are needed: they are ${describe(dims)}`);
  }
  switch (((k % 4) + 4) % 4) {
    case 0:
      return clone(x);
    case 1:
      return transpose(turned("rot90", x, [b]), a, b);
    case 2:
      return turned("rot90", x, [a, b]);
    default:
      return turned("rot90", transpose(x, a, b), [b]);
  }
}

/**
 * x moved along: what goes beyond the end comes in at the beginning. By `shifts` along `dims`, one each;
 * without dimensions x counts as a vector and keeps its shape.
 */
export function roll(
  x: Tensor,
  shifts: number | readonly number[],
  dims?: number | readonly number[] | null,
): Tensor {
  atMost(3, arguments.length, "roll(x, shifts, dims)");
  checkTensor("roll", x);
  check("roll", "the shifts", shifts, DIMS);
  check("roll", "the dimensions", dims ?? null, orNull(DIMS));
  const by = typeof shifts === "number" ? [shifts] : shifts;
  const along = dims === undefined || dims === null ? [] : typeof dims === "number" ? [dims] : dims;
  if (along.length === 0 && by.length === 1) {
    return reshape(rolled(flatten(x), by[0]!, 0), x.shape);
  }
  if (by.length !== along.length || by.length === 0) {
    throw new ShapeError(
      `roll: as many shifts as dimensions are needed: they are ${describe(shifts)} and ` +
        describe(dims),
    );
  }
  const axes = along.map((d) => axisOrFirst("roll", d, x.ndim));
  if (x.ndim === 0) return clone(x);
  return axes.reduce((y, axis, i) => rolled(y, by[i]!, axis), x);
}

function rolled(x: Tensor, by: number, axis: number): Tensor {
  const n = x.shape[axis]!;
  if (n === 0) return clone(x);
  const start = ((by % n) + n) % n;
  if (start === 0) return clone(x);
  return cat([narrow(x, axis, n - start, start), narrow(x, axis, 0, n - start)], axis);
}

const DIMS = either(integer, listOf(integer));

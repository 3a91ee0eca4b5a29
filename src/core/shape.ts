/**
 * Shape arithmetic: pure functions on arrays of numbers.
 *
 * @module
 */
import { ShapeError, show } from "./errors.ts";
import { describe } from "./options.ts";

/** Lengths of a tensor's dimensions, outermost first. */
export type Shape = readonly number[];

/** How many elements a shape holds; 1 for a scalar's `[]`. */
export function numelOf(shape: Shape): number {
  let n = 1;
  for (let i = 0; i < shape.length; i++) n *= shape[i]!;
  return n;
}

/** Row-major strides, in elements: `[2, 3]` → `[3, 1]`. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  return strides;
}

/** Whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * Whether strides are row-major for a shape; dimensions of length 1 may have any stride, and where there
 * are no elements all may.
 */
export function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const n = shape[i]!;
    if (n === 0) return true;
    if (n !== 1) {
      if (strides[i] !== step) return numelOf(shape) === 0;
      step *= n;
    }
  }
  return true;
}

/** Whether strides hold [n, c, ...] in memory as [n, ..., c]; dimensions of length 1 may have any. */
export function isChannelsLast(shape: Shape, strides: readonly number[]): boolean {
  let step = 1;
  for (let i = 0; i < shape.length; i++) {
    const dim = i === 0 ? 1 : i === shape.length - 1 ? 0 : shape.length - i; // 1, last … 2, 0
    const n = shape[dim]!;
    if (n !== 1 && strides[dim] !== step) return false;
    step *= n;
  }
  return true;
}

/** Whether the elements fill one span of memory, in whatever order of dimensions. */
export function isDense(shape: Shape, strides: readonly number[]): boolean {
  let left = 0; // dimensions of more than one element
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] === 0) return true;
    if (shape[i] !== 1) left++;
  }
  for (let step = 1; left > 0; left--) { // each time the one that lies next in memory
    let i = 0;
    while (i < shape.length && (shape[i] === 1 || strides[i] !== step)) i++;
    if (i === shape.length) return false;
    step *= shape[i]!;
  }
  return true;
}

/**
 * Whether two elements may stand in one place: false where each dimension steps over all that those of
 * smaller steps reach, as in views of dense memory but expanded ones and windows.
 */
export function mayOverlap(shape: Shape, strides: readonly number[]): boolean {
  let reach = 0;
  for (const i of strides.map((_, i) => i).sort((i, j) => strides[i]! - strides[j]!)) {
    const more = shape[i]! - 1;
    if (more > 0 && strides[i]! <= reach) return true;
    reach += strides[i]! * more;
  }
  return false;
}

/** Whether two strides lay a shape out alike: wherever a dimension has more than one element. */
export function sameLayout(
  shape: Shape,
  a: readonly number[],
  b: readonly number[],
): boolean {
  for (let i = 0; i < shape.length; i++) if (shape[i] !== 1 && a[i] !== b[i]) return false;
  return true;
}

/** A dimension counted from the front: `-1` is the last. Throws where there is no such dimension. */
export function axisOf(op: string, dim: number, ndim: number): number {
  const axis = Number.isInteger(dim) ? dim < 0 ? dim + ndim : dim : -1;
  if (axis < 0 || axis >= ndim) {
    throw new ShapeError(
      ndim === 0
        ? `${op}: a scalar has no dimension ${describe(dim)}`
        : `${op}: dimension must be from ${-ndim} to ${ndim - 1}: it is ${describe(dim)}`,
    );
  }
  return axis;
}

/** The same where a scalar counts as a vector of one. */
export function axisOrFirst(op: string, dim: number, ndim: number): number {
  return axisOf(op, dim, Math.max(1, ndim));
}

/** Throws unless it is an array of whole numbers of at least 0. */
export function checkShape(op: string, shape: Shape): void {
  if (!Array.isArray(shape)) checkList(op, "the shape", shape);
  for (let i = 0; i < shape.length; i++) {
    if (!Number.isSafeInteger(shape[i]) || shape[i]! < 0) {
      throw new ShapeError(
        `${op}: lengths must be whole numbers of at least 0: the shape is ${showAny(shape)}`,
      );
    }
  }
}

/** Throws unless it is an array of numbers, without holes. */
export function checkList(op: string, what: string, list: readonly number[]): void {
  if (!Array.isArray(list)) {
    throw new ShapeError(`${op}: ${what} must be an array, as [2, 3] is: it is ${describe(list)}`);
  }
  for (let i = 0; i < list.length; i++) {
    if (typeof list[i] === "number") continue;
    throw new ShapeError(`${op}: ${what} must be an array of numbers: it is ${describe(list)}`);
  }
}

/** What should be a shape, as messages show it. */
function showAny(shape: readonly unknown[]): string {
  return `[${shape.map(describe).join(", ")}]`;
}

/**
 * The shape that two shapes broadcast to, by NumPy's rule: aligned at the end, lengths are equal
 * or one of them is 1. Throws ShapeError naming the dimension that does not fit.
 */
export function broadcastShape(op: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const ndim = Math.max(a.length, b.length);
  const out = new Array<number>(ndim);
  for (let i = 1; i <= ndim; i++) {
    const p = a[a.length - i] ?? 1;
    const q = b[b.length - i] ?? 1;
    if (p !== q && p !== 1 && q !== 1) {
      throw new ShapeError(
        `${op}: shapes must broadcast: a is ${show(a)}, b is ${show(b)}, ` +
          `which differ in dimension ${-i} (${p} and ${q})`,
      );
    }
    out[ndim - i] = p === 1 ? q : p;
  }
  return out;
}

/** Strides that read a tensor as if it had the larger shape: 0 along every repeated dimension. */
export function expandStrides(shape: Shape, strides: readonly number[], to: Shape): number[] {
  const lead = to.length - shape.length;
  return to.map((n, i) => i < lead || (shape[i - lead] === 1 && n !== 1) ? 0 : strides[i - lead]!);
}

/** A shape with one `-1` filled in so that it holds `numel` elements. Throws ShapeError. */
export function inferShape(op: string, from: Shape, to: Shape): Shape {
  if (!Array.isArray(to)) checkList(op, "the shape", to);
  const numel = numelOf(from);
  const at = to.indexOf(-1);
  if (at < 0) {
    checkShape(op, to);
    if (numelOf(to) !== numel) {
      throw new ShapeError(
        `${op}: ${show(from)} has ${numel} elements, ${show(to)} has ${numelOf(to)}`,
      );
    }
    return [...to]; // the caller may change its own
  }
  checkList(op, "the shape", to);
  const rest = to.filter((_, i) => i !== at);
  if (rest.includes(-1)) {
    throw new ShapeError(`${op}: one length at most may be -1: the shape is ${show(to)}`);
  }
  checkShape(op, rest);
  const known = numelOf(rest);
  if (known === 0 || numel % known !== 0) {
    throw new ShapeError(`${op}: ${show(from)} with ${numel} elements does not fit ${show(to)}`);
  }
  return to.map((n) => n === -1 ? numel / known : n);
}

/**
 * Strides of a view with another shape, or null where only a copy can have it. Neighbouring
 * dimensions that lie row-major in memory can be merged and split freely; others cannot.
 */
export function viewStrides(
  shape: Shape,
  strides: readonly number[],
  to: Shape,
): number[] | null {
  if (isContiguous(shape, strides)) return stridesOf(to);
  const out = new Array<number>(to.length);
  let j = to.length - 1;
  let i = shape.length - 1;
  while (i >= 0) {
    // one run of dimensions of the source that lie row-major: [i0, i]
    let run = shape[i]!;
    const base = strides[i]!;
    while (i > 0 && (shape[i - 1] === 1 || strides[i - 1] === base * run)) run *= shape[--i]!;
    // the dimensions of the target that make up the same run
    let step = base;
    let left = run;
    while (j >= 0 && (left > 1 || to[j] === 1)) {
      if (left % to[j]! !== 0) return null;
      out[j] = step;
      step *= to[j]!;
      left /= to[j]!;
      j--;
    }
    if (left !== 1) return null;
    i--;
  }
  while (j >= 0) out[j--] = 1; // leading ones
  return out;
}

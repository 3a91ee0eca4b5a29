/** Arrays of the reference: row-major, without strides, numbers of any dtype as float64. */

/** Element types. */
export type Dtype = "float32" | "int32" | "uint8" | "bool";

/** Lengths of dimensions, outermost first. */
export type Shape = readonly number[];

/** An array. Nothing changes one: each function makes a new one. */
export interface NDArray {
  readonly shape: Shape;
  readonly dtype: Dtype;
  readonly data: Float64Array;
}

/** A call that no array allows: shapes, dtypes or numbers do not fit. */
export class Unfit extends Error {
  override name = "Unfit";
}

/** Throws unless a condition holds. */
export function need(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Unfit(what);
}

/** How many elements a shape holds. */
export function count(shape: Shape): number {
  return shape.reduce((n, length) => n * length, 1);
}

/** An array of given elements. */
export function array(
  shape: Shape,
  data: ArrayLike<number>,
  dtype: Dtype = "float32",
): NDArray {
  const own = data instanceof Float64Array ? data : Float64Array.from(data);
  need(own.length === count(shape), `${own.length} elements for [${shape}]`);
  return { shape, dtype, data: own };
}

/** One value everywhere. */
export function filled(shape: Shape, value: number, dtype: Dtype = "float32"): NDArray {
  return array(shape, new Float64Array(count(shape)).fill(value), dtype);
}

/** 0, 1, 2 … */
export function iota(shape: Shape): NDArray {
  return array(shape, Float64Array.from({ length: count(shape) }, (_, i) => i), "int32");
}

/** Whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** A dimension counted from the front. */
export function axisOf(dim: number, ndim: number): number {
  const axis = dim < 0 ? dim + ndim : dim;
  need(Number.isInteger(axis) && axis >= 0 && axis < ndim, `dimension ${dim} of ${ndim}`);
  return axis;
}

/** Row-major steps between neighbours along each dimension. */
export function stepsOf(shape: Shape): number[] {
  return shape.map((_, i) => count(shape.slice(i + 1)));
}

/** Where each element of a shape stands, by the steps along its dimensions, in row-major order. */
export function positions(shape: Shape, steps: readonly number[], offset = 0): Int32Array {
  const out = new Int32Array(count(shape));
  if (out.length === 0) return out;
  let filled = 1;
  out[0] = offset;
  // from the last dimension to the first: what is there so far is repeated, a step further each time
  for (let d = shape.length - 1; d >= 0; d--) {
    const block = filled;
    for (let i = 1; i < shape[d]!; i++) {
      for (let j = 0; j < block; j++) out[filled++] = out[j]! + i * steps[d]!;
    }
  }
  return out;
}

/** The elements at some positions, in a shape of their own. */
export function picked(x: NDArray, shape: Shape, at: ArrayLike<number>): NDArray {
  const data = new Float64Array(at.length);
  for (let i = 0; i < at.length; i++) data[i] = x.data[at[i]!]!;
  return array(shape, data, x.dtype);
}

/** The shape that shapes broadcast to. */
export function broadcastShape(...shapes: Shape[]): Shape {
  const ndim = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: ndim }, (_, i) => {
    const lengths = shapes.map((shape) => shape[i - ndim + shape.length] ?? 1);
    const length = lengths.find((n) => n !== 1) ?? 1;
    need(lengths.every((n) => n === 1 || n === length), `[${shapes.join("] and [")}] broadcast`);
    return length;
  });
}

/** Where the elements of a larger shape stand in the one that is broadcast to it. */
export function broadcastPositions(from: Shape, to: Shape): Int32Array {
  const lead = to.length - from.length;
  const steps = stepsOf(from);
  return positions(to, to.map((_, i) => i < lead || from[i - lead] === 1 ? 0 : steps[i - lead]!));
}

/** One dimension, several, or (undefined, or none) all, counted from the front. */
export type Dims = number | readonly number[] | undefined;

/** The named dimensions, counted from the front. */
export function axesOf(shape: Shape, dims: Dims): number[] {
  const list = dims === undefined ? [] : typeof dims === "number" ? [dims] : [...dims];
  if (list.length === 0) return shape.map((_, i) => i);
  const axes = list.map((dim) => axisOf(dim, Math.max(1, shape.length)));
  need(new Set(axes).size === axes.length, `dimensions ${axes}`);
  return shape.length === 0 ? [] : axes;
}

/** A shape without some dimensions, or with length 1 in their place. */
export function reducedShape(shape: Shape, axes: readonly number[], keepdim: boolean): Shape {
  return keepdim
    ? shape.map((n, i) => axes.includes(i) ? 1 : n)
    : shape.filter((_, i) => !axes.includes(i));
}

/** For each element of a shape, where in the reduced array it goes. */
export function reducedPositions(shape: Shape, axes: readonly number[]): Int32Array {
  return broadcastPositions(reducedShape(shape, axes, true), shape);
}

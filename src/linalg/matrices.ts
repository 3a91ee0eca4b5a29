/**
 * Matrices, a batch at a time, for routines of the host: what has a step a row or a column is not
 * for kernels. They compute in float64.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { ShapeError, show } from "../core/errors.ts";
import { sameShape, type Shape } from "../core/shape.ts";
import { alloc, type Buffer } from "../device/buffer.ts";
import { fill, look } from "../device/transfer.ts";
import { asFloat } from "../ops/cast.ts";
import { checkSameDevice } from "../ops/check.ts";
import { expand } from "../ops/sum.ts";
import { contiguous, transpose } from "../ops/view.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A matrix of a routine, row-major. */
export type Matrix = Float64Array;

/** x [..., m, n] as float32, or ShapeError. */
export function matricesOf(op: string, x: Tensor, what = "x"): Tensor {
  x = asFloat(op, x, what);
  if (x.ndim >= 2) return x;
  throw new ShapeError(`${op}: ${what} must be [..., m, n]: it is ${show(x.shape)}`);
}

/** x [..., n, n] as float32, or ShapeError. */
export function squaresOf(op: string, x: Tensor, what = "x"): Tensor {
  x = matricesOf(op, x, what);
  if (x.shape.at(-1) === x.shape.at(-2)) return x;
  throw new ShapeError(`${op}: square matrices are needed: ${what} is ${show(x.shape)}`);
}

/** Rows and columns swapped. */
export function turned(x: Tensor): Tensor {
  return transpose(x, -2, -1);
}

/** A matrix for each of a batch: a view. */
export function inBatch(x: Tensor, batch: Shape): Tensor {
  const shape = [...batch, ...x.shape.slice(-2)];
  return sameShape(x.shape, shape) ? x : expand(x, shape);
}

/**
 * Runs a routine on each matrix of a batch, or on each pair or more of several: it gets them and what it
 * writes into, all of zeros. What is not square is told by shapes.
 *
 * @param shapes What each result has for each matrix, [m, n], [n] or [].
 */
export function eachMatrix(
  op: string,
  inputs: readonly Tensor[],
  shapes: readonly Shape[],
  routine: (inputs: Matrix[], results: Matrix[], place: number) => void,
): Buffer[] {
  for (const x of inputs) checkSameDevice(op, x, inputs[0]!, "a matrix");
  const batch = inputs[0]!.shape.slice(0, -2);
  const count = batch.reduce((a, b) => a * b, 1);
  const from = inputs.map((x) =>
    Float64Array.from(look(op, contiguous(x.detach())) as Float32Array)
  );
  const outs = shapes.map((shape) => alloc(inputs[0]!, [...batch, ...shape]));
  const to = outs.map(({ numel }) => new Float64Array(numel));
  const part = (all: Matrix, i: number) => {
    const size = all.length / count;
    return all.subarray(i * size, (i + 1) * size);
  };
  for (let i = 0; i < count; i++) {
    routine(from.map((all) => part(all, i)), to.map((all) => part(all, i)), i);
  }
  outs.forEach((out, i) => fill(out, (array) => (array as Float32Array).set(to[i]!)));
  return outs;
}

/** RangeError where a matrix has a NaN or an infinity: there is no decomposition that says more. */
export function checkFinite(op: string, x: Tensor, matrix: Matrix, place: number): void {
  const at = matrix.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  throw new RangeError(
    `${op}: elements must be finite: ${placeOf(x, place)} has ${matrix[at]} at ` +
      show([Math.floor(at / x.shape.at(-1)!), at % x.shape.at(-1)!]),
  );
}

/** Which matrix of a batch it is, for messages. */
export function placeOf(x: Tensor, place: number): string {
  return x.ndim > 2 ? `matrix number ${place}` : "it";
}

/** The unit matrix for each of a batch. */
export function unitLike(op: string, x: Tensor): Tensor {
  const n = x.shape.at(-1)!;
  const [out] = eachMatrix(op, [x], [[n, n]], (_, [y]) => {
    for (let i = 0; i < n; i++) y![i * (n + 1)] = 1;
  });
  return record(op, out!, []);
}

/** What stands for a result that there is not: no element for each of a batch. */
export function withoutElements(op: string, x: Tensor): Tensor {
  const [out] = eachMatrix(op, [x], [[0]], () => {});
  return record(op, out!, []);
}

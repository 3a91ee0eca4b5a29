/**
 * What normalisations are given besides x, weights, biases and moments, and the gradients of these.
 *
 * @module
 */
import { type Pair, record } from "../autograd/autograd.ts";
import type { Buffer } from "../device/buffer.ts";
import { ShapeError, show } from "../core/errors.ts";
import { type Kind, orNull } from "../core/options.ts";
import { sameShape, type Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkFloat, checkSameDevice, tensorKind } from "./check.ts";
import type { NormGradients } from "./norm_gradients.ts";
import { filled } from "./operand.ts";
import { contiguous } from "./view.ts";

/** Each of them may be left out. */
export const TENSOR_OR_NULL: Kind = orNull(tensorKind);

/** A parameter or moments, or one value where x is; contiguous. ShapeError unless it fits. */
export function parameter(
  op: string,
  what: string,
  v: Tensor | null,
  x: Buffer,
  shape: Shape,
  value: number,
): Buffer {
  if (v === null) return filled(x.storage.device, shape, value, "float32");
  checkFloat(op, v);
  checkSameDevice(op, v, x, `the ${what}`);
  if (!sameShape(v.shape, shape)) {
    throw new ShapeError(`${op}: the ${what} must be ${show(shape)}: it is ${show(v.shape)}`);
  }
  return contiguous(v);
}

/** Sums that the gradients of a normalisation have in common: those of weight and bias among them. */
interface Sums {
  readonly dw: Buffer;
  readonly db: Buffer;
}

/** x, and the weight and the bias where there are, each with its gradient: by kernels, or by ops. */
export function normPairs<S extends Sums>(
  op: string,
  [x, weight, bias]: readonly [x: Tensor, weight: Tensor | null, bias: Tensor | null],
  dx: (sums: S) => Buffer,
): Pair<S | NormGradients>[] {
  const pairs: Pair<S | NormGradients>[] = [
    [x, (_, found) => "dx" in found ? found.dx : record(op, dx(found), [])],
  ];
  if (weight) {
    pairs.push([weight, (_, found) => "dx" in found ? found.dw : record(op, found.dw, [])]);
  }
  if (bias) pairs.push([bias, (_, found) => "dx" in found ? found.db : record(op, found.db, [])]);
  return pairs;
}

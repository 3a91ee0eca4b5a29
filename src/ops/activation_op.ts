/**
 * How an activation with up to two settings, a and b, becomes an op: it is declared once, by a row.
 * Its gradient is computed from its input.
 *
 * @module
 */
import { isRecording, isTracked, record } from "../autograd/autograd.ts";
import { kernelsOf } from "../device/buffer.ts";
import { activations } from "../families/activations.ts";
import type { ActivationOp } from "../device/kernels.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { asFloat } from "./cast.ts";
import { allocLike, dense, inLayoutOf } from "./layout.ts";

/** All of an activation. */
export interface ActivationRow extends ActivationOp {
  /** The gradient made of ops: for gradients of gradients. */
  readonly gradOps: (dy: Tensor, x: Tensor, a: number, b: number) => Tensor;
}

/** All rows that are defined. */
export const activationRows: ActivationRow[] = [];

/** A row, which is known from then on. */
export function activationRow(row: ActivationRow): ActivationRow {
  activationRows.push(row);
  return row;
}

/** A row's function of x, float32, in the layout that x has if that is dense. */
export function activate(row: ActivationRow, x: Tensor, a = 0, b = 0): Tensor {
  const { name } = row;
  x = asFloat(name, x);
  const input = dense(x);
  const y = allocLike(input);
  kernelsOf(y, activations).activation(row, input, y, a, b);
  if (!isTracked(x)) return record(name, y, []);
  const gradient = (dy: Tensor) => {
    if (isRecording()) return row.gradOps(dy, x, a, b);
    const dx = allocLike(input);
    kernelsOf(dx, activations).activationGrad(row, input, inLayoutOf(input, dy), dx, a, b);
    return record(name, dx, []);
  };
  return record(name, y, [[x, gradient]], { saved: [x], differentiable: true });
}

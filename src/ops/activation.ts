/**
 * Activations.
 *
 * @module
 */
import { record } from "../autograd.ts";
import { alloc } from "../buffer.ts";
import { kernels } from "../kernels.ts";
import { axisOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { unary, unaryGrad } from "./elementwise.ts";
import { checkFloat } from "./operand.ts";
import { contiguous, reshape, transpose } from "./view.ts";

/** `max(x, 0)`; its gradient at 0 is 0. */
export function relu(x: Tensor): Tensor {
  const y = unary("relu", x);
  return record("relu", y, [[x, (dy) => unaryGrad("relu", y, dy)]], { saved: [y] });
}

/** The hyperbolic tangent; its gradient is `1 − tanh²`. */
export function tanh(x: Tensor): Tensor {
  const y = unary("tanh", x);
  return record("tanh", y, [[x, (dy) => unaryGrad("tanh", y, dy)]], { saved: [y] });
}

/** `1 / (1 + e⁻ˣ)`. */
export function sigmoid(x: Tensor): Tensor {
  const y = unary("sigmoid", x);
  return record("sigmoid", y, [[x, (dy) => unaryGrad("sigmoid", y, dy)]], { saved: [y] });
}

/** `exp(x) / Σ exp(x)` along a dimension, computed from x − max so that nothing overflows. */
export function softmax(x: Tensor, dim: number): Tensor {
  return softmaxAlong("softmax", x, dim);
}

/** `x − log Σ exp(x)` along a dimension, computed from x − max so that nothing overflows. */
export function logSoftmax(x: Tensor, dim: number): Tensor {
  return softmaxAlong("logSoftmax", x, dim);
}

function softmaxAlong(name: "softmax" | "logSoftmax", x: Tensor, dim: number): Tensor {
  checkFloat(name, x);
  if (x.ndim === 0) return reshape(softmaxAlong(name, reshape(x, [1]), 0), []);
  const axis = axisOf(name, dim, x.ndim);
  if (axis !== x.ndim - 1) {
    return transpose(softmaxAlong(name, transpose(x, axis, -1), -1), axis, -1);
  }
  const n = x.shape[axis]!;
  const rows = n === 0 ? 0 : x.numel / n;
  const log = name === "logSoftmax";
  const y = alloc(x.shape);
  kernels.softmax(log, contiguous(x), y, rows, n);
  return record(name, y, [[x, (dy) => {
    const dx = alloc(x.shape);
    kernels.softmaxGrad(log, y, contiguous(dy), dx, rows, n);
    return record(name, dx, []);
  }]], { saved: [y] });
}

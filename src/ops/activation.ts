/**
 * Activations.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc } from "../device/buffer.ts";
import type { SoftmaxForm, UnaryOp } from "../device/kernels.ts";
import { kernels } from "../wasm/kernels.ts";
import { atMost, check, checkOptions, type Kinds, number, oneOf } from "../core/options.ts";
import { axisOf } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { unary, unaryGrad } from "./elementwise.ts";
import { allocLike, dense, inLayoutOf } from "./layout.ts";
import { checkFloat } from "./check.ts";
import { contiguous, reshape, transpose } from "./view.ts";

/** `max(x, 0)`; its gradient at 0 is 0. */
export function relu(x: Tensor): Tensor {
  atMost(1, arguments.length, "relu(x)");
  const y = unary("relu", x);
  return record("relu", y, [[x, (dy) => unaryGrad("relu", y, dy)]], { saved: [y] });
}

/** The hyperbolic tangent; its gradient is `1 − tanh²`. */
export function tanh(x: Tensor): Tensor {
  atMost(1, arguments.length, "tanh(x)");
  const y = unary("tanh", x);
  return record("tanh", y, [[x, (dy) => unaryGrad("tanh", y, dy)]], { saved: [y] });
}

/** `1 / (1 + e⁻ˣ)`. */
export function sigmoid(x: Tensor): Tensor {
  atMost(1, arguments.length, "sigmoid(x)");
  const y = unary("sigmoid", x);
  return record("sigmoid", y, [[x, (dy) => unaryGrad("sigmoid", y, dy)]], { saved: [y] });
}

/** `exp(x) / Σ exp(x)` along a dimension, computed from x − max so that nothing overflows. */
export function softmax(x: Tensor, dim: number): Tensor {
  atMost(2, arguments.length, "softmax(x, dim)");
  return softmaxAlong("softmax", x, dim);
}

/** `x − log Σ exp(x)` along a dimension, computed from x − max so that nothing overflows. */
export function logSoftmax(x: Tensor, dim: number): Tensor {
  atMost(2, arguments.length, "logSoftmax(x, dim)");
  return softmaxAlong("logSoftmax", x, dim);
}

/** Softmax along the last dimension that is 0 where all scores are −∞: attention to nothing. */
export function maskedSoftmax(scores: Tensor): Tensor {
  return softmaxAlong("maskedSoftmax", scores, -1);
}

function softmaxAlong(name: SoftmaxForm, x: Tensor, dim: number): Tensor {
  checkFloat(name, x);
  if (x.ndim === 0) return reshape(softmaxAlong(name, reshape(x, [1]), 0), []);
  const axis = axisOf(name, dim, x.ndim);
  if (axis !== x.ndim - 1) {
    return transpose(softmaxAlong(name, transpose(x, axis, -1), -1), axis, -1);
  }
  const n = x.shape[axis]!;
  const rows = n === 0 ? 0 : x.numel / n;
  const y = alloc(x.shape);
  kernels.softmax(name, contiguous(x), y, rows, n);
  return record(name, y, [[x, (dy) => {
    const dx = alloc(x.shape);
    kernels.softmaxGrad(name, y, contiguous(dy), dx, rows, n);
    return record(name, dx, []);
  }]], { saved: [y] });
}

/** Options of {@link gelu}. */
export interface GeluOptions {
  /** `"tanh"` for the approximation `x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2`. Default: `"none"`. */
  approximate?: "none" | "tanh";
}

/** What gelu takes. */
export const GELU: Kinds<GeluOptions> = { approximate: oneOf("none", "tanh") };

/**
 * `x Φ(x)`, Φ being the normal distribution function: Hendrycks and Gimpel, "Gaussian error linear
 * units", 2016.
 */
export function gelu(x: Tensor, options: GeluOptions = {}): Tensor {
  atMost(2, arguments.length, "gelu(x, { approximate })");
  const { approximate = "none" } = checkOptions("gelu", options, GELU);
  const op = approximate === "tanh" ? "geluTanh" : "gelu";
  return fromInput("gelu", op, x);
}

/** `x / (1 + e⁻ˣ)`. */
export function silu(x: Tensor): Tensor {
  atMost(1, arguments.length, "silu(x)");
  return fromInput("silu", "silu", x);
}

/** An activation whose gradient is computed from its input. */
function fromInput(name: string, op: UnaryOp, x: Tensor): Tensor {
  checkFloat(name, x);
  const input = dense(x);
  const y = allocLike(input);
  kernels.unary(op, input, y);
  return record(name, y, [[x, (dy) => {
    const dx = allocLike(input);
    kernels.unaryGrad(op, input, inLayoutOf(input, dy), dx);
    return record(name, dx, []);
  }]], { saved: [input] });
}

/** x where it is positive, else `negativeSlope · x`; its gradient at 0 is the slope. */
export function leakyRelu(x: Tensor, negativeSlope = 0.01): Tensor {
  atMost(2, arguments.length, "leakyRelu(x, negativeSlope)");
  check("leakyRelu", "negativeSlope", negativeSlope, number);
  checkFloat("leakyRelu", x);
  const input = dense(x);
  const y = allocLike(input);
  kernels.leakyRelu(input, input, y, negativeSlope);
  return record("leakyRelu", y, [[x, (dy) => {
    const dx = allocLike(input);
    kernels.leakyRelu(input, inLayoutOf(input, dy), dx, negativeSlope);
    return record("leakyRelu", dx, []);
  }]], { saved: [input] });
}

/**
 * Softmax and its logarithm.
 *
 * @module
 */
import { isRecording, record } from "../autograd/autograd.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import { checkDType, type DType } from "../core/dtype.ts";
import type { SoftmaxForm } from "../device/kernels.ts";
import { atMost } from "../core/options.ts";
import { axisOrFirst } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mul, sub } from "./binary.ts";
import { inNameOf } from "./in_name_of.ts";
import { negative } from "./negative.ts";
import { sum } from "./sum.ts";
import { exp } from "./unary.ts";
import { asFloat, cast } from "./cast.ts";
import { contiguous, reshape, transpose } from "./view.ts";

/** `exp(x) / Σ exp(x)` along a dimension, computed from x − max so that nothing overflows; in a dtype. */
export function softmax(x: Tensor, dim: number, dtype?: DType): Tensor {
  atMost(3, arguments.length, "softmax(x, dim, dtype)");
  const y = softmaxAlong("softmax", x, dim);
  return dtype === undefined ? y : cast(y, checkDType("softmax", dtype));
}

/** `x − log Σ exp(x)` along a dimension, computed from x − max so that nothing overflows; in a dtype. */
export function logSoftmax(x: Tensor, dim: number, dtype?: DType): Tensor {
  atMost(3, arguments.length, "logSoftmax(x, dim, dtype)");
  const y = softmaxAlong("logSoftmax", x, dim);
  return dtype === undefined ? y : cast(y, checkDType("logSoftmax", dtype));
}

/** Softmax along the last dimension that is 0 where all scores are −∞: attention to nothing. */
export function maskedSoftmax(scores: Tensor): Tensor {
  return softmaxAlong("maskedSoftmax", scores, -1);
}

function softmaxAlong(name: SoftmaxForm, x: Tensor, dim: number): Tensor {
  x = asFloat(name, x);
  const axis = axisOrFirst(name, dim, x.ndim);
  if (x.ndim === 0) return reshape(softmaxAlong(name, reshape(x, [1]), 0), []);
  if (axis !== x.ndim - 1) {
    return transpose(softmaxAlong(name, transpose(x, axis, -1), -1), axis, -1);
  }
  const n = x.shape[axis]!;
  const rows = n === 0 ? 0 : x.numel / n;
  const y = alloc(x, x.shape);
  kernelsOf(y).softmax(name, contiguous(x), y, rows, n);
  const result: Tensor = record(name, y, [[x, (dy) => {
    if (isRecording()) return softmaxGradient(name, result, dy);
    const dx = alloc(x, x.shape);
    kernelsOf(dx).softmaxGrad(name, y, contiguous(dy), dx, rows, n);
    return record(name, dx, []);
  }]], { saved: [y], differentiable: true });
  return result;
}

/** The gradient along the last dimension in ops, from the result y. */
function softmaxGradient(name: SoftmaxForm, y: Tensor, dy: Tensor): Tensor {
  return name === "logSoftmax"
    ? sub(dy, mul(exp(y), sum(dy, -1, true)))
    : mul(y, sub(dy, sum(mul(dy, y), -1, true)));
}

/** `softmax(−x)` along a dimension; the result in a dtype. */
export function softmin(x: Tensor, dim: number, dtype?: DType): Tensor {
  atMost(3, arguments.length, "softmin(x, dim, dtype)");
  return inNameOf("softmin", () => {
    x = asFloat("softmin", x);
    return softmax(negative(x), dim, dtype);
  });
}

/**
 * A linear layer and relu behind it in one kernel.
 *
 * @module
 */
import { isRecording, type Pair, record } from "../autograd/autograd.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkLinear, inputGradient, transposed, weightGradient } from "./matmul.ts";
import { readBy } from "./operand.ts";
import { sumTo } from "./sum.ts";
import { RELU } from "./relu.ts";
import { gradientOf } from "./unary_op.ts";
import { contiguous } from "./view.ts";

/**
 * `linear(x, w, b).relu()`, its bits and its gradients, without writing what relu is of; null where no
 * kernel does both. For callers that know of nobody who wants to see that.
 */
export function linearRelu(x: Tensor, w: Tensor, b: Tensor | null): Tensor | null {
  const kernels = kernelsOf(x);
  if (x.ndim !== 2 || x.dtype !== "float32" || kernels.gemmRelu === undefined) return null;
  checkLinear(x, w, b);
  const y = alloc(x, [x.shape[0]!, w.shape[0]!]);
  kernels.gemmRelu(x, transposed(w), y, b === null ? null : contiguous(b));
  const pairs: Pair<Tensor>[] = [
    [x, (_, dz) => inputGradient(dz, w)],
    [w, (_, dz) => weightGradient(dz, x)],
  ];
  if (b !== null) pairs.push([b, (_, dz) => sumTo(dz, b.shape)]);
  const result: Tensor = record("linear", y, pairs, {
    saved: [...readBy(x, w), y],
    differentiable: true,
    shared: (dy) => isRecording() ? RELU.gradOps!(dy, x, result) : gradientOf(RELU, y, dy),
  });
  return result;
}

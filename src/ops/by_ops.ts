/**
 * Gradients of gradients of what a kernel computes at once: the same is made of ops, and differentiated.
 *
 * ```
 * q ──▶ q' ─┐                 gradients with respect to q', k' and v', which nothing but this uses:
 * k ──▶ k' ─┼─▶ ops ──▶ y     k may be made of q, or be q
 * v ──▶ v' ─┘
 * ```
 *
 * @module
 */
import { LINEAR, record } from "../autograd/autograd.ts";
import { grad } from "../autograd/grad.ts";
import { viewOf } from "../device/buffer.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * The gradients of inputs, each as if it had nothing to do with the others, recorded; of inputs that need
 * none nothing that is looked at.
 *
 * @param make What the results are, made of the inputs by ops.
 * @param dys The gradients of the results.
 */
export function gradientsByOps(
  inputs: readonly Tensor[],
  make: (...inputs: Tensor[]) => Tensor[],
  dys: readonly Tensor[],
): Tensor[] {
  const own = inputs.map((x) =>
    record("view", viewOf(x, x.shape, x.strides), [[x, (dy) => dy]], LINEAR)
  );
  const wanted = own.filter((x) => x.requiresGrad);
  const found = grad(make(...own), wanted, { gradOutputs: dys, createGraph: true });
  return own.map((x) => found[wanted.indexOf(x)] ?? x);
}

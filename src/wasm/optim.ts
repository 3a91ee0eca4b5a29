/**
 * Optimizers' steps: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import type { Buffers, SgdRule, Updates } from "../device/kernels.ts";
import { vectorsOf } from "../device/outer_product.ts";
import { floatsAt, NONE, vectorsAt } from "./address.ts";
import { launch, STREAM } from "./launch.ts";
import { setRow, tableOf } from "./list.ts";

/** Optimizers' steps, by name: each takes all parameters of a group at once. */
export const optim: Updates = {
  /**
   * One step of gradient descent on the parameters, with their gradients and momentum buffers (null:
   * none). A gradient that is an outer product which was not computed yet is used as it is, which saves
   * writing and reading it, and (without momentum and weight decay) touching the weights whose gradient
   * is 0.
   */
  sgd(params: Buffers, grads: Buffers, momenta: Buffers | null, rule: SgdRule): void {
    const table = tableOf(params.length);
    let total = 0;
    let widest = 0; // columns
    let work = 0;
    for (let i = 0; i < params.length; i++) {
      const g = grads[i]!;
      const n = params[i]!.numel;
      const wAt = floatsAt(params[i]!, n, "SGD", "the parameter");
      const mAt = momenta === null ? NONE : floatsAt(momenta[i]!, n, "SGD", "the momentum buffer");
      const flags = rule.first[i] ? 4 : 0;
      const vectors = vectorsOf(g);
      if (vectors !== null && n === g.numel) {
        const { columns } = vectors;
        setRow(i, n, wAt, vectorsAt(g, "SGD", "the gradient"), mAt, NONE, NONE, flags, columns);
        if (columns > widest) widest = columns;
      } else {
        setRow(i, n, wAt, floatsAt(g, n, "SGD", "the gradient"), mAt, NONE, NONE, flags);
        work += n * STREAM; // the vectors of a single sample stay in this thread's cache
      }
      total += n;
    }
    const { lr, momentum, dampening, weightDecay } = rule;
    const flags = (rule.nesterov ? 1 : 0) | (rule.ema ? 2 : 0);
    const bytes = 4 * Math.ceil(widest / 4); // an int32 for each four columns
    // deno-fmt-ignore
    launch.sgd(
      work, table, params.length, lr, momentum, dampening, weightDecay, flags, bytes, total,
    );
  },
};

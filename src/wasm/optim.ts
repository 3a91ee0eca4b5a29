/**
 * Optimizers' steps: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import type { AdamRule, Buffers, RmspropRule, SgdRule, Updates } from "../device/kernels.ts";
import { vectorsOf } from "../device/outer_product.ts";
import { gainsFromThreads, getNumThreads } from "./threads.ts";
import { onThreads, scratchOf, toLines, wasm } from "./instance.ts";
import { floatsAt, vectorsAt } from "./address.ts";
import { STREAM } from "./cost.ts";
import { setCorrections, setRow, tableOf } from "./list.ts";

const ADAPTIVE = 0.7; // more arrays, a root and divisions

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
      const mAt = momenta === null ? 0 : floatsAt(momenta[i]!, n, "SGD", "the momentum buffer");
      const flags = rule.first[i] ? 4 : 0;
      const vectors = vectorsOf(g);
      if (vectors !== null && n === g.numel) {
        const { columns } = vectors;
        setRow(i, n, wAt, vectorsAt(g, "SGD", "the gradient"), mAt, 0, 0, flags, columns);
        if (columns > widest) widest = columns;
      } else {
        setRow(i, n, wAt, floatsAt(g, n, "SGD", "the gradient"), mAt, 0, 0, flags);
        work += n * STREAM; // the vectors of a single sample stay in this thread's cache
      }
      total += n;
    }
    const { lr, momentum, dampening, weightDecay } = rule;
    const flags = (rule.nesterov ? 1 : 0) | (rule.ema ? 2 : 0);
    const split = gainsFromThreads(work);
    const bytes = toLines(widest); // an int32 for each four columns
    const list = widest === 0 ? 0 : scratchOf(split ? bytes * getNumThreads() : bytes);
    if (split) {
      // deno-fmt-ignore
      const args = [
        table, params.length, lr, momentum, dampening, weightDecay, flags, list, 0, total,
      ];
      onThreads("sgd", args, widest === 0 ? {} : { varyAt: 7, varyBy: bytes });
    } else {
      // deno-fmt-ignore
      wasm.sgd!(table, params.length, lr, momentum, dampening, weightDecay, flags, list, 0, total);
    }
  },

  /**
   * One step of Adam on the parameters, with their gradients: m and v are the averages of gradient and
   * square, `top` the largest v so far (AMSGrad) or null. The bias corrections are formed here, in
   * float64.
   */
  adam(
    params: Buffers,
    grads: Buffers,
    m: Buffers,
    v: Buffers,
    top: Buffers | null,
    rule: AdamRule,
  ): void {
    const { lr, betas: [beta1, beta2], eps, weightDecay, decoupled, steps } = rule;
    const op = decoupled ? "AdamW" : "Adam";
    const table = tableOf(params.length);
    let total = 0;
    let [step, first, second] = [0, 0, 0];
    for (let i = 0; i < params.length; i++) {
      const n = params[i]!.numel;
      const wAt = floatsAt(params[i]!, n, op, "the parameter");
      const gAt = floatsAt(grads[i]!, n, op, "the gradient");
      const mAt = floatsAt(m[i]!, n, op, "the average");
      const vAt = floatsAt(v[i]!, n, op, "the average square");
      const topAt = top === null ? 0 : floatsAt(top[i]!, n, op, "the largest average square");
      if (steps[i] !== step) { // most have taken equally many
        step = steps[i]!;
        first = 1 - beta1 ** step;
        second = 1 - beta2 ** step;
      }
      setRow(i, n, wAt, gAt, mAt, vAt, topAt);
      setCorrections(i, first, second);
      total += n;
    }
    // deno-fmt-ignore
    const args = [
      table, params.length, lr, beta1, beta2, eps, weightDecay, decoupled ? 1 : 0, 0, total,
    ];
    if (gainsFromThreads(total * ADAPTIVE)) onThreads("adam", args);
    else wasm.adam!(...args);
  },

  /**
   * One step of RMSprop on the parameters, with their gradients: v is the average square, `mean` the
   * average gradient (centered) or null, m the momentum buffer or null.
   */
  rmsprop(
    params: Buffers,
    grads: Buffers,
    v: Buffers,
    mean: Buffers | null,
    m: Buffers | null,
    rule: RmspropRule,
  ): void {
    const { lr, alpha, eps, weightDecay, momentum } = rule;
    const table = tableOf(params.length);
    let total = 0;
    for (let i = 0; i < params.length; i++) {
      const n = params[i]!.numel;
      const wAt = floatsAt(params[i]!, n, "RMSprop", "the parameter");
      const gAt = floatsAt(grads[i]!, n, "RMSprop", "the gradient");
      const vAt = floatsAt(v[i]!, n, "RMSprop", "the average square");
      const meanAt = mean === null ? 0 : floatsAt(mean[i]!, n, "RMSprop", "the average gradient");
      const mAt = m === null ? 0 : floatsAt(m[i]!, n, "RMSprop", "the momentum buffer");
      setRow(i, n, wAt, gAt, vAt, meanAt, mAt);
      total += n;
    }
    const args = [table, params.length, lr, alpha, eps, weightDecay, momentum, 0, total];
    if (gainsFromThreads(total * ADAPTIVE)) onThreads("rmsprop", args);
    else wasm.rmsprop!(...args);
  },

  /** x ← x + weight · (y − x) for each x of a list and its y. */
  lerp(xs: Buffers, ys: Buffers, weight: number): void {
    const table = tableOf(xs.length);
    let total = 0;
    for (let i = 0; i < xs.length; i++) {
      const n = xs[i]!.numel;
      const xAt = floatsAt(xs[i]!, n, "lerp", "x");
      setRow(i, n, xAt, floatsAt(ys[i]!, n, "lerp", "y"));
      total += n;
    }
    if (gainsFromThreads(total * STREAM)) onThreads("lerp", [table, xs.length, weight, 0, total]);
    else wasm.lerp!(table, xs.length, weight, 0, total);
  },
};

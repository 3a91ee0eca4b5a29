/**
 * Optimizers' steps: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import { MUL } from "../device/arithmetic.ts";
import type { Buffer } from "../device/buffer.ts";
import type { AdamRule, Buffers, RmspropRule, SgdRule, Updates } from "../device/kernels.ts";
import { vectorsOf } from "../device/outer_product.ts";
import { floatsAt, NONE, vectorsAt } from "./address.ts";
import { elementwise } from "./elementwise.ts";
import { launch, STREAM } from "./launch.ts";
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
      const topAt = top === null ? NONE : floatsAt(top[i]!, n, op, "the largest average square");
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
    launch.adam(
      total * ADAPTIVE, table, params.length, lr, beta1, beta2, eps, weightDecay,
      decoupled ? 1 : 0, total,
    );
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
      const meanAt = mean === null
        ? NONE
        : floatsAt(mean[i]!, n, "RMSprop", "the average gradient");
      const mAt = m === null ? NONE : floatsAt(m[i]!, n, "RMSprop", "the momentum buffer");
      setRow(i, n, wAt, gAt, vAt, meanAt, mAt);
      total += n;
    }
    const [work, count] = [total * ADAPTIVE, params.length];
    launch.rmsprop(work, table, count, lr, alpha, eps, weightDecay, momentum, total);
  },

  /** x ← by · x for each x of a list. */
  scale(xs: Buffers, by: Buffer): void {
    for (const x of xs) elementwise.binary(MUL, x, by, x);
  },

  /** x ← x within bounds, for each x of a list. */
  limit(xs: Buffers, low: number, high: number): void {
    for (const x of xs) elementwise.clamp(x, x, low, high);
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
    launch.lerp(total * STREAM, table, xs.length, weight, total);
  },
};

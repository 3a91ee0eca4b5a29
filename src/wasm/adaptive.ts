/**
 * Optimizers whose steps adapt to each weight: from buffers to kernels.
 *
 * @module
 */
import { launch } from "../../build/adaptive.ts";
import type { AdamRule, Adaptive, Buffers, RmspropRule } from "../device/kernels.ts";
import { floatsAt, NONE } from "./address.ts";
import { setCorrections, setRow, tableOf } from "./list.ts";

/** Nanoseconds a weight takes on one thread, roughly: more arrays, a root and divisions. */
const ADAPTIVE = 0.7;

/** These steps, by name: each takes all parameters of a group at once. */
export const adaptive: Adaptive = {
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
};
